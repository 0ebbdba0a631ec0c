"""HTTP/1.1 to a library: one connection a request, and an end to every wait."""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import h11
import msgspec

from core.errors import MenweiError
from devices.wire import Request

_PATIENCE = 30.0  # seconds for a request and its answer, however slowly that drips
_READ = 65_536
_MOST = 4_000_000  # bytes of an answer


class Away(MenweiError):
    """Not there, or not in HTTP; whether it took what was sent is not known."""


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpLine:
    """To one address; holds nothing between requests."""

    def __init__(self, url: str, tls: ssl.SSLContext | None) -> None:
        place = urlsplit(url)
        self._host = place.hostname or ""
        self._port = place.port or (443 if tls else 80)
        self._authority = place.netloc
        self._prefix = place.path.rstrip("/")
        self._tls = tls

    def target(self, path: str) -> str:
        """As it stands on the request line."""
        return self._prefix + path

    async def ask(self, request: Request) -> Answer:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._ask(request)
        except TimeoutError as error:
            raise Away(f"no answer within {_PATIENCE:.0f} s") from error
        except (OSError, h11.RemoteProtocolError) as error:
            raise Away(str(error) or type(error).__name__) from error

    async def _ask(self, request: Request) -> Answer:
        connection = h11.Connection(h11.CLIENT)
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        try:
            headers = [
                ("host", self._authority),
                ("connection", "close"),
                ("accept", "*/*"),
                ("content-length", str(len(request.body))),
                *request.headers.items(),
            ]
            asked = h11.Request(
                method=request.method, target=self.target(request.path), headers=headers
            )
            for part in (asked, h11.Data(data=request.body), h11.EndOfMessage()):
                writer.write(connection.send(part) or b"")
            await writer.drain()
            return await _answer(connection, reader)
        finally:
            writer.close()


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    status, body = 0, bytearray()
    headers: dict[str, str] = {}
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Response):
            status = event.status_code
            for name, value in event.headers:  # some come more than once, challenges do
                before = headers.get(name.decode(), "")
                headers[name.decode()] = ", ".join(filter(None, (before, value.decode("latin-1"))))
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MOST:
                raise Away(f"an answer of more than {_MOST} bytes")
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return Answer(status, headers, bytes(body))
