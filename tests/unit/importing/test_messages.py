"""Recorded messages → events, by the adapters of a gateway."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.catalog import CATALOG
from core.event import Event
from core.strictjson import MAX_BYTES
from infra.importing.messages import Reader, Setting
from tests.fix_importing import NOW, lift

SETTING = Setting(b"k" * 32, NOW)


def read(*told: object, setting: Setting = SETTING) -> tuple[list[Event], list[str]]:
    """Events, and the reasons of what was set aside."""
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in told]
    batch = Reader(setting).batch(1, lines)
    events = [CATALOG.read_lines(one.line)[0] for one in batch.made]
    return events, [one.reason for one in batch.aside]


def changed(payload: dict[str, object] | None = None, **line: object) -> dict[str, object]:
    one = lift(1)
    inner = one["payload"]
    assert isinstance(inner, dict)
    return {**one, "payload": {**inner, **(payload or {})}, **line}


def test_what_a_gateway_would_have_recorded_but_for_its_origin() -> None:
    (event,), aside = read(lift(1))
    assert aside == []
    assert (event.id, event.subject) == ("v001-000001", "vehicle/v001")
    assert (event.time, event.recordedtime) == (
        "2026-10-01T05:01:00+08:00",
        "2026-10-01T05:01:03+08:00",
    )
    assert event.origin == "backfill"
    assert event.data.native["adapter"] == "native"
    assert len(str(event.data.native["rawsha256"])) == 64


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"{", "malformed"),
        (b"[]", "shape"),
        (json.dumps(lift(1)).replace("{", '{"compound": "c002", ', 1).encode(), "duplicate-key"),
        (json.dumps(lift(1)).replace('"time"', '"time": "", "time"', 1).encode(), "duplicate-key"),
        (b"{}", "shape"),
        (b"\xff\xfe", "malformed"),
        (b'{"compound":"c","topic":"t","time":"' + b"x" * MAX_BYTES + b'"}', "oversized"),
        (changed(compound="锦绣花园"), "compound"),
        (changed(time="yesterday"), "time"),
        (changed(time="2026-10-01 05:01"), "no-zone"),
        (changed(time="2026-10-01"), "date-only"),
        (changed(time="2026-02-30T05:01:00Z"), "no-date"),
        (changed(time="2026-12-01T05:01:00Z"), "future"),
        (changed(time="1999-12-01T05:01:00Z"), "too-old"),
        (changed({"time": "2026-10-01T05:01:00"}), "no-zone"),
        (changed({"time": "2026-02-30T05:01:00Z"}), "time"),
        (changed({"type": "alarm.raised.v1"}), "forbidden-type"),
        (changed({"type": "waste.bin.danced.v1"}), "unknown-type"),
        (changed({"data": {"netG": 1.405}}), "unit-mixup"),
        (changed({"data": {"netG": -5}}), "negative-weight"),
        (changed({"data": {"netG": 200_000_000}}), "impossible-weight"),
        (changed({"data": {"netG": "much"}}), "field"),
        (changed({"data": {"grossG": 5, "tareG": 6}}), "tare-above-gross"),
        (changed({"data": {"grossG": 5, "netG": 6}}), "net-mismatch"),
        ({**lift(1), "topic": "nobody/listens", "payload": {"a": 1}}, "unrecognised"),
    ],
)
def test_a_line_that_becomes_nothing_says_why(told: object, reason: str) -> None:
    events, aside = read(told, lift(2))
    assert aside == [reason]
    assert [one.id for one in events] == ["v001-000002"]


def test_an_empty_line_is_nothing() -> None:
    assert read(b"", b"  ") == ([], [])


def test_a_zone_that_is_given_is_the_devices() -> None:
    zoned = msgspec.structs.replace(SETTING, zone=UTC)
    (event,), _ = read(changed({"time": "2026-10-01T05:01:00"}), setting=zoned)
    assert (event.time, event.timequality) == ("2026-10-01T05:01:00Z", "device-assumed")


@pytest.mark.parametrize(
    ("told", "recorded"),
    [
        ("2026-10-01T05:01:03", "2026-10-01T05:01:03+08:00"),
        ("2026/10/1 5:01:03", "2026-10-01T05:01:03+08:00"),
        ("2026/10/1 0:01:03+03:00", "2026-10-01T00:01:03+03:00"),
        ("1890-10-01 05:01", ""),  # of offsets with seconds in them
    ],
)
def test_an_arrival_may_be_written_as_in_a_table(told: str, recorded: str) -> None:
    setting = Setting(b"k" * 32, NOW, ZoneInfo("Asia/Shanghai"))
    events, aside = read(changed(time=told), setting=setting)
    assert [one.recordedtime for one in events] == ([recorded] if recorded else [])
    assert aside == ([] if recorded else ["too-old"])


def test_a_device_without_a_clock_is_placed_by_arrival() -> None:
    payload = lift(1)["payload"]
    assert isinstance(payload, dict)
    del payload["time"]
    (event,), _ = read({**lift(1), "payload": payload})
    assert (event.time, event.timequality) == ("2026-10-01T05:01:03+08:00", "gateway")


def test_a_bare_tag_read_counts_once_in_five_seconds_of_arrival() -> None:
    begin = datetime(2026, 10, 1, 5, tzinfo=UTC)
    reads = [
        {
            "compound": "c001",
            "topic": "esphome/bin-reader/tag",
            "time": (begin + timedelta(seconds=second)).isoformat(),
            "payload": "74-10-37-94",
        }
        for second in (0, 3, 7)
    ]
    events, aside = read(*reads)
    assert aside == []
    first, second, third = (one.id for one in events)
    assert first == second != third


def test_one_content_one_digest_whenever_it_arrives() -> None:
    reader = Reader(SETTING)
    again = changed(time="2026-10-01T05:09:00+08:00")
    other = changed({"data": {"netG": 1}})
    lines = [json.dumps(one).encode() for one in (lift(1), again, other)]
    one, same, differs = reader.batch(1, lines).made
    assert (one.key, one.digest) == (same.key, same.digest)
    assert one.key == differs.key
    assert one.digest != differs.digest


def test_another_hub_has_other_keys() -> None:
    (one,) = Reader(SETTING).batch(1, [json.dumps(lift(1)).encode()]).made
    (other,) = Reader(Setting(b"q" * 32, NOW)).batch(1, [json.dumps(lift(1)).encode()]).made
    assert one.key != other.key
    assert one.digest != other.digest


def test_who_is_named_by_a_payload_does_not_leave_the_reader_in_the_line() -> None:
    (made,) = Reader(SETTING).batch(1, [json.dumps(lift(1, plate="粤B·12345")).encode()]).made
    assert made.personal is not None
    assert made.personal.identifier == "粤B·12345"
    assert "12345" not in made.line.decode()
    assert "rawsha256" in made.personal.fields
