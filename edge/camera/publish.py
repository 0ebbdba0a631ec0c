"""Events to the gateway over MQTT, QoS 1: a bounded number on their way, a bounded number waiting.

While nobody listens, what waits makes room openly: the oldest bulk events go first, and are
counted; their numbers are missing, so the gateway declares them as a gap. Dies the worker, what
waits in memory is lost and declared the same way.
"""

import logging
import ssl
import threading
import time
from collections import deque
from typing import Any

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.camera.envelope import Posted

_LOG = logging.getLogger(__name__)
_POLL_S = 0.05


class Route(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    client_id: str = ""
    waiting: int = 2000
    in_flight: int = 64
    keepalive_s: int = 30


class Publisher:
    """Any thread may tell. Owns paho's thread."""

    def __init__(self, route: Route) -> None:
        self.dropped = 0
        self.acknowledged = 0
        self._route = route
        self._lock = threading.RLock()
        self._waiting: deque[Posted] = deque()
        self._on_way: set[int] = set()
        self._up = False
        self._client = self._made()

    def start(self) -> None:
        route = self._route
        self._client.connect_async(route.host, route.port, route.keepalive_s)
        self._client.loop_start()

    def tell(self, posted: Posted) -> None:
        with self._lock:
            self._waiting.append(posted)
            if len(self._waiting) > self._route.waiting:
                self._make_room()
            self._pump()

    @property
    def unsent(self) -> int:
        """Not acknowledged yet."""
        with self._lock:
            return len(self._waiting) + len(self._on_way)

    def stop(self, within_s: float) -> bool:
        """Waits for what is unsent that long; whether all of it arrived."""
        until = time.monotonic() + within_s
        while self.unsent and time.monotonic() < until:
            time.sleep(_POLL_S)
        left = self.unsent
        self._client.disconnect()
        self._client.loop_stop()
        if left:
            _LOG.warning("%d events were not acknowledged; the gateway will miss them", left)
        return not left

    def _make_room(self) -> None:
        """Under the lock. The oldest bulk event; where there is none, the oldest."""
        for index, one in enumerate(self._waiting):
            if not one.urgent:
                del self._waiting[index]
                break
        else:
            self._waiting.popleft()
        self.dropped += 1

    def _pump(self) -> None:
        """Under the lock."""
        while self._up and self._waiting and len(self._on_way) < self._route.in_flight:
            one = self._waiting.popleft()
            self._on_way.add(self._client.publish(one.topic, one.payload, qos=1).mid)

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:  # fmt: skip
        if reason.is_failure:
            _LOG.warning("%s:%d does not take us: %s", self._route.host, self._route.port, reason)
            return
        _LOG.info("connected to %s:%d", self._route.host, self._route.port)
        with self._lock:
            self._up = True
            self._pump()

    def _on_disconnect(
        self, _client: Client, _userdata: Any, _flags: DisconnectFlags, reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:  # fmt: skip
        """What was on its way is paho's, which sends it again when it is connected again."""
        with self._lock:
            self._up = False
        if reason.is_failure:
            _LOG.warning("connection lost: %s", reason)

    def _on_publish(
        self, _client: Client, _userdata: Any, mid: int, _reason: ReasonCode,
        _properties: Properties,
    ) -> None:  # fmt: skip
        with self._lock:
            self._on_way.discard(mid)
            self.acknowledged += 1
            self._pump()

    def _made(self) -> Client:
        route = self._route
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=route.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.max_inflight_messages_set(route.in_flight)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        if route.username:
            client.username_pw_set(route.username, route.password or None)
        if route.tls is not None:
            client.tls_set_context(route.tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client
