"""MQTT control packets as values. `properties` stay empty in 3.1.1."""

import msgspec

from edge.endpoint.properties import NONE, Kind, Properties


class Will(msgspec.Struct, frozen=True):
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NONE


class Connect(msgspec.Struct, frozen=True):
    version: int
    client_id: str
    clean: bool = True
    keep_alive: int = 0
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Properties = NONE


class Connack(msgspec.Struct, frozen=True):
    """`reason` is the return code of 3.1.1 or the reason code of 5."""

    session_present: bool = False
    reason: int = 0
    properties: Properties = NONE


class Publish(msgspec.Struct, frozen=True):
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet: int = 0
    properties: Properties = NONE


class Ack(msgspec.Struct, frozen=True):
    """PUBACK, PUBREC, PUBREL or PUBCOMP: one form, four kinds."""

    kind: Kind
    packet: int
    reason: int = 0
    properties: Properties = NONE


class Filter(msgspec.Struct, frozen=True):
    """One line of a SUBSCRIBE. The last three are MQTT 5 (§3.8.3.1)."""

    topic: str
    qos: int = 0
    no_local: bool = False
    as_published: bool = False
    retain_handling: int = 0


class Subscribe(msgspec.Struct, frozen=True):
    packet: int
    filters: tuple[Filter, ...]
    properties: Properties = NONE


class Suback(msgspec.Struct, frozen=True):
    packet: int
    reasons: tuple[int, ...]
    properties: Properties = NONE


class Unsubscribe(msgspec.Struct, frozen=True):
    packet: int
    filters: tuple[str, ...]
    properties: Properties = NONE


class Unsuback(msgspec.Struct, frozen=True):
    """3.1.1 has no reasons in it."""

    packet: int
    reasons: tuple[int, ...] = ()
    properties: Properties = NONE


class Pingreq(msgspec.Struct, frozen=True):
    pass


class Pingresp(msgspec.Struct, frozen=True):
    pass


class Disconnect(msgspec.Struct, frozen=True):
    reason: int = 0
    properties: Properties = NONE


class Auth(msgspec.Struct, frozen=True):
    reason: int = 0
    properties: Properties = NONE


Packet = (
    Connect
    | Connack
    | Publish
    | Ack
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
    | Auth
)
