"""Which alarms a guard sees, in which order, and what may be pressed."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from projections.alarm import Alarm
from projections.console import alarms
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


def sight(*found: Alarm) -> Sight:
    return Sight(
        compound="c01",
        compounds=("c01",),
        position=9,
        received=NOW,
        safe={"alarm": {one.id: one for one in found}},
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


def test_unacknowledged_first_then_priority_then_the_newest() -> None:
    taken = alarm(1, priority=1, acknowledged=True)
    over = alarm(2, active=False, acknowledged=True)
    newer, older, urgent, calm = alarm(9), alarm(3), alarm(4, priority=1), alarm(5, active=False)
    order = alarms.opened([taken, over, older, newer, calm, urgent])
    assert order == [urgent, newer, calm, older, taken]


def test_what_this_shift_closed_stays_in_sight_and_older_things_do_not() -> None:
    over = {"active": False, "acknowledged": True}
    first = alarm(1, acknowledged_at="2026-11-20T03:00:00Z", **over)
    last = alarm(2, acknowledged_at="2026-11-20T11:30:00+08:00", **over)
    yesterday = alarm(3, acknowledged_at="2026-11-19T03:00:00Z", **over)
    unread = alarm(4, acknowledged_at="?", **over)
    assert alarms.closed([first, yesterday, last, unread, alarm(5)], NOW) == [last, first]


def test_a_row_says_what_where_since_when_how_often_and_links_to_its_cause() -> None:
    row: Any = alarms.drawn(alarm(3, causes=1200, late=True), WORDS, NOW, acts=True)
    assert text(row).split() == (
        "2 Door forced 3 11:03:00 ×1,200 Active Late Acknowledge".replace("  ", " ").split()
    )
    (link,) = found(row, "a")
    assert link[1]["href"] == "/events/7?event=e%20%3C1%3E"
    assert row[1]["data-keys"] == "Enter a"


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
