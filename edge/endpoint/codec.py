"""Bytes → packets, without I/O: the cut into packets and the reading of each.

Nothing here keeps state. `frame` is bounded by the length that it is given; a packet is read
only when it is there as a whole.
"""

from edge.endpoint import properties as props
from edge.endpoint.packets import (
    Ack,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Filter,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
)
from edge.endpoint.properties import NONE, Kind, Properties
from edge.endpoint.reasons import ProtocolError, Reason, breach, malformed
from edge.endpoint.wire import Reader

V311, V5 = 4, 5
_FLAGS = {Kind.PUBREL: 2, Kind.SUBSCRIBE: 2, Kind.UNSUBSCRIBE: 2}


def frame(data: bytes, at: int, limit: int, version: int = V5) -> tuple[int, int] | None:
    """(start, stop) of the body of the packet that begins at `at`, of which `stop` may lie beyond
    what is there yet; None when not even its length is there. ProtocolError as soon as known."""
    if at >= len(data):
        return None
    check_head(data[at], version)
    length = shift = 0
    for place in range(at + 1, at + 5):
        if place >= len(data):
            return None
        byte = data[place]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if version == V5 and not byte and place > at + 1:
                raise malformed("remaining length is longer than needed")
            start = place + 1
            if start - at + length > limit:
                raise ProtocolError(
                    Reason.PACKET_TOO_LARGE, f"{start - at + length} bytes, cap {limit}"
                )
            return start, start + length
    raise malformed("remaining length over four bytes")


def check_head(head: int, version: int) -> None:
    """The first byte: a type that exists, with the flags that it must have."""
    kind, flags = head >> 4, head & 0x0F
    if not kind or (kind == Kind.AUTH and version != V5):
        raise malformed(f"packet type {kind}")
    if kind == Kind.PUBLISH:
        if flags & 6 == 6:
            raise malformed("QoS 3")
        if flags & 14 == 8:
            raise malformed("DUP with QoS 0")
    elif flags != _FLAGS.get(Kind(kind), 0):
        raise malformed(f"flags {flags:04b} in {Kind(kind).name}")


def decode(head: int, body: bytes, version: int) -> Packet:
    """The packet with first byte `head` and this body; ProtocolError says what is wrong with it.
    A CONNECT says its version itself."""
    check_head(head, version)
    reader = Reader(body)
    kind = Kind(head >> 4)
    packet = _read(kind, head, reader, version)
    reader.done()
    return packet


def _read(kind: Kind, head: int, reader: Reader, version: int) -> Packet:
    match kind:
        case Kind.PUBLISH:
            return _publish(head, reader, version)
        case Kind.PUBACK | Kind.PUBREC | Kind.PUBREL | Kind.PUBCOMP:
            packet = packet_id(reader)
            reason, properties = _reason(reader, kind, version)
            return Ack(kind, packet, reason, properties)
        case Kind.PINGREQ:
            return Pingreq()
        case Kind.PINGRESP:
            return Pingresp()
        case Kind.SUBSCRIBE:
            return _subscribe(reader, version)
        case Kind.UNSUBSCRIBE:
            packet, properties = packet_id(reader), _properties(reader, kind, version)
            return Unsubscribe(packet, tuple(_each(reader)), properties)
        case Kind.CONNECT:
            return _connect(reader)
        case Kind.CONNACK:
            flags, reason = reader.u8(), reader.u8()
            if flags > 1:
                raise malformed(f"connect acknowledge flags {flags:08b}")
            return Connack(flags == 1, reason, _properties(reader, kind, version))
        case Kind.SUBACK:
            packet, properties = packet_id(reader), _properties(reader, kind, version)
            return Suback(packet, tuple(reader.rest()), properties)
        case Kind.UNSUBACK:
            packet, properties = packet_id(reader), _properties(reader, kind, version)
            return Unsuback(packet, tuple(reader.rest()) if version == V5 else (), properties)
        case Kind.DISCONNECT:
            return Disconnect(*_reason(reader, kind, version))
        case _:
            return Auth(*_reason(reader, Kind.AUTH, version))


def _properties(reader: Reader, kind: Kind, version: int) -> Properties:
    return props.parse(reader, kind) if version == V5 else NONE


def _reason(reader: Reader, kind: Kind, version: int) -> tuple[int, Properties]:
    """Reason and properties at the end, each left out when there is nothing to say."""
    if version != V5 or not reader.left():
        return 0, NONE
    reason = reader.u8()
    return reason, props.parse(reader, kind) if reader.left() else NONE


def packet_id(reader: Reader) -> int:
    found = reader.u16()
    if not found:
        raise breach("packet identifier 0")
    return found


def _publish(head: int, reader: Reader, version: int) -> Publish:
    topic = reader.text()
    qos = head >> 1 & 3
    packet = packet_id(reader) if qos else 0
    properties = _properties(reader, Kind.PUBLISH, version)
    return Publish(topic, reader.rest(), qos, head & 1 == 1, head & 8 == 8, packet, properties)


def _each(reader: Reader) -> list[str]:
    found = [reader.text()]  # at least one, by both standards
    while reader.left():
        found.append(reader.text())
    return found


def _subscribe(reader: Reader, version: int) -> Subscribe:
    packet, properties = packet_id(reader), _properties(reader, Kind.SUBSCRIBE, version)
    filters = [_filter(reader, version)]
    while reader.left():
        filters.append(_filter(reader, version))
    return Subscribe(packet, tuple(filters), properties)


def _filter(reader: Reader, version: int) -> Filter:
    topic, options = reader.text(), reader.u8()
    qos, handling = options & 3, options >> 4 & 3
    if qos == 3 or options > (0x3F if version == V5 else 3):
        raise malformed(f"subscription options {options:08b}")
    if handling == 3:
        raise breach("retain handling 3")
    return Filter(topic, qos, options & 4 == 4, options & 8 == 8, handling)


def _connect(reader: Reader) -> Connect:
    name, version = reader.binary(), reader.u8()
    if name not in (b"MQTT", b"MQIsdp"):
        raise breach("protocol name is not MQTT")
    if name != b"MQTT" or version not in (V311, V5):
        raise ProtocolError(Reason.UNSUPPORTED_VERSION, f"protocol level {version}")
    flags, keep_alive = reader.u8(), reader.u16()
    if flags & 1:
        raise malformed("reserved connect flag is set")
    has_name, has_password, has_will = flags & 0x80, flags & 0x40, flags & 0x04
    if not has_will and flags & 0x38:
        raise malformed("will flags without a will")
    if flags >> 3 & 3 == 3:
        raise malformed("will QoS 3")
    if has_password and not has_name and version == V311:
        raise malformed("password without user name")
    properties = _properties(reader, Kind.CONNECT, version)
    client_id = reader.text()
    will = None
    if has_will:
        own = _properties(reader, Kind.WILL, version)
        topic, payload = reader.text(), reader.binary()
        will = Will(topic, payload, flags >> 3 & 3, flags & 0x20 == 0x20, own)
    return Connect(
        version=version,
        client_id=client_id,
        clean=flags & 2 == 2,
        keep_alive=keep_alive,
        username=reader.text() if has_name else None,
        password=reader.binary() if has_password else None,
        will=will,
        properties=properties,
    )
