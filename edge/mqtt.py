"""The device side's MQTT session: at least once, acknowledged by hand after the commit.

paho with manual_ack, because aiomqtt acknowledges before we can store. One durable
session per gateway (clean session off): what arrives while we are away waits in the broker.
"""

import logging
import ssl
import threading
from collections.abc import Callable

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import Intake

log = logging.getLogger("edge.mqtt")


class Delivery(msgspec.Struct, frozen=True):
    """A device message; `ack` may be called from any thread, once it is durable."""

    topic: str
    payload: bytes
    retained: bool
    ack: Callable[[], None]


class DeviceLink:
    """Owns the paho client and its network thread, on which `deliver` is called.

    The broker bounds what is unacknowledged (its in-flight window), so what `deliver`
    queues is bounded by it: that is the back-pressure.
    """

    def __init__(
        self,
        settings: Intake,
        password: str,
        client_id: str,
        deliver: Callable[[Delivery], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._deliver = deliver
        self._session = 0
        self._turn = threading.Lock()  # between looking at the session and acknowledging on it
        self.connected = False
        broker = settings.broker
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        if broker.username:
            self._client.username_pw_set(broker.username, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def start(self) -> None:
        self._client.connect_async(self._settings.broker.host, self._settings.broker.port)
        self._client.loop_start()

    def stop(self) -> None:
        """The session stays at the broker: unacknowledged messages come again."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("device broker refuses the connection: %s", reason)
            return
        with self._turn:
            self._session += 1
        client.subscribe([(topic, 1) for topic in self._settings.subscribe])

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("device broker refuses a subscription: %s", ", ".join(refused))
            return
        self.connected = True
        log.info("listening to devices at %s:%s", *self._address())

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected = False
        with self._turn:
            self._session += 1
        if reason.is_failure:
            log.warning("device broker at %s:%s lost: %s", *self._address(), reason)

    def _on_message(
        self, client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        session, mid, qos = self._session, message.mid, message.qos

        def ack() -> None:
            # A packet id belongs to its connection. Acknowledging an old one on a new
            # connection could acknowledge a message that is not stored yet; the old one
            # comes again instead and is told as a duplicate.
            with self._turn:
                if not qos or session != self._session:
                    return
                error = client.ack(mid, qos)
            if error not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
                log.warning("acknowledgement not sent: %s", paho.error_string(error))

        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\N{REPLACEMENT CHARACTER}"
        self._deliver(Delivery(topic, bytes(message.payload), message.retain, ack))

    def _address(self) -> tuple[str, int]:
        return self._settings.broker.host, self._settings.broker.port
