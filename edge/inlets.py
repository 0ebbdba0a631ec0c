"""The ways into a gateway."""

import asyncio

from core.clock import Clock
from core.tasks import end
from edge.commits import Commits
from edge.config import Settings
from edge.endpoint.listener import Listener
from edge.gate.items import Connection, State
from edge.gate.opening import Opening
from edge.mqtt import DeviceLink


class Inlets:
    """The ways in: the agent's own endpoint, a session at a broker, or both."""

    def __init__(self, settings: Settings, commits: Commits, clock: Clock) -> None:
        config = settings.config
        self._commits, self._clock = commits, clock
        self._listener: Listener | None = None
        self._link: DeviceLink | None = None
        self._session: asyncio.Task[None] | None = None
        if settings.endpoint is not None:
            self._listener = Listener(
                settings.endpoint, commits.deliver, commits.throttled, self._connection
            )
        if settings.broker is not None:
            self._link = DeviceLink(
                settings.broker,
                settings.intake.password,
                config.intake.subscribe,
                f"{config.compound}-{config.gateway}",
                commits.deliver,
                settings.intake.tls,
            )

    def publish(self, word: Opening) -> None:
        """By every way a device may listen on; any thread."""
        left = (word.until - self._clock.now()).total_seconds()
        if self._listener is not None:
            self._listener.publish(word.topic, word.payload, expiry_s=max(1, round(left)))
        if self._link is not None:
            self._link.publish(word.topic, word.payload)

    def _connection(self, client: str, state: State) -> None:
        self._commits.put(Connection(client, state))

    async def start(self) -> None:
        if self._listener is not None:
            await self._listener.start()
        if self._link is not None:
            self._session = asyncio.create_task(self._link.run(), name="device broker")

    async def stop(self) -> None:
        if self._listener is not None:
            await self._listener.stop()
        if self._session is not None:
            await end(self._session)
