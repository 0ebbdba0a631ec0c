"""The device side's MQTT session: at least once, acknowledged by hand after the commit.

paho with manual_ack, because aiomqtt acknowledges before we can store. One durable
session per gateway (clean session off): what arrives while we are away waits in the broker.
"""

import logging
import ssl
import threading
from collections.abc import Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core.broker import Broker
from edge.delivery import Answer, Deliver, Delivery

log = logging.getLogger("edge.mqtt")

_SENT_OR_GONE = (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN)
_UNSETTLED = 10_000  # messages on their way to disk; more wait in the socket


class _Session:
    """Link of one connection. A packet id belongs to its connection: acknowledging an old one on
    a new connection could acknowledge a message that is not stored yet; the old one comes again
    instead and is told as a duplicate."""

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._turn = threading.Condition()  # between looking whether it is alive and using it
        self._alive = True
        self._unsettled = 0

    def took(self) -> None:
        """One more is under way. Blocks the network thread while too many are: the broker bounds
        what it has unacknowledged, but QoS 0 nobody bounds."""
        with self._turn:
            self._turn.wait_for(lambda: self._unsettled < _UNSETTLED or not self._alive)
            self._unsettled += 1

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        with self._turn:
            self._unsettled -= len(settled)
            self._turn.notify_all()
            for packet, _ in settled:
                if packet and self._alive:
                    error = self._client.ack(packet, 1)
                    if error not in _SENT_OR_GONE:
                        log.warning("acknowledgement not sent: %s", paho.error_string(error))

    def end(self) -> None:
        with self._turn:
            self._alive = False
            self._turn.notify_all()


class DeviceLink:
    """Owns the paho client and its network thread, on which `deliver` is called."""

    def __init__(
        self,
        broker: Broker,
        password: str,
        subscribe: Sequence[str],
        client_id: str,
        deliver: Deliver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._broker, self._subscribe = broker, subscribe
        self._deliver = deliver
        self.connected = False
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
        self._session = _Session(self._client)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def start(self) -> None:
        self._client.connect_async(self._broker.host, self._broker.port)
        self._client.loop_start()

    def stop(self) -> None:
        """The session stays at the broker: unacknowledged messages come again."""
        self._session.end()
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
        self._session.end()
        self._session = _Session(client)
        client.subscribe([(topic, 1) for topic in self._subscribe])

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
        self._session.end()
        if reason.is_failure:
            log.warning("device broker at %s:%s lost: %s", *self._address(), reason)

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\N{REPLACEMENT CHARACTER}"
        session = self._session
        session.took()
        packet = message.mid if message.qos else 0
        payload = bytes(message.payload)
        self._deliver([Delivery(topic, payload, session, packet, message.retain)])

    def _address(self) -> tuple[str, int]:
        return self._broker.host, self._broker.port
