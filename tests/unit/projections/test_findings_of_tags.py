"""Which tags were swapped, or bound to two bins, as the lifts of many days say together."""

from collections.abc import Sequence

import msgspec
import pytest

from projections.days import at, day_of
from projections.waste_district.asked import board
from projections.waste_district.asked.ledger import ledger
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.register.names import enlist
from projections.waste_district.rows.hauls import Finding, Missed, RouteDay
from projections.waste_district.rows.register import Tag as TagRow
from projections.waste_district.rows.register import TagVersion
from tests.fix_findings import DAYS, drove, haul, keys, route, told
from tests.fix_loads import DAY, Weighbridge, lift, registered, weighed
from tests.fix_register import Registered

TEN = at(DAY, "10:00")


def two_bins() -> Registered:
    """One for food and one for residual waste at p1, one more for food at p2."""
    said = registered()
    said.point("p1", lat=39.9, lon=116.3)
    said.point("p2", lat=39.901, lon=116.3)
    said.bin("f1", point="p1", category="food")
    said.bin("r1", point="p1", category="residual")
    said.bin("f2", point="p2", category="food")
    return said


def stray(bin_: str, at_: str, ms: int, vehicle: str = "v1") -> Finding:
    return Finding(
        kind="stray-tag", key=f"{bin_}:{ms}", day=day_of(ms), vehicle=vehicle, bin=bin_, ms=ms,
        detail={"at": at_},
    )  # fmt: skip


def wrong(bin_: str, stream: str, ms: int, vehicle: str) -> Finding:
    return Finding(
        kind="wrong-stream", key=f"{bin_}:{ms}", day=day_of(ms), vehicle=vehicle, bin=bin_, ms=ms,
        grams=50_000, detail={"category": "", "stream": stream},
    )  # fmt: skip


def swapped(*said: Finding, since: str = DAYS[0], **routes: RouteDay) -> dict[str, list[Finding]]:
    return told(carried(*said, **routes), since, DAYS[-1])


def carried(*said: Finding, **routes: RouteDay) -> Weighbridge:
    heard = Weighbridge()
    heard.rows = two_bins().rows
    for day in DAYS:
        for vehicle in ("v1", "v2"):
            faults = tuple(one for one in said if (one.day, one.vehicle) == (day, vehicle))
            mine = (routes[vehicle],) if vehicle in routes and day == DAYS[1] else ()
            drove(heard, haul(day, vehicle, findings=faults, routes=mine))
            enlist(heard.rows, "day", day, vehicle)
    return heard


def apart(days: Sequence[str]) -> list[Finding]:
    """Each at the other's point."""
    return [
        one
        for day in days
        for one in (
            stray("c01/f1", "p2", at(day, "08:00")),
            stray("c01/f2", "p1", at(day, "08:30")),
        )
    ]


def test_tags_that_are_read_at_each_others_place_again_and_again_were_swapped() -> None:
    found = swapped(*apart(DAYS[:2]))
    assert keys(found, "swapped-tag") == ["c01/f1|c01/f2"]
    assert found["swapped-tag"][0].day == DAYS[0]
    assert keys(swapped(*apart(DAYS[:1])), "swapped-tag") == []


def test_two_rounds_of_one_day_are_two_rounds() -> None:
    """The bins were put back in between, and again each where the other belongs."""
    morning = apart(DAYS[:1])
    again = [msgspec.structs.replace(one, key=f"{one.key}+") for one in morning]
    soon = [msgspec.structs.replace(one, ms=one.ms + 20 * 60_000) for one in again]
    later = [msgspec.structs.replace(one, ms=one.ms + 6 * 3_600_000) for one in again]
    assert keys(swapped(*morning, *soon), "swapped-tag") == []
    assert keys(swapped(*morning, *later), "swapped-tag") == ["c01/f1|c01/f2"]


def test_two_places_confirm_each_other() -> None:
    """The second read of one of them is still to come: the other one was read twice."""
    first, second = apart(DAYS[:2]), apart(DAYS[1:2])
    assert keys(swapped(*first[:2], second[0]), "swapped-tag") == ["c01/f1|c01/f2"]
    three = [stray("c01/f1", "p2", at(day, "08:00")) for day in DAYS[:3]]
    assert keys(swapped(*three, first[1]), "swapped-tag") == ["c01/f1|c01/f2"]
    alone = [stray("c01/f1", "p2", at(day, "08:00")) for day in DAYS[:4]]
    assert keys(swapped(*alone, first[1]), "swapped-tag") == []  # moved, and one slip back
    apart_in_time = (first[0], first[1], stray("c01/f1", "p2", at("2026-09-22", "08:00")))
    heard = Weighbridge()
    heard.rows = two_bins().rows
    for one in apart_in_time:
        days = [other for other in apart_in_time if other.day == one.day]
        drove(heard, haul(one.day, findings=tuple(days)))
    assert keys(told(heard, DAYS[0], DAYS[-1]), "swapped-tag") == []


@pytest.mark.parametrize(
    ("reads_food", "reads_residual", "pairs"),
    [("v1", "v2", []), ("v2", "v1", ["c01/f1|c01/r2"])],
)
def test_each_tag_is_read_by_who_collects_what_the_other_bin_is_for(
    reads_food: str, reads_residual: str, pairs: list[str]
) -> None:
    """v1 collects food: what it lifts at the other point is no bin for residual waste."""
    said = two_bins()
    said.bin("r2", point="p2", category="residual")
    heard = Weighbridge()
    heard.rows = said.rows
    for day in DAYS[:2]:
        reads = (
            stray("c01/f1", "p2", at(day, "08:00"), reads_food),
            stray("c01/r2", "p1", at(day, "08:30"), reads_residual),
        )
        drove(heard, *(haul(day, one.vehicle, findings=(one,)) for one in reads))
    assert keys(told(heard, DAYS[0], DAYS[-1]), "swapped-tag") == pairs


def test_at_one_point_three_slips_are_no_swap() -> None:
    """Who mixes loads lifts both streams there."""
    slips = [*beside(DAYS[:1]), wrong("c01/f1", "residual", at(DAYS[1], "08:00"), "v2")]
    assert keys(swapped(*slips), "swapped-tag") == []


def test_one_way_alone_is_a_bin_that_was_moved() -> None:
    moved = [stray("c01/f1", "p2", at(day, "08:00")) for day in DAYS]
    assert keys(swapped(*moved), "swapped-tag") == []


def test_slips_far_apart_are_no_swap() -> None:
    """Two each way in a month, as mixed loads leave them."""
    slips = [
        wrong("c01/f1", "residual", at("2026-09-25", "08:00"), "v2"),
        wrong("c01/f1", "residual", at(DAYS[5], "08:00"), "v2"),
        wrong("c01/r1", "food", at("2026-09-26", "08:00"), "v1"),
        wrong("c01/r1", "food", at(DAYS[4], "08:00"), "v1"),
    ]
    heard = Weighbridge()
    heard.rows = two_bins().rows
    for one in slips:
        drove(heard, haul(one.day, one.vehicle, findings=(one,)))
    assert keys(told(heard, DAYS[0], DAYS[-1]), "swapped-tag") == []


def beside(days: Sequence[str]) -> list[Finding]:
    """At one point, each by vehicles of the other's stream."""
    return [
        one
        for day in days
        for one in (
            wrong("c01/f1", "residual", at(day, "08:00"), "v2"),
            wrong("c01/r1", "food", at(day, "08:30"), "v1"),
        )
    ]


def test_at_one_point_the_streams_tell_and_no_lift_was_wrong() -> None:
    found = swapped(*beside(DAYS[:3]))
    assert keys(found, "swapped-tag") == ["c01/f1|c01/r1"]
    assert keys(found, "wrong-stream") == []
    assert len(swapped(*beside(DAYS[:1]))["wrong-stream"]) == 2


def test_a_swap_is_found_when_one_of_its_days_is_asked_about() -> None:
    found = swapped(*apart(DAYS), since=DAYS[-1])
    assert keys(found, "swapped-tag") == ["c01/f1|c01/f2"]
    assert {one.day for one in found["stray-tag"]} == {DAYS[-1]}


def test_a_swap_is_not_told_of_before_it_began() -> None:
    heard = Weighbridge()
    heard.rows = two_bins().rows
    for day in DAYS[2:4]:
        faults = tuple(one for one in apart(DAYS) if one.day == day)
        drove(heard, haul(day, findings=faults))
    assert keys(told(heard, DAYS[0], DAYS[1]), "swapped-tag") == []
    assert keys(told(heard, DAYS[0], DAYS[2]), "swapped-tag") == ["c01/f1|c01/f2"]


def on_the_route(**more: object) -> RouteDay:
    day = DAYS[1]
    return route((), start_ms=at(day, "06:00"), end_ms=at(day, "12:00"), **more)


def test_a_bin_was_lifted_when_the_tag_it_carries_was_read() -> None:
    gone = (Missed(bin="c01/f1", point="p1", passed_ms=TEN),)
    plain = swapped(v1=on_the_route(missed=gone))
    assert keys(plain, "missed-bin") == [f"r1|{DAYS[1]}|c01/f1"]
    known = carried(*beside(DAYS[:3]), v1=on_the_route(missed=gone))
    assert keys(told(known, DAYS[0], DAYS[-1]), "missed-bin") == []
    assert on_board(known) == ()
    assert list(board.done(known.rows.kinds, "r1", DAYS[1])) == ["c01/f1"]


@pytest.mark.parametrize(("clock", "missing"), [("03:00", 1), ("13:00", 0)])
def test_another_vehicle_lifts_it_not_before_the_shift(clock: str, missing: int) -> None:
    reads = [one for one in beside(DAYS[:3]) if (one.bin, one.day) != ("c01/r1", DAYS[1])]
    other = wrong("c01/r1", "food", at(DAYS[1], clock), "v2")
    gone = on_the_route(missed=(Missed(bin="c01/f1", point="p1"),))
    assert len(keys(swapped(*reads, other, v1=gone), "missed-bin")) == missing


def test_a_bin_was_missed_when_only_its_tag_was_read() -> None:
    """The other vehicle lifted the other bin, with this one's tag on it."""
    reads = [one for one in beside(DAYS[:3]) if (one.bin, one.day) != ("c01/r1", DAYS[1])]
    caught = on_the_route(caught_up=("c01/f1",), done=("c01/f1",))
    known = carried(*reads, v1=caught)
    assert keys(told(known, DAYS[0], DAYS[-1]), "missed-bin") == [f"r1|{DAYS[1]}|c01/f1"]
    assert [one.bin for one in on_board(known)] == ["c01/f1"]
    assert not board.done(known.rows.kinds, "r1", DAYS[1])


def on_board(heard: Weighbridge) -> tuple[board.MissedBin, ...]:
    return board.missed(heard.rows.kinds, DAYS[1], at(DAYS[1], "20:00"))


def test_a_swap_names_the_mass_of_each_of_its_lifts_once() -> None:
    reads = beside(DAYS[:3])
    also = [msgspec.structs.replace(one, kind="stray-tag", detail={"at": "p1"}) for one in reads]
    (one,) = swapped(*reads, *also)["swapped-tag"]
    assert one.grams == 50_000 * len(reads)


def test_a_misread_lift_hides_no_other_vehicles_wrong_one() -> None:
    """Lifters number their events each for itself."""
    slips = beside(DAYS[:3])
    alike = msgspec.structs.replace(
        wrong("c01/f2", "residual", at(DAYS[0], "09:00"), "v2"), key=slips[1].key
    )
    assert keys(swapped(*slips, alike), "wrong-stream") == [alike.key]


def test_misread_tags_make_no_mixed_load() -> None:
    """Three bins a trip that only seem to be another stream's."""
    heard, said = Weighbridge(), two_bins()
    for n in range(2, 4):
        said.bin(f"f1{n}", point="p1", category="food")
        said.bin(f"r1{n}", point="p1", category="residual")
    heard.rows = said.rows
    heard.hear(weighed(TEN, 200_000))
    pairs = [("c01/f1", "c01/r1"), ("c01/f12", "c01/r12"), ("c01/f13", "c01/r13")]
    lifts = [lift(at(DAY, "07:00"))]
    faults: list[Finding] = []
    for n, (_, other) in enumerate(pairs):
        ms = at(DAY, "08:00") + n * 60_000
        lifts.append(lift(ms, bin=other, category="residual"))
        faults.append(msgspec.structs.replace(wrong(other, "food", ms, "v1"), key=f"l{ms}"))
    heard.settle({"v1": lifts}, [DAY])
    (trip,) = heard.trips(lifts)
    assert trip.mixed == "bins"
    drove(heard, haul(trips=1, findings=tuple(faults)))
    assert keys(told(heard), "mixed-load") == ["f1|t1"]
    for number, day in enumerate(DAYS[1:4]):
        more = [
            one
            for n, (food, other) in enumerate(pairs)
            for one in (
                wrong(food, "residual", at(day, "09:00") + n, "v2"),
                wrong(other, "food", at(day, "09:30") + n + number, "v1"),
            )
        ]
        drove(heard, haul(day, "v2", findings=tuple(more)))
    found = told(heard, DAY, DAYS[-1])
    assert len(keys(found, "swapped-tag")) == 3
    assert keys(found, "mixed-load") == []
    assert keys(told(heard), "mixed-load") == [], "of that day alone what is known now"
    lines = ledger(heard.rows.kinds, "c01", DAY[:7]).lines
    assert lines
    assert not any(line.mixed for line in lines)
    story = trip_story(heard.rows.kinds, trip.key)
    assert story is not None
    assert story.trip.mixed == ""


def test_a_tag_bound_to_two_bins_is_a_conflict_while_it_is() -> None:
    heard = Weighbridge()
    versions = (
        TagVersion(ms=at(DAYS[0], "06:00"), told=("", "", 1), bin="c1/b1", bins=("c1/b1",)),
        TagVersion(
            ms=at(DAYS[2], "06:00"), told=("", "", 2), id="e2", bin="c1/b2",
            bins=("c1/b1", "c1/b2"),
        ),
        TagVersion(ms=at(DAYS[3], "06:00"), told=("", "", 3), bin="c1/b2", bins=("c1/b2",)),
    )  # fmt: skip
    heard.rows.put("tag", "E2801160", TagRow(versions=versions))
    (one,) = told(heard, DAYS[0], DAYS[-1])["tag-conflict"]
    assert (one.key, one.day, one.events) == ("E2801160", DAYS[2], ("e2",))
    assert one.detail["bins"] == "c1/b1 c1/b2"
    assert told(heard, DAYS[0], DAYS[1]) == {}
    assert told(heard, DAYS[4], DAYS[5]) == {}
