"""Bytes nobody foresaw, beside good ones: set aside with the right reason, never in the way,
never in the journal, always recoverable."""

import hashlib
import json
from datetime import timedelta

import pytest

from core.clock import parse_rfc3339, rfc3339
from core.event import Event
from core.events.device import ClockSkewed, Rejected
from core.moment import moment_of
from core.strictjson import MAX_BYTES
from tests.fix_core import START
from tests.fix_edge import PERSONAL, EdgeRig, Payload, after, events_of, face, native

TOPIC, GOOD = native(1)
SECRET = "张三丰"  # stands in every bad payload below that has room for it


def bad(**change: object) -> bytes:
    envelope = json.loads(native(99, data={"cause": SECRET})[1]) | change
    return json.dumps(envelope, ensure_ascii=False).encode()


def deep(levels: int) -> bytes:
    return b'{"specversion":"1.0","data":' + b"[" * levels + b"]" * levels + b"}"


# reason → what comes in with it
BAD: list[tuple[str, str, Payload]] = [
    ("empty", "native", (TOPIC, b"")),
    ("empty", "native", (TOPIC, b" \r\n ")),
    ("malformed", "native", (TOPIC, bad()[:-2])),
    ("charset", "native", (TOPIC, bad()[:-5])),  # cut inside a character
    ("malformed", "native", (TOPIC, bad() + b"]")),
    ("malformed", "native", (TOPIC, bad().replace(b'"data": {', b'"data": {"x": NaN, '))),
    ("malformed", "native", (TOPIC, bad().replace(b'"data": {', b'"data": {"x": -Infinity, '))),
    ("malformed", "native", (TOPIC, bad().replace(SECRET.encode(), b"\x01"))),
    ("malformed", "native", (TOPIC, bad() + b"\x00")),
    ("malformed", "native", (TOPIC, bad().replace(SECRET.encode(), b"\\ud800"))),
    ("number", "native", (TOPIC, bad().replace(b'"data": {', b'"data": {"x": 1e400, '))),
    ("charset", "native", (TOPIC, bad().decode().encode("gb18030"))),
    ("charset", "native", (TOPIC, bad(data={"cause": "Türe"}).decode().encode("latin1"))),
    ("charset", "native", (TOPIC, bad().decode().encode("utf-16"))),
    ("duplicate-key", "native", (TOPIC, bad().replace(b'"id"', b'"id": "x", "id"'))),
    ("nesting", "native", (TOPIC, deep(100))),
    ("nesting", "native", (TOPIC, deep(100_000))),
    ("oversized", "", (TOPIC, bad(subject=SECRET + "x" * 1_000_000))),
    ("shape", "native", (TOPIC, f'["{SECRET}"]'.encode())),
    ("shape", "native", (TOPIC, b"7")),
    ("field", "native", (TOPIC, bad(id=5))),
    ("field", "native", (TOPIC, bad(data=[SECRET]))),
    ("field", "native", (TOPIC, bad(data={"durationS": SECRET}))),
    ("field", "native", (TOPIC, bad(specversion="2.0"))),
    ("unknown-type", "native", (TOPIC, bad(type="door.exploded.v1"))),
    ("forbidden-type", "native", (TOPIC, bad(type="ingest.rejected.v1"))),
    ("inline-data", "native", (TOPIC, bad(data_base64="AAAA"))),
    ("time", "native", (TOPIC, bad(time="yesterday"))),
    ("time", "native", (TOPIC, bad(time=20261121))),
    ("unrecognised", "", ("nobody/knows/this", f'{{"said": "{SECRET}"}}'.encode())),
    ("unrecognised", "", ("nobody/knows/that", f'"{SECRET}"'.encode())),
    ("malformed", "", ("nobody/knows/other", f"<xml>{SECRET}</xml>".encode())),
    ("charset", "", ("nobody/knows/jpeg", b"\xff\xd8\xff\xe0" + bytes(range(256)))),
    ("field", "hikvision", face(7, majorEventType="five")),
    ("shape", "hikvision", ("hikvision/x/acs", f'{{"name": "{SECRET}"}}'.encode())),
]  # fmt: skip


def test_one_group_of_good_and_bad(edge: EdgeRig) -> None:
    """Every bad message has good neighbours in the same commit; all are acknowledged."""
    group: list[Payload] = []
    for number, (_, _, message) in enumerate(BAD):
        group += [native(number), message]
    group.append(face(9001))
    edge.take(*group)

    assert [event.id for event in edge.events()] == [
        *(f"door-07-{number}" for number in range(len(BAD))),
        "hik:025e10aa0007:1:9001",
    ]
    assert edge.acked == list(range(len(group)))
    assert edge.counters.quarantined == len(BAD)
    assert len(edge.batches()) == 1

    held = {(one.sha256, one.topic): one for one in edge.held()}
    for reason, adapter, (topic, payload) in BAD:
        one = held[hashlib.sha256(payload).hexdigest(), topic]
        assert (one.reason, one.adapter, one.count, one.size) == (reason, adapter, 1, len(payload))
        assert one.raw == (payload if len(payload) <= MAX_BYTES else payload[: 64 * 1024])
    assert len(held) == len(BAD)

    told = {(one.adapter, one.reason): one.count for one in rejected(edge)}
    expected: dict[tuple[str, str], int] = {}
    for reason, adapter, _ in BAD:
        expected[adapter or "none", reason] = expected.get((adapter or "none", reason), 0) + 1
    assert told == expected


def test_no_byte_of_it_is_in_the_journal(edge: EdgeRig) -> None:
    edge.take(face(9001), *(message for _, _, message in BAD))
    edge.take(face(9001, name="别人", employeeNoString="R-77"))  # a conflict about somebody
    edge.reopen()
    journal = edge.plain()
    assert b"door.opened.v1" not in journal
    assert b"access.granted.v1" in journal  # the search can find something
    for value in (SECRET, "别人", "R-77", *PERSONAL):
        assert value.encode() not in journal
        assert value.encode("gb18030") not in journal
        assert value.encode("utf-16-le") not in journal
        assert json.dumps(value).strip('"').encode() not in journal
    for _, _, (_, payload) in BAD:
        piece = payload[40:80]
        assert len(piece) < 40 or piece not in journal
    # The quarantine is sealed: its file shows nothing either, and neither does the key store's.
    for path in edge.folder.iterdir():
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert not any(value.encode() in content for value in PERSONAL), path


def test_a_flood_is_told_rarely_and_counted_fully(edge: EdgeRig) -> None:
    for number in range(50):
        edge.take((TOPIC, b"{%d" % number))
        edge.clock.move(timedelta(milliseconds=100))
    assert [one.count for one in rejected(edge)] == [1]
    edge.clock.move(timedelta(seconds=5))  # ten seconds after the first
    edge.take((TOPIC, b"{x"))
    assert [one.count for one in rejected(edge)] == [1, 50]
    edge.clock.move(timedelta(seconds=10))
    edge.take(native(1))
    assert [one.count for one in rejected(edge)] == [1, 50]  # nothing new to tell


def test_what_waits_is_told_with_the_next_group_of_any_kind(edge: EdgeRig) -> None:
    edge.take((TOPIC, b"{1"))
    edge.take((TOPIC, b"{2"))
    edge.clock.move(timedelta(seconds=10))
    edge.take(native(1))
    assert [one.count for one in rejected(edge)] == [1, 1]
    assert rejected(edge)[-1].rawsha256 == "", "two bytes are soon tried out"


def test_a_gateway_clock_set_back_silences_nothing(edge: EdgeRig) -> None:
    edge.clock.move(timedelta(days=3650))
    edge.take((TOPIC, b"{1"), native(1, at=START))
    edge.clock.move(-timedelta(days=3650))
    edge.take((TOPIC, b"{2"), native(2, at=after(days=3650)))
    assert [one.count for one in rejected(edge)] == [1, 1]
    skewed = edge.events(ClockSkewed.TYPE)
    assert [round(_skew(event) / 86_400_000) for event in skewed] == [-3650, 3650]


@pytest.mark.parametrize("year", [2000, 2036])
def test_a_wrong_clock_keeps_its_own_time(edge: EdgeRig, year: int) -> None:
    told = START.replace(year=year)
    edge.take(native(1, at=told), native(2, at=told), native(3, at=START))
    first, _, third = edge.events()
    assert parse_rfc3339(first.time) == told
    assert first.timequality == "device-zone"
    assert parse_rfc3339(first.recordedtime) == START
    for one in (first, third):  # shown where it can be believed, stored as it was told
        assert moment_of(one.time, one.recordedtime, one.timequality).at == rfc3339(START)
    (skewed,) = edge.events(ClockSkewed.TYPE)
    assert skewed.subject == "device/door-07"
    assert skewed.timequality == "gateway"
    assert _skew(skewed) == round((told - START).total_seconds() * 1000)
    (batch,) = edge.batches()  # beside the events it is about, behind them
    order = [event.type for event in events_of([batch])]
    assert order == ["door.opened.v1"] * 3 + [ClockSkewed.TYPE]


def test_a_wrong_clock_is_told_once_an_hour_and_device(edge: EdgeRig) -> None:
    for minute in range(0, 125, 5):
        edge.take(native(minute, at=START.replace(year=2000)))
        edge.clock.move(timedelta(minutes=5))
    edge.take(native(1, device="door-08", at=START.replace(year=2000)))
    subjects = [event.subject for event in edge.events(ClockSkewed.TYPE)]
    assert subjects == ["device/door-07"] * 3 + ["device/door-08"]


@pytest.mark.parametrize(
    ("off", "tells"),
    [
        (timedelta(minutes=5), False),
        (timedelta(minutes=5, seconds=1), True),
        (timedelta(days=-366), False),
        (timedelta(days=-366, seconds=-1), True),
        (timedelta(days=-3), False),  # late, not wrong
    ],
)
def test_the_edges_of_belief(edge: EdgeRig, off: timedelta, tells: bool) -> None:
    edge.take(native(1, at=START + off))
    assert bool(edge.events(ClockSkewed.TYPE)) == tells


def test_an_event_without_a_time_has_the_gateways_and_says_so(edge: EdgeRig) -> None:
    topic, payload = native(1)
    envelope = json.loads(payload)
    del envelope["time"]
    edge.take((topic, json.dumps(envelope).encode()))
    (event,) = edge.events()
    assert (event.timequality, event.time) == ("gateway", event.recordedtime)


def test_a_wall_clock_without_zone_is_assumed_and_says_so(edge: EdgeRig) -> None:
    topic, payload = native(1)
    envelope = json.loads(payload) | {"time": "2026-11-21T16:00:00"}
    edge.take((topic, json.dumps(envelope).encode()))
    (event,) = edge.events()
    assert event.timequality == "device-assumed"
    assert parse_rfc3339(event.time) == START
    assert event.time.endswith("+08:00")


def test_a_search_answer_of_years_ago_is_no_wrong_clock(edge: EdgeRig) -> None:
    old = face(5, at=START.replace(year=2019), currentEvent=False)
    edge.take(old)
    (event,) = edge.events()
    assert event.origin == "backfill"
    assert not edge.events(ClockSkewed.TYPE)


def test_retained_state_is_no_event(edge: EdgeRig) -> None:
    """What a broker keeps is said again at every subscription: nothing has happened."""
    edge.intake.take(
        [
            edge.delivery(native(1), retained=True),
            edge.delivery((TOPIC, b"{broken"), retained=True),
            edge.delivery((TOPIC, b""), retained=True),
        ]
    )
    assert edge.batches() == []
    assert edge.held() == []
    assert (edge.counters.received, edge.counters.retained) == (3, 3)
    assert edge.acked == [0, 1, 2]
    edge.take(native(1))  # and it does not stand in the way of the fact itself
    assert [event.id for event in edge.events()] == ["door-07-1"]


def test_uplink_traffic_on_a_shared_broker_is_none_of_its_business(edge: EdgeRig) -> None:
    """Or every batch would come back, be set aside, be told, and make the next batch."""
    frame = b"MWB1" + bytes(range(256))
    edge.take(("menwei/v1/c01/gw01/up", frame), ("menwei/v1/c01/gw02/state", b"{}"), native(1))
    assert [event.id for event in edge.events()] == ["door-07-1"]
    assert edge.held() == []
    assert edge.acked == [0, 1, 2]
    edge.take(("menwei/v1x", b"{}"))  # only ours
    assert [held.reason for held in edge.held()] == ["unrecognised"]


def test_a_replay_on_the_same_broker_is_no_devices(edge: EdgeRig) -> None:
    """Whatever it looks like; elsewhere the same bytes are."""
    topic, told = native(1)
    edge.take((f"replay/monday/{topic}", told), (f"replay/monday/{topic}", b"{"))
    assert edge.events() == []
    assert edge.counters.uplink == 2
    edge.take((f"replays/monday/{topic}", told))
    assert [one.id for one in edge.events()] == ["door-07-1"]


def test_a_topic_with_odd_characters(edge: EdgeRig) -> None:
    odd = ("site/\N{REPLACEMENT CHARACTER}/\u202egate\x00\n/门", b"{")
    edge.take(odd, native(1))
    (held,) = edge.held()
    assert (held.topic, held.raw) == odd
    assert len(edge.events()) == 1


def test_an_event_over_the_cap_is_set_aside(edge: EdgeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """No adapter makes one that large today; the cap is the log's own, not theirs."""
    monkeypatch.setattr("core.codec.MAX_EVENT", 400)
    many = native(1, data={"media": [{"sha256": f"{n:064x}"} for n in range(8)]})
    edge.take(many, native(2))
    assert [event.id for event in edge.events()] == ["door-07-2"]
    assert [held.reason for held in edge.held()] == ["event-too-large"]


def rejected(edge: EdgeRig) -> list[Rejected]:
    return [event.data for event in edge.events(Rejected.TYPE) if isinstance(event.data, Rejected)]


def _skew(event: Event) -> int:
    assert isinstance(event.data, ClockSkewed)
    return event.data.skew_ms
