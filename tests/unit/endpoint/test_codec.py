"""What is no MQTT is refused with the reason that the standard gives it."""

import pytest

from edge.endpoint import build, codec, wire
from edge.endpoint.packets import Ack, Connect, Disconnect, Publish, Suback, Will
from edge.endpoint.properties import Kind, Properties
from edge.endpoint.reasons import ProtocolError, Reason


def refused(data: bytes, version: int = 5) -> Reason:
    span = codec.frame(data, 0, 1000, version)
    assert span is not None
    with pytest.raises(ProtocolError) as caught:
        codec.decode(data[0], data[span[0] : span[1]], version)
    return caught.value.code


class TestFrame:
    @pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x80", b"\x30\xff\xff\xff"])
    def test_too_little_to_say(self, data: bytes) -> None:
        assert codec.frame(data, 0, 1 << 28) is None

    def test_says_where_the_body_is_before_it_is_there(self) -> None:
        assert codec.frame(b"\x30\x05", 0, 100) == (2, 7)
        assert codec.frame(b"xx\x30\x80\x01", 2, 1000) == (5, 133)

    def test_the_size_has_a_bound_to_the_byte(self) -> None:
        assert codec.frame(b"\x30\x62", 0, 100) == (2, 100)
        with pytest.raises(ProtocolError) as caught:
            codec.frame(b"\x30\x63", 0, 100)
        assert caught.value.code is Reason.PACKET_TOO_LARGE

    @pytest.mark.parametrize("data", [b"\x30\xff\xff\xff\x80", b"\x30\x80\x80\x80\x80\x01"])
    def test_a_length_has_four_bytes_at_most(self, data: bytes) -> None:
        with pytest.raises(ProtocolError):
            codec.frame(data, 0, 1 << 28)

    def test_and_no_more_than_it_needs_in_5(self) -> None:
        assert codec.frame(b"\x30\x85\x00", 0, 100, 4) == (3, 8)
        with pytest.raises(ProtocolError):
            codec.frame(b"\x30\x85\x00", 0, 100, 5)

    @pytest.mark.parametrize("head", [0x00, 0x0F, 0x36, 0x38, 0x39, 0x60, 0x80, 0xA0, 0xC1, 0xE1])
    @pytest.mark.parametrize("version", [4, 5])
    def test_the_first_byte_is_enough_to_refuse(self, head: int, version: int) -> None:
        with pytest.raises(ProtocolError) as caught:
            codec.frame(bytes((head,)), 0, 100, version)
        assert caught.value.code is Reason.MALFORMED

    def test_auth_is_of_5_only(self) -> None:
        assert codec.frame(b"\xf0\x00", 0, 100, 5) == (2, 2)
        with pytest.raises(ProtocolError):
            codec.frame(b"\xf0\x00", 0, 100, 4)


MALFORMED = {
    "topic longer than the packet": b"\x30\x03\x00\x05a",
    "no packet id": b"\x32\x03\x00\x01a",
    "surrogate": b"\x30\x06\x00\x03\xed\xa0\x80\x00",
    "overlong UTF-8": b"\x30\x05\x00\x02\xc0\x80\x00",
    "U+0000": b"\x30\x04\x00\x01\x00\x00",
    "properties longer than the packet": b"\x30\x04\x00\x01a\x05",
    "no properties at all": b"\x30\x03\x00\x01a",
    "an unknown property": b"\x30\x06\x00\x01a\x02\x7f\x00",
    "a property of another packet": b"\x30\x09\x00\x01a\x05\x11\x00\x00\x00\x01",
    "something after PINGREQ": b"\xc0\x01\x00",
    "something after PUBACK": b"\x40\x05\x00\x01\x00\x00\x00",
    "subscription options with reserved bits": b"\x82\x07\x00\x01\x00\x00\x01a\x40",
    "QoS 3 in a subscription": b"\x82\x07\x00\x01\x00\x00\x01a\x03",
    "SUBSCRIBE without a filter": b"\x82\x03\x00\x01\x00",
    "UNSUBSCRIBE without a filter": b"\xa2\x03\x00\x01\x00",
    "reserved connect flag": b"\x10\x0e\x00\x04MQTT\x05\x03\x00\x00\x00\x00\x01a",
    "will QoS without a will": b"\x10\x0e\x00\x04MQTT\x05\x08\x00\x00\x00\x00\x01a",
    "will QoS 3": b"\x10\x0e\x00\x04MQTT\x05\x1c\x00\x00\x00\x00\x01a",
    "a user name announced and not there": b"\x10\x0e\x00\x04MQTT\x05\x80\x00\x00\x00\x00\x01a",
}
BREACHES = {
    "packet id 0": b"\x32\x06\x00\x01a\x00\x00\x00",
    "packet id 0 in PUBACK": b"\x40\x02\x00\x00",
    "the same property twice": b"\x30\x08\x00\x01a\x04\x01\x00\x01\x00",
    "a flag that is 2": b"\x30\x06\x00\x01a\x02\x01\x02",
    "retain handling 3": b"\x82\x07\x00\x01\x00\x00\x01a\x30",
    "subscription identifier 0": b"\x82\x09\x00\x01\x02\x0b\x00\x00\x01a\x00",
    "two subscription identifiers": b"\x82\x0b\x00\x01\x04\x0b\x01\x0b\x02\x00\x01a\x00",
    "receive maximum 0": b"\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x03\x21\x00\x00\x00\x01a",
    "authentication data alone": b"\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x03\x16\x00\x00\x00\x01a",
    "another protocol": b"\x10\x0e\x00\x04MQTX\x05\x02\x00\x00\x00\x00\x01a",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(data: bytes) -> None:
    assert refused(data) is Reason.MALFORMED


@pytest.mark.parametrize("data", BREACHES.values(), ids=BREACHES.keys())
def test_breaches(data: bytes) -> None:
    assert refused(data) is Reason.PROTOCOL_ERROR


def test_other_reasons() -> None:
    assert refused(b"\x30\x07\x00\x01a\x03\x23\x00\x00") is Reason.TOPIC_ALIAS_INVALID
    assert (
        refused(b"\x10\x0e\x00\x04MQTT\x06\x02\x00\x00\x00\x00\x01a") is Reason.UNSUPPORTED_VERSION
    )
    assert refused(b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x00\x00\x01a") is Reason.UNSUPPORTED_VERSION


def test_properties_have_a_bound() -> None:
    many = Properties(user=(("k" * 100, "v" * 100),) * 400)
    data = build.encode(Publish("t", b"", properties=many), 5)
    span = codec.frame(data, 0, 1 << 20)
    assert span is not None
    with pytest.raises(ProtocolError) as caught:
        codec.decode(data[0], data[span[0] : span[1]], 5)
    assert caught.value.code is Reason.PACKET_TOO_LARGE


def test_3_1_1_wants_a_user_name_with_a_password() -> None:
    data = build.encode(Connect(4, "c", password=b"x"), 4)
    assert refused(data, 4) is Reason.MALFORMED
    build.encode(Connect(5, "c", password=b"x"), 5)


class TestBytes:
    """A few packets as the standard prints them, or as any tool would show them."""

    def test_publish(self) -> None:
        assert (
            build.encode(Publish("a/b", b"hi", 1, packet=10), 4) == b"\x32\x09\x00\x03a/b\x00\x0ahi"
        )
        assert build.encode(Publish("a", b"", 0, retain=True), 5) == b"\x31\x04\x00\x01a\x00"

    def test_acknowledgements_say_nothing_where_all_is_well(self) -> None:
        assert build.ack(Kind.PUBACK, 258, 0, 5) == b"\x40\x02\x01\x02"
        assert build.ack(Kind.PUBREL, 258, 0, 4) == b"\x62\x02\x01\x02"
        assert build.ack(Kind.PUBACK, 258, 0x97, 5) == b"\x40\x03\x01\x02\x97"
        assert build.ack(Kind.PUBACK, 258, 0x97, 4) == b"\x40\x02\x01\x02"

    def test_suback_and_disconnect(self) -> None:
        assert build.encode(Suback(1, (0, 0x80)), 4) == b"\x90\x04\x00\x01\x00\x80"
        assert build.encode(Suback(1, (0,)), 5) == b"\x90\x04\x00\x01\x00\x00"
        assert build.encode(Disconnect(), 4) == b"\xe0\x00"
        assert build.encode(Disconnect(0x8E), 5) == b"\xe0\x01\x8e"

    def test_connect(self) -> None:
        will = Will("w", b"x", 1, retain=True)
        packet = Connect(4, "c", keep_alive=60, username="u", password=b"p", will=will)
        assert build.encode(packet, 4) == (
            b"\x10\x19\x00\x04MQTT\x04\xee\x00\x3c\x00\x01c\x00\x01w\x00\x01x\x00\x01u\x00\x01p"
        )

    @pytest.mark.parametrize(
        ("value", "data"),
        [
            (0, b"\0"),
            (127, b"\x7f"),
            (128, b"\x80\x01"),
            (16_383, b"\xff\x7f"),
            (16_384, b"\x80\x80\x01"),
            (268_435_455, b"\xff\xff\xff\x7f"),
        ],
    )
    def test_variable_byte_integers(self, value: int, data: bytes) -> None:
        assert wire.varint(value) == data
        assert wire.Reader(data).varint() == value

    def test_what_cannot_be_written_is_not(self) -> None:
        with pytest.raises(ValueError, match="beyond"):
            wire.varint(1 << 28)
        with pytest.raises(ValueError, match="beyond"):
            wire.text("x" * 65_536)


def test_a_reason_reads_back() -> None:
    data = build.ack(Kind.PUBREC, 3, 0x97, 5, Properties(reason_string="full"))
    assert codec.decode(data[0], data[2:], 5) == Ack(
        Kind.PUBREC, 3, 0x97, Properties(reason_string="full")
    )
