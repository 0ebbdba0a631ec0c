"""The line to a device that is asked: HTTP, with what the device wants to know of us."""

import asyncio
import contextlib
import hashlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import cache

import httpx
import msgspec

from core.clock import Clock
from core.errors import DiskFull
from core.event import Media
from core.media.credential import DEVICE
from devices.adapter import Message
from devices.wire import Answer, LineLost, Source, Streamed
from edge.delivery import Answer as Stored
from edge.durable_link import DurableLink
from edge.lines.config import Follower, noted
from edge.media.spool import NoRoom, Spool
from edge.notes import Notes

log = logging.getLogger("edge.lines")

_CONNECT, _ANSWER, _SILENT = 5.0, 15.0, 60.0  # seconds
_PIECE = 65_536


def _nobody(_status: int) -> None:
    pass


@cache
def _authorities() -> ssl.SSLContext:
    """The world's, for all devices without one of their own: they are 1 MB."""
    return httpx.create_ssl_context(trust_env=False)


class DeviceAuth(httpx.Auth):
    """Digest where the device offers it. Basic only where that was allowed: who stands in the
    middle may not talk us into saying the password."""

    def __init__(self, user: str, password: str, *, basic: bool) -> None:
        self._digest = httpx.DigestAuth(user, password)
        self._basic = httpx.BasicAuth(user, password)
        self._allowed, self._chosen = basic, False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._chosen:
            yield from self._basic.auth_flow(request)
            return
        flow = self._digest.auth_flow(request)
        response = yield next(flow)
        offered = ", ".join(response.headers.get_list("www-authenticate")).lower()
        if response.status_code == 401 and "digest" not in offered and "basic" in offered:
            if self._allowed:
                self._chosen = True
                yield from self._basic.auth_flow(request)
            return
        with contextlib.suppress(StopIteration):
            while True:
                response = yield flow.send(response)


class _Stream(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    answer: httpx.Response

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            # As it comes: asked for pieces of a size, it would wait until one is full.
            async for piece in self.answer.aiter_bytes():
                yield piece
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise LineLost(_why(error)) from error


class HttpLine:
    """What devices.wire.Line promises. Owns one HTTP client."""

    def __init__(
        self,
        follower: Follower,
        link: DurableLink,
        notes: Notes,
        spool: Spool | None,
        clock: Clock,
        gaps: Callable[[str], Sequence[tuple[int, int]]],
    ) -> None:
        self.heard: Callable[[int], None] = _nobody  # each answer's status; 0: there is none
        asked = self._asked = follower.asked
        self._password = follower.password
        self._link, self._notes, self._clock, self._gaps = link, notes, clock, gaps
        self._spool = spool if follower.pictures else None
        self._silent = _seconds(asked.options.get("silence_s", ""), _SILENT)
        auth = DeviceAuth(asked.user, follower.password, basic=follower.basic)
        self._streams = 0  # open ones
        self._name = asked.device if DEVICE.fullmatch(asked.device) else "unnamed"
        self._client = httpx.AsyncClient(
            auth=auth if asked.user else None,
            verify=follower.tls or _authorities(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(_ANSWER, connect=_CONNECT),
            limits=httpx.Limits(max_connections=4),
        )

    @property
    def source(self) -> Source:
        return self._asked

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer:
        try:
            async with self._client.stream(
                method, self._url(target), content=body or None, headers=_headers(type)
            ) as answer:
                self.heard(answer.status_code)
                content = bytearray()
                async for piece in answer.aiter_bytes(_PIECE):
                    content += piece
                    if len(content) > most:
                        raise LineLost(f"an answer of more than {most} bytes to {_path(target)}")
                return Answer(
                    status=answer.status_code, headers=_lower(answer), body=bytes(content)
                )
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            self.heard(0)
            raise LineLost(_why(error)) from error

    def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AbstractAsyncContextManager[Streamed]:
        return self._stream(method, target, body, type)

    @asynccontextmanager
    async def _stream(
        self, method: str, target: str, body: bytes, type: str
    ) -> AsyncIterator[Streamed]:
        patience = httpx.Timeout(_ANSWER, connect=_CONNECT, read=self._silent)
        try:
            request = self._client.build_request(
                method, self._url(target), content=body or None, headers=_headers(type),
                timeout=patience,
            )  # fmt: skip
        except httpx.InvalidURL as error:
            raise LineLost(_why(error)) from error
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            self.heard(0)
            raise LineLost(_why(error)) from error
        self.heard(answer.status_code)
        self._streams += 1
        try:
            yield _Stream(answer.status_code, _lower(answer), answer)
        finally:
            self._streams -= 1
            await answer.aclose()

    async def tell(self, messages: Sequence[Message]) -> None:
        """LineLost when there was no room for one: it is asked for again, from what was kept. Not
        while the device streams: what is urgent is never refused, and hanging up would lose it."""
        told = await self._link.tell(messages)
        if told is not Stored.STORED and not self._streams:
            raise LineLost("no room for what it told: it is asked again")

    def secret(self) -> str:
        """For what proves it inside the message (ONVIF's WS-UsernameToken)."""
        return self._password

    def note(self, key: str) -> str:
        return self._notes.get(self._key(key))

    def keep(self, key: str, value: str) -> None:
        try:
            self._notes.keep({self._key(key): value})
        except DiskFull as full:  # the device is asked for a little more than it need be
            log.warning("%s: not noted: %s", self._asked.device, full)

    def gaps(self, device: str = "") -> Sequence[tuple[int, int]]:
        return self._gaps(device or self._asked.device)

    def now(self) -> datetime:
        return self._clock.now()

    def picture(self, content: bytes, kind: str) -> Media:
        """Its hash at least; kept, where pictures are and there is room."""
        if self._spool is not None:
            try:
                return self._spool.keep(content, self._name, kind)
            except (NoRoom, DiskFull) as error:
                log.warning("%s: a picture is not kept: %s", self._asked.device, error)
        digest = hashlib.sha256(content).hexdigest()
        return Media(sha256=digest, kind=kind, bytes=len(content))

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        await self._client.aclose()

    def _key(self, key: str) -> str:
        return f"{noted(self._asked)}{key}"

    def _url(self, target: str) -> str:
        """A device that names an address of its own (ONVIF subscriptions) is asked there, but on
        no other host: it may not send us elsewhere with its password."""
        if target.startswith(("http://", "https://")):
            ours, theirs = httpx.URL(self._asked.url), httpx.URL(target)
            return str(theirs.copy_with(scheme=ours.scheme, host=ours.host))
        return f"{self._asked.url}/{target.lstrip('/')}"


def _headers(type: str) -> dict[str, str]:
    return {"Content-Type": type} if type else {}


def _lower(answer: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _path(target: str) -> str:
    return target.partition("?")[0][:80]


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:120] or 'no answer'}"


def _seconds(told: str, default: float) -> float:
    try:
        found = float(told)
    except ValueError:
        return default
    return found if 1 <= found <= 86_400 else default
