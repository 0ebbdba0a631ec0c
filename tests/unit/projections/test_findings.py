"""What only several hauls, tickets and the register together can say."""

from collections.abc import Sequence
from typing import get_args

import pytest

from projections.console.texts import CATALOGUE
from projections.days import at
from projections.waste_district.asked.balance import balance
from projections.waste_district.asked.findings import findings
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.rows.hauls import Finding, Haul, Missed, Witness
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.trips import GapName, trip_key
from tests.fix_findings import DAYS, drove, haul, keys, route, told
from tests.fix_loads import DAY, LATER, Weighbridge, lift, registered, weighed, word
from tests.fix_register import Registered

TEN, NOON = at(DAY, "10:00"), at(DAY, "12:00")


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


def unread(day: str, *bins: str) -> dict[str, object]:
    """Of a route: nobody read their tags."""
    by = tuple(Witness(id=f"{day}:{key}", position=3) for key in bins)
    return {"untold": bins, "untold_by": by}


def lost(
    days: Sequence[tuple[str, tuple[str, ...]]], since: str = DAYS[0], until: str = DAYS[-1]
) -> list[Finding]:
    """`days`: with the bins whose tag nobody read, of four that were lifted."""
    heard = Weighbridge()
    bins = ("c1/b1", "c1/b2", "c1/b3", "c1/b4")
    for day, untold in days:
        shift = {"start_ms": at(day, "06:00"), "end_ms": at(day, "12:00")}
        made = route(bins, **shift, **unread(day, *untold))
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
            route(("c1/b1",), route=name, start_ms=at(day, clock), **unread(day, "c1/b1"))
            for name, clock in (("r1", "06:00"), ("r2", "18:00"))
        )
        drove(heard, haul(day, routes=tuple(rounds)))
    assert "lost-tag" not in told(heard, DAYS[0], DAYS[-1])


def test_a_reader_that_reads_nothing_is_not_four_lost_tags() -> None:
    everything = ("c1/b1", "c1/b2", "c1/b3", "c1/b4")
    assert lost([(day, everything) for day in DAYS[:4]]) == []


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
