"""Acknowledging from a screen: who may, what is kept, and what is answered otherwise."""

import pytest

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.errors import Refused
from core.event import Event, Recorded
from core.events.alarm import Acknowledged
from core.events.door import Forced
from core.events.waste import Overflowed
from projections.console.acts import MAX_HANDOVER, MAX_NOTE, letter, perform, written
from projections.web.accounts import Account
from projections.web.acts import Acts
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

GUARD = Account("guard1", "guard")


def acknowledge(acts: Acts, account: Account, compound: str, alarm: str, note: str) -> int:
    return perform(acts, "acknowledge", compound, account, alarm, note=note)()


def alarm(rig: HubRig) -> str:
    event = rig.event(Forced(), "door/1")
    rig.add([event])
    rig.settle()
    return f"door.forced:door/1:{event.id}"


def logged(rig: HubRig) -> list[Event]:
    return [
        item.event
        for notification in rig.log.read(0, 1000, 10**8)
        for item in codec.recorded(parse(notification.state), notification.id, CATALOG)
        if isinstance(item, Recorded) and isinstance(item.event.data, Acknowledged)
    ]


def test_it_is_an_event_by_the_account(hub_rig: HubRig) -> None:
    found = alarm(hub_rig)
    acks = Acts(hub_rig.desk)
    position = acknowledge(acks, GUARD, "c01", found, " seen\n  by patrol ")
    assert position == hub_rig.log.head()
    (event,) = logged(hub_rig)
    data = event.data
    assert isinstance(data, Acknowledged)
    assert (data.alarm, data.actor) == (found, "guard1")
    assert "seen" not in data.note, "a note may name people: the log holds it sealed"
    assert hub_rig.desk.unseal(event) == {"note": "seen by patrol"}
    assert (event.source, event.origin) == ("/c/c01/gw/hub/dev/console", "manual")


def test_the_second_click_changes_nothing(hub_rig: HubRig) -> None:
    found = alarm(hub_rig)
    acks = Acts(hub_rig.desk)
    acknowledge(acks, GUARD, "c01", found, "")
    with pytest.raises(Refused, match="acknowledged already"):
        acknowledge(acks, GUARD, "c01", found, "")
    hub_rig.settle()
    with pytest.raises(Refused, match="acknowledged already"):
        acknowledge(acks, GUARD, "c01", found, "")
    assert len(logged(hub_rig)) == 1


def test_waste_alarms_are_acknowledged_alike(hub_rig: HubRig) -> None:
    event = hub_rig.event(Overflowed(), "bin/1")
    hub_rig.add([event])
    hub_rig.settle()
    alarm = f"waste.bin.overflowed:bin/1:{event.id}"
    acknowledge(Acts(hub_rig.desk), GUARD, "c01", alarm, "")
    assert len(logged(hub_rig)) == 1


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_only_looks_is_refused(hub_rig: HubRig, role: str) -> None:
    found = alarm(hub_rig)
    account = Account("x", "viewer" if role == "viewer" else "auditor")
    with pytest.raises(Refused) as refused:
        acknowledge(Acts(hub_rig.desk), account, "c01", found, "")
    assert refused.value.reason == "role"
    assert logged(hub_rig) == []


@pytest.mark.parametrize("compound", ["c01", "c02"])
def test_an_alarm_that_is_not_there_is_refused(hub_rig: HubRig, compound: str) -> None:
    found = alarm(hub_rig)
    wrong = found if compound != "c01" else f"{found}x"
    with pytest.raises(Refused) as refused:
        acknowledge(Acts(hub_rig.desk), GUARD, compound, wrong, "")
    assert refused.value.reason == "unknown"


def test_a_note_is_one_short_printable_line() -> None:
    assert written(" a\t b\u202e\u0000c\n ") == "a bc"
    assert len(written("门" * 999)) == MAX_NOTE


def test_a_letter_keeps_its_lines_and_nothing_unprintable() -> None:
    assert letter("one \n\x07two\u202e\n\n") == "one\ntwo"
    assert len(letter("x" * 9_999)) == MAX_HANDOVER
