"""Alarms with time left to act: what was passed, who is silent, who will not be done in time."""

from typing import Any

import pytest

from core.event import Recorded
from core.events.custody import HistoryImported
from core.events.register import RouteEntered
from core.events.timer import Fired
from core.events.waste import LoadWeighed
from core.ownjournal import GATEWAY
from projections.alarms.row import KIND, TIMER, UNTOLD, Alarm, Timer, Untold
from projections.view import DISTRICT
from tests.fix_haul import ALL, DAY, NEXT, SINCE, Hauling, key_of, lift

MISSED = f"haul.bin.missed:bin/{key_of(1, 2)}"
SILENT, BEHIND = "haul.route.silent:route/r-v1", "haul.route.behind:route/r-v1"
MIXED = "haul.load.mixed:vehicle/v1"
BACKFILL: dict[str, Any] = {"origin": "backfill", "late_s": 3600}


@pytest.fixture
def hauling() -> Hauling:
    return Hauling(("v1", "v2"))


def alarm(hauling: Hauling, name: str) -> Alarm | None:
    return hauling.row(KIND, name, Alarm)


def state(hauling: Hauling, name: str) -> str:
    found = alarm(hauling, name)
    return found.state if found else "none"


def passed(hauling: Hauling, **how: Any) -> list[Recorded]:
    return [hauling.lift(f"06:1{n}", lift(n), **how) for n in (1, 2, 3)]


def due(hauling: Hauling) -> str:
    found = hauling.row(TIMER, "shift:v1", Timer)
    return found.due if found else ""


def fire(hauling: Hauling, clock: str, *, day: str = DAY, late_s: int = 0) -> None:
    """The hub's clock says that what is armed came due."""
    data = Fired(view="waste_district", timer="shift:v1", due=due(hauling))
    hauling.say(
        hauling.item(
            data, "timer/shift", clock, day=day, gateway=GATEWAY, compound=DISTRICT, late_s=late_s
        )
    )


class TestMissed:
    def test_it_sounds_when_the_vehicle_goes_past(self, hauling: Hauling) -> None:
        first, second, third = passed(hauling)
        hauling.say(first, second)
        assert state(hauling, MISSED) == "none"
        hauling.say(third)
        found = alarm(hauling, MISSED)
        assert found is not None
        assert (found.state, found.cause, found.priority) == ("active", third.event.id, 3)

    @pytest.mark.parametrize("vehicle", ["v1", "v2"])
    def test_a_lift_ends_it_whoever_does_it(self, hauling: Hauling, vehicle: str) -> None:
        hauling.say(*passed(hauling), hauling.lift("08:00", lift(1, 2), vehicle))
        assert state(hauling, MISSED) == "cleared"

    def test_so_does_one_of_the_next_day(self, hauling: Hauling) -> None:
        hauling.say(*passed(hauling), hauling.lift("06:11", lift(1, 2), day=NEXT))
        assert state(hauling, MISSED) == "cleared"

    @pytest.mark.parametrize("vehicle", ["v1", "v2"])
    def test_what_a_late_file_says_ends_with_the_next_news(
        self, hauling: Hauling, vehicle: str
    ) -> None:
        """Late facts end nothing; but then nobody is to be sent for what is known to be lifted."""
        hauling.say(*passed(hauling), hauling.lift("06:30", lift(1, 2), vehicle, **BACKFILL))
        assert all(one.bin != key_of(1, 2) for one in hauling.route().missed)
        assert state(hauling, MISSED) == "active"
        hauling.say(hauling.fix("08:00", 4))
        assert state(hauling, MISSED) == "cleared"

    def test_another_round_of_the_day_ends_nothing_of_this_one(self, hauling: Hauling) -> None:
        again = RouteEntered(
            valid_from=SINCE, vehicle="v1", category="food", start="14:00", end="18:00",
            bins=tuple(key_of(*one) for one in ALL), facility="f1",
        )  # fmt: skip
        hauling.take([hauling.enter(again, "route/r-pm"), *hauling.round()])
        hauling.say(*(hauling.lift(f"14:1{n}", lift(n)) for n in (1, 2, 3)))
        assert state(hauling, MISSED) == "active"
        hauling.say(hauling.fix("14:30", 4))
        assert state(hauling, MISSED) == "active"

    def test_in_one_batch_nothing_sounds(self, hauling: Hauling) -> None:
        hauling.take([*passed(hauling), hauling.lift("06:20", lift(1, 2))])
        assert state(hauling, MISSED) == "none"

    def test_late_is_not_live(self, hauling: Hauling) -> None:
        hauling.say(*passed(hauling, **BACKFILL))
        assert hauling.route().missed[0].passed_ms
        assert list(hauling.kinds.get(KIND, {})) == []

    def test_when_the_shift_is_over_nobody_is_waked(self, hauling: Hauling) -> None:
        hauling.say(*(hauling.lift(f"12:1{n}", lift(n)) for n in (1, 2, 3)))
        assert hauling.route().missed[0].passed_ms
        assert state(hauling, MISSED) == "none"


class TestTimers:
    def test_only_who_spoke_live_is_waited_for(self, hauling: Hauling) -> None:
        hauling.take(hauling.round(**BACKFILL))
        assert due(hauling) == ""
        hauling.say(hauling.lift("06:50", lift(1)))
        assert due(hauling) == "2026-11-20T01:00:00.000Z", "an hour before ten o'clock"

    def test_all_that_is_due_is_armed_in_turn(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("05:50", 1))
        assert due(hauling) == "2026-11-19T22:45:00.000Z", "45 minutes into the shift"
        fire(hauling, "06:45")
        assert due(hauling) == "2026-11-20T01:00:00.000Z"
        fire(hauling, "09:00")
        assert due(hauling) == "2026-11-20T22:45:00.000Z"

    def test_a_vehicle_that_says_nothing(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("12:00", 1))
        fire(hauling, "06:45", day=NEXT)
        assert state(hauling, SILENT) == "active"
        fire(hauling, "09:00", day=NEXT)
        assert state(hauling, BEHIND) == "none", "who is silent is not behind as well"
        hauling.say(hauling.fix("09:20", 1, day=NEXT))
        assert state(hauling, SILENT) == "cleared"

    def test_who_was_heard_is_not_silent(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("05:50", 1))
        fire(hauling, "06:45")
        assert state(hauling, SILENT) == "none"

    def test_bins_that_are_left_an_hour_before_the_end(self, hauling: Hauling) -> None:
        hauling.say(*hauling.round(left=ALL[-2:]))
        fire(hauling, "06:45")
        fire(hauling, "09:00")
        assert state(hauling, BEHIND) == "active"
        hauling.say(hauling.lift("09:10", lift(*ALL[-1])))
        assert state(hauling, BEHIND) == "active"
        hauling.say(hauling.lift("09:15", lift(*ALL[-2])))
        assert state(hauling, BEHIND) == "cleared"

    def test_nothing_is_left(self, hauling: Hauling) -> None:
        hauling.say(*hauling.round())
        fire(hauling, "06:45")
        fire(hauling, "09:00")
        assert state(hauling, BEHIND) == "none"

    def test_what_a_hub_that_was_off_says_late_is_no_news(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("12:00", 1))
        fire(hauling, "06:45", day=NEXT, late_s=3600)
        assert state(hauling, SILENT) == "none"
        assert due(hauling) == "2026-11-21T01:00:00.000Z"

    def test_a_timer_of_another_due_changes_nothing(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("12:00", 1))
        data = Fired(view="waste_district", timer="shift:v1", due="2026-11-01T00:00:00.000Z")
        hauling.say(hauling.item(data, "timer/shift", "06:45", gateway=GATEWAY, compound=DISTRICT))
        assert due(hauling) == "2026-11-20T22:45:00.000Z"


def test_a_load_that_is_taken_as_something_else_is_mixed(hauling: Hauling) -> None:
    data = LoadWeighed(site="f1", ticket_no="7", vehicle="v1", net_g=300_000, category="residual")
    hauling.say(*hauling.round(), hauling.item(data, "facility/f1", "07:00"))
    found = alarm(hauling, MIXED)
    assert found is not None
    assert (found.priority, found.active, found.acknowledged) == (2, False, False)
    assert [row.kind for row in hauling.kinds[UNTOLD].values() if isinstance(row, Untold)] == [
        "haul.load.mixed"
    ]


def test_a_gateway_cannot_tell_the_hubs_time(hauling: Hauling) -> None:
    hauling.say(hauling.fix("12:00", 1))
    data = Fired(view="waste_district", timer="shift:v1", due=due(hauling))
    hauling.say(hauling.item(data, "timer/shift", "06:45", day=NEXT, compound=DISTRICT))
    assert due(hauling) == "2026-11-20T22:45:00.000Z"


def test_a_gateway_cannot_enter_a_route(hauling: Hauling) -> None:
    data = RouteEntered(valid_from=SINCE, vehicle="v9", bins=(key_of(1),))
    hauling.say(hauling.item(data, "route/r9", "05:00"))
    assert "r9" not in hauling.kinds["route"]


def test_whoever_took_a_file_in_says_so(hauling: Hauling) -> None:
    """The importer has a journal of its own."""
    data = HistoryImported(file="*.csv", sha256="ab", rows=3, events=2, aside=1)
    hauling.say(hauling.item(data, "gateway/import", "12:00", gateway="import", compound=DISTRICT))
    assert list(hauling.kinds["import"]) == ["ab"]
