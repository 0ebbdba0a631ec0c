"""The same facts in any order, cut into any batches, give the same rows of the district."""

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.event import Origin, Recorded
from core.events.custody import LoadRefused, TicketCorrected
from core.events.register import EntryEnded, RouteEntered, VehicleEntered
from core.events.waste import TagAssigned, TagRemoved
from projections.alarms.fold import KINDS as ALARMS
from projections.web.asof import facts
from tests.fix_haul import DAY, NEXT, SINCE, Hauling, key_of, lift

# What says in which order things were heard, and nothing about the world.
_OF_ARRIVAL = frozenset((*ALARMS, "clock", "edition", "revision"))
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
    match draw(st.sampled_from(["lift", "lift", "lift", "fix", "read", "ticket", "entry", "said"])):
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
        case "fix":
            return hauling.fix(clock, point, day=day, origin=origin)
        case "read":
            return hauling.read(clock, point, number, day=day, origin=origin)
        case "ticket":
            return hauling.ticket(clock, draw(st.sampled_from("12")), day=day, origin=origin)
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
    return st.one_of(
        st.tuples(routes, st.just("route/r-v2")),
        st.tuples(tags, st.sampled_from(["bin/p1-f1", "bin/p2-f1"])),
        st.tuples(vehicles, st.sampled_from(["vehicle/v1", "vehicle/v2"])),
    )


def _rows(hauling: Hauling) -> dict[str, Any]:
    kept = {kind: rows for kind, rows in hauling.kinds.items() if kind not in _OF_ARRIVAL}
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(kept))
    for haul in told.get("haul", {}).values():  # where a lift stands in the log, and if it was news
        for lifts, reads, _ in [haul["facts"]] if haul["facts"] else ():
            for one in lifts:
                one[2] = one[4] = None
            for one in reads:
                one[2] = None
    return facts(told)


def _folded(items: list[Recorded], cuts: list[int]) -> dict[str, Any]:
    hauling = Hauling(registered=False)
    bounds = sorted({0, len(items), *(cut % (len(items) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        hauling.take(items[start:end])
    return _rows(hauling)


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
    one, another = _folded(items, cuts), _folded(other, others)
    for kind in one.keys() | another.keys():
        assert another.get(kind) == one.get(kind), kind


def test_the_comparison_sees_a_difference() -> None:
    hauling = Hauling(registered=False)
    items = [*hauling.registers(), hauling.lift("06:20", lift(1))]
    assert _folded(items, []) != _folded(items[:-1], [])
