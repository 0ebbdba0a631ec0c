"""Bins in each other's place: one after the other, put back, or by one that nobody entered."""

import pytest

from core.events.register import BinEntered
from core.events.waste import BinProfiled, BinScrapped, BinSwapped
from projections.waste_district.asked.findings import findings
from projections.waste_district.entering.bins import TOLD
from projections.waste_district.register import swaps
from projections.waste_district.register.names import enlist
from projections.waste_district.register.register import Planned
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.register import Bin, Tag
from tests.fix_register import Registered, day, ms

MONDAY = "2026-10-05"
UID = "E2801170AA01"


@pytest.fixture
def said() -> Registered:
    made = Registered()
    made.point("p1")
    for name in ("b1", "b2"):
        made.bin(name, point="p1", category="food")
    made.route("r1", bins=["c01/b1", "b2"], start="05:30", end="09:00")
    return made


def swap(said: Registered, name: str, by: str, since: str) -> None:
    said.say(BinSwapped(replaced_by=by, valid_from=since), f"bin/{name}")


def plan(said: Registered, on: str = MONDAY) -> Planned:
    ((_, found),) = said.register.routes_on(on)
    return found


def test_a_bin_that_nobody_entered_stays_a_stop_that_cannot_be_served(said: Registered) -> None:
    swap(said, "b1", "b9", day(3))
    assert (plan(said).bins, plan(said).unknown) == (("c01/b2",), ("c01/b9",))
    assert plan(said, "2026-10-02").unknown == ()
    said.bin("b9", day(6), point="p1")
    assert plan(said).unknown == ("c01/b9",)  # it holds from the day after
    assert plan(said, "2026-10-06").bins == ("c01/b9", "c01/b2")


@pytest.mark.parametrize("name", ["b7", "c01/b7", "b8"])
def test_nor_can_one_that_is_not_known_by_its_name(said: Registered, name: str) -> None:
    for compound in ("c02", "c03"):
        said.bin("b8", compound=compound)
    said.route("r1", day(2), bins=[name, "c01/b2"])
    assert (plan(said).bins, plan(said).unknown) == (("c01/b2",), (name,))


def test_what_has_ended_is_known_and_left_out(said: Registered) -> None:
    said.say(BinScrapped(valid_from=day(3)), "bin/b1")
    assert (plan(said).bins, plan(said).unknown) == (("c01/b2",), ())


def test_it_is_one_finding_a_route_and_bin(said: Registered) -> None:
    swap(said, "b1", "b9", day(3))
    said.route("r2", vehicle="v2", bins=["b7"], weekdays=[1])
    said.rows.put("mark", "mark", Mark(ms=ms(6)))
    unknown = [
        one for one in findings(said.rows.kinds, day(1)[:10], day(9)[:10])
        if one.kind == "unknown-bin"
    ]  # fmt: skip
    assert [(one.key, one.day, one.bin, one.compound, one.vehicle) for one in unknown] == [
        ("r1|c01/b9", "2026-10-03", "c01/b9", "c01", "v1"),
        ("r2|b7", MONDAY, "", "", "v2"),
    ]
    assert unknown[0].detail == {"route": "r1", "other": "c01/b1", "days": 4}


def test_a_bin_that_was_put_back_is_planned_itself(said: Registered) -> None:
    said.bin("b9", day(1))
    swap(said, "b1", "b9", day(3))
    swap(said, "b9", "b1", day(6))
    asked = said.register
    for name in ("c01/b1", "c01/b9"):
        assert asked.in_place(name, ms(5)) == "c01/b9"
        assert asked.in_place(name, ms(6)) == "c01/b1"
    assert asked.bins_at("p1", ms(6)) == ("c01/b1", "c01/b2")
    said.say(BinProfiled(empty_mm=1000, full_mm=100, valid_from=day(8)), "bin/b1")
    assert said.register.in_place("c01/b1", ms(9)) == "c01/b1"
    swap(said, "b1", "b9", day(10))
    assert said.register.in_place("c01/b9", ms(10)) == "c01/b9"
    assert plan(said, "2026-10-10").bins == ("c01/b9", "c01/b2")


def test_one_after_the_other_stands_where_the_first_did(said: Registered) -> None:
    for name in ("b8", "b9"):
        said.bin(name, day(1))
    swap(said, "b1", "b8", day(3))
    swap(said, "b8", "b9", day(3))
    found = said.register.bin("c01/b9", ms(4))
    assert found is not None
    assert (found.point, found.category) == ("p1", "food")
    assert said.register.bins_at("p1", ms(4)) == ("c01/b2", "c01/b9")
    assert swaps.before(said.rows, "c01/b9") == {"c01/b1", "c01/b8", "c01/b9"}
    assert swaps.after(said.rows, "c01/b1") == {"c01/b1", "c01/b8", "c01/b9"}


def test_words_about_any_of_them_concern_who_was_to_lift_the_first(said: Registered) -> None:
    enlist(said.rows, "planned", "b1", "v5")
    said.hauled("v5", 9)
    swap(said, "b1", "b8", day(3))
    swap(said, "b8", "b9", day(3))
    entry = BinEntered(compound="c01", valid_from=day(4), tare_g=11_000)
    assert set(said.say(entry, "bin/b9")) == {"v5|2026-10-09"}


def test_a_swap_that_is_told_otherwise_concerns_who_read_the_one_before(said: Registered) -> None:
    said.bin("b8", day(1), uidHex=UID)
    said.rows.put("tag", UID, Tag(readers=("v6",)))
    said.hauled("v6", 9)
    swap(said, "b1", "b8", day(3))
    again = said.say(BinSwapped(replaced_by="b9", valid_from=day(3)), "bin/b1")
    assert set(again) == {"v6|2026-10-09"}


def test_a_device_that_repeats_itself_takes_no_swap_away(said: Registered) -> None:
    said.bin("b9", day(1))
    swap(said, "b1", "b9", day(2))
    for number in range(TOLD + 5):
        said.say(BinProfiled(empty_mm=1000 + number, full_mm=100, valid_from=day(3)), "bin/b1")
    assert said.register.in_place("c01/b1", ms(4)) == "c01/b9"
    row = said.rows.get("bin", "c01/b1", Bin)
    assert row is not None
    assert len(row.words) == TOLD + 2
