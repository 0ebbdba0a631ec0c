"""What only several hauls, tickets and the register together can say."""

from collections.abc import Sequence
from typing import get_args

import msgspec
import pytest

from projections.console.texts import CATALOGUE
from projections.days import at, day_of
from projections.waste_district.asked import board
from projections.waste_district.asked.balance import balance
from projections.waste_district.asked.findings import findings
from projections.waste_district.asked.ledger import ledger
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.register.names import enlist
from projections.waste_district.rows.hauls import Finding, Haul, Missed, RouteDay, Witness
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.register import Tag as TagRow
from projections.waste_district.rows.register import TagVersion
from projections.waste_district.rows.trips import GapName, trip_key
from tests.fix_loads import DAY, LATER, Weighbridge, lift, registered, weighed, word
from tests.fix_register import Registered

TEN, NOON = at(DAY, "10:00"), at(DAY, "12:00")
DAYS = [f"2026-10-{number:02}" for number in range(5, 11)]


def told(heard: Weighbridge, since: str = DAY, until: str = DAY) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings(heard.rows.kinds, since, until):
        found.setdefault(one.kind, []).append(one)
    return found


def keys(found: dict[str, list[Finding]], kind: str) -> list[str]:
    return [one.key for one in found.get(kind, [])]


# --- loads ---------------------------------------------------------------------------------------


def test_loads_are_found_by_their_ticket() -> None:
    heard = Weighbridge(
        [
            weighed(TEN, 500_000, no="heavy"),
            weighed(NOON, 50_000, no="mixed", site="f3"),
            weighed(NOON + 1, 3_000_000, no="unseen"),
            weighed(NOON + 2, 0, no="wrong", vehicle="v2", site="f3", grossG=13_000, tareG=9_000),
        ]
    )
    lifts = [lift(at(DAY, "08:00")), lift(TEN + 60_000), lift(at(DAY, "13:00"), 70_000)]
    heard.settle({"v1": lifts}, [DAY])
    found = told(heard)
    assert keys(found, "gap") == ["f1|heavy"]
    assert found["gap"][0].grams == -(450_000 - int(found["gap"][0].detail["tolerance"]))
    assert keys(found, "mixed-load") == ["f3|mixed"]
    assert found["mixed-load"][0].detail["why"] == "facility"
    assert keys(found, "no-lifts") == ["f1|unseen"]
    assert keys(found, "impossible-weight") == ["f3|wrong"]
    assert keys(found, "not-delivered") == [f"v1|{DAY}|4"]
    assert found["not-delivered"][0].grams == 70_000


@pytest.mark.parametrize("taken", [True, False])
def test_who_refused_a_load_is_told_whoever_took_it_then(taken: bool) -> None:
    away = [
        weighed(TEN, 50_000, site="f2", no="R16x"),
        word("refused", TEN + 60_000, site="f2", no="R16x", reason="wet", id="no"),
    ]
    heard = Weighbridge([*away, *([weighed(NOON, 50_000, no="R16")] if taken else [])])
    heard.settle({"v1": [lift(at(DAY, "08:00"))]}, [DAY])
    (one,) = told(heard)["refused-load"]
    assert (one.key, one.grams, one.events, one.ms) == ("f2|R16x", 50_000, ("no",), TEN + 60_000)
    assert {"site": "f2", "reason": "wet"}.items() <= one.detail.items()
    story = trip_story(heard.rows.kinds, f"v1|{DAY}|1")
    assert story is not None
    assert [ticket.ticket_no for ticket in story.tickets] == ["R16x", "R16"][: 1 + taken]
    assert [(found.kind, found.key) for found in story.findings] == [("refused-load", "f2|R16x")]
    assert CATALOGUE["findingkind.refused-load"]


def test_a_net_far_below_what_was_lifted_is_found_with_its_ticket() -> None:
    heard = Weighbridge([weighed(TEN, 0, grossG=None, netG=29_000)])
    lifts = [lift(at(DAY, "08:00") + n * 60_000) for n in range(60)]
    heard.settle({"v1": lifts}, [DAY])
    assert keys(told(heard), "impossible-weight") == ["f1|t1"]


def test_a_load_is_not_missing_before_its_time() -> None:
    heard = Weighbridge()
    heard.settle({"v1": [lift(TEN)]}, [DAY], mark_ms=TEN)
    assert told(heard) == {}
    heard.rows.put("mark", "mark", Mark(ms=LATER))
    assert keys(told(heard), "not-delivered") == [f"v1|{DAY}|1"]


def test_a_weighbridge_is_off_when_its_empty_vehicles_say_so() -> None:
    def off(by: int, many: int = 5, **more: object) -> list[str]:
        words = [
            weighed(TEN + n * 60_000, 1_000_000, no=str(n), tareG=9_000_000 + by, **more)
            for n in range(many)
        ]
        heard = Weighbridge(words)
        heard.settle({}, [DAY])
        return keys(told(heard), "scale-zero")

    assert off(80_000) == [f"weighbridge/f1-b1|{DAY}"]
    assert off(-80_000) == [f"weighbridge/f1-b1|{DAY}"]
    assert off(60_000) == []
    assert off(80_000, many=4) == []
    assert off(80_000, tareFrom="stored") == []


def test_a_trip_and_the_balance_tell_the_same_of_a_weighbridge_that_is_off() -> None:
    """Its other vehicles of that day say so, and no trip's own row can."""
    words = [
        weighed(TEN + n * 60_000, 1_000_000, no=str(n), vehicle="v2", tareG=9_080_000)
        for n in range(5)
    ]
    heard = Weighbridge([*words, weighed(NOON, 600_000, no="stored", tareFrom="stored")])
    lifts = [lift(at(DAY, "11:00"), 300_000)]
    heard.settle({"v1": lifts}, [DAY])
    story = trip_story(heard.rows.kinds, trip_key("v1", DAY, 1))
    assert story is not None
    assert {one.name: one.grams for one in story.trip.gaps}["bridge-zero"] == -80_000
    told_of = balance(heard.rows.kinds, DAY, DAY).by["trip"]
    (line,) = (one for one in told_of if one.key == story.trip.key)
    assert sorted(line.gaps, key=str) == sorted(story.trip.gaps, key=str)
    assert [(one.kind, one.grams) for one in story.findings] == [("gap", line.gap("unexplained"))]


# --- bins ----------------------------------------------------------------------------------------


def route(bins: Sequence[str], **more: object) -> RouteDay:
    made = RouteDay(
        route="r1", start_ms=at(DAY, "06:00"), end_ms=at(DAY, "12:00"), done=tuple(bins)
    )
    return msgspec.structs.replace(made, **more)


def drove(heard: Weighbridge, *hauls: Haul) -> None:
    for haul in hauls:
        heard.rows.put("haul", f"{haul.vehicle}|{haul.day}", haul)
    heard.rows.put("mark", "mark", Mark(ms=LATER))


def haul(day: str = DAY, vehicle: str = "v1", **more: object) -> Haul:
    made = Haul(vehicle=vehicle, day=day, last_ms=1, lifts=1)
    return msgspec.structs.replace(made, **more)


def test_a_bin_is_missed_once_it_was_passed_or_the_shift_is_over() -> None:
    heard = Weighbridge()
    gone = (Missed(bin="c1/b1", point="p1", passed_ms=TEN), Missed(bin="c1/b2", point="p1"))
    drove(heard, haul(routes=(route((), missed=gone),)))
    heard.rows.put("mark", "mark", Mark(ms=NOON))
    assert keys(told(heard), "missed-bin") == [f"r1|{DAY}|c1/b1"]
    heard.rows.put("mark", "mark", Mark(ms=LATER))
    assert keys(told(heard), "missed-bin") == [f"r1|{DAY}|c1/b1", f"r1|{DAY}|c1/b2"]


def test_what_was_missed_is_shown_by_who_went_past_else_by_the_last_lift() -> None:
    heard = Weighbridge()
    past, last = Witness(id="past", position=7), Witness(id="last", position=9)
    gone = (Missed(bin="c1/b1", passed_ms=TEN, by=past), Missed(bin="c1/b2"))
    drove(heard, haul(routes=(route((), missed=gone, last=last),)))
    found = told(heard)["missed-bin"]
    assert [(one.events, one.position) for one in found] == [(("past",), 7), (("last",), 9)]


def silent(since: str, said: Registered, *hauls: Haul) -> list[str]:
    heard = Weighbridge()
    heard.rows = said.rows
    drove(heard, *hauls)
    return keys(told(heard, since, since), "silent-vehicle")


def test_a_vehicle_that_says_nothing_is_one_finding_not_one_a_bin() -> None:
    said = registered()
    said.bin("b1")
    said.route("r1", bins=["c01/b1"], start="06:00", end="12:00", weekdays=[1, 2])
    assert silent(DAY, said, haul(vehicle="v2")) == [f"v1|{DAY}"]  # a Monday
    assert silent("2026-10-07", said, haul("2026-10-07", "v2")) == []
    assert silent("2026-11-02", said) == []  # which is still to come
    heard = Weighbridge()
    heard.rows = said.rows
    drove(heard, haul())
    assert "silent-vehicle" not in told(heard)


def test_a_day_of_which_nobody_told_is_one_finding_not_one_a_vehicle() -> None:
    said = registered()
    said.bin("b1")
    for n in range(1, 4):
        said.route(f"r{n}", vehicle=f"v{n}", bins=["c01/b1"], start="06:00", end="12:00")
    heard = Weighbridge()
    heard.rows = said.rows
    drove(heard, haul(DAYS[1]), haul(DAYS[3]))
    found = told(heard, DAYS[0], DAYS[3])["silent-vehicle"]
    assert [one.key for one in found] == [
        f"|{DAYS[0]}", f"v2|{DAYS[1]}", f"v3|{DAYS[1]}",
        f"|{DAYS[2]}", f"v2|{DAYS[3]}", f"v3|{DAYS[3]}",
    ]  # fmt: skip
    assert found[0].detail == found[3].detail == {"bins": 3, "vehicles": 3}
    assert [len(one.events) for one in found] == [3, 1, 1, 3, 1, 1], "what was to be driven"


def lost(
    days: Sequence[tuple[str, tuple[str, ...]]], since: str = DAYS[0], until: str = DAYS[-1]
) -> list[Finding]:
    """`days`: with the bins whose tag nobody read, of four that were lifted."""
    heard = Weighbridge()
    bins = ("c1/b1", "c1/b2", "c1/b3", "c1/b4")
    for day, untold in days:
        by = tuple(Witness(id=f"{day}:{key}", position=3) for key in untold)
        shift = {"start_ms": at(day, "06:00"), "end_ms": at(day, "12:00")}
        made = route(bins, **shift, untold=untold, untold_by=by)
        drove(heard, haul(day, routes=(made,)))
    return told(heard, since, until).get("lost-tag", [])


@pytest.mark.parametrize(
    ("since", "until", "many"),
    [(DAYS[0], DAYS[0], 0), (DAYS[0], DAYS[1], 1), (DAYS[3], DAYS[5], 1), (DAYS[4], DAYS[5], 0)],
)
def test_a_tag_is_lost_on_the_days_on_which_nobody_read_it(
    since: str, until: str, many: int
) -> None:
    gone = [(day, ("c1/b1",)) for day in DAYS[1:4]]
    assert len(lost([(DAYS[0], ()), *gone, (DAYS[4], ())], since, until)) == many


def test_a_tag_is_lost_when_nobody_reads_it_three_planned_days_in_a_row() -> None:
    gone = ("c1/b1",)
    (one,) = lost([(day, gone) for day in DAYS[:4]])
    assert (one.key, one.day, one.detail) == ("c1/b1", DAYS[0], {"days": 4, "until": DAYS[3]})
    assert one.events == tuple(f"{day}:c1/b1" for day in DAYS[:4])
    assert lost([(DAYS[0], gone), (DAYS[1], gone), (DAYS[2], ()), (DAYS[3], gone)]) == []
    assert len(lost([(DAYS[0], gone), (DAYS[2], gone), (DAYS[5], gone)])) == 1


def test_two_rounds_of_one_day_are_one_day_without_a_read() -> None:
    heard = Weighbridge()
    for day in DAYS[:2]:
        rounds = (
            route(("c1/b1",), route=name, start_ms=at(day, clock), untold=("c1/b1",))
            for name, clock in (("r1", "06:00"), ("r2", "18:00"))
        )
        drove(heard, haul(day, routes=tuple(rounds)))
    assert "lost-tag" not in told(heard, DAYS[0], DAYS[-1])


def test_a_reader_that_reads_nothing_is_not_four_lost_tags() -> None:
    everything = ("c1/b1", "c1/b2", "c1/b3", "c1/b4")
    assert lost([(day, everything) for day in DAYS[:4]]) == []


# --- tags ---------------------------------------------------------------------------------------


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


# --- in order, and in words --------------------------------------------------------------------


def test_findings_stand_by_day_kind_and_key() -> None:
    heard = Weighbridge([weighed(TEN, 3_000_000, no=one) for one in ("b", "a")])
    heard.hear(word("weighed", at(DAYS[1], "10:00"), netG=1_000_000, no="c"))
    heard.settle({}, DAYS)
    found = findings(heard.rows.kinds, DAYS[0], DAYS[-1])
    assert [(one.day, one.key) for one in found] == [
        (DAYS[0], "f1|a"), (DAYS[0], "f1|b"), (DAYS[1], "f1|c"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", get_args(GapName))
def test_every_gap_has_its_word(name: str) -> None:
    assert set(CATALOGUE[f"gap.{name}"]) == {"zh", "en"}
