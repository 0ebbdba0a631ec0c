"""One connection as HTTP/1.1 sees it (h11): heads, bodies and answers, each with its size and its
time. What a request means is `edge.http.taking`'s business."""

import asyncio
import ssl
from collections.abc import Mapping
from http import HTTPStatus

import h11

from devices.wire import Reply
from edge.http.config import Http
from edge.http.declined import Declined

_READ = 65_536
_LINGER = 1 << 20  # bytes that are read of what is not listened to any more
_LINE_ENDS = b"\r\n"
_WRITE_S = 20.0  # for who does not read its answer

LOST = (OSError, TimeoutError, ssl.SSLError, h11.LocalProtocolError)


class Gone(Exception):
    """They hung up in the middle."""


class Talk:
    """Owns the HTTP state of one connection."""

    def __init__(
        self, http: Http, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._http, self._reader, self._writer = http, reader, writer
        self._h11 = self._anew()

    async def head(self) -> h11.Request | None:
        """The next request; None when there will be none. Declined for what is no HTTP."""
        if not self._begun():
            data = b""
            async with asyncio.timeout(self._http.idle_timeout_s):
                while not data:
                    if not (data := await self._reader.read(_READ)):
                        return None
                    data = data.lstrip(_LINE_ENDS)
            self._h11.receive_data(data)
        try:
            async with asyncio.timeout(self._http.head_timeout_s):
                event = await self.event()
        except h11.RemoteProtocolError as error:
            raise broken(error) from error
        return event if isinstance(event, h11.Request) else None

    def _begun(self) -> bool:
        """Whether bytes of the next request are here. Line ends before one are nobody's: some
        clients end a body with one beyond its length (RFC 9112 §2.2)."""
        rest = self._h11.trailing_data[0]
        if rest[:1] in (b"\r", b"\n"):
            self._h11 = self._anew()
            if rest := rest.lstrip(_LINE_ENDS):
                self._h11.receive_data(rest)
        return bool(rest)

    def _anew(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, max_incomplete_event_size=self._http.max_head)

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        """The next one, for however long that takes. h11.RemoteProtocolError."""
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                assert not isinstance(event, type) or event is h11.PAUSED
                return event
            if self._h11.they_are_waiting_for_100_continue:
                going = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                self._writer.write(self._h11.send(going) or b"")
            self._h11.receive_data(await self._reader.read(_READ))

    async def data(self) -> bytes | None:
        """More of the body, or None at its end. Gone, Declined."""
        try:
            event = await self.event()
        except h11.RemoteProtocolError as error:
            if self._reader.at_eof():
                raise Gone from error
            raise broken(error) from error
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            return None
        raise Gone

    async def answer(self, reply: Reply, challenges: tuple[str, ...] = (), *, bare: bool) -> bool:
        """Whether the connection goes on. `bare`: without a body."""
        whole = self._h11.their_state is h11.DONE
        on = whole or (
            self._h11.their_state is h11.SEND_BODY
            and not self._h11.they_are_waiting_for_100_continue
            and reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        )
        for part in _parts(reply, challenges, bare=bare, on=on):
            self._writer.write(self._h11.send(part) or b"")
        async with asyncio.timeout(_WRITE_S):
            await self._writer.drain()
        if on and not whole:
            on = await self._passed_over()
        if not on or self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            await self._linger()
            return False
        self._h11.start_next_cycle()
        return True

    async def _passed_over(self) -> bool:
        """The body of who was refused for its credentials: it comes again with better ones, on
        this connection. False when it is too long for that, or breaks off."""
        left = _LINGER
        async with asyncio.timeout(self._http.head_timeout_s):
            while left > 0:
                try:
                    data = await self.data()
                except (Declined, Gone):
                    return False
                if data is None:
                    return True
                left -= len(data)
        return False

    async def _linger(self) -> None:
        """Hang up so that the answer arrives: what they still send would reset the connection."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        async with asyncio.timeout(self._http.head_timeout_s):
            for _ in range(_LINGER // _READ):
                if not await self._reader.read(_READ):
                    return


def broken(error: h11.RemoteProtocolError) -> Declined:
    """What h11 says of it quotes what came, which may be anything."""
    status = error.error_status_hint
    said = "the head is too long" if status == 431 else "this is not HTTP/1.1 as it should be"
    return Declined(status, "http", said)


def headers_of(request: h11.Request) -> Mapping[str, str]:
    """Lower-case names; several of one name are one, as RFC 9110 §5.3 has it."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        key, text = name.decode("latin-1"), value.decode("utf-8", "replace")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _parts(
    reply: Reply, challenges: tuple[str, ...], *, bare: bool, on: bool
) -> tuple[h11.Event, ...]:
    status = reply.status
    body = b"" if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) else reply.body
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    headers = [
        ("content-type", reply.type),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        *reply.headers.items(),
        *(("www-authenticate", one) for one in challenges),
        *(() if on else (("connection", "close"),)),
    ]
    head = h11.Response(status_code=status, headers=headers, reason=phrase.encode())
    if bare or not body:
        return head, h11.EndOfMessage()
    return head, h11.Data(data=body), h11.EndOfMessage()
