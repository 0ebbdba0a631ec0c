"""What the generator sends and what it takes for an acknowledgement."""

import struct

import pytest

from tests.bench.intake_mix import Spoken
from tests.bench.loadgen import (
    Connection,
    Misbehaved,
    connect_packet,
    packet_id,
    publish_packet,
    varint,
)

SPOKEN = [Spoken(f"id-{n}", "site/door/d", b"x" * (n * 40)) for n in range(5)]


def puback(packet: int) -> bytes:
    return struct.pack(">BBH", 0x40, 2, packet)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (16_383, "ff7f"), (16_384, "808001")],
)
def test_lengths_are_written_as_in_the_standard(value: int, encoded: str) -> None:
    assert varint(value).hex() == encoded


def test_a_publish_packet_reads_back() -> None:
    packet = publish_packet("site/door/d", b"payload", 0x1234)
    assert packet == b"\x32\x16\x00\x0bsite/door/d\x12\x34payload"


def test_connect_asks_for_a_clean_session_and_gives_a_password_only_with_a_name() -> None:
    assert connect_packet("c") == b"\x10\x0d\x00\x04MQTT\x04\x02\x02\x58\x00\x01c"
    assert connect_packet("c", "u", "p").endswith(b"\x00\x01c\x00\x01u\x00\x01p")
    assert connect_packet("c", "u", "p")[9] == 0xC2


def test_packet_ids_are_never_zero_and_start_again_after_the_highest() -> None:
    assert [packet_id(n) for n in (0, 65_533, 65_534, 65_535)] == [1, 65_534, 65_535, 1]


def test_messages_lie_one_behind_the_other_where_ends_says() -> None:
    one = Connection(SPOKEN)
    for index, spoken in enumerate(SPOKEN):
        part = one.wire[one.ends[index] : one.ends[index + 1]]
        assert bytes(part) == publish_packet(spoken.topic, spoken.payload, index + 1)
    assert one.ends[-1] == len(one.wire)


def test_only_what_was_acknowledged_in_order_counts() -> None:
    one = Connection(SPOKEN)
    one.answers += puback(1) + puback(2) + puback(3)[:3]
    assert one.acked == 2
    assert one.acknowledged() == ["id-0", "id-1"]
    assert not one.complete


@pytest.mark.parametrize(
    "answers",
    [puback(2) + puback(1), puback(1) + puback(1), b"\xd0\x00\xd0\x00", puback(1) + b"\x40\x03ab"],
)
def test_other_answers_are_refused(answers: bytes) -> None:
    one = Connection(SPOKEN)
    one.answers += answers
    with pytest.raises(Misbehaved):
        one.acknowledged()
