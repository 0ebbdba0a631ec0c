"""The gateway's HTTP intake: opens the ports, counts connections, closes in order."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from core.errors import EnvironmentFault
from core.tasks import end
from devices.wire import Place
from edge.counters import Counters as Told
from edge.delivery import Deliver
from edge.durable_link import DurableLink
from edge.endpoint.tls import Tls
from edge.http.config import Resolved
from edge.http.connection import Connection
from edge.http.context import Context, Notes, Throttled
from edge.http.counters import Counters

if TYPE_CHECKING:
    from edge.media.spool import Spool

log = logging.getLogger("edge.http")

_SWEEP_S = 0.5
_BACKLOG = 512
_READ_LIMIT = 65_536
_STOP_S = 2.0  # for what is under way to become durable and be answered


class Server:
    """Lives on the loop that `start` is called on."""

    def __init__(
        self,
        settings: Resolved,
        deliver: Deliver,
        throttled: Throttled,
        place: Place,
        notes: Notes,
        told: Told,
        spool: "Spool | None" = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """`spool`: where pictures are kept; None: only their hashes are noted. `secrets`: of
        devices told of beside the settings."""
        self._settings = settings
        self._deliver, self._throttled = deliver, throttled
        self._place, self._notes, self._told, self._spool = place, notes, told, spool
        self._secrets = dict(secrets or {})
        self._context: Context | None = None
        self._servers: list[asyncio.Server] = []
        self._open: dict[Connection, asyncio.Task[None]] = {}
        self._addresses: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self.port = 0  # where it listens without TLS
        self.tls_port = 0

    @property
    def counters(self) -> Counters:
        return self._context.counters if self._context is not None else Counters()

    async def run(self) -> None:
        """After `start`: ends only by raising what a connection met that is fatal (I8)."""
        assert self._context is not None
        await self._context.fatal

    async def start(self) -> None:
        """EnvironmentFault when a port cannot be opened."""
        loop, http = asyncio.get_running_loop(), self._settings.http
        self._context = context = Context(
            self._settings,
            DurableLink(self._deliver),
            self._throttled,
            self._place,
            self._notes,
            self._spool,
            self._told,
        )
        for name, secret in self._secrets.items():
            context.learn(name, secret)
        try:
            if http.plain:
                server = await loop.create_server(
                    self._protocol, http.host, http.port, backlog=_BACKLOG
                )
                self._servers.append(server)
                self.port = server.sockets[0].getsockname()[1]
            if (tls := self._settings.tls) is not None:
                server = await loop.create_server(
                    lambda: Tls(tls, self._protocol(), context.counters),
                    http.host,
                    http.tls_port,
                    backlog=_BACKLOG,
                )
                self._servers.append(server)
                self.tls_port = server.sockets[0].getsockname()[1]
        except OSError as error:
            await self.stop()
            raise EnvironmentFault(
                f"the HTTP intake cannot listen on {http.host}: {error.strerror or error}. "
                "Free the port or choose another in table `http`."
            ) from error
        self._sweep()
        log.info("taking HTTP on %s, port %s, TLS %s", http.host, self.port, self.tls_port)

    def learn(self, name: str, secret: str) -> None:
        """After `start`: a device proves itself by it from its next request on."""
        assert self._context is not None
        self._context.learn(name, secret)

    def forget(self, name: str) -> None:
        """What the settings say of it holds again."""
        assert self._context is not None
        self._context.forget(name)

    async def stop(self) -> None:
        """No new connections. What waits for its commit gets a moment, and its answer; the rest
        is closed without one and comes again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for server in self._servers:
            server.close()
        for connection, task in list(self._open.items()):
            if connection.idle:
                task.cancel()
        if self._open:
            await asyncio.wait(self._open.values(), timeout=_STOP_S)
        await end(*self._open.values())
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
        if self._context is not None:
            self._context.close()

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = asyncio.StreamReader(_READ_LIMIT)
        return asyncio.StreamReaderProtocol(reader, self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        context = self._context
        assert context is not None
        address = str((writer.get_extra_info("peername") or ("",))[0])
        context.counters.accepted += 1
        if self._addresses[address] >= self._settings.http.max_per_address:
            self._turn_away(writer, "address")
            return
        if len(self._open) >= self._settings.http.max_connections:
            idle = next((one for one in self._open if one.idle), None)
            if idle is None:
                self._turn_away(writer, "connections")
                return
            context.refused("idle")
            idle.abort()  # who waits longest for nothing makes room
            self._open[idle].cancel()
            self._forget(idle)
        connection = Connection(context, reader, writer, address)
        self._addresses[address] += 1
        task = asyncio.get_running_loop().create_task(connection.run())
        self._open[connection] = task
        context.counters.connections = len(self._open)
        task.add_done_callback(partial(self._done, connection))

    def _turn_away(self, writer: asyncio.StreamWriter, reason: str) -> None:
        assert self._context is not None
        self._context.refused(reason)
        writer.transport.abort()

    def _done(self, connection: Connection, task: "asyncio.Task[None]") -> None:
        self._forget(connection)
        if not task.cancelled():
            task.result()

    def _forget(self, connection: Connection) -> None:
        if self._open.pop(connection, None) is None:
            return
        assert self._context is not None
        self._context.counters.connections = len(self._open)
        self._addresses[connection.address] -= 1
        if self._addresses[connection.address] <= 0:
            del self._addresses[connection.address]

    def _sweep(self) -> None:
        assert self._context is not None
        self._context.sweep()
        self._timer = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)
