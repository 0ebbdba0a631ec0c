"""/api/v1/stream: events as Server-Sent Events, read from the log again for every client.

`id` is a position and stands on the last event a position has for this client: who comes back
with it has seen all of that position and gets everything behind it. Nothing is kept per client
but its position, so a slow client holds up only itself.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Annotated, cast

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from projections.web.answers import Problem
from projections.web.api import REFUSED
from projections.web.auth import Cookie, Hub, Reader, Token, identify
from projections.web.desk import Desk
from projections.web.lines import lines, shown
from projections.web.selection import Selection, Wanted
from projections.web.turns import Turns

MOST = 200  # streams at once
KEEP_ALIVE = 15.0  # seconds without a byte before one is sent
_ADVANCE = 1.0  # seconds until an id is sent for positions that held nothing
_STILL_ALLOWED = 30.0  # seconds between looks whether the token or session still holds
_STEP = 1.0  # seconds a stream sleeps without looking whether the hub is stopping
_PAUSE = 0.02  # seconds from read to read once caught up: many small commits are one write
_EACH = 0.001  # … and for each stream that is open, because reading for all of them is one core
_BATCHES, _BYTES = 64, 128_000  # of one read
_POSITION = re.compile(r"[0-9]{1,18}")

router = APIRouter(prefix="/api/v1")


class Slice(msgspec.Struct, frozen=True):
    """What one read brought. `told`: the last id in `chunks`, 0 when they hold none."""

    position: int
    chunks: tuple[bytes, ...]
    told: int


def read_slice(desk: Desk, wanted: Wanted, after: int, upto: int | None = None) -> Slice:
    """The next batches behind `after` and not behind `upto`, as SSE messages, one chunk a
    position."""
    chunks: list[bytes] = []
    position, told = after, 0
    most = _BATCHES if upto is None else min(_BATCHES, upto - after)
    for notification in desk.log.read(after, most, _BYTES):
        if upto is not None and notification.id > upto:  # PostgreSQL's positions may have gaps
            break
        position = notification.id
        found = [
            b"data: " + msgspec.json.encode(shown(line)) + b"\n\n"
            for line in lines(notification, desk.catalog)
            if wanted.wants(line.item)
        ]
        if found:
            found[-1] = b"id: %d\n" % position + found[-1]
            chunks.append(b"".join(found))
            told = position
    return Slice(position, tuple(chunks), told)


class Streams:
    """Owns the count of open streams. `close` before the server stops: a stream never ends by
    itself, and a server waits for its connections."""

    def __init__(self, desk: Desk, most: int = MOST, keep_alive: float = KEEP_ALIVE) -> None:
        self._desk = desk
        self._reads = Turns(2, most)
        self._most = most
        self._keep_alive = keep_alive
        self._closing = False
        self.open = 0

    def close(self) -> None:
        """Every stream ends within a second; new ones are refused."""
        self._closing = True

    def reserve(self) -> None:
        if self._closing or self.open >= self._most:
            raise HTTPException(
                503, "No more streams can be opened now.", headers={"Retry-After": "5"}
            )
        self.open += 1

    def release(self) -> None:
        self.open -= 1

    async def messages(
        self, wanted: Wanted, position: int, allowed: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """From behind `position` until the client goes, the hub stops or access is withdrawn."""
        time = asyncio.get_running_loop().time
        # The id goes out at once: a client that is cut off before its first event has a place.
        yield b"retry: 2000\nid: %d\n\n" % position
        told, wrote, checked = position, time(), time()
        while not self._closing:
            began, upto = time(), self._shown(position)
            part = await self._reads.run(read_slice, self._desk, wanted, position, upto)
            for chunk in part.chunks:
                yield chunk
                wrote = time()
            told = part.told or told
            caught_up = part.position in (position, upto)
            position = part.position
            if time() - checked >= _STILL_ALLOWED:
                if not await run_in_threadpool(allowed):
                    return
                checked = time()
            # Positions that held nothing for this client are behind it all the same: tell it.
            due = wrote + (self._keep_alive if told == position else _ADVANCE)
            if time() >= due:
                yield b": keep-alive\nid: %d\n\n" % position
                told, wrote = position, time()
                due = wrote + self._keep_alive
            if caught_up:
                await self._sleep(position, due)
                pause = max(_PAUSE, self.open * _EACH)
                await asyncio.sleep(max(0.0, began + pause - time()))

    def _shown(self, position: int) -> int | None:
        """Where the views stand, for who is behind them: what a stream tells can be asked of them.
        Who comes back here with all of that has waited long enough, and reads what the log has.
        """
        shown = self._desk.live.position
        return shown if shown > position else None

    async def _sleep(self, position: int, until: float) -> None:
        """Until the views have moved beyond `position`, something is due, or the hub stops."""
        live, time = self._desk.live, asyncio.get_running_loop().time
        while not self._closing and live.position <= position and time() < until:
            await live.beyond(position, min(_STEP, max(0.0, until - time())))


class _EventStream(StreamingResponse):
    """Gives its place back however it ends."""

    def __init__(self, streams: Streams, messages: AsyncIterator[bytes]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(messages, headers=headers, media_type="text/event-stream")
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.release()


class StreamQuery(Selection):
    after: str | None = Field(
        default=None, max_length=32, description="A position; the header wins over it."
    )


async def _streams(request: Request) -> Streams:
    return cast(Streams, request.app.state.streams)


def _start(desk: Desk, header: str | None, after: str | None) -> int:
    """Where to go on. Neither header nor `after`: from now. 400 for what is no place of ours."""
    head = desk.log.head()
    told = header or after
    if not told:
        return head
    if not _POSITION.fullmatch(told) or int(told) > head:
        raise HTTPException(400, "Last-Event-ID and after must be a position of this log.")
    return int(told)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=REFUSED
    | {
        200: {"content": {"text/event-stream": {}}},
        400: {"model": Problem},
        503: {"model": Problem},
    },
)
async def stream(
    desk: Hub,
    _: Reader,
    token: Token,
    session: Cookie,
    streams: Annotated[Streams, Depends(_streams)],
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Events as they are committed, from now or from behind `Last-Event-ID`; every message is
    one event as /events shows it. `id` is its position."""
    position = await run_in_threadpool(_start, desk, last_event_id, query.after)
    bearer = token.credentials if token else None

    def allowed() -> bool:
        return identify(desk.accounts, bearer, session) is not None

    streams.reserve()
    return _EventStream(streams, streams.messages(query.wanted(), position, allowed))
