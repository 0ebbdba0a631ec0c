"""Pages of the past: which moment an address means, what they are drawn from, what they lead to."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from starlette.datastructures import QueryParams

from core.clock import rfc3339
from core.event import Data
from core.events.access import Granted
from core.events.door import Closed, Forced, Opened
from projections.console import eventlist
from projections.console.behind import behind
from projections.console.doorlog import door_log
from projections.console.format import clock_of
from projections.console.past import latepage
from projections.console.past.moment import Moment, NoMoment, asked, moment
from projections.console.past.pasts import Pasts
from projections.console.past.steps import beside
from projections.console.snapshots import row
from projections.console.texts import Words
from projections.console.visit import Visit
from projections.safe_community.rows.doors import Door
from projections.web.accounts import Account
from projections.web.turns import Turns
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_alarms import text

WORDS = Words("en")
START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def told(hub_rig: HubRig) -> HubRig:
    """Positions 1 to 4: opened at 5:00, closed at 5:20, forced at 5:05 and heard of at 6:00, and
    another door at 6:10."""
    story: list[tuple[int, int, Data, str]] = [
        (0, 0, Opened(), "door/1"),
        (20, 20, Closed(), "door/1"),
        (60, 5, Forced(), "door/1"),
        (70, 70, Granted(), "door/2"),
    ]
    for received, happened, data, subject in story:
        hub_rig.clock = FixedClock(at(received))  # type: ignore[assignment]
        hub_rig.add([hub_rig.event(data, subject, at=at(happened))])
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, clock=FixedClock(at(80)))
    hub_rig.settle()
    return hub_rig


def last(rig: HubRig, found: Moment) -> str:
    sight = asyncio.run(Pasts(rig.desk, Turns(1, 4)).sight("c01", found.past))
    door = row(sight.safe, "door", "door/1", Door)
    return door.last if door else ""


@pytest.mark.parametrize(
    "asof",
    ["2026-11-20T05:10:00Z", "2026-11-20 13:10", "2026-11-20T13:10:00", " 2026-11-20 13:10:00.0 "],
)
def test_a_time_without_a_zone_is_of_china(told: HubRig, asof: str) -> None:
    found = moment(told.desk, asof, "")
    assert (found.past.position, found.known) == (1, "then")
    assert datetime.fromtimestamp(found.past.ms / 1000, UTC) == at(10)
    assert asked(told.desk, found.query) == found, "as its address says it"


@pytest.mark.parametrize(("asof", "known"), [("5", ""), ("soon", ""), ("2", "1"), ("2", "later")])
def test_what_is_no_moment_is_said(told: HubRig, asof: str, known: str) -> None:
    with pytest.raises(NoMoment):
        moment(told.desk, asof, known)


def test_without_a_moment_a_page_is_about_now(told: HubRig) -> None:
    assert asked(told.desk, {"known": "now"}) is None


def test_a_screen_is_drawn_from_what_was_known_or_is_known_of_it(told: HubRig) -> None:
    assert last(told, moment(told.desk, rfc3339(at(10)), "then")) == rfc3339(at(0))
    assert last(told, moment(told.desk, rfc3339(at(10)), "now")) == rfc3339(at(5))


def test_its_clock_stands_at_the_moment_and_no_link_is_told(told: HubRig) -> None:
    pasts = Pasts(told.desk, Turns(1, 4))
    found = moment(told.desk, rfc3339(at(30)), "then")
    sight = asyncio.run(pasts.sight("nowhere", found.past))
    assert (sight.compound, sight.position, sight.now) == ("c01", 2, at(30))
    assert sight.received == at(20)
    assert (dict(sight.uplinks), list(sight.refusals)) == ({}, [])


def test_a_moment_is_folded_once_for_all_who_look(told: HubRig) -> None:
    async def twice() -> bool:
        pasts = Pasts(told.desk, Turns(1, 4))
        past = moment(told.desk, "2", "then").past
        return await pasts.sight("c01", past) is await pasts.sight("c01", past)

    assert asyncio.run(twice())


def test_one_can_go_back_to_the_first_thing_anybody_told_of(told: HubRig) -> None:
    pasts = Pasts(told.desk, Turns(1, 4))
    pasts.look()
    assert pasts.first_ms == START.timestamp() * 1000
    told.clock = FixedClock(at(90))  # type: ignore[assignment]
    told.add([told.event(Closed(), "door/1", at=at(-600))])
    told.settle()
    pasts.look()
    assert pasts.first_ms == at(-600).timestamp() * 1000


@pytest.mark.parametrize(
    ("position", "forward", "there"),
    [(2, True, 3), (2, False, 1), (4, True, None), (1, False, None)],
)
def test_a_step_leads_to_the_next_batch_of_the_compound(
    told: HubRig, position: int, forward: bool, there: int | None
) -> None:
    assert beside(told.desk, "c01", position, forward=forward) == there
    assert beside(told.desk, "elsewhere", position, forward=forward) is None


def test_nobody_acts_in_the_past(told: HubRig) -> None:
    guard = Account("guard1", "guard")
    now = Visit(guard, "", WORDS, "/")
    assert now.acts
    then = msgspec.structs.replace(now, moment=moment(told.desk, "1", "then"))
    assert not then.acts


def test_a_link_keeps_the_moment(told: HubRig) -> None:
    found = moment(told.desk, "2", "now")
    assert found.kept("/wall") == "/wall?asof=2&known=now"
    assert found.kept("/district?at=c001") == "/district?at=c001&asof=2&known=now"


def test_a_list_of_events_ends_where_the_moment_does(told: HubRig) -> None:
    query = eventlist.asked(QueryParams("compound=c01&asof=2&known=then"))
    assert query.pairs == [("compound", "c01")]

    def listed(then: Moment | None) -> list[int]:
        return [one.item.position for one in eventlist.found(told.desk, query, then).lines]

    assert listed(None) == [4, 3, 2, 1]
    assert listed(moment(told.desk, "2", "then")) == [2, 1]
    assert listed(moment(told.desk, rfc3339(at(10)), "now")) == [3, 1]


def test_a_doors_decisions_end_there_too(told: HubRig) -> None:
    def decided(asof: str, known: str) -> int:
        found = moment(told.desk, asof, known)
        sight = asyncio.run(Pasts(told.desk, Turns(1, 4)).sight("c01", found.past))
        return len(door_log(told.desk, sight, "door/2", found).passages)

    assert decided("4", "then") == 1
    assert decided("3", "then") == 0
    assert decided("3", "now") == 0, "it happened later"


def test_what_stands_behind_an_alarm_ends_there_too(told: HubRig) -> None:
    _, kinds = told.runner.rows("safe_community", "c01")
    (alarm,) = kinds["alarm"].values()
    causes = behind(told.desk, "c01", alarm, 3).causes  # type: ignore[arg-type]
    assert [one.item.position for one in causes] == [3]
    assert behind(told.desk, "c01", alarm, 2).causes == []  # type: ignore[arg-type]


def test_what_came_late_is_told_with_both_hashes(told: HubRig) -> None:
    found = latepage.asked(told.desk, {"asof": rfc3339(at(10)), "known": "then"})
    assert found is not None
    assert found.past.later, "then is held against now"
    views = latepage.about(told.desk, {"compound": "c01"})
    made = dict(latepage.found(told.desk, views, found))
    assert [view.name for view, _ in views] == [*made] == ["safe_community", "waste_sorting"]
    drawn = [text(one) for one in latepage.verdict(made["safe_community"], WORDS)]
    assert "1 events came late" in drawn[0]
    assert made["safe_community"].hash_then in drawn[1]
    assert made["safe_community"].hash_now in drawn[2]
    assert latepage.asked(told.desk, {}) is None
    assert clock_of(at(10), at(10))
