"""The same promises of the history in SQLite, in plain PostgreSQL and on TimescaleDB."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.catalog import CATALOG
from core.clock import rfc3339
from core.codec import Unread
from core.errors import Unavailable
from core.event import Recorded
from core.events import access, camera, device, door, waste
from projections.follower import Follower, Mending
from projections.history import binary, rows
from projections.history.open import batches
from projections.history.sink import Keep, PassageHour
from tests.contract.history_backends import ROLLUPS, SINCE, UNTIL, Facts, Place, load
from tests.contract.history_backends import make_place as make_place
from tests.contract.history_backends import place as place
from tests.contract.history_oracle import expected, happened
from tests.fix_hub import HubRig
from tests.fix_views import COMPOUND, NOON

MANY = 1500


def test_every_event_is_one_row_of_its_place_time_and_thing(place: Place, seed: int) -> None:
    items = Facts(seed).many(MANY)
    load(place.open(), items)
    found = place.events()
    assert [(one["position"], one["idx"]) for one in found] == [
        (item.position, item.index) for item in items
    ]
    for row, item in zip(found, items, strict=True):
        assert row["time"] == item.moment.at
        assert [row["compound"], row["gateway"], row["device"]] == [
            COMPOUND, item.gateway, item.device,
        ]  # fmt: skip
        assert (row["type"], row["subject"]) == (item.event.type, item.event.subject)


def test_columns_and_rest_together_are_the_data(place: Place) -> None:
    facts = Facts(1)
    items = [
        facts.one(
            waste.LevelMeasured(
                distance_mm=863, temperature_cel=-18.25, battery_v=3.6, native={"fCnt": 7}
            ),
            "bin/1",
        ),
        facts.one(waste.DepositRecorded(category="food", gross_g=5000, tare_g=700), "point/1"),
        facts.one(camera.MotionEnded(duration_s=6.834, label="car", box=(0, 0, 0.5, 1)), "cam/1"),
        facts.one(door.Opened(cause="grant"), "door/1", origin="backfill"),
    ]
    load(place.open(), items)
    level, deposit, motion, opened = place.events()
    filled = ("distance_mm", "temperature_cel", "battery_pct", "rest")
    assert [level[name] for name in filled] == [
        863, -18.25, None, {"native": {"fCnt": 7}, "batteryV": 3.6},
    ]  # fmt: skip
    assert (deposit["category"], deposit["net_g"]) == ("food", 4300)
    assert deposit["rest"] == {"grossG": 5000, "tareG": 700}
    assert (motion["duration_s"], motion["confidence"]) == (6.834, None)
    assert motion["rest"] == {"label": "car", "box": [0, 0, 0.5, 1]}
    assert (opened["rest"], opened["origin"]) == ({"cause": "grant"}, "backfill")


def test_rollups_are_what_one_event_at_a_time_adds_up_to(place: Place, seed: int) -> None:
    items = Facts(seed).many(MANY)
    load(place.open(), items)
    assert place.answers() == expected(items)


def test_all_backends_give_equal_rows_and_answers(
    make_place: Callable[[str], Place], seed: int
) -> None:
    items = Facts(seed + 1).many(MANY)
    lite, plain, hyper = make_place("sqlite"), make_place("plain"), None
    try:
        hyper = make_place("timescale")
    except pytest.skip.Exception:
        pass  # two are compared where the server has no TimescaleDB
    load(lite.open(), items, 130)
    load(plain.open(), items, 333)
    events, answers = lite.events(), lite.answers()
    assert plain.events() == events
    assert plain.answers() == answers
    if hyper is not None:
        load(hyper.open(), items[: MANY // 2], 100)
        hyper.refresh()  # what comes now is late for aggregates that are there
        load(hyper.open(), items[MANY // 2 :], 100)
        assert hyper.events() == events
        assert hyper.answers() == answers


def test_what_was_committed_unknown_to_the_taker_is_not_added_again(place: Place) -> None:
    items = Facts(3).many(300)
    unknowing, other = place.open(), place.open()
    load(other, items[:100])
    unknowing.take(items[:100], items[99].position, b"a")
    assert place.answers() == expected(items[:100])
    # And when only a part of it was.
    unknowing.reload()
    load(other, items[100:150])
    unknowing.take(items[100:300], items[299].position, b"b")
    assert (unknowing.position(), unknowing.leaf()) == (300, b"b")
    assert place.answers() == expected(items)
    assert len(place.events()) == 300


def test_a_position_that_went_back_is_not_jumped_over(place: Place) -> None:
    items = Facts(4).many(60)
    history = place.open()
    load(history, items[:30])
    place.open().forget()  # as after a failover to a standby that was behind
    with pytest.raises(Unavailable):
        history.take(items[30:], 60, b"x")
    history.reload()
    assert history.position() == 0
    load(history, items)
    assert place.answers() == expected(items)


def test_a_take_that_fails_has_changed_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = Facts(5).many(700)
    history = place.open()
    load(history, items[:100])

    class Breaks(Exception):
        pass

    def breaks(rest: bytes) -> bytes:
        raise Breaks

    with monkeypatch.context() as patch:
        patch.setattr(rows, "_ESCAPE", b"}")  # now in all of them
        patch.setattr(rows, "_NUL", b'"mixed"')
        patch.setattr(rows, "without_nul", breaks)
        with pytest.raises(Breaks):
            history.take(items[100:], 700, b"x")
    history.reload()
    assert history.position() == 100
    assert len(place.events()) == 100
    load(history, items[100:])
    assert place.answers() == expected(items)


def test_it_is_a_follower_that_mends_what_it_reads_of_a_log(place: Place, tmp_path: Path) -> None:
    rig = HubRig(tmp_path)
    opened = rig.event(door.Opened(), "door/1")
    rig.add([opened])
    rig.add([msgspec.structs.replace(opened, id="test:1:2")])
    unread = [Unread("door.opened.v1", position, 0, "newer") for position in (1, 2)]
    load(place.open(), unread)
    history: Follower = place.open(batch=batches(rig.log, CATALOG))
    assert isinstance(history, Mending)
    assert history.mend() == {}
    assert history.mend() is None
    assert [row["position"] for row in place.events()] == [1, 2]
    assert batches(rig.log, CATALOG)(3) == ()
    rig.close()


def test_it_stands_where_it_stood_after_a_restart(place: Place) -> None:
    items = Facts(6).many(20)
    first = place.open()
    assert (first.position(), first.leaf(), first.name) == (0, b"", "history")
    first.take(items, 25, b"leaf")  # batches without events move it too
    first.close()
    again = place.open()
    assert (again.position(), again.leaf()) == (25, b"leaf")
    assert place.reader.position() == 25


def test_forgotten_is_empty_and_can_be_loaded_anew(place: Place) -> None:
    items = Facts(7).many(400)
    history = place.open()
    load(history, [*items, Unread("x.v9", 401, 0, "unknown")])
    place.refresh()
    history.forget()
    assert (history.position(), history.unread()) == (0, [])
    assert place.events() == []
    asking = COMPOUND, SINCE, UNTIL
    assert [place.reader.rollup(name, *asking) for name in ROLLUPS] == [[], [], []]
    load(history, items)
    assert {name: place.reader.rollup(name, *asking) for name in ROLLUPS} == expected(items)
    assert place.answers() == expected(items)


def test_unread_events_are_filled_in_once(place: Place) -> None:
    items = Facts(8).many(90)
    later = {5, 6, 60}
    page: list[Recorded | Unread] = [
        Unread(one.event.type, one.position, one.index, "new\0er") if at in later else one
        for at, one in enumerate(items)
    ]
    history = place.open()
    load(history, page)
    assert history.unread() == [6, 7, 61]
    assert (history.unread(0, 2), history.unread(6)) == ([6, 7], [7, 61])
    assert place.answers() == expected(page)
    again = items[:20]
    assert history.fill(again) == 2
    assert history.fill(again) == 0
    assert history.unread() == [61]
    assert history.fill(items) == 1
    assert place.answers() == expected(items)
    assert len(place.events()) == 90


def test_after_an_upgrade_it_mends_itself_batch_by_batch(place: Place) -> None:
    items = Facts(13).many(120)
    hidden = {*range(10, 40), 100}  # more than one slice; the last stays unreadable
    notes: list[Recorded | Unread] = [
        Unread(one.event.type, one.position, one.index, "newer") if at in hidden else one
        for at, one in enumerate(items)
    ]
    before = place.open(batch=lambda position: [notes[position - 1]])
    load(before, notes)
    assert before.mend() is None  # noted since this start: nothing has changed for them
    read: list[int] = []

    def batch(position: int) -> list[Recorded | Unread]:
        read.append(position)
        return [notes[position - 1] if position == 101 else items[position - 1]]

    after = place.open(batch=batch)
    slices = 0
    while after.mend() is not None:
        slices += 1
    assert slices == 4
    assert read == [*range(11, 41), 101]
    assert after.mend() is None
    assert len(read) == 31
    assert after.unread() == [101]
    assert place.answers() == expected([one for at, one in enumerate(items) if at != 100])
    assert place.open().mend() is None  # without a way to read batches


def test_what_a_crashed_server_lost_of_the_mending_is_added_again(place: Place) -> None:
    """Commits need not reach the disk at once: a server that crashes forgets the last of them."""
    facts = Facts(14).many(20)
    hidden = {3, 12}
    notes: list[Recorded | Unread] = [
        Unread(one.event.type, one.position, one.index, "newer") if at in hidden else one
        for at, one in enumerate(facts)
    ]
    load(place.open(), notes)
    history = place.open(batch=lambda position: [facts[position - 1]])
    fill, lost = history.fill, [True]

    def forgotten(items: Sequence[Recorded | Unread]) -> int:
        return 1 if lost[0] else fill(items)

    history.fill = forgotten  # type: ignore[method-assign]
    while history.mend() is not None:
        pass
    lost[0] = False
    assert history.mend() is None
    history.reload()  # what a runner does once the server is back
    while history.mend() is not None:
        pass
    assert history.unread() == []
    assert place.answers() == expected(facts)


def test_texts_no_database_can_hold_are_held_all_the_same(place: Place) -> None:
    facts = Facts(9)
    odd = "door/\0" + "长" * 5000
    items = [
        facts.one(access.Granted(native={"a\0": "\0\\u0000", "b": "\\"}), odd),
        facts.one(access.Granted(), odd + "!"),
        facts.one(camera.CrowdCounted(count=2**70, label="\0"), "camera/1"),
    ]
    load(place.open(), items)
    first, second, crowd = place.events()
    assert first["subject"].startswith("door/\ufffd长")
    assert len(first["subject"]) < 300
    assert first["subject"] != second["subject"]
    assert first["rest"] == {"native": {"a\ufffd": "\ufffd\\u0000", "b": "\\"}}
    assert (crowd["count"], crowd["rest"]) == (None, {"label": "\ufffd"})
    assert len(place.answers()["passages"]) == 2


def test_times_without_reason_are_held_at_the_bounds(place: Place) -> None:
    facts = Facts(10)
    never = facts.one(door.Opened(), "door/1", at=datetime(1970, 1, 1, tzinfo=UTC))
    beyond = facts.one(door.Opened(), "door/1", at=datetime(2950, 1, 1, tzinfo=UTC))
    load(place.open(), [never, beyond])
    assert [row["time"][:10] for row in place.events()] == ["2000-01-01", "2099-12-31"]


@pytest.mark.parametrize("kind", ["sqlite", "plain"])  # TimescaleDB does it by itself
def test_what_is_older_than_is_kept_goes_and_rollups_stay(
    kind: str, make_place: Callable[[str], Place]
) -> None:
    place = make_place(kind)
    facts = Facts(11)
    now = NOON + timedelta(days=500)
    old = [facts.one(access.Granted(), "door/1", at=NOON) for _ in range(30)]
    new = [facts.one(access.Granted(), "door/1", at=now) for _ in range(20)]
    history = place.open(Keep(rows_days=60, rollup_days=600))
    load(history, [*old, *new], 10)
    history.prune(now)
    assert len(place.events()) == 20 or place.kind == "sqlite"  # there whole pages of 20,000 go
    assert place.answers() == expected([*old, *new])
    history.prune(now + timedelta(days=90))
    assert place.events() == []
    history.prune(now + timedelta(days=101))
    assert [row.hour for row in place.answers()["passages"]] == [rfc3339(now)]  # type: ignore[union-attr]
    late = facts.one(access.Granted(), "door/1", at=now)
    load(history, [late])
    assert len(place.events()) == 1


def test_questions_are_bounded_by_time_subject_and_compound(place: Place) -> None:
    facts = Facts(12)
    items = [
        facts.one(access.Granted(), f"door/{step % 2}", at=NOON + timedelta(hours=step // 2))
        for step in range(10)
    ]
    items.append(facts.one(device.Lost(), "device/x", at=NOON, device="x"))
    load(place.open(), items)
    place.refresh()
    hour = timedelta(hours=1)

    one_after, two_after = rfc3339(NOON + hour), rfc3339(NOON + 2 * hour)

    def asked(**how: Any) -> list[PassageHour]:
        asking = {"compound": COMPOUND, "since": NOON + hour, "until": NOON + 3 * hour, **how}
        return list(place.reader.rollup("passages", **asking))  # type: ignore[arg-type]

    assert [(one.hour, one.subject) for one in asked()] == [
        (one_after, "door/0"), (one_after, "door/1"),
        (two_after, "door/0"), (two_after, "door/1"),
    ]  # fmt: skip
    assert [one.hour for one in asked(subject="door/1")] == [one_after, two_after]
    assert asked(compound="c02") == asked(subject="door/9") == []
    midnight = datetime(2026, 11, 19, 16, tzinfo=UTC)  # of China, the 20th
    days = place.reader.rollup(
        "availability", COMPOUND, midnight, midnight + timedelta(seconds=1), "x"
    )
    (lost,) = days
    assert msgspec.to_builtins(lost) == {
        "gateway": "gw01", "device": "x", "day": "2026-11-20", "events": 0, "lost": 1,
        "first": None, "last": None, "availability": 0.0,
    }  # fmt: skip
    after = midnight + timedelta(seconds=1)
    assert place.reader.rollup("availability", COMPOUND, after, after + 24 * hour) == []


def test_the_oracle_sees_late_and_unbelievable_clocks(seed: int) -> None:
    items = Facts(seed).many(MANY)
    assert any(item.moment.at < items[0].moment.at for item in items[50:])
    assert any(happened(item) != item.event.time for item in items)
    assert len(binary.COPIED) == 22
