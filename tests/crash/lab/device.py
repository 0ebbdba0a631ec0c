"""A real MQTT client (paho) that keeps its own account of what was acknowledged to it.

Driven by hand from one thread, so that a thousand of them cost no threads.
"""

import time
from collections.abc import Callable, Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.crash.lab.script import Devices, Message

_IN_FLIGHT = 60
_KEEPALIVE = 2  # seconds


class Device:
    """Publishes at QoS 1 as fast as it is acknowledged. What is not acknowledged when the
    connection dies goes again on the next one, with the same content."""

    def __init__(
        self,
        port: int,
        seed: int,
        *,
        name: str = "lab",
        login: tuple[str, str] | None = None,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
    ) -> None:
        """Version 5 is told when a message was refused; 3.1.1 takes any PUBACK for an answer."""
        self._port = port
        self._devices = Devices(seed, repeat=False)
        self._said: dict[int, Message] = {}  # MQTT message id → what is under way
        self.acked: list[Message] = []
        self.refused: list[Message] = []
        self.published = 0
        self.connected_at = 0.0
        self._five = version is MQTTProtocolVersion.MQTTv5
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=None if self._five else False,
            protocol=version,
        )
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.max_inflight_messages_set(_IN_FLIGHT)
        self._client.on_publish = self._puback
        self._client.on_connect = lambda *_: self._up()
        self._try_at = 0.0

    @property
    def connected(self) -> bool:
        return self._client.is_connected()

    @property
    def waiting(self) -> int:
        return len(self._said)

    def _up(self) -> None:
        self.connected_at = time.monotonic()

    def _puback(
        self, _client: paho.Client, _user: object, mid: int, reason: ReasonCode, _more: Properties
    ) -> None:
        found = self._said.pop(mid, None)
        if found is not None:
            (self.refused if reason.is_failure else self.acked).append(found)

    def step(self, *, talk: bool = True, wait: float = 0.005) -> None:
        """A few milliseconds of life: connect if need be, publish, hear."""
        if self._client.socket() is None:
            if time.monotonic() < self._try_at:
                time.sleep(0.002)
                return
            try:
                if self._try_at:
                    self._client.reconnect()
                else:
                    self._connect()
            except OSError:
                self._try_at = time.monotonic() + 0.004
                time.sleep(0.002)
                return
            self._try_at = time.monotonic()
        if talk and self.connected:
            for _ in range(_IN_FLIGHT - len(self._said)):
                self._publish(self._devices.message())
        self._client.loop(wait)

    def _connect(self) -> None:
        if not self._five:
            self._client.connect("127.0.0.1", self._port, keepalive=_KEEPALIVE)
            return
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 3600
        self._client.connect(
            "127.0.0.1", self._port, keepalive=_KEEPALIVE, clean_start=False, properties=kept
        )

    def _publish(self, message: Message) -> None:
        self._said[self._client.publish(*message.payload, qos=1).mid] = message
        self.published += 1

    def run(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.step()

    def settle(self, within: float) -> bool:
        """True once everything published is acknowledged."""
        end = time.monotonic() + within
        while self._said and time.monotonic() < end:
            self.step(talk=False)
        return not self._said

    def close(self) -> None:
        self._client.disconnect()
        if self._client.socket() is not None:
            self._client.loop(0.01)


def records(messages: Sequence[Message]) -> set[str]:
    """Ids of the events these become."""
    return {one.record for one in messages if one.record}
