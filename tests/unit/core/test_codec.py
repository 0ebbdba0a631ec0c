"""A stored batch read back: every event where it stands, what cannot be read named."""

import msgspec
import pytest

from core import codec
from core.catalog import CATALOG
from core.codec import Unread
from core.event import Recorded
from tests.fix_core import Enrolled, door_opened

UNKNOWN = (
    b'{"id":"x:1","source":"/c/jinxiu/gw/gw-1/dev/x","type":"lift.stopped.v9","subject":"l/1",'
    b'"time":"2026-11-21T08:00:00Z","recordedtime":"2026-11-21T08:00:00Z"}'
)


def read(gateway: Enrolled, *lines: bytes) -> list[Recorded | Unread]:
    text = b"".join(line + b"\n" for line in lines)
    batch = gateway.forged(gateway.next_header(len(lines)), text)
    return codec.recorded(batch, 41, CATALOG)


def test_a_round_trip_keeps_every_event(gateway: Enrolled) -> None:
    gateway.batch(4)
    events = gateway.events(3)
    items = read(gateway, *map(codec.encode, events))
    assert [item.event for item in items if isinstance(item, Recorded)] == events


def test_where_an_event_stands(gateway: Enrolled) -> None:
    gateway.batch(4)
    _, second = read(gateway, *map(codec.encode, gateway.events(2)))
    assert isinstance(second, Recorded)
    assert (second.position, second.index, second.sequence) == (41, 1, 6)
    assert second.journal == gateway.journal.id.hex
    assert (second.compound, second.gateway, second.device) == ("jinxiu", "gw-1", "door-1")


def replaced(**fields: str) -> bytes:
    return codec.encode(msgspec.structs.replace(door_opened(1), **fields))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (UNKNOWN, "lift.stopped.v9"),
        (replaced(source="/somewhere/else"), "door.opened.v1"),
        (replaced(time="yesterday"), "door.opened.v1"),
        (replaced(recordedtime="2026-11-21 08:00"), "door.opened.v1"),
        (codec.encode(door_opened(1)).replace(b'"grant"', b"7"), "door.opened.v1"),
        (codec.encode(door_opened(1)).replace(b"grant", b"\xff"), "door.opened.v1"),
        pytest.param(
            codec.encode(door_opened(1)).replace(b'"grant"', b"[" * 900 + b"]" * 900),
            "door.opened.v1",
            id="900 deep",
        ),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_stands(
    gateway: Enrolled, line: bytes, name: str
) -> None:
    before, unread, after = read(
        gateway, codec.encode(door_opened(1)), line, codec.encode(door_opened(3))
    )
    assert isinstance(before, Recorded)
    assert isinstance(unread, Unread)
    assert (unread.type, unread.position, unread.index) == (name, 41, 1)
    assert unread.reason
    assert isinstance(after, Recorded)
    assert after.sequence == 3


def test_defaults_are_not_stored(gateway: Enrolled) -> None:
    assert b"origin" not in codec.encode(door_opened(1))
    assert b"durationS" not in codec.encode(door_opened(1))


def test_the_outside_sees_every_required_attribute(gateway: Enrolled) -> None:
    (item,) = read(gateway, codec.encode(door_opened(7)))
    assert isinstance(item, Recorded)
    assert codec.cloudevent(item) == {
        "specversion": "1.0",
        "id": "door-1:7",
        "source": "/c/jinxiu/gw/gw-1/dev/door-1",
        "type": "door.opened.v1",
        "subject": "door/1",
        "time": "2026-11-21T16:00:00.000+08:00",
        "recordedtime": "2026-11-21T08:00:00.500Z",
        "timequality": "device-zone",
        "origin": "live",
        "partitionkey": "door/1",
        "sequence": "00000000000000000001",
        "dataschema": "/schemas/door.opened/1.json",
        "datacontenttype": "application/json",
        "data": {"cause": "grant", "native": {"record": 7}},
    }


def test_attribute_names_are_cloudevents_names(gateway: Enrolled) -> None:
    (item,) = read(gateway, codec.encode(door_opened(7)))
    assert isinstance(item, Recorded)
    assert all(name.isalnum() and name == name.lower() for name in codec.cloudevent(item))


def test_sequence_as_text_sorts_as_the_number_does(gateway: Enrolled) -> None:
    gateway.batch(8)
    shown = [
        codec.cloudevent(item)["sequence"]
        for item in read(gateway, *map(codec.encode, gateway.events(4)))
        if isinstance(item, Recorded)
    ]
    assert shown == sorted(shown)
    assert [int(text) for text in shown] == [9, 10, 11, 12]
