"""Whose watch it is, who may change that, and what the note of a hand-over holds."""

from datetime import timedelta
from functools import partial

import pytest

from core.clock import rfc3339
from core.errors import Refused
from core.event import Data, Event
from core.events.duty import HandedOver, Taken
from projections.alarms.row import Alarm
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.duty import Duty
from projections.view import Kinds
from projections.web import duty
from projections.web.accounts import Account
from projections.web.duty import Watch
from tests.fix_core import START
from tests.fix_views import Said

LI, WANG = Account("li", "guard"), Account("wang", "guard")
ADMIN = Account("admin", "admin")
AT = rfc3339(START)
FREE = Watch()
MINE = Watch(actor="li", since=AT, mark="li@")
HANDED = Watch(since=AT, handed="h1", mark="h1")
HANDED_TO = Watch(since=AT, handed="h1", handed_to="wang", mark="h1")


def outcome(check: object, *arguments: object) -> str:
    assert callable(check)
    try:
        check(*arguments)
    except Refused as refusal:
        return refusal.reason
    return "done"


@pytest.mark.parametrize(
    ("watch", "account", "expected"),
    [
        (FREE, LI, "done"),
        (MINE, LI, "done"),
        (MINE, WANG, "watch"),
        (MINE, ADMIN, "done"),
        (HANDED, LI, "handed"),
        (HANDED, ADMIN, "handed"),
    ],
)
def test_who_hands_over(watch: Watch, account: Account, expected: str) -> None:
    assert outcome(duty.may_hand_over, watch, account) == expected


@pytest.mark.parametrize(
    ("watch", "account", "after_h", "expected"),
    [
        (FREE, LI, 0, "done"),
        (MINE, LI, 0, "taken"),
        (MINE, WANG, 1, "taken"),
        (MINE, WANG, 12, "done"),  # who has it went home without a word
        (MINE, ADMIN, 0, "done"),
        (HANDED, WANG, 0, "done"),
        (HANDED_TO, WANG, 0, "done"),
        (HANDED_TO, LI, 11, "watch"),
        (HANDED_TO, LI, 12, "done"),  # who was named never came
        (HANDED_TO, ADMIN, 0, "done"),
    ],
)
def test_who_takes_over(watch: Watch, account: Account, after_h: float, expected: str) -> None:
    now = START + timedelta(hours=after_h)
    assert outcome(duty.may_take_over, watch, account, now) == expected


def test_a_refusal_is_a_sentence_however_accounts_are_spelled() -> None:
    """Its first letter is made a capital, so it may not be a name's."""
    for check in (duty.may_hand_over, partial(duty.may_take_over, now=START)):
        with pytest.raises(Refused) as caught:
            check(MINE, WANG)
        assert str(caught.value).startswith("the watch is li's")


def said(data: Data, id: str) -> Event:
    return Said("hub").event(data, "duty/watch", at=START, id=id)


def test_a_watch_is_that_of_the_row_and_of_what_is_not_folded() -> None:
    rows: Kinds = {"duty": {"duty": Duty(actor="li", since=AT)}}
    handed = said(HandedOver(actor="li", since=AT, to="wang"), "h1")
    taken = said(Taken(actor="wang", handed="h1"), "t1")
    assert duty.watch([rows], []).actor == "li"
    assert duty.watch([{}, rows], []).actor == "li"
    assert duty.watch([rows], [handed]) == Watch(
        since=AT, counted=AT, handed="h1", handed_to="wang", mark="h1"
    )
    assert duty.watch([rows], [handed, taken]) == Watch(
        actor="wang", since=AT, counted=AT, mark="t1"
    )


def test_a_row_whose_hand_over_nobody_took() -> None:
    later = rfc3339(START + timedelta(hours=8))
    handed = Duty(handed_by="li", handed="h1", handed_at=later, handed_to="wang")
    assert duty.watch([{"duty": {"duty": handed}}], []).handed == "h1"
    taken = Duty(actor="wang", since=later, handed="h1", handed_at=later)
    assert duty.watch([{"duty": {"duty": taken}}], []).actor == "wang"


def alarm(number: int, **more: object) -> Alarm:
    fields: dict[str, object] = {
        "id": f"door.forced:door/{number}:x",
        "kind": "door.forced",
        "subject": f"door/{number}",
        "device": "d",
        "priority": 2,
        "active": True,
        "raised": AT,
        **more,
    }
    return Alarm(**fields)  # type: ignore[arg-type]


def test_the_note_holds_what_is_open_and_what_came_since() -> None:
    early = rfc3339(START - timedelta(hours=9))
    safe: Kinds = {
        "alarm": {
            "1": alarm(1, priority=3),
            "2": alarm(2, priority=1, raised=early),
            "3": alarm(3, active=False, acknowledged=True),
            "4": alarm(4, kind="camera.crowd", shelved_until="2026-11-21T10:00:00.000Z"),
            "5": alarm(5, active=False, acknowledged=True, raised=early),
        },
        "closed": {"x": alarm(6, active=False, acknowledged=True)},
        "door": {
            "a": Door(subject="door/a", device="d", physical="open"),
            "b": Door(subject="door/b", device="d", physical="closed"),
            "c": Door(subject="door/c", device="d", alarm="heldopen"),
        },
    }
    waste: Kinds = {"alarm": {"1": alarm(1, priority=3)}}
    gateways = {"c01/gw02": False, "c01/gw01": True, "c02/gw01": False}
    found = duty.report([safe, waste], Watch(counted=AT), gateways, "c01")
    assert found.open == (alarm(2).id, alarm(4).id, alarm(1).id), "the most urgent first"
    assert found.shelved == (alarm(4).id,)
    assert (found.doors, found.silent) == (("door/a", "door/c"), ("gw02",))
    assert found.figures == {
        "doors": 2, "kind/camera.crowd": 1, "kind/door.forced": 3, "open": 3, "raised": 4,
        "shelved": 1, "silent": 1, "unacknowledged": 3,
    }  # fmt: skip


def test_of_a_flood_the_most_urgent_are_named() -> None:
    rows: Kinds = {"alarm": {str(n): alarm(n, priority=4 - n % 4) for n in range(1000)}}
    found = duty.report([rows], FREE, {}, "c01")
    data = found.event("li", FREE, "", "", 7)
    assert found.figures["open"] == 1000
    assert len(data.open) == 200
    assert all(int(one.split("/")[1].split(":")[0]) % 4 == 3 for one in data.open)
