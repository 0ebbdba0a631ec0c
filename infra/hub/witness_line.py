"""A line to a witness: HTTP/1.1 with keep-alive, and an end to every wait."""

import asyncio
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import h11

from core.errors import MenweiError

_PATIENCE = 10.0  # seconds for a question and its answer, however slowly that drips
_READ = 65_536
_MOST = 65_536  # bytes of an answer: a line a key


class Away(MenweiError):
    """The witness did not answer, or not in HTTP. Ask again later."""


class WitnessLine:
    """Owns one connection to `url`, its submission prefix. One question at a time."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._host = place.hostname or ""
        self._tls = ssl.create_default_context() if place.scheme == "https" else None
        self._port = place.port or (443 if self._tls else 80)
        self._authority = place.netloc.rpartition("@")[2]
        self._target = f"{place.path.rstrip('/')}/add-checkpoint"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._connection = h11.Connection(h11.CLIENT)

    async def add_checkpoint(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        kept = self._streams is not None
        try:
            async with asyncio.timeout(_PATIENCE):
                try:
                    return await self._ask(body)
                except (OSError, h11.RemoteProtocolError):
                    if not kept:
                        raise
                    self.close()  # it hung up meanwhile, as it may; asking twice does no harm
                    return await self._ask(body)
        except TimeoutError as error:
            raise Away(f"no answer within {_PATIENCE:.0f} s") from error
        except (OSError, h11.RemoteProtocolError) as error:
            raise Away(str(error)) from error
        finally:
            if self._connection.our_state is not h11.IDLE:  # what is left of it is nobody's
                self.close()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
        self._connection = h11.Connection(h11.CLIENT)

    async def _ask(self, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        reader, writer = self._streams
        headers = [
            ("host", self._authority),
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
        ]
        request = h11.Request(method="POST", target=self._target, headers=headers)
        for part in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(self._connection.send(part) or b"")
        await writer.drain()
        status, answer = 0, bytearray()
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                self._connection.receive_data(await reader.read(_READ))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                answer += event.data
                if len(answer) > _MOST:
                    raise Away(f"an answer of more than {_MOST} bytes")
            elif isinstance(event, h11.EndOfMessage):
                break
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Away(f"it answered {status}")  # of a proxy, as often as not
        if self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
        return status, bytes(answer)
