"""MQTT 5 properties (§2.2.2): which there are, where each may stand, and their bytes."""

from enum import IntEnum
from typing import Any

import msgspec

from edge.endpoint import wire
from edge.endpoint.reasons import ProtocolError, Reason, breach, malformed

MAX_BYTES = 65_535  # of one packet's properties; the protocol would allow 256 MB


class Kind(IntEnum):
    """Packet types (§2.1.2). WILL is not one on the wire: it has properties of its own."""

    WILL = 0
    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class Properties(msgspec.Struct, frozen=True, kw_only=True):
    payload_format: int | None = None
    message_expiry: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    subscription_ids: tuple[int, ...] = ()
    session_expiry: int | None = None
    assigned_client_id: str | None = None
    server_keep_alive: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    request_problem_info: int | None = None
    will_delay: int | None = None
    request_response_info: int | None = None
    response_info: str | None = None
    server_reference: str | None = None
    reason_string: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    retain_available: int | None = None
    user: tuple[tuple[str, str], ...] = ()
    maximum_packet_size: int | None = None
    wildcard_available: int | None = None
    subscription_ids_available: int | None = None
    shared_available: int | None = None


NONE = Properties()

_ACKS = frozenset((Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP, Kind.SUBACK, Kind.UNSUBACK))
_MESSAGE = frozenset((Kind.PUBLISH, Kind.WILL))
_ALL = frozenset(Kind) - {Kind.PINGREQ, Kind.PINGRESP}
_CONNECTING = frozenset((Kind.CONNECT, Kind.CONNACK))
_AUTH = _CONNECTING | {Kind.AUTH}
_REPLIES = _ACKS | {Kind.CONNACK, Kind.DISCONNECT, Kind.AUTH}

# identifier → (name, representation, packets it may stand in)
_TABLE: dict[int, tuple[str, str, frozenset[Kind]]] = {
    0x01: ("payload_format", "bool", _MESSAGE),
    0x02: ("message_expiry", "u32", _MESSAGE),
    0x03: ("content_type", "text", _MESSAGE),
    0x08: ("response_topic", "text", _MESSAGE),
    0x09: ("correlation_data", "binary", _MESSAGE),
    0x0B: ("subscription_ids", "varint", frozenset((Kind.PUBLISH, Kind.SUBSCRIBE))),
    0x11: ("session_expiry", "u32", _CONNECTING | {Kind.DISCONNECT}),
    0x12: ("assigned_client_id", "text", frozenset((Kind.CONNACK,))),
    0x13: ("server_keep_alive", "u16", frozenset((Kind.CONNACK,))),
    0x15: ("authentication_method", "text", _AUTH),
    0x16: ("authentication_data", "binary", _AUTH),
    0x17: ("request_problem_info", "bool", frozenset((Kind.CONNECT,))),
    0x18: ("will_delay", "u32", frozenset((Kind.WILL,))),
    0x19: ("request_response_info", "bool", frozenset((Kind.CONNECT,))),
    0x1A: ("response_info", "text", frozenset((Kind.CONNACK,))),
    0x1C: ("server_reference", "text", frozenset((Kind.CONNACK, Kind.DISCONNECT))),
    0x1F: ("reason_string", "text", _REPLIES),
    0x21: ("receive_maximum", "u16", _CONNECTING),
    0x22: ("topic_alias_maximum", "u16", _CONNECTING),
    0x23: ("topic_alias", "u16", frozenset((Kind.PUBLISH,))),
    0x24: ("maximum_qos", "bool", frozenset((Kind.CONNACK,))),
    0x25: ("retain_available", "bool", frozenset((Kind.CONNACK,))),
    0x26: ("user", "pair", _ALL),
    0x27: ("maximum_packet_size", "u32", _CONNECTING),
    0x28: ("wildcard_available", "bool", frozenset((Kind.CONNACK,))),
    0x29: ("subscription_ids_available", "bool", frozenset((Kind.CONNACK,))),
    0x2A: ("shared_available", "bool", frozenset((Kind.CONNACK,))),
}
_NOT_ZERO = {"receive_maximum", "maximum_packet_size"}


def parse(reader: wire.Reader, kind: Kind) -> Properties:
    length = reader.varint()
    if not length:
        return NONE
    if length > MAX_BYTES:
        raise ProtocolError(Reason.PACKET_TOO_LARGE, f"{length} bytes of properties")
    if length > reader.left():
        raise malformed(f"{length} bytes of properties announced, {reader.left()} left")
    packet_end, reader.end = reader.end, reader.at + length
    found: dict[str, Any] = {}
    users: list[tuple[str, str]] = []
    while reader.left():
        identifier = reader.varint()
        entry = _TABLE.get(identifier)
        if entry is None or kind not in entry[2]:
            raise malformed(f"property 0x{identifier:02x} may not stand in {kind.name}")
        name, form, _ = entry
        if form == "pair":
            users.append((reader.text(), reader.text()))
        elif form == "varint":
            _subscription_id(found, reader.varint(), kind)
        elif name in found:
            raise breach(f"property {name} stands twice")
        else:
            found[name] = _value(name, form, reader)
    reader.end = packet_end
    if users:
        found["user"] = tuple(users)
    if "authentication_data" in found and "authentication_method" not in found:
        raise breach("authentication data without a method")
    return Properties(**found)


def _subscription_id(found: dict[str, Any], value: int, kind: Kind) -> None:
    if not value:
        raise breach("subscription identifier 0")
    before = found.get("subscription_ids", ())
    if before and kind is Kind.SUBSCRIBE:
        raise breach("property subscription_ids stands twice")
    found["subscription_ids"] = (*before, value)


def _value(name: str, form: str, reader: wire.Reader) -> int | str | bytes:
    if form == "text":
        return reader.text()
    if form == "binary":
        return reader.binary()
    if form == "bool":
        value = reader.u8()
        if value > 1:
            raise breach(f"property {name} is {value}, not 0 or 1")
        return value
    value = reader.u16() if form == "u16" else reader.u32()
    if not value and name in _NOT_ZERO:
        raise breach(f"property {name} is 0")
    if not value and name == "topic_alias":
        raise ProtocolError(Reason.TOPIC_ALIAS_INVALID, "topic alias 0")
    return value


def build(properties: Properties) -> bytes:
    """With the length in front; one zero byte when there are none."""
    if properties is NONE:
        return b"\0"
    body = encode(properties)
    return wire.varint(len(body)) + body


def encode(properties: Properties) -> bytes:
    """Without the length. Order is that of the identifiers."""
    made: list[bytes] = []
    for identifier, (name, form, _) in _TABLE.items():
        value = getattr(properties, name)
        if value is None or value == ():
            continue
        tag = bytes((identifier,))
        if form == "text":
            made += tag, wire.text(value)
        elif form == "binary":
            made += tag, wire.binary(value)
        elif form == "bool":
            made += tag, bytes((value,))
        elif form == "u16":
            made += tag, wire.u16(value)
        elif form == "u32":
            made += tag, wire.u32(value)
        elif form == "varint":
            for one in value:
                made += tag, wire.varint(one)
        else:
            for key, text in value:
                made += tag, wire.text(key), wire.text(text)
    return b"".join(made)
