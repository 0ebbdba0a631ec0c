"""Packets → bytes. The opposite of `edge.endpoint.codec`."""

from edge.endpoint import properties as props
from edge.endpoint import wire
from edge.endpoint.codec import V5
from edge.endpoint.packets import (
    Ack,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
)
from edge.endpoint.properties import NONE, Kind, Properties

PINGRESP = b"\xd0\x00"


def encode(packet: Packet, version: int) -> bytes:
    match packet:
        case Publish():
            tail = props.encode(packet.properties)
            first = packet.retain | packet.qos << 1 | packet.dup << 3
            return publish(packet.topic, packet.payload, first, packet.packet, tail, version)
        case Ack():
            return ack(packet.kind, packet.packet, packet.reason, version, packet.properties)
        case Connect():
            return _connect(packet)
        case Connack():
            head = bytes((packet.session_present, packet.reason))
            return _whole(Kind.CONNACK, head + _properties(packet.properties, version))
        case Subscribe():
            lines = b"".join(
                wire.text(one.topic)
                + bytes(
                    (
                        one.qos
                        | one.no_local << 2
                        | one.as_published << 3
                        | one.retain_handling << 4,
                    )
                )
                for one in packet.filters
            )
            head = wire.u16(packet.packet) + _properties(packet.properties, version)
            return _whole(Kind.SUBSCRIBE, head + lines, 2)
        case Suback() | Unsuback():
            head = wire.u16(packet.packet) + _properties(packet.properties, version)
            kind = Kind.SUBACK if isinstance(packet, Suback) else Kind.UNSUBACK
            reasons = packet.reasons if version == V5 or kind is Kind.SUBACK else ()
            return _whole(kind, head + bytes(reasons))
        case Pingreq():
            return b"\xc0\x00"
        case Pingresp():
            return PINGRESP
        case Disconnect() | Auth():
            kind = Kind.DISCONNECT if isinstance(packet, Disconnect) else Kind.AUTH
            return _whole(kind, _reason(packet.reason, packet.properties, version))
        case _:
            head = wire.u16(packet.packet) + _properties(packet.properties, version)
            return _whole(Kind.UNSUBSCRIBE, head + b"".join(map(wire.text, packet.filters)), 2)


def publish(
    topic: str, payload: bytes, flags: int, packet: int, tail: bytes, version: int
) -> bytes:
    """A PUBLISH; `flags` is the low half of its first byte, `tail` its encoded properties."""
    head = wire.text(topic)
    if flags & 6:
        head += packet.to_bytes(2, "big")
    if version == V5:
        head += wire.varint(len(tail)) + tail
    return b"".join((bytes((0x30 | flags,)), wire.varint(len(head) + len(payload)), head, payload))


def ack(kind: Kind, packet: int, reason: int, version: int, properties: Properties = NONE) -> bytes:
    body = packet.to_bytes(2, "big") + _reason(reason, properties, version)
    return _whole(kind, body, 2 if kind is Kind.PUBREL else 0)


def _reason(reason: int, properties: Properties, version: int) -> bytes:
    if version != V5 or (not reason and properties == NONE):
        return b""
    return bytes((reason,)) + (props.build(properties) if properties != NONE else b"")


def _properties(properties: Properties, version: int) -> bytes:
    return props.build(properties) if version == V5 else b""


def _whole(kind: Kind, body: bytes, flags: int = 0) -> bytes:
    return bytes((kind << 4 | flags,)) + wire.varint(len(body)) + body


def _connect(packet: Connect) -> bytes:
    will = packet.will
    flags = packet.clean << 1
    body = b""
    if will is not None:
        flags |= 4 | will.qos << 3 | will.retain << 5
        body += _properties(will.properties, packet.version)
        body += wire.text(will.topic) + wire.binary(will.payload)
    if packet.username is not None:
        flags |= 0x80
        body += wire.text(packet.username)
    if packet.password is not None:
        flags |= 0x40
        body += wire.binary(packet.password)
    head = wire.text("MQTT") + bytes((packet.version, flags)) + wire.u16(packet.keep_alive)
    head += _properties(packet.properties, packet.version) + wire.text(packet.client_id)
    return _whole(Kind.CONNECT, head + body)
