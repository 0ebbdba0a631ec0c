"""The same facts in any order, cut into any batches, give the same rows of the district, and in
these every lift and every ticket stands once, to the gram."""

from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Origin, Recorded
from core.events.custody import LoadRefused, TicketCorrected
from core.events.register import (
    BinEntered,
    EntryEnded,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
)
from core.events.waste import BinSwapped, BinTared, LoadWeighed, TagAssigned, TagRemoved
from projections.alarms.fold import KINDS as ALARMS
from projections.view import DISTRICT
from projections.waste_district.asked.balance import balance
from projections.waste_district.held import Held
from projections.waste_district.lifts.gather import facts_of
from projections.waste_district.lifts.hauled import Hauled, vehicle_known_as
from projections.waste_district.rows.hauls import Facts, Haul
from projections.waste_district.rows.trips import Trip
from projections.waste_district.view import WASTE_DISTRICT
from projections.web.asof import facts
from tests.fix_haul import DAY, LAT, LON, NEXT, SINCE, STEP, Hauling, key_of, lift

# What says in which order things were heard, and nothing about the world.
_OF_ARRIVAL = frozenset((*ALARMS, "clock", "revision"))
_CLOCKS = st.sampled_from(["05:55", "06:20", "06:21", "06:34", "07:10", "12:00", "23:50", "00:10"])
_CUTS = st.lists(st.integers(0, 60), max_size=8)
_DAYS = st.sampled_from([DAY, NEXT])
_VEHICLES = st.sampled_from(["v1", "v2"])
_SINCE = st.sampled_from([SINCE, f"{DAY}T06:30:00+08:00", f"{NEXT}T00:00:00+08:00"])


@st.composite
def _facts(draw: st.DrawFn, hauling: Hauling) -> Recorded:
    clock, day = draw(_CLOCKS), draw(_DAYS)
    point, number = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    origin: Origin = draw(st.sampled_from(["live", "backfill"]))
    match draw(st.sampled_from(["lift", "lift", "half", "fix", "read", "ticket", "entry", "said"])):
        case "lift":
            more: dict[str, Any] = draw(
                st.sampled_from(
                    [
                        {}, {"uid_hex": ""}, {"uid_hex": "ABBA"}, {"lat": None, "lon": None},
                        {"gross_g": 50_000}, {"gross_g": None, "tare_g": None},
                        {"refused_reason": "mixed"}, {"uid_hex": "", "vehicle_ref": "P-2"},
                    ]
                )
            )  # fmt: skip
            subject = "device/lifter" if "vehicle_ref" in more else f"vehicle/{draw(_VEHICLES)}"
            return hauling.item(lift(point, number, **more), subject, clock, day=day, origin=origin)
        case "half":
            # Ids are few: a lift's tare is told, told twice, or told of none.
            name, vehicle = draw(st.sampled_from(["h1", "h2"])), f"vehicle/{draw(_VEHICLES)}"
            how: dict[str, Any] = {"day": day, "origin": origin, "chain": name}
            if draw(st.booleans()):
                full = lift(point, number, tare_g=None)
                return hauling.item(full, vehicle, clock, id=name, **how)
            empty = BinTared(collection=name, tare_g=draw(st.sampled_from([12_000, 13_000])))
            return hauling.item(empty, vehicle, clock, **how)
        case "fix":
            return hauling.fix(clock, point, day=day, origin=origin)
        case "read":
            return hauling.read(clock, point, number, day=day, origin=origin)
        case "ticket":
            return hauling.item(draw(_tickets()), "facility/f1", clock, day=day, origin=origin)
        case "said":
            data = draw(
                st.sampled_from(
                    [
                        TicketCorrected(site="f1", ticket_no="1", reason="typo", net_g=1_000),
                        LoadRefused(site="f1", ticket_no="2", vehicle="v1", reason="hot"),
                    ]
                )
            )
            return hauling.item(data, "facility/f1", clock, day=day)
        case _:
            return hauling.enter(*draw(_entries()))


def _tickets() -> st.SearchStrategy[LoadWeighed]:
    """Whole, or gross and tare as two words; by name, by plate, or nobody's; off a transfer
    station; impossible."""
    grams: list[dict[str, int]] = [
        {"gross_g": 9_360_000, "tare_g": 9_000_000}, {"gross_g": 9_090_000}, {"tare_g": 9_000_000},
        {"net_g": 90_000}, {"gross_g": 9_000_000, "tare_g": 9_360_000},
    ]  # fmt: skip
    whose: list[dict[str, str]] = [
        {"vehicle": "v1"}, {"vehicle": "v1", "direction": "out"}, {"vehicle_ref": "P-2"}, {}
    ]  # fmt: skip
    return st.builds(
        lambda number, site, weights, who: LoadWeighed(
            site=site, ticket_no=number, **weights, **who
        ),
        st.sampled_from("12"),
        st.sampled_from(["f1", "f2"]),
        st.sampled_from(grams),
        st.sampled_from(whose),
    )


def _entries() -> st.SearchStrategy[tuple[Any, str]]:
    bins = st.sampled_from([(key_of(1),), (key_of(2), key_of(1, 2)), (key_of(3), key_of(1))])
    routes = st.builds(
        RouteEntered, valid_from=_SINCE, vehicle=_VEHICLES, bins=bins,
        start=st.sampled_from(["06:00", "22:00"]), end=st.sampled_from(["09:00", "02:00"]),
    )  # fmt: skip
    tags = st.one_of(
        st.builds(TagAssigned, uid_hex=st.sampled_from(["ABBA", "E20101"]), valid_from=_SINCE),
        st.builds(TagRemoved, uid_hex=st.sampled_from(["ABBA", "E20101"]), valid_from=_SINCE),
        st.builds(EntryEnded, kind=st.just("bin"), valid_from=_SINCE),
    )
    vehicles = st.builds(
        VehicleEntered, valid_from=_SINCE, categories=st.just(("food",)),
        plate_ref=st.sampled_from(["P-1", "P-2"]),
    )  # fmt: skip
    swaps = st.builds(
        BinSwapped, valid_from=_SINCE, replaced_by=st.sampled_from(["p1-f1", "p2-f1", "b9", "b8"])
    )
    bins_again = st.builds(
        BinEntered, compound=st.just("c01"), valid_from=_SINCE,
        point=st.sampled_from(["", "p1", "p3"]), category=st.sampled_from(["food", "residual"]),
    )  # fmt: skip
    points = st.builds(
        PointEntered, compound=st.just("c01"), valid_from=_SINCE, lon=st.just(LON),
        lat=st.sampled_from([LAT + STEP, LAT + 2 * STEP, LAT + 3 * STEP]),
    )  # fmt: skip
    facilities = st.builds(
        FacilityEntered, valid_from=_SINCE, accepts=st.sampled_from([("food",), ("residual",)])
    )
    return st.one_of(
        st.tuples(swaps, st.sampled_from(["bin/p1-f1", "bin/b9", "bin/p2-f1"])),
        st.tuples(bins_again, st.sampled_from(["bin/p1-f1", "bin/b9", "bin/b8"])),
        st.tuples(points, st.sampled_from(["point/p1", "point/p2"])),
        st.tuples(st.just(EntryEnded(kind="point", valid_from=SINCE)), st.just("point/p3")),
        st.tuples(facilities, st.sampled_from(["facility/f1", "facility/f2"])),
        st.tuples(routes, st.just("route/r-v2")),
        st.tuples(tags, st.sampled_from(["bin/p1-f1", "bin/p2-f1"])),
        st.tuples(vehicles, st.sampled_from(["vehicle/v1", "vehicle/v2"])),
    )


def _rows(hauling: Hauling) -> dict[str, Any]:
    kept = {kind: rows for kind, rows in hauling.kinds.items() if kind not in _OF_ARRIVAL}
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(kept))
    for key, haul in told.get("haul", {}).items():
        haul["facts"] = _unplaced(facts_of(hauling.row("haul", key, Haul)))
    return facts(told)


def _unplaced(found: Facts) -> Facts:
    """Without where a fact stands in the log."""
    return Facts(
        lifts=tuple(msgspec.structs.replace(one, position=0) for one in found.lifts),
        reads=tuple(msgspec.structs.replace(one, position=0) for one in found.reads),
        fixes=found.fixes,
        tares=tuple(msgspec.structs.replace(one, position=0) for one in found.tares),
    )


def _taken(items: list[Recorded], cuts: list[int], *, restart: bool = False) -> Hauling:
    hauling = Hauling(registered=False)
    bounds = sorted({0, len(items), *(cut % (len(items) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        hauling.take(items[start:end])
        if restart:
            hauling = _started_again(hauling)
    return hauling


def _all_is_there(hauling: Hauling) -> None:
    """Every ticket is in one load, refused or not; every gram that was lifted is in one, too; and
    whatever is asked for adds up."""
    rows, register = Held(hauling.kinds), hauling.register()
    told = [row for row in hauling.kinds.get("trip", {}).values() if isinstance(row, Trip)]
    loads = Counter(key for trip in told for key in trip.tickets)
    assert loads == dict.fromkeys(hauling.kinds.get("ticket", {}), 1)
    hauled = Hauled(rows, register)
    lifted = [
        one
        for haul in hauling.kinds.get("haul", {}).values()
        if isinstance(haul, Haul)
        and vehicle_known_as(haul.vehicle, haul.day, register) == haul.vehicle
        for one in hauled.resolved(haul.vehicle, haul.day)
        if one.counted
    ]
    assert sum(trip.lifts for trip in told) == len(lifted)
    parts = [part for trip in told for part in trip.parts]
    assert sum(part.net_g for part in parts) == sum(one.net_g for one in lifted)
    whole = balance(hauling.kinds, "2026-11-01", "2026-11-30")
    for lines in ((whole.total, whole.transferred), *whole.by.values()):
        for line in lines:
            assert line.lifted_g == line.received_g + sum(gap.grams for gap in line.gaps)
    gave, took = (sum(one.lifted_g for one in whole.by[by]) for by in ("compound", "facility"))
    assert gave == took == whole.total.lifted_g


@given(
    st.data(), st.lists(st.integers(0, 60), max_size=8), st.lists(st.integers(0, 60), max_size=8)
)
@settings(max_examples=120)
def test_neither_the_order_nor_the_batches_matter(
    data: st.DataObject, cuts: list[int], others: list[int]
) -> None:
    hauling = Hauling(registered=False)
    items = [
        *hauling.registers(("v1", "v2")),
        *data.draw(st.lists(_facts(hauling), min_size=1, max_size=16)),
    ]
    other = data.draw(st.permutations(items))
    first, second = _taken(items, cuts), _taken(other, others)
    one, another = _rows(first), _rows(second)
    for kind in one.keys() | another.keys():
        assert another.get(kind) == one.get(kind), kind
    _all_is_there(first)
    _all_is_there(second)


@given(st.data(), _CUTS)
@settings(max_examples=40)
def test_a_hub_that_starts_again_between_batches_goes_on_as_it_was(
    data: st.DataObject, cuts: list[int]
) -> None:
    hauling = Hauling(registered=False)
    items = [
        *hauling.registers(("v1", "v2")),
        *data.draw(st.lists(_facts(hauling), min_size=1, max_size=12)),
    ]
    unbroken, broken = _taken(items, cuts), _taken(items, cuts, restart=True)
    assert msgspec.json.encode(broken.kinds, order="sorted") == msgspec.json.encode(
        unbroken.kinds, order="sorted"
    )


def _started_again(hauling: Hauling) -> Hauling:
    """With the rows as they were stored."""
    found = Hauling(registered=False)
    rows = found.state.of(DISTRICT)
    for kind, held in hauling.kinds.items():
        for key, row in held.items():
            stored = msgspec.json.encode(row)
            rows.put(kind, key, msgspec.json.decode(stored, type=WASTE_DISTRICT.kinds[kind]))
    return found


def test_the_comparison_sees_a_difference() -> None:
    hauling = Hauling(registered=False)
    items = [*hauling.registers(), hauling.lift("06:20", lift(1))]
    assert _rows(_taken(items, [])) != _rows(_taken(items[:-1], []))
