"""What is settled follows from the facts alone, in whatever order and batches they were told."""

from itertools import permutations
from typing import Any

import pytest

from core.event import Recorded
from core.events.custody import TicketCorrected
from core.events.register import VehicleEntered
from core.events.waste import BinSwapped, LoadWeighed
from projections.waste_district.asked.fiware import observed
from projections.waste_district.asked.ledger import ledger
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.register.plates import unregistered
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.register import Names
from projections.waste_district.rows.trips import Trip
from tests.fix_haul import DAY, NEXT, SINCE, Hauling, bin_of, key_of, lift

BEFORE = "2026-11-19"
P2 = unregistered("P-2")
# Each fact in a batch of its own, in every order; and all of them in one.
_ORDERS = [*(tuple((one,) for one in order) for order in permutations(range(3))), ((0, 1, 2),)]


def told(facts: list[Recorded], hauling: Hauling, batches: Any) -> Hauling:
    for batch in batches:
        hauling.take([facts[number] for number in batch])
    return hauling


def trips(hauling: Hauling) -> dict[str, tuple[str, int, int]]:
    return {
        key: (one.ticket, one.lifts, one.received_g)
        for key, one in hauling.kinds.get("trip", {}).items()
        if isinstance(one, Trip)
    }


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_ticket_after_midnight_is_in_one_load(batches: Any) -> None:
    """Of the day after nothing else is known: no lift, no position."""
    hauling = Hauling()
    facts = [
        hauling.lift("23:40", lift(2)),
        hauling.lift("23:50", lift(3)),
        hauling.ticket("00:10", day=NEXT),
    ]
    told(facts, hauling, batches)
    assert trips(hauling) == {f"v1|{DAY}|1": ("f1|1", 2, 360_000)}
    assert list(hauling.kinds["haul"]) == [f"v1|{DAY}"]


@pytest.mark.parametrize("batches", _ORDERS)
def test_what_left_a_station_ends_when_the_vehicle_lifts_again(batches: Any) -> None:
    """What is weighed then is what it lifted, on whichever of the days one looks."""
    hauling = Hauling()
    out = LoadWeighed(site="f2", ticket_no="9", vehicle="v1", net_g=5_000_000, direction="out")
    facts = [
        hauling.item(out, "facility/f2", "06:20"),
        hauling.lift("05:55", lift(2), day=NEXT),
        hauling.ticket("06:15", day=NEXT),
    ]
    told(facts, hauling, batches)
    assert trips(hauling) == {f"v1|{DAY}|1": ("", 0, 0), f"v1|{NEXT}|1": ("f1|1", 1, 360_000)}


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_ticket_that_turns_out_to_be_somebodys_is_nobodys_no_more(batches: Any) -> None:
    hauling = Hauling()
    correction = TicketCorrected(site="f1", ticket_no="1", reason="typo", net_g=1_000)
    facts = [
        hauling.item(correction, "facility/f1", "05:55"),
        hauling.lift("05:55", lift(2)),
        hauling.ticket("05:56"),
    ]
    told(facts, hauling, batches)
    assert list(hauling.kinds["haul"]) == [f"v1|{DAY}"]
    assert hauling.row("day", DAY, Names) == Names(names=("v1",))
    assert {ticket for ticket, _, _ in trips(hauling).values()} == {"f1|1"}


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_ticket_by_a_plate_is_whose_the_plate_turns_out_to_be(batches: Any) -> None:
    hauling = Hauling(["v1", "v2"])
    entered = VehicleEntered(valid_from=SINCE, categories=("food",), plate_ref="P-2")
    by_plate = LoadWeighed(site="f1", ticket_no="1", vehicle_ref="P-2", net_g=50_000)
    facts = [
        hauling.item(by_plate, "facility/f1", "06:50"),
        hauling.enter(entered, "vehicle/v2"),
        hauling.lift("06:20", lift(2), vehicle="v2"),
    ]
    told(facts, hauling, batches)
    assert trips(hauling) == {f"v2|{DAY}|1": ("f1|1", 1, 50_000)}
    assert list(hauling.kinds["haul"]) == [f"v2|{DAY}"]
    assert hauling.row("day", DAY, Names) == Names(names=("v2",))


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_plate_is_one_vehicles_all_day_and_its_own_the_day_before(batches: Any) -> None:
    """It was put on v2 in the morning, behind the first ticket; every lift and ticket is one's."""
    hauling = Hauling(["v1", "v2"])
    facts = [
        hauling.item(lift(2, vehicle_ref="P-2"), "device/lifter", "05:55"),
        hauling.item(
            LoadWeighed(site="f1", ticket_no="1", vehicle_ref="P-2", net_g=50_000),
            "facility/f1", "06:00",
        ),
        hauling.item(lift(2, vehicle_ref="P-2"), "device/lifter", "23:55", day=BEFORE),
    ]  # fmt: skip
    entered = VehicleEntered(
        valid_from=f"{DAY}T06:30:00+08:00", categories=("food",), plate_ref="P-2"
    )
    told(facts, hauling, batches)
    hauling.say(hauling.enter(entered, "vehicle/v2"))
    told(facts, hauling, batches)
    assert trips(hauling) == {f"{P2}|{BEFORE}|1": ("", 1, 0), f"v2|{DAY}|1": ("f1|1", 1, 50_000)}


@pytest.mark.parametrize("clock", ["06:50", "00:10"])
def test_a_ticket_by_a_plate_that_turns_out_to_be_nobodys_is_the_plates(clock: str) -> None:
    """At midnight it ended a load of the day before: of its own day nothing else is known."""
    hauling = Hauling(["v1", "v2"])
    by_plate = LoadWeighed(site="f1", ticket_no="1", vehicle_ref="P-2", net_g=50_000)
    plated = [
        VehicleEntered(valid_from=since, categories=("food",), plate_ref=plate)
        for plate, since in (("P-2", SINCE), ("P-3", f"{DAY}T00:00:00+08:00"))
    ]
    hauling.say(hauling.enter(plated[0], "vehicle/v2"))
    hauling.say(hauling.lift("23:50", lift(2), vehicle="v2", day=BEFORE))
    hauling.say(hauling.item(by_plate, "facility/f1", clock))
    assert {ticket for ticket, _, _ in trips(hauling).values()} == {"f1|1"}
    hauling.say(hauling.enter(plated[1], "vehicle/v2"))
    assert trips(hauling) == {f"v2|{BEFORE}|1": ("", 1, 0), f"{P2}|{DAY}|1": ("f1|1", 0, 50_000)}


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_ticket_is_in_a_load_whatever_the_plate_was_before_it_in_the_same_run(
    batches: Any,
) -> None:
    hauling = Hauling(["v1", "v2"])
    facts = [
        hauling.enter(VehicleEntered(valid_from=SINCE, plate_ref="P-2"), "vehicle/v2"),
        hauling.item(
            LoadWeighed(site="f1", ticket_no="1", vehicle_ref="P-2", net_g=50_000),
            "facility/f1", "06:50",
        ),
        hauling.enter(VehicleEntered(valid_from=SINCE, plate_ref="P-3"), "vehicle/v2"),
    ]  # fmt: skip
    told(facts, hauling, batches)
    assert trips(hauling) == {f"{P2}|{DAY}|1": ("f1|1", 0, 50_000)}


@pytest.mark.parametrize("batches", _ORDERS)
def test_a_plate_that_turns_out_to_be_a_vehicles_keeps_nothing_but_its_facts(batches: Any) -> None:
    """It lifted for somebody else, too: that is its vehicle's doing then."""
    hauling = Hauling(["v1", "v2"])
    entered = VehicleEntered(valid_from=SINCE, categories=("food",), plate_ref="P-2")
    by_plate = lift(2, vehicle_ref="P-2")
    facts = [
        hauling.item(by_plate, "device/lifter", "06:20"),
        hauling.enter(entered, "vehicle/v2"),
        hauling.lift("06:40", lift(4)),
    ]
    told(facts, hauling, batches)
    assert set(trips(hauling)) == {f"v1|{DAY}|1", f"v2|{DAY}|1"}
    plate = hauling.row("haul", f"{P2}|{DAY}", Haul)
    assert plate is not None
    assert (plate.trips, plate.routes, plate.findings, plate.lifts) == (0, (), (), 1)
    assert hauling.row("day", DAY, Names) == Names(names=(P2, "v1", "v2"))
    assert [one[2] for one in hauling.kinds["extra"][DAY].lifts] == ["v2"]  # type: ignore[attr-defined]


def test_a_name_that_looks_like_a_key_is_a_vehicle_as_any_other() -> None:
    hauling = Hauling()
    weighed = LoadWeighed(site="f1", ticket_no="1", vehicle="a|1", net_g=30_000)
    hauling.say(
        hauling.lift("06:10", lift(2, vehicle="a|1")),
        hauling.item(weighed, "facility/f1", "07:00"),
    )
    assert list(hauling.kinds["haul"]) == [f"a¦1|{DAY}"]
    assert trips(hauling) == {f"a¦1|{DAY}|1": ("f1|1", 1, 30_000)}


@pytest.mark.parametrize("batches", _ORDERS)
def test_an_id_is_one_event_with_its_source_only(batches: Any) -> None:
    """Two lifters of one vehicle count alike, and lift at once: both lifts are there, whatever
    reads them; one that comes again is no other."""
    hauling = Hauling()
    both = [
        hauling.lift("06:20", lift(1), id="n-7", device="left"),
        hauling.lift("06:20", lift(2), id="n-7", device="right"),
    ]
    told([*both, both[0]], hauling, batches)
    ((_, lifts, _),) = trips(hauling).values()
    assert lifts == 2
    story = trip_story(hauling.kinds, f"v1|{DAY}|1")
    assert story is not None
    assert {one.source[-4:] for one in story.lifts} == {"left", "ight"}
    (line,) = ledger(hauling.kinds, "c01", DAY[:7]).lines
    assert len(set(line.events)) == 2
    named = {one["id"] for one in observed(hauling.kinds, DAY, DAY, "", short=True)}
    assert len(named) == 2


def test_a_ticket_corrected_to_another_vehicle_revises_both_loads() -> None:
    hauling = Hauling(["v1", "v2"])
    hauling.say(
        hauling.lift("06:10", lift(1), vehicle="v1"),
        hauling.lift("06:20", lift(2), vehicle="v2"),
        hauling.item(
            LoadWeighed(site="f1", ticket_no="K1", vehicle="v2", net_g=90_000),
            "facility/f1",
            "07:00",
        ),
    )
    corrected = TicketCorrected(site="f1", ticket_no="K1", vehicle="v1", reason="typo")
    hauling.say(hauling.item(corrected, "facility/f1", "08:00", id="k"))
    for vehicle, was, now in (("v1", 0, 90_000), ("v2", 90_000, 0)):
        key = f"{vehicle}|{DAY}|1"
        story = trip_story(hauling.kinds, key)
        assert story is not None
        assert (story.trip.received_g, story.trip.revised) == (now, 1)
        (one,) = [told for told in story.revisions if told.trip == key]
        assert (one.received_was, one.received_is, one.cause) == (was, now, "k")
        assert (one.lifted_was, one.lifted_is) == (30_000, 30_000)


@pytest.mark.parametrize("nothing", ["", "bin/", "c01/"])
def test_a_bin_swapped_for_nothing_is_still_to_be_lifted(nothing: str) -> None:
    hauling = Hauling()
    swapped = BinSwapped(valid_from=SINCE, replaced_by=nothing)
    hauling.say(hauling.item(swapped, f"bin/{bin_of(2)}", "05:00"))
    (plan,) = hauling.register().routes("v1", DAY)
    assert key_of(2) in plan.bins
