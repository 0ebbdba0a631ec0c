"""Which alarms a guard sees, in which order, and what may be pressed."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from projections.alarms.row import Alarm, Flood
from projections.console import alarms, queue
from projections.console.snapshots import Sight
from projections.console.texts import Words

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = Words("en")


def alarm(number: int, **changed: Any) -> Alarm:
    base = Alarm(
        id=f"door.forced:door/{number}:e",
        kind="door.forced",
        subject=f"door/{number}",
        device=str(number),
        priority=2,
        active=True,
        raised=f"2026-11-20T03:{number:02d}:00Z",
        causes=1,
        cause="e <1>",
        position=7,
    )
    return msgspec.structs.replace(base, **changed)


def sight(*found: Alarm, flood: Flood | None = None) -> Sight:
    return Sight(
        compound="c01",
        compounds=("c01",),
        position=9,
        received=NOW,
        safe={
            "alarm": {one.id: one for one in found},
            "flood": {"flood": flood} if flood else {},
        },
        waste={},
        now=NOW,
        today=NOW.date(),
        uplinks={},
        refusals=(),
    )


def text(drawn: Any) -> str:
    if isinstance(drawn, str):
        return drawn
    return " ".join(text(child) for child in drawn[2:])


def found(drawn: Any, tag: str) -> list[Any]:
    if isinstance(drawn, str):
        return []
    here: list[Any] = [drawn] if drawn[0] == tag else []
    return here + [one for child in drawn[2:] for one in found(child, tag)]


def test_priority_first_then_unacknowledged_then_the_newest() -> None:
    taken = alarm(1, priority=1, acknowledged=True)
    over = alarm(2, active=False, acknowledged=True)
    newer, older, urgent, calm = alarm(9), alarm(3), alarm(4, priority=1), alarm(5, active=False)
    away = alarm(6, shelved_until="2026-11-20T05:00:00Z")
    order = queue.opened([taken, over, older, newer, calm, urgent, away])
    assert order == [urgent, taken, newer, calm, older]
    assert queue.shelved([taken, away]) == [away]


def test_what_this_shift_closed_stays_in_sight_and_older_things_do_not() -> None:
    over = {"active": False, "acknowledged": True}
    first = alarm(1, acknowledged_at="2026-11-20T03:00:00Z", **over)
    last = alarm(2, acknowledged_at="2026-11-20T11:30:00+08:00", **over)
    yesterday = alarm(3, acknowledged_at="2026-11-19T03:00:00Z", **over)
    unread = alarm(4, acknowledged_at="?", **over)
    assert queue.closed([first, yesterday, last, unread, alarm(5)], NOW) == [last, first]


def test_a_row_says_what_where_since_when_how_often_and_links_to_its_cause() -> None:
    row: Any = alarms.drawn(alarm(3, causes=1200, late=True), WORDS, NOW, acts=True)
    assert text(row).split() == (
        ["2", "Door", "forced", "3", "Active", "Late", "11:03:00", "×1,200", "Acknowledge"]
    )
    (link,) = found(row, "a")
    assert link[1]["href"] == "/events/7?event=e%20%3C1%3E"
    assert row[1]["data-keys"] == "Enter"


def test_who_may_not_act_gets_a_dead_button() -> None:
    (live,) = found(alarms.drawn(alarm(1), WORDS, NOW, acts=True), "button")
    (dead,) = found(alarms.drawn(alarm(1), WORDS, NOW, acts=False), "button")
    assert live[1]["data-act"] == "acknowledge"
    assert "data-act" not in dead[1]
    assert dead[1]["disabled"]


def test_an_acknowledged_one_says_by_whom_and_when_and_has_no_button() -> None:
    row = alarms.drawn(
        alarm(
            1, acknowledged=True, acknowledged_by="guard1",
            acknowledged_at="2026-11-20T03:30:00Z",
        ),
        WORDS, NOW, acts=True,
    )  # fmt: skip
    assert found(row, "button") == []
    assert "guard1 at 11:30:00" in text(row)


def test_a_flood_is_capped_and_counted() -> None:
    many = [alarm(n, raised="", subject=f"door/{n}", id=f"x:{n}") for n in range(100)]
    made = alarms.items(sight(*many), WORDS, acts=True)
    assert len(made) == alarms.SHOWN + 1
    assert text(made[-1].draw()) == "20 more not shown"


FLOOD = Flood(minutes={"2026-11-20T04:00": 40})


def test_in_a_flood_a_kind_is_one_line_and_priority_one_and_what_is_assigned_are_not() -> None:
    urgent = [alarm(n, id=f"u{n}", priority=1) for n in range(5)]
    mine = alarm(40, id="mine", assigned_to="guard1")
    lower = [alarm(n + 10, id=f"l{n}", acknowledged=n == 0) for n in range(6)]
    few = [alarm(n + 20, id=f"f{n}", kind="gate.climbed", priority=3) for n in range(2)]
    seen = sight(*urgent, mine, *lower, *few, flood=FLOOD)
    made = alarms.items(seen, WORDS, acts=True)
    assert [item.key for item in made] == [
        "u4", "u3", "u2", "u1", "u0", "mine", "group:door.forced", "f1", "f0",
    ]  # fmt: skip
    assert "6 of a kind, 5 not acknowledged" in text(made[6].draw())
    whole = alarms.items(seen, WORDS, acts=True, unfolded={"group:door.forced"})
    assert len(whole) == len(made) + 6
    assert queue.flooding(seen) == 40
    calm = sight(*urgent, mine, *lower, *few)
    assert len(alarms.items(calm, WORDS, acts=True)) == 14
    assert queue.flooding(calm) == 0


def test_no_order_of_arrival_folds_a_priority_one() -> None:
    many = [alarm(n % 60, id=f"x{n}", priority=1 + n % 4) for n in range(200)]
    made = alarms.items(sight(*many, flood=FLOOD), WORDS, acts=True)
    keys = {item.key for item in made}
    assert {one.id for one in many if one.priority == 1} <= keys


def test_what_an_unfolded_kind_has_no_room_for_is_counted() -> None:
    many = [alarm(n % 60, id=f"x{n}") for n in range(100)]
    made = alarms.items(sight(*many, flood=FLOOD), WORDS, acts=True, unfolded={"group:door.forced"})
    assert len(made) == alarms.SHOWN + 1
    assert text(made[-1].draw()) == "21 more not shown"


def test_no_number_hides_a_priority_one() -> None:
    many = [alarm(n % 60, id=f"x{n}", priority=1) for n in range(alarms.SHOWN + 30)]
    made = alarms.items(sight(alarm(5), *many), WORDS, acts=True)
    assert {item.key for item in made} >= {one.id for one in many}
    assert text(made[-1].draw()) == "1 more not shown"


def test_late_shelved_and_acknowledged_ones_do_not_ring() -> None:
    rings = alarm(1, priority=3)
    found = [
        rings, alarm(2, late=True), alarm(3, acknowledged=True),
        alarm(4, shelved_until="2026-11-20T05:00:00Z"), alarm(5, active=False, acknowledged=True),
    ]  # fmt: skip
    assert queue.ringing(found) == [rings]


def test_a_row_says_how_far_it_went() -> None:
    row = text(
        alarms.drawn(
            alarm(1, level=2, escalated_to="chief", assigned_to="guard2",
                  next_due="2026-11-20T04:09:00Z"),
            WORDS, NOW, acts=True,
        )
    )  # fmt: skip
    assert "Level 2 chief" in row
    assert "to guard2" in row
    assert "escalates in" in row
