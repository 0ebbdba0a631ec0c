"""The gateway's own port for whoever sets it up: HTTP/1.1 with one token, on loopback unless there
is a certificate. Every request has a size and a time, and there are few at once."""

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

import h11
import msgspec

from core.errors import EnvironmentFault, FatalError
from devices.registry import FAULTS
from edge.provisioning.config import Resolved

log = logging.getLogger("edge.admin")

ACTOR = "x-menwei-actor"  # the account's name, percent-encoded
_HEAD = 16_384  # bytes of request line and headers
_READ = 65_536
_MOST = 512 * 1024  # bytes of a body
_CONNECTIONS = 32
_IDLE = 60.0  # seconds a connection may wait for its next request
_REQUEST = 10.0  # seconds from a request's first byte to its last, and as long for the answer
_ACTOR = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`path`: its parts, decoded. `actor` may be empty where nothing is said in anybody's name."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    actor: str
    body: bytes


class Answered(msgspec.Struct, frozen=True):
    status: HTTPStatus
    body: bytes
    type: str = "application/json"


def told(body: object, status: HTTPStatus = HTTPStatus.OK) -> Answered:
    return Answered(status, msgspec.json.encode(body))


def refused(status: HTTPStatus, detail: str, **more: object) -> Answered:
    return told({"detail": detail, **more}, status)


Handle = Callable[[Asked], Awaitable[Answered]]


class Server:
    """Owns the listening port; `fatal` ends the process (I8)."""

    def __init__(self, settings: Resolved, handle: Handle) -> None:
        self._settings, self._handle = settings, handle
        self._token = f"Bearer {settings.token}".encode()
        self._open: set[asyncio.StreamWriter] = set()
        self._listening: asyncio.Server | None = None
        self.fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.port = 0

    async def start(self) -> None:
        """EnvironmentFault when the port cannot be had."""
        admin = self._settings.admin
        try:
            self._listening = await asyncio.start_server(
                self._connected, admin.host, admin.port, ssl=self._settings.tls
            )
        except OSError as error:
            raise EnvironmentFault(
                f"{admin.host}:{admin.port} cannot be listened on ({error.strerror}). "
                "Stop what uses it or set `admin.port` to another port."
            ) from error
        self.port = self._listening.sockets[0].getsockname()[1]
        log.info("devices are set up at %s:%d", admin.host, self.port)

    async def run(self) -> None:
        """For as long as nothing is fatal."""
        await self.fatal

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        if not self.fatal.done():
            self.fatal.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if len(self._open) <= _CONNECTIONS:
                await self._talk(reader, writer)
        except (OSError, TimeoutError, h11.LocalProtocolError):
            pass  # they went away, or took too long; nothing is owed to them
        except FatalError as error:
            if not self.fatal.done():
                self.fatal.set_exception(error)
        except asyncio.CancelledError:
            pass  # the agent stops
        finally:
            self._open.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        while True:
            if not connection.trailing_data[0]:
                connection.receive_data(await asyncio.wait_for(reader.read(_READ), _IDLE))
            try:
                async with asyncio.timeout(_REQUEST):
                    request, body = await _request(connection, reader)
                if request is None:
                    return
                answer = await self._answer(request, body)
            except h11.RemoteProtocolError as error:
                answer = refused(HTTPStatus(error.error_status_hint), f"{error}.")
            whole = connection.their_state is h11.DONE
            for part in _parts(answer, keep=whole):
                writer.write(connection.send(part) or b"")
            async with asyncio.timeout(_REQUEST):
                await writer.drain()
            if not whole or connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _answer(self, request: h11.Request, body: bytes | None) -> Answered:
        headers = {name.decode("latin-1"): value for name, value in request.headers}
        if not hmac.compare_digest(headers.get("authorization", b""), self._token):
            return refused(
                HTTPStatus.UNAUTHORIZED, "The token is not this gateway's: see `admin.token_file`."
            )
        actor = unquote(headers.get(ACTOR, b"").decode("latin-1"))
        if actor and not _ACTOR.fullmatch(actor):
            return refused(HTTPStatus.BAD_REQUEST, f"{ACTOR}: no name of an account.")
        if body is None:
            return refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {_MOST} bytes are not taken."
            )
        try:
            target = urlsplit(request.target.decode("latin-1"))
        except ValueError:  # such as //[
            return refused(HTTPStatus.BAD_REQUEST, "What is asked for is no address.")
        asked = Asked(
            method=request.method.decode("latin-1"),
            path=tuple(unquote(part) for part in target.path.strip("/").split("/")),
            query=dict(parse_qsl(target.query)),
            actor=actor,
            body=body,
        )
        try:
            return await self._handle(asked)
        except FAULTS:
            log.exception("a request could not be dealt with")
            return refused(HTTPStatus.INTERNAL_SERVER_ERROR, "A fault: see the agent's log.")


async def _request(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> tuple[h11.Request | None, bytes | None]:
    """The next request; its body is None when it is too long to be read. No request: they have
    closed the connection."""
    request, body = None, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MOST:
                return request, None
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:
            return None, None


def _parts(answer: Answered, *, keep: bool) -> Iterator[h11.Event]:
    headers = [
        ("content-type", answer.type),
        ("content-length", str(len(answer.body))),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        *(() if keep else (("connection", "close"),)),
    ]
    yield h11.Response(
        status_code=answer.status, headers=headers, reason=answer.status.phrase.encode()
    )
    yield h11.Data(data=answer.body)
    yield h11.EndOfMessage()
