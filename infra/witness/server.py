"""The witness over HTTP/1.1: a small port that strangers reach, so every request has a size, a
time and a place in a queue that ends."""

import asyncio
import logging
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import h11
import msgspec

from core.clock import Clock
from core.errors import FatalError
from core.folder import claim
from core.tlog.witness import MAX_REQUEST, SIZE_TYPE, Declined
from infra.ports import check_port
from infra.witness import keys
from infra.witness.config import Settings
from infra.witness.witness import Witness

log = logging.getLogger("witness")

_HEAD = 8_192  # bytes of request line and headers
_READ = 65_536
_LINGER = 1 << 20  # bytes that are read of what is not listened to any more
_CONNECTIONS = 200
_IDLE = 120.0  # seconds a connection may wait for its next request: logs come every minute
_REQUEST = 10.0  # seconds from a request's first byte to its last, and as long for the answer
_TEXT = "text/plain; charset=utf-8"
_LATEST = re.compile(r"/([0-9a-f]{64})/checkpoint")


class Answer(msgspec.Struct, frozen=True):
    status: HTTPStatus
    body: bytes
    type: str = _TEXT
    headers: tuple[tuple[str, str], ...] = ()
    note: str = ""  # for the log of requests


class Server:
    """Owns the listening port; `fatal` ends the process (I8)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._writer = ThreadPoolExecutor(1, "witness")  # one: looking and persisting are a step
        self._open = 0
        self.fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """Waits for a write under way: the folder may be another process's next."""
        self._writer.shutdown()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= _CONNECTIONS:
                await self._talk(reader, writer)
        except (OSError, TimeoutError, h11.LocalProtocolError):
            pass  # they went away, or took too long; nothing is owed to them
        except FatalError as error:
            if not self.fatal.done():
                self.fatal.set_exception(error)
        except asyncio.CancelledError:
            pass  # the witness stops; Python 3.11 would log each of these as an error
        finally:
            self._open -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = (writer.get_extra_info("peername") or ("",))[0]
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        while True:
            if not connection.trailing_data[0]:
                connection.receive_data(await asyncio.wait_for(reader.read(_READ), _IDLE))
            request, begun, line = None, time.monotonic(), "-"
            try:
                async with asyncio.timeout(_REQUEST):
                    request, body = await _request(connection, reader, writer)
                if request is None:
                    return
                line = f"{request.method.decode()} {request.target.decode()}"
                answer = await self._answer(request, body)
            except h11.RemoteProtocolError as error:
                answer = _plain(HTTPStatus(error.error_status_hint), str(error))
            took = (time.monotonic() - begun) * 1000
            log.info("%s %.100s %d %.1f ms %s", peer, line, answer.status, took, answer.note)
            whole = connection.their_state is h11.DONE
            bare = request is not None and request.method == b"HEAD"
            for part in _parts(answer, bare=bare, keep=whole):
                writer.write(connection.send(part) or b"")
            async with asyncio.timeout(_REQUEST):
                await writer.drain()
            if not whole or connection.our_state is not h11.DONE:
                await _linger(reader, writer)
                return
            connection.start_next_cycle()

    async def _answer(self, request: h11.Request, body: bytes | None) -> Answer:
        method, target = request.method.decode(), request.target.decode()
        path = target.partition("?")[0]
        latest = _LATEST.fullmatch(path)
        expected = ("POST",) if path == "/add-checkpoint" else ("GET", "HEAD")
        if path not in ("/add-checkpoint", "/healthz") and latest is None:
            return _plain(HTTPStatus.NOT_FOUND, "nothing here")
        if method not in expected:
            said = f"{expected[0]}, not {method[:10]}"
            allow = ("allow", ", ".join(expected))
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, said, allow)
        if body is None:
            return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_REQUEST} bytes")
        if latest is not None:
            found = self._witness.latest(latest[1])
            if found is None:
                return _plain(HTTPStatus.NOT_FOUND, "nothing was cosigned of such a log")
            return Answer(HTTPStatus.OK, found)
        if path == "/healthz":
            return _plain(HTTPStatus.OK, "ok")
        return await self._add(body)

    async def _add(self, body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            head, lines = await loop.run_in_executor(self._writer, self._witness.add, body)
        except Declined as declined:
            if declined.status == HTTPStatus.CONFLICT:
                size = f"{declined.size}\n".encode()
                return Answer(declined.status, size, SIZE_TYPE, note=declined.detail)
            return _plain(declined.status, declined.detail)
        return Answer(HTTPStatus.OK, lines.encode(), note=f"{head.origin} {head.size}")


async def _request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[h11.Request | None, bytes | None]:
    """The next request; its body is None when it is too long to be read. No request: they have
    closed the connection."""
    request, body = None, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                going = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                writer.write(connection.send(going) or b"")
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_REQUEST:
                return request, None
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:
            return None, None


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up so that the answer arrives: what they still send would reset the connection."""
    writer.write_eof()
    async with asyncio.timeout(_REQUEST):
        for _ in range(_LINGER // _READ):
            if not await reader.read(_READ):
                return


def _plain(status: HTTPStatus, said: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, f"{said}\n".encode(), headers=headers, note=said)


def _parts(answer: Answer, *, bare: bool, keep: bool) -> Iterator[h11.Event]:
    headers = [
        ("content-type", answer.type),
        ("content-length", str(len(answer.body))),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        *answer.headers,
        *(() if keep else (("connection", "close"),)),
    ]
    yield h11.Response(
        status_code=answer.status, headers=headers, reason=answer.status.phrase.encode()
    )
    yield h11.Data(data=b"" if bare else answer.body)
    yield h11.EndOfMessage()


async def run(settings: Settings, clock: Clock) -> None:
    """Returns after a clean stop (SIGTERM, SIGINT); raises what was fatal."""
    http = settings.http
    with claim(settings.folder):
        check_port(http.host, http.port, "http.port")
        cosigner = keys.load_or_create(settings.name, settings.folder)
        server = Server(Witness(settings, cosigner, clock))
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        listening = await asyncio.start_server(server.connected, http.host, http.port)
        for key in cosigner.keys:
            print(key.encode(), flush=True)
        log.info("witnessing %d logs on http://%s:%d", len(settings.logs), http.host, http.port)
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((stopping, server.fatal), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.close()
            server.close()
        if server.fatal.done():
            server.fatal.result()
    log.info("stopped")
