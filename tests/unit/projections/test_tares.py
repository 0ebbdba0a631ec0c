"""A lift told in two messages: full weight, then the empty bin's, in whichever order they come."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.event import Event
from core.events import waste as w
from projections.waste_district.rows.trips import Part, Trip
from projections.waste_sorting.rows import Bin, Level, Lift, Tonnage
from projections.waste_sorting.tonnage import DAYS
from projections.waste_sorting.view import WASTE_SORTING
from tests.fix_haul import DAY as HAUL_DAY
from tests.fix_haul import Hauling, lift
from tests.fix_views import NOON, Folded, Said, minutes

BIN, CHAIN = "bin/a01-food", "clean:77"
DAY, HOUR = "2026-11-20", "2026-11-20T12"
GROSS = w.BinCollected(category="food", gross_g=22_500)


def tare(grams: int | None, of: str = "full") -> w.BinTared:
    return w.BinTared(collection=of, tare_g=grams)


def say_gross(waste: Folded, **how: object) -> None:
    waste.say(GROSS, BIN, **{"id": "full", "chain": CHAIN, **how})  # type: ignore[arg-type]


def say_tare(waste: Folded, grams: int | None, id: str = "empty", after: int = 1) -> None:
    waste.say(tare(grams), BIN, id=id, chain=CHAIN, at=NOON + minutes(after))


def weighed(waste: Folded) -> tuple[int | None, int | None]:
    row = waste.row("bin", BIN, Bin)
    return row.collected_g, row.collected_gross_g


def tonnes(waste: Folded) -> Tonnage:
    return waste.row("day", DAY, Tonnage)


def test_until_the_tare_is_told_the_full_weight_is_shown_and_nothing_counted(waste: Folded) -> None:
    say_gross(waste)
    assert weighed(waste) == (None, 22_500)
    assert tonnes(waste) == Tonnage(bucket=DAY, collected_g={"food": 0}, collections=1)
    say_tare(waste, 13_500)
    assert weighed(waste) == (9_000, None)
    assert tonnes(waste) == Tonnage(bucket=DAY, collected_g={"food": 9_000}, collections=1)
    assert waste.row("hour", HOUR, Tonnage).collected_g == {"food": 9_000}
    assert waste.row("level", BIN, Level).lifts[0][1] == 9_000


def test_a_tare_that_comes_first_waits_for_its_lift(waste: Folded) -> None:
    say_tare(waste, 13_500)
    assert waste.keys("day") == []
    say_gross(waste)
    assert (weighed(waste), tonnes(waste).collected_g) == ((9_000, None), {"food": 9_000})


def test_a_tare_of_months_later_counts_on_the_day_of_the_lift(waste: Folded) -> None:
    say_gross(waste)
    waste.say(GROSS, BIN, id="newer", chain="clean:78", at=NOON + timedelta(days=40))
    late = NOON + timedelta(days=90)
    waste.say(tare(13_500), BIN, id="empty", chain=CHAIN, at=late, origin="backfill")
    assert tonnes(waste).collected_g == {"food": 9_000}
    assert weighed(waste) == (None, 22_500)  # of the newer one nobody knows


@pytest.mark.parametrize("grams", [None, 22_501])
def test_a_tare_that_says_nothing_or_cannot_be_changes_nothing(
    grams: int | None, waste: Folded
) -> None:
    say_gross(waste)
    say_tare(waste, grams)
    assert (weighed(waste), tonnes(waste).collected_g) == ((None, 22_500), {"food": 0})


def test_of_two_tares_the_earlier_one_stands(waste: Folded) -> None:
    say_gross(waste)
    say_tare(waste, 13_500, id="second", after=2)
    say_tare(waste, 13_000, id="first", after=1)
    assert (weighed(waste), tonnes(waste).collected_g) == ((9_500, None), {"food": 9_500})


def test_another_bins_tare_is_not_its_own(waste: Folded) -> None:
    say_gross(waste)
    waste.say(tare(13_500), "bin/a02-food", id="empty", chain=CHAIN)
    assert weighed(waste) == (None, 22_500)


def test_who_only_ever_tells_full_weights_is_not_kept(waste: Folded) -> None:
    waste.say(GROSS, BIN)
    waste.say(w.BinCollected(category="food", gross_g=9, net_g=5), BIN, chain=CHAIN)
    waste.say(w.BinCollected(category="food", gross_g=9, tare_g=5), BIN, chain=CHAIN)
    assert waste.keys("lift") == waste.keys("lifts") == []


def test_a_refused_lift_waits_for_no_tare(waste: Folded) -> None:
    refused = msgspec.structs.replace(GROSS, refused_reason="mixed")
    waste.say(refused, BIN, id="full", chain=CHAIN)
    say_tare(waste, 13_500)
    assert (waste.row("bin", BIN, Bin).refused, waste.keys("day")) == (1, [])


def test_halves_are_kept_no_longer_than_the_days_they_count_in(waste: Folded) -> None:
    for day in range(DAYS + 3):
        at = NOON + timedelta(days=day)
        waste.say(GROSS, BIN, id=f"full:{day}", chain=f"clean:{day}", at=at)
    assert len(waste.keys("lift")) == len(waste.keys("lifts")) == DAYS
    assert "a01-food|full:2" not in waste.keys("lift")
    assert waste.row("lift", "a01-food|full:3", Lift).gross_g == 22_500


def _halves(said: Said) -> list[Event]:
    """Three lifts of a bin, one over midnight, one tared twice, one never; and one whole."""
    told: list[Event] = []
    for number, (hour, tares) in enumerate([(0, (13_000, 13_500)), (11, (12_000,)), (20, ())]):
        at, name = NOON + timedelta(hours=hour), f"full:{number}"
        told.append(said.event(GROSS, BIN, at=at, id=name, chain=name))
        for late, grams in enumerate(tares, start=1):
            more = at + timedelta(minutes=70 * late)
            told.append(
                said.event(tare(grams, name), BIN, at=more, id=f"{name}:{late}", chain=name)
            )
    whole = w.BinCollected(category="food", gross_g=20_000, tare_g=12_000)
    told.append(said.event(whole, BIN, at=NOON + timedelta(hours=30)))
    return told


@given(st.permutations(_halves(Said())))
def test_the_order_of_the_halves_does_not_matter(told: list[Event]) -> None:
    """Told late, so that which lift came last follows from when it was."""
    expected, found = (
        _folded([msgspec.structs.replace(one, origin="backfill") for one in order])
        for order in (_halves(Said()), told)
    )
    assert found == expected


def _folded(events: list[Event]) -> bytes:
    bench, said = Folded(WASTE_SORTING), Said()
    for number, event in enumerate(events, start=1):
        bench.take(said.stands(event, number))
    kept = {kind: rows for kind, rows in bench.state.rows("c01").items() if kind != "clock"}
    return msgspec.json.encode(kept, order="sorted")


def _only_part(hauling: Hauling) -> Part:
    (trip,) = hauling.kinds["trip"].values()
    assert isinstance(trip, Trip)
    (part,) = trip.parts
    return part


def test_the_district_counts_the_net_of_both_halves() -> None:
    hauling = Hauling()
    full = hauling.lift("23:59", lift(1, tare_g=None), id="full")
    hauling.take([full])
    part = _only_part(hauling)
    assert (part.lifts, part.net_g, part.unweighed) == (1, 0, 1)
    empty = hauling.item(
        tare(12_000), "vehicle/v1", "00:01", day="2026-11-21", id="empty", chain="clean:1"
    )
    hauling.take([empty])
    assert empty.event.time[:10] == HAUL_DAY  # UTC: in China it is the next day
    part = _only_part(hauling)
    assert (part.lifts, part.net_g, part.unweighed) == (1, 30_000, 0)
