"""What is read for a replay on the console, where one stands in it, and what is drawn of a step."""

from datetime import timedelta

import pytest
from starlette.datastructures import QueryParams

from core.events.access import Granted
from core.events.door import Closed, Forced, Opened
from projections.console import reel, replay_drawn
from projections.console.links import replay_href
from projections.console.reel import Asked, Gone, Standing, Unasked
from projections.console.replay_drawn import changes, form
from projections.console.texts import Words
from projections.safe_community.rows.doors import Door
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds
from tests.fix_hub import NOW, HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_alarms import text
from tests.unit.console.test_behind import alarm_of
from tests.unit.console.test_screens import seen

WORDS = Words("en")
DIGEST = "cd" * 32


@pytest.fixture
def rig(hub_rig: HubRig) -> HubRig:
    """A door that opens, closes and is forced, and another that opens."""
    for number, data in enumerate((Opened(), Closed(), Forced(), Opened())):
        subject = "door/2" if number == 3 else "door/1"
        hub_rig.add([hub_rig.event(data, subject, at=NOW + timedelta(seconds=number))])
    hub_rig.settle()
    return hub_rig


def asked(query: str) -> Asked:
    return reel.asked(QueryParams(query), "c01")


def door(rows: Kinds, subject: str = "door/1") -> str:
    found = rows["door"].get(subject)
    return found.physical if isinstance(found, Door) else "none"


def test_there_and_back_again_it_stands_as_it_stood(rig: HubRig) -> None:
    read = reel.read(rig.desk, asked("from=2"))
    assert [one.place for one in read.steps] == ["2.0", "3.0", "4.0"]
    then = [rig.runner.view(SAFE_COMMUNITY.name).as_of("c01", position) for position in range(1, 5)]
    standing = Standing(read, 0)
    for at in (0, 1, 3, 2, 0, 3, 1, 99, -1):
        standing.go(at)
        within = min(max(at, 0), 3)
        assert standing.at == within
        assert standing.rows(SAFE_COMMUNITY.name) == then[within]
        assert standing.position == within + 1
    assert [door(one) for one in then] == ["open", "closed", "open", "open"]
    assert standing.step is None
    assert standing.received == rig.log.received_at(1)


def test_it_begins_at_the_step_that_is_named(rig: HubRig) -> None:
    read = reel.read(rig.desk, asked("from=1"))
    assert [read.first(place) for place in ("3.0", "", "9.9")] == [3, 1, 1]


def test_an_alarm_is_a_range(rig: HubRig) -> None:
    alarm = alarm_of(rig, "door/1")
    read = reel.read(rig.desk, asked(f"alarm={alarm.id}"))
    assert read.alarm == alarm
    assert alarm.cause in [one.line.item.event.id for one in read.steps]
    with pytest.raises(Gone):
        reel.read(rig.desk, asked("alarm=nothing"))


@pytest.mark.parametrize("query", ["from=yesterday", "from=99", "from=3&to=1", "from=1&after=x"])
def test_what_is_no_range(rig: HubRig, query: str) -> None:
    with pytest.raises(Unasked):
        reel.read(rig.desk, asked(query))


def test_a_time_out_of_a_field_is_chinas() -> None:
    assert asked("from=2026-11-20T12:00").since == "2026-11-20T12:00:00+08:00"
    assert asked("from=2026-11-20T12:00:30").since == "2026-11-20T12:00:30+08:00"
    assert asked("from=2026-11-20T04:00:00Z").since == "2026-11-20T04:00:00Z"
    assert not asked("to=5").anything
    drawn = str(form(asked("from=2026-11-20T12:00&to=7"), WORDS))
    assert "'value': '2026-11-20T12:00:00'" in drawn
    assert "'value': '7'" not in drawn


def test_a_step_tells_what_it_changed(rig: HubRig) -> None:
    _, closes, _, opens = reel.read(rig.desk, asked("from=1")).steps
    told = text(changes(closes, WORDS))
    assert "door door/1" in told
    assert "physical" in told
    assert "changed" in told
    assert "door door/2" in text(changes(opens, WORDS))


def test_nobody_is_named_by_reference(rig: HubRig) -> None:
    ref = f"s:{'0a' * 16}"
    passed = Granted(subject_ref=ref, subject_class="resident", direction="in", credential="card")
    position = rig.add([rig.event(passed, "door/1", at=rig.clock.now())])
    rig.settle()
    (step,) = reel.read(rig.desk, asked(f"from={position}")).steps
    assert ref not in str(changes(step, WORDS))
    assert "s:…" in str(changes(step, WORDS))


def test_an_alarm_of_then_counts_nothing_down(rig: HubRig) -> None:
    drawn = replay_drawn.standing(alarm_of(rig, "door/1"), WORDS, seen(rig))
    assert "data-until" not in str(drawn)
    assert "data-at" not in str(drawn)


def test_where_it_leads() -> None:
    assert replay_href("c01", alarm="a:b/c") == "/replay?compound=c01&alarm=a%3Ab%2Fc"
    assert replay_href("c01", from_="1", to="") == "/replay?compound=c01&from=1"
