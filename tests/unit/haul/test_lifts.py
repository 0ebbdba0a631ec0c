"""Whose bin a lift was, how sure that is, and what of it counts."""

from typing import Any

import pytest

from core.events.register import BinEntered, PointEntered, RouteEntered, VehicleEntered
from core.events.waste import BinCollected, TagAssigned
from projections.days import at
from projections.view import DISTRICT
from projections.waste_district.lifts.evidence import confidence
from projections.waste_district.lifts.hauled import Hauled
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.rows.hauls import Haul
from tests.fix_haul import (
    ALL,
    DAY,
    LAT,
    LON,
    NEXT,
    SINCE,
    STEP,
    Hauling,
    bin_of,
    key_of,
    lift,
    place_of,
)

NOWHERE: dict[str, Any] = {"lat": None, "lon": None}
NAMELESS: dict[str, Any] = {"uid_hex": ""}


@pytest.fixture
def hauling() -> Hauling:
    return Hauling()


def resolved(hauling: Hauling, day: str = DAY) -> list[Resolved]:
    return list(Hauled(hauling.state.of(DISTRICT), hauling.register()).resolved("v1", day))


def only(hauling: Hauling) -> Resolved:
    (found,) = resolved(hauling)
    return found


class TestWhoseBin:
    @pytest.mark.parametrize(
        ("told", "clock", "by", "sure"),
        [
            (lift(1), "06:30", "tag", 0.99),
            (lift(1, **NOWHERE), "06:30", "tag", 0.95),
            (lift(1, **NOWHERE), "14:00", "tag", 0.9),
            (lift(1, uid_hex="", bin=bin_of(1)), "06:30", "name", 0.95),
            (lift(1, uid_hex="", bin=f"bin/{bin_of(1)}", **NOWHERE), "06:30", "name", 0.85),
            (lift(1, uid_hex="FFFF", bin=bin_of(1)), "06:30", "name", 0.95),
            (lift(1, **place_of(3)), "06:30", "tag", 0.5),
        ],
    )
    def test_each_kind_of_evidence_says_how_sure_it_is(
        self, hauling: Hauling, told: BinCollected, clock: str, by: str, sure: float
    ) -> None:
        hauling.say(hauling.lift(clock, told))
        found = only(hauling)
        assert (found.bin, found.by, found.confidence) == (key_of(1), by, sure)
        assert (found.net_g, found.weighed, found.category) == (30_000, True, "food")

    def test_a_fix_just_before_tells_where_it_was(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("06:29", 1), hauling.lift("06:30", lift(1, **NOWHERE)))
        assert only(hauling).confidence == 0.99

    def test_a_fix_of_a_minute_ago_does_not_speak_against_a_tag(self, hauling: Hauling) -> None:
        hauling.say(hauling.fix("06:29", 3), hauling.lift("06:30", lift(1, **NOWHERE)))
        assert only(hauling).stray == ""

    def test_a_tag_read_where_another_bin_stands(self, hauling: Hauling) -> None:
        """The bin is the tag's; the waste is whose point it is, and the bin there was lifted."""
        hauling.say(hauling.lift("06:30", lift(1, **place_of(3))))
        found = only(hauling)
        assert (found.bin, found.stray, found.instead) == (key_of(1), "p3", key_of(3))
        assert hauling.route().done == (key_of(3),)
        (fault,) = hauling.findings("stray-tag")
        assert (fault.key, fault.detail["at"]) == (found.lift.id, "p3")

    @pytest.mark.parametrize(("east", "stray"), [(0.00125, "beside"), (0.0018, "")])
    def test_between_near_and_far_a_point_that_is_much_nearer_speaks(
        self, hauling: Hauling, east: float, stray: str
    ) -> None:
        """The lift is some 100 metres from its own point, and 10 or 55 from the other one."""
        hauling.say(
            hauling.enter(
                PointEntered(valid_from=SINCE, compound="c01", lat=LAT + STEP, lon=LON + east),
                "point/beside",
            ),
            hauling.lift("06:30", lift(1, lat=LAT + STEP, lon=LON + 0.00115)),
        )
        assert only(hauling).stray == stray

    def test_without_any_name_the_place_and_the_route_say_which(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(2, 1)),
            hauling.lift("06:31", lift(2, 2, **NAMELESS)),
        )
        found = resolved(hauling)[1]
        assert (found.bin, found.by, found.confidence) == (key_of(2, 2), "place", 0.75)
        assert hauling.route().presumed == 1
        assert hauling.route().untold == (key_of(2, 2),)

    def test_nameless_ones_are_taken_in_the_order_of_the_route(self, hauling: Hauling) -> None:
        for clock in ("06:30", "06:32", "06:34"):
            hauling.say(hauling.lift(clock, lift(2, **NAMELESS, gross_g=40_000 + int(clock[3:]))))
        first, second, third = resolved(hauling)
        assert [first.bin, second.bin] == [key_of(2, 1), key_of(2, 2)]
        assert (first.confidence, second.confidence) == (0.6, 0.75)
        assert third.double_of == second.lift.id, "no bin is left, and it weighs the same"

    def test_what_is_left_over_belongs_to_the_point(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(2, 1)),
            hauling.lift("06:31", lift(2, 2)),
            hauling.lift("06:33", lift(2, **NAMELESS)),
        )
        found = resolved(hauling)[2]
        assert (found.bin, found.compound, found.confidence) == ("", "c01", 0.4)
        (fault,) = hauling.findings("unidentified")
        assert (fault.key, fault.grams) == (found.lift.id, 30_000)

    def test_out_of_turn_it_is_what_is_left_where_it_was(self, hauling: Hauling) -> None:
        hauling.say(hauling.lift("06:30", lift(1, 2)), hauling.lift("06:32", lift(2, 1)))
        hauling.say(hauling.lift("06:33", lift(1, **NAMELESS)), hauling.lift("06:34", lift(2, 2)))
        assert resolved(hauling)[2].bin == key_of(1, 1)

    def test_an_earlier_fix_does_not_speak_against_the_schedule(self, hauling: Hauling) -> None:
        """At the fix's place nothing is left; between its neighbours one bin is."""
        hauling.say(
            hauling.lift("06:30", lift(2, 1)),
            hauling.lift("06:31", lift(2, 2)),
            hauling.fix("06:31", 2),
            hauling.lift("06:32:30", lift(3, 1, **NAMELESS, **NOWHERE)),
            hauling.lift("06:35", lift(3, 2)),
        )
        assert resolved(hauling)[2].bin == key_of(3, 1)

    def test_behind_the_last_one_it_is_the_next(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(6, 1)),
            hauling.lift("06:33", lift(6, 2, **NAMELESS, **NOWHERE)),
        )
        assert resolved(hauling)[1].bin == key_of(6, 2)

    def test_nothing_at_all_says_nothing(self, hauling: Hauling) -> None:
        hauling.say(hauling.lift("06:30", lift(2, **NAMELESS, **NOWHERE)))
        found = only(hauling)
        assert (found.bin, found.compound, found.by, found.confidence) == ("", "", "", 0.0)
        assert found.counted

    def test_the_schedule_alone_says_which_lay_between(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(2, 1)),
            hauling.lift("06:31", lift(2, 2, **NAMELESS, **NOWHERE)),
            hauling.lift("06:33", lift(3, 1)),
        )
        found = resolved(hauling)[1]
        assert (found.bin, found.confidence) == (key_of(2, 2), 0.5)

    def test_it_says_so_to_who_drives_the_other_way_round(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(3, 1)),
            hauling.lift("06:31", lift(2, 2, **NAMELESS, **NOWHERE)),
            hauling.lift("06:33", lift(2, 1)),
        )
        assert resolved(hauling)[1].bin == key_of(2, 2)

    def test_a_read_beside_a_nameless_lift_names_it(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.read("06:30:05", 4), hauling.lift("06:30:10", lift(4, **NAMELESS, **NOWHERE))
        )
        assert (only(hauling).bin, only(hauling).by) == (key_of(4), "tag")

    def test_outside_every_shift_a_place_is_no_bin(self, hauling: Hauling) -> None:
        """The route ended at 10:00. Whose waste it is, the place still says."""
        hauling.say(hauling.lift("20:00", lift(4, **NAMELESS)))
        one = only(hauling)
        assert (one.bin, one.compound, one.point, one.confidence) == ("", "c01", "p4", 0.4)
        assert hauling.route().presumed == 0

    def test_two_reads_beside_a_nameless_lift_name_none(self, hauling: Hauling) -> None:
        hauling.say(
            *(hauling.read("06:30:05", point) for point in (4, 5)),
            hauling.lift("06:30:10", lift(4, **NAMELESS, **NOWHERE)),
        )
        assert only(hauling).bin == ""

    def test_a_read_alone_is_no_lift(self, hauling: Hauling) -> None:
        hauling.say(hauling.read("06:30", 4))
        assert resolved(hauling) == []
        assert hauling.route().lifted == 0

    def test_what_the_register_learns_later_holds_for_what_was(self, hauling: Hauling) -> None:
        hauling.say(hauling.lift("06:30", lift(1, uid_hex="ABBA", **NOWHERE)))
        assert only(hauling).bin == ""
        hauling.say(
            hauling.enter(TagAssigned(uid_hex="ABBA", valid_from=SINCE), f"bin/{bin_of(5)}")
        )
        assert hauling.route().done == (key_of(5),)


def test_two_lifters_of_a_vehicle_may_use_one_id(hauling: Hauling) -> None:
    """Each counts for itself; neither's lift is told by what the other's was."""
    for point, clock in ((1, "06:30"), (4, "06:40")):
        hauling.say(hauling.lift(clock, lift(point, **NAMELESS), id="1"))
    hauling.say(hauling.read("06:49:55", 5))
    hauling.say(hauling.lift("06:50", lift(5, **NAMELESS, **NOWHERE), id="1"))
    assert [one.bin for one in resolved(hauling)] == [key_of(1), key_of(4), key_of(5)]


class TestTwice:
    def double(self, hauling: Hauling, second: BinCollected, clock: str = "06:40") -> bool:
        hauling.say(hauling.lift("06:30", lift(1)), hauling.lift(clock, second))
        return bool(resolved(hauling)[1].double_of)

    @pytest.mark.parametrize(
        ("second", "clock", "twice"),
        [
            (lift(1), "06:40", True),
            (lift(1, gross_g=43_500), "06:40", True),
            (lift(1, gross_g=43_501), "06:40", False),
            (lift(1, gross_g=13_000), "06:40", False),
            (lift(1, gross_g=None, tare_g=None), "06:40", True),
            (lift(1), "06:46", False),
            (lift(1, 2), "06:40", False),
            (lift(1, **place_of(3)), "06:40", False),
        ],
        ids=["same", "alike", "other", "emptied", "unweighed", "later", "beside", "elsewhere"],
    )
    def test_of_one_bin_only_what_repeats_the_weight_is_one(
        self, hauling: Hauling, second: BinCollected, clock: str, twice: bool
    ) -> None:
        assert self.double(hauling, second, clock) == twice
        assert len(hauling.findings("double-read")) == twice

    def test_it_counts_once(self, hauling: Hauling) -> None:
        assert self.double(hauling, lift(1))
        assert sum(one.net_g for one in resolved(hauling)) == 30_000
        (fault,) = hauling.findings("double-read")
        assert fault.detail["first"] == resolved(hauling)[0].lift.id

    def test_the_one_without_a_weight_gives_way(self, hauling: Hauling) -> None:
        hauling.say(
            hauling.lift("06:30", lift(1, gross_g=None, tare_g=None)),
            hauling.lift("06:31", lift(1)),
        )
        first, second = resolved(hauling)
        assert first.double_of == second.lift.id
        assert second.counted

    def test_the_same_event_again_is_no_second_lift(self, hauling: Hauling) -> None:
        hauling.say(*(hauling.lift("06:30", lift(1), id="same") for _ in range(2)))
        assert len(resolved(hauling)) == 1


class TestWeights:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"gross_g": 11_000},
            {"gross_g": 12_000 + 338_001},
            {"gross_g": 2_600_000, "tare_g": 0},
            {"gross_g": 42, "tare_g": 12},
            {"net_g": 45_000},
        ],
        ids=["below tare", "denser than waste", "no bin", "kilograms", "contradicts itself"],
    )
    def test_what_cannot_be_is_kept_and_not_counted(
        self, hauling: Hauling, wrong: dict[str, int]
    ) -> None:
        hauling.say(hauling.lift("06:30", lift(1, **wrong)))
        found = only(hauling)
        assert (found.net_g, found.weighed, found.counted) == (0, False, True)
        (fault,) = hauling.findings("impossible-weight")
        assert fault.key == found.lift.id
        assert hauling.route().done == (key_of(1),)

    def test_a_full_bin_can_be(self, hauling: Hauling) -> None:
        hauling.say(hauling.lift("06:30", lift(1, gross_g=12_000 + 338_000)))
        assert only(hauling).net_g == 338_000

    def test_a_zero_that_is_off_is_seen_in_the_empty_bins(self, hauling: Hauling) -> None:
        hauling.take(
            [
                hauling.lift(f"06:{10 + n}", lift(point, number, tare_g=15_000, gross_g=45_000))
                for n, (point, number) in enumerate((p, n) for p in range(1, 6) for n in (1, 2))
            ]
        )
        (fault,) = hauling.findings("scale-zero")
        assert (fault.key, fault.grams) == (f"vehicle/v1|{DAY}", 3_000)
        assert hauling.haul().zero_g == 3_000

    def test_a_tag_that_was_read_elsewhere_says_nothing_of_a_zero(self, hauling: Hauling) -> None:
        """The bin on the lifter was another one, and nine are too few."""
        strayed = lift(5, 2, tare_g=15_000, gross_g=45_000, **place_of(1))
        hauling.take(
            [
                *(
                    hauling.lift(f"06:{10 + n}", lift(*one, tare_g=15_000, gross_g=45_000))
                    for n, one in enumerate(ALL[:9])
                ),
                hauling.lift("06:30", strayed),
            ]
        )
        assert len(hauling.findings("stray-tag")) == 1
        assert hauling.haul().zero_g == 0


def test_refused_is_visited_and_not_lifted(hauling: Hauling) -> None:
    hauling.say(hauling.lift("06:30", lift(1, refused_reason="mixed")))
    assert not only(hauling).counted
    assert (hauling.route().refused, hauling.route().lifted) == (1, 0)
    (fault,) = hauling.findings("refused-bin")
    assert (fault.key, fault.detail["reason"]) == (f"r-v1|{DAY}|{key_of(1)}", "mixed")


def test_another_stream_is_said_of_the_lift(hauling: Hauling) -> None:
    other = BinEntered(
        valid_from=SINCE, compound="c01", point="p1", category="residual", uid_hex="0DD0"
    )
    hauling.say(hauling.enter(other, "bin/odd"), hauling.lift("06:30", lift(1, uid_hex="0DD0")))
    (fault,) = hauling.findings("wrong-stream")
    assert fault.detail == {"category": "residual", "stream": "food"}


def test_a_route_it_is_on_says_the_stream_before_one_that_is_just_over(hauling: Hauling) -> None:
    before = RouteEntered(
        valid_from=SINCE, vehicle="v1", category="residual", start="04:00", end="05:00"
    )
    hauling.say(hauling.enter(before, "route/r-early"))
    hauling.say(hauling.lift("05:30", lift(1)), hauling.lift("06:10", lift(2)))
    assert [one.stream for one in resolved(hauling)] == ["residual", "food"]


def test_a_plate_is_whose_the_register_says(hauling: Hauling) -> None:
    """Told by the plate's reference alone; who that is may be known later."""
    data = lift(1, vehicle_ref="P-2")
    hauling.say(hauling.item(data, "device/lifter", "06:30"))
    assert hauling.row("haul", f"v1|{DAY}", Haul) is None
    known = VehicleEntered(valid_from=SINCE, categories=("food",), plate_ref="P-2")
    hauling.say(hauling.enter(known, "vehicle/v1"))
    assert only(hauling).bin == key_of(1)
    assert hauling.route().done == (key_of(1),)


def test_a_vehicle_cannot_be_in_two_places(hauling: Hauling) -> None:
    hauling.say(hauling.fix("06:30", 1), hauling.fix("06:31", 1), hauling.fix("06:32", 90))
    (fault,) = hauling.findings("two-places")
    assert fault.key == f"v1|{DAY}"


def test_a_late_file_is_said_of_the_day(hauling: Hauling) -> None:
    noon = at(NEXT, "12:10")
    for minute in (0, 20, 40):
        told = lift(1 + minute // 20)
        late_s = noon // 1000 - at(DAY, f"06:{10 + minute}") // 1000
        hauling.say(hauling.lift(f"06:{10 + minute}", told, late_s=late_s, origin="backfill"))
    (fault,) = hauling.findings("late-file")
    assert (fault.key, fault.detail["hours"]) == (f"v1|{DAY}", 30)
    assert hauling.findings("slow-clock") == []


def test_who_is_late_by_the_same_all_day_has_a_slow_clock(hauling: Hauling) -> None:
    """Eight hours, because nobody told it where it is: no bin of its shift is lifted, it says."""
    for point, minute in ((1, 10), (2, 30), (3, 50)):
        hauling.say(hauling.lift(f"00:{minute}", lift(point), late_s=8 * 3600 + minute))
    (fault,) = hauling.findings("slow-clock")
    assert (fault.key, fault.detail["hours"]) == (f"v1|{DAY}", 8)
    assert len(fault.events) == 3
    assert hauling.findings("late-file") == []


@pytest.mark.parametrize(("near", "sure"), [("near", 0.99), ("far", 0.5), ("unknown", 0.95)])
def test_the_first_row_of_the_table_that_holds_decides(near: Any, sure: float) -> None:
    assert confidence("tag", near, planned=True, sole=True) == sure
