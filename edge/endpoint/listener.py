"""The agent's own MQTT endpoint: opens the ports, keeps time, closes in order."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from core.errors import EnvironmentFault
from edge.delivery import Deliver
from edge.endpoint.config import Resolved
from edge.endpoint.connection import Connection
from edge.endpoint.context import Cancellable, Connected, Context, Throttled
from edge.endpoint.counters import Counters
from edge.endpoint.message import Message, deadline
from edge.endpoint.tls import Tls

log = logging.getLogger("edge.endpoint")

_SWEEP_S = 0.5
_BACKLOG = 512
_STOP_S = 3.0


class Listener:
    """Runs on the loop that `start` is called on. A device's PUBACK leaves only after `settle`."""

    def __init__(
        self,
        settings: Resolved,
        deliver: Deliver,
        throttled: Throttled,
        connected: Connected = lambda _client, _state: None,
    ) -> None:
        self._settings = settings
        self._deliver = deliver
        self._throttled = throttled
        self._connected = connected
        self._servers: list[asyncio.Server] = []
        self._context: Context | None = None
        self._checks: ThreadPoolExecutor | None = None
        self._timer: Cancellable | None = None
        self.port = 0  # where it listens without TLS
        self.tls_port = 0

    @property
    def counters(self) -> Counters:
        return self._context.counters if self._context is not None else Counters()

    async def start(self) -> None:
        """EnvironmentFault when a port cannot be opened."""
        loop = asyncio.get_running_loop()
        # One thread: checks of password hashes queue up here and cost the loop nothing.
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="endpoint-passwords")
        self._context = context = Context(
            self._settings, self._deliver, self._throttled, loop, self._checks, self._connected
        )
        endpoint = self._settings.endpoint
        try:
            if endpoint.plain:
                server = await loop.create_server(
                    lambda: Connection(context), endpoint.host, endpoint.port, backlog=_BACKLOG
                )
                self._servers.append(server)
                self.port = server.sockets[0].getsockname()[1]
            if (tls := self._settings.tls) is not None:
                server = await loop.create_server(
                    lambda: Tls(tls, Connection(context), context.counters),
                    endpoint.host,
                    endpoint.tls_port,
                    backlog=_BACKLOG,
                )
                self._servers.append(server)
                self.tls_port = server.sockets[0].getsockname()[1]
        except OSError as error:
            await self.stop()
            raise EnvironmentFault(
                f"the MQTT endpoint cannot listen on {endpoint.host}: {error.strerror or error}. "
                "Free the port or choose another in table `endpoint`."
            ) from error
        self._sweep()
        log.info(
            "listening to devices on %s, port %s, TLS %s", endpoint.host, self.port, self.tls_port
        )

    async def stop(self) -> None:
        """No new connections; who is connected is told (MQTT 5) and may send again elsewhere
        or later what was not acknowledged."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for server in self._servers:
            server.close()
        if self._context is not None:
            for member in list(self._context.members):
                member.shut_down()
            await self._empty(self._context)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
        if self._checks is not None:
            self._checks.shutdown(wait=False, cancel_futures=True)
            self._checks = None

    async def _empty(self, context: Context) -> None:
        """Until what was said last is sent, but not for ever."""
        until = context.now() + _STOP_S
        while context.members and context.now() < until:
            await asyncio.sleep(0.01)
            for member in list(context.members):
                member.tick(context.now())

    def publish(self, topic: str, payload: bytes, qos: int = 1, expiry_s: int = 60) -> None:
        """To whoever is subscribed, from any thread. After `expiry_s` it is not sent any more: a
        command that comes late must not be acted on (I9)."""
        if self._context is None:
            return  # not started: nobody can be subscribed
        self._context.loop.call_soon_threadsafe(self._publish, topic, payload, qos, expiry_s)

    def _publish(self, topic: str, payload: bytes, qos: int, expiry_s: int) -> None:
        context = self._context
        if context is not None:
            expires = deadline(expiry_s, context.now())
            context.exchange.publish(Message(topic, payload, qos, expires=expires))

    def _sweep(self) -> None:
        assert self._context is not None
        self._context.sweep()
        self._timer = self._context.loop.call_later(_SWEEP_S, self._sweep)
