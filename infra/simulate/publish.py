"""Messages onto MQTT: QoS 1, a bounded number unacknowledged, a broker that may come and go.

Only the caller's thread touches the account; paho's network thread hands it message ids through
a queue. A message counts as published when paho took it and as acknowledged at its PUBACK.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core.clock import Clock
from core.errors import EnvironmentFault
from infra.simulate.agenda import Timed

_LOG = logging.getLogger(__name__)
_POLL_S = 0.2  # how often a blocked publisher looks whether it shall stop
_MEET_S = 2.0  # for the first connection
_REFUSED_FOR_GOOD = frozenset(
    {"Bad user name or password", "Not authorized", "Client identifier not valid",
     "Unsupported protocol version"}
)  # fmt: skip

Until = Callable[[datetime], bool]  # waits for that moment; False: do not go on


class Fate(Protocol):
    def __call__(self, timed: Timed, *, acked: bool) -> None:
        """Told once for each published message, on the publisher's thread."""
        ...


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int = 1883
    username: str = ""
    password: str = ""
    client_id: str = "menwei-simulate"
    in_flight: int = 200
    keepalive_s: int = 30
    drain_s: float = 10.0  # how long without a PUBACK to wait for the last ones


class Totals(msgspec.Struct):
    published: int = 0
    acked: int = 0

    @property
    def complete(self) -> bool:
        return self.published == self.acked


def run(
    settings: Settings,
    messages: Iterator[Timed],
    *,
    until: Until,
    stop: threading.Event,
    fate: Fate | None = None,
) -> Totals:
    """Publishes until the messages or the caller's patience end; then waits for the last PUBACKs.

    Raises EnvironmentFault when the broker refuses us for good. A broker that is away is waited
    for, with growing pauses; nothing is given up while it is.
    """
    link = _Link(settings, stop, fate or _forgotten)
    try:
        link.meet()
        for timed in messages:
            if not until(timed.at) or not link.room():
                break
            link.publish(timed)
        link.drain()
    finally:
        link.close()
    link.check()
    return link.totals


class RealTime:
    """`Until` by the wall clock; a moment that has passed is not waited for."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop

    def __call__(self, at: datetime) -> bool:
        left = (at - self._clock.now()).total_seconds()
        return not (self._stop.wait(left) if left > 0 else self._stop.is_set())


class _Link:
    def __init__(self, settings: Settings, stop: threading.Event, fate: Fate) -> None:
        self.totals = Totals()
        self._settings = settings
        self._stop = stop
        self._fate = fate
        self._pending: dict[int, Timed] = {}
        self._acks: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._refused = ""
        self._client = _client(settings, self)
        self._client.connect_async(settings.host, settings.port, settings.keepalive_s)
        self._client.loop_start()

    def meet(self) -> None:
        """Gives the connection a moment to stand: what is handed over before is sent when it
        comes, beside what follows it, and could be overtaken."""
        for _ in range(round(_MEET_S / _POLL_S)):
            if self._client.is_connected() or self._refused or self._stop.wait(_POLL_S):
                return

    def room(self) -> bool:
        """Waits until one more may be in flight; False when told to stop or refused."""
        self._settle()
        while len(self._pending) >= self._settings.in_flight:
            self._settle(_POLL_S)
            if self._stop.is_set() or self._refused:
                return False
        return not self._refused

    def publish(self, timed: Timed) -> None:
        sent = self._client.publish(timed.topic, timed.payload, qos=1)
        # The PUBACK may be in the queue already: nobody takes it out before this line.
        self._pending[sent.mid] = timed
        self.totals.published += 1

    def drain(self) -> None:
        """Waits for what is still in flight, as long as PUBACKs keep coming."""
        silent_s = 0.0
        while self._pending and not self._refused and silent_s < self._settings.drain_s:
            if self._stop.is_set() and not self._client.is_connected():
                return
            silent_s = 0.0 if self._settle(_POLL_S) else silent_s + _POLL_S

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._settle()
        for timed in self._pending.values():
            self._fate(timed, acked=False)
        self._pending.clear()

    def check(self) -> None:
        if self._refused:
            raise EnvironmentFault(
                f"{self._settings.host}:{self._settings.port} refuses us: {self._refused}"
            )

    def on_connect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not reason.is_failure:
            _LOG.info("connected to %s:%d", self._settings.host, self._settings.port)
        elif str(reason) in _REFUSED_FOR_GOOD:
            self._refused = str(reason)
        else:
            _LOG.warning("broker does not take us yet: %s", reason)

    def on_connect_fail(self, _client: Client, _userdata: Any) -> None:
        _LOG.warning("no broker at %s:%d yet", self._settings.host, self._settings.port)

    def on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _LOG.warning("connection lost: %s", reason)

    def on_publish(
        self,
        _client: Client,
        _userdata: Any,
        mid: int,
        _reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._acks.put(mid)

    def _settle(self, wait_s: float = 0.0) -> bool:
        """Takes the PUBACKs that have come in, waiting `wait_s` for a first; whether any had."""
        came = False
        try:
            mid = self._acks.get(timeout=wait_s) if wait_s else self._acks.get_nowait()
            while True:
                came = True
                timed = self._pending.pop(mid, None)
                if timed is not None:
                    self.totals.acked += 1
                    self._fate(timed, acked=True)
                mid = self._acks.get_nowait()
        except queue.Empty:
            return came


def _forgotten(timed: Timed, *, acked: bool) -> None:
    """The fate of messages nobody keeps an account of."""


def _client(settings: Settings, link: _Link) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    client.max_inflight_messages_set(settings.in_flight)
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    if settings.username:
        client.username_pw_set(settings.username, settings.password or None)
    client.on_connect = link.on_connect
    client.on_connect_fail = link.on_connect_fail
    client.on_disconnect = link.on_disconnect
    client.on_publish = link.on_publish
    return client
