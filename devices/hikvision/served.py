"""The simulated device on a socket: ISAPI behind digest, its alert stream, and posts of its own."""

import asyncio
import contextlib
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from devices.hikvision.isapi import BOUNDARY, Device, Heard, Sent, again, form, part

_MOST = 1_000_000  # bytes of a request
_STREAM = "/ISAPI/Event/notification/alertStream"
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_WORDS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_MOST_QUEUED = 10_000


class Served:
    """Owns the listening socket, the streams that are open, and what is still to be posted."""

    def __init__(
        self,
        device: Device,
        now: Callable[[], datetime],
        *,
        user: str = "admin",
        password: str = "",
        beat_s: float = 10.0,
        retry_s: float = 5.0,
    ) -> None:
        """`password` empty: it asks for none."""
        self.device = device
        self._now, self._user, self._password = now, user, password
        self._beat, self._retry = beat_s, retry_s
        self._realm, self._nonce = "DS-" + device.serial_number[:8], secrets.token_hex(16)
        self._streams: set[asyncio.Queue[Sent | None]] = set()
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def listening(self) -> int:
        """Streams that are open."""
        return len(self._streams)

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Every connection is closed, as at a power cut."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def happened(self, sent: Sent) -> None:
        """Remembered, and streamed to whoever listens; who is too slow loses it."""
        self.device.happened(sent)
        for queue in self._streams:
            if not queue.full():
                queue.put_nowait(sent)

    def hang_up(self) -> None:
        """Ends the streams that are open."""
        for queue in self._streams:
            queue.put_nowait(None)

    async def post(self, url: str, sent: Sent, *, tries: int = 3, basic: str = "") -> int:
        """Until it is answered 200; the last status, 0 where nobody answered."""
        status = 0
        for attempt in range(tries):
            if attempt:
                await asyncio.sleep(self._retry)
                sent = again(sent)
            try:
                status = await _posted(url, sent, basic)
            except OSError:
                status = 0
            if status == 200:
                break
        return status

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        try:
            while await self._request(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # a client that is gone, or talks something else
        finally:
            self._open.pop(task, None)
            await _closed(writer)

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether another one may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        told = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in told}
        length = int(headers.get("content-length") or 0)
        if not 0 <= length <= _MOST:
            return False
        body = await reader.readexactly(length)
        if self._password and not self._proven(method, headers):
            offer = (
                f'Digest qop="auth", realm="{self._realm}", nonce="{self._nonce}", stale="FALSE"'
            )
            _write(writer, Heard(401, "text/plain", b""), {"WWW-Authenticate": offer})
        elif (method, target.partition("?")[0]) == ("GET", _STREAM) and self.device.streams:
            await self._stream(writer)
            return False
        else:
            _write(writer, self.device.answer(method, target, body), {})
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        """Until it is hung up. A device does not say how long it will be."""
        queue: asyncio.Queue[Sent | None] = asyncio.Queue(_MOST_QUEUED)
        self._streams.add(queue)
        beats = 0
        writer.write(
            b"HTTP/1.1 200 OK\r\nMIME-Version: 1.0\r\nConnection: close\r\n"
            b"Content-Type: multipart/mixed; boundary=" + BOUNDARY.encode() + b"\r\n\r\n"
        )
        try:
            while True:
                try:
                    sent = await asyncio.wait_for(queue.get(), self._beat if beats else 0.01)
                except TimeoutError:
                    beats += 1
                    sent = self.device.heartbeat(self._now(), beats)
                if sent is None:
                    return
                writer.write(part(sent))
                await writer.drain()
        finally:
            self._streams.discard(queue)

    def _proven(self, method: str, headers: Mapping[str, str]) -> bool:
        told = headers.get("authorization", "")
        if not told.lower().startswith("digest "):
            return False
        said = {name: quoted or bare for name, quoted, bare in _FIELD.findall(told)}
        if said.get("nonce") != self._nonce or said.get("username") != self._user:
            return False
        first = _md5(f"{self._user}:{self._realm}:{self._password}")
        second = _md5(f"{method}:{said.get('uri', '')}")
        middle = [said.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
        return secrets.compare_digest(
            _md5(":".join([first, *middle, second])), said.get("response", "")
        )


def _write(writer: asyncio.StreamWriter, heard: Heard, more: Mapping[str, str]) -> None:
    extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
    writer.write(
        f"HTTP/1.1 {heard.status} {_WORDS.get(heard.status, 'Status')}\r\n{extra}"
        f"Content-Type: {heard.type}\r\nContent-Length: {len(heard.body)}\r\n\r\n".encode()
        + heard.body
    )


async def _posted(url: str, sent: Sent, basic: str) -> int:
    """`basic`: credentials as they stand in the header. OSError where nobody is there."""
    parts = urlsplit(url)
    boundary = "-" * 10 + secrets.token_hex(8)
    body = form(sent, boundary)
    proof = f"Authorization: Basic {basic}\r\n" if basic else ""
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        writer.write(
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n{proof}"
            f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        status = (await reader.readline()).split(b" ", 2)
        await reader.read()
        return int(status[1]) if len(status) > 1 and status[1].isdigit() else 0
    finally:
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _md5(told: str) -> str:
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
