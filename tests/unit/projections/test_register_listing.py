"""The register as entries: published again, it says the same."""

import pytest

from core.events.waste import BinProfiled, BinScrapped, BinSwapped, TagAssigned, TagRemoved
from core.policy.findings import Findings
from projections.view import DISTRICT
from projections.waste_district.register.entry import read
from projections.waste_district.register.listing import LISTED, listed
from tests.fix_register import Registered, day, ms

UID, OTHER = "E2801170AA01", "E2801170AA02"


def told() -> Registered:
    said = Registered()
    said.point("p1", lat=22.54, lon=114.05, hours=["06:30-09:30"], buildings=["1"])
    said.bin("b1", point="p1", category="food", uidHex=UID, tech="uhf", emptyMm=900, fullMm=90)
    said.bin("b2", point="p1", category="food", subcategory="household-food")
    said.bin("b3", point="p1")
    said.say(TagAssigned(uid_hex=OTHER, tech="qr", valid_from=day(3)), "bin/b1")
    said.say(BinSwapped(replaced_by="b2", valid_from=day(4)), "bin/b1")
    said.say(BinScrapped(valid_from=day(5)), "bin/b3")
    said.vehicle("v1", categories=["food"], scale={"accuracy": "Y(a)"})
    said.route("r1", bins=["c01/b1"], weekdays=[1, 3])
    return said


def again(said: Registered, at: int) -> Registered:
    made, found = Registered(), Findings()
    for kind in LISTED:
        for line in listed(said.rows, kind, at):
            entry = read(line, kind, found)
            assert entry is not None, found.errors
            made.say(entry.data, entry.subject, compound=entry.compound or DISTRICT)
    return made


def test_what_is_listed_says_the_same_when_it_is_entered() -> None:
    said, at = told(), ms(6)
    made = again(said, at)
    for kind in LISTED:
        assert list(listed(made.rows, kind, at)) == list(listed(said.rows, kind, at))
    one, other = made.register, said.register
    assert one.tags_of("c01/b1", at) == other.tags_of("c01/b1", at) == (UID, OTHER)
    assert one.bins_at("p1", at) == other.bins_at("p1", at) == ("c01/b2",)
    assert one.routes("v1", "2026-10-07") == other.routes("v1", "2026-10-07")


def kinds(said: Registered, number: int) -> list[str]:
    return [line["kind"] for line in listed(said.rows, "bin", ms(number))]


def test_a_bin_that_ended_is_listed_while_a_route_names_it() -> None:
    said = told()
    assert kinds(said, 6) == ["bin", "swap", "bin"]  # b3 is on no route
    said.say(BinScrapped(valid_from=day(6)), "bin/b1")
    said.say(BinProfiled(empty_mm=800, full_mm=80, valid_from=day(7)), "bin/b1")
    assert kinds(said, 9) == ["bin", "swap", "scrap", "bin"]
    wednesday = "2026-10-14"
    assert again(said, ms(9)).register.routes("v1", wednesday) == said.register.routes(
        "v1", wednesday
    )
    assert again(said, ms(9)).register.bin("c01/b1", ms(9)) is None
    said.route("r1", day(10), bins=["c01/b2"])
    assert kinds(said, 10) == ["bin"]


def test_so_is_the_one_between() -> None:
    said = told()
    said.bin("b4", point="p1")
    said.say(BinSwapped(replaced_by="b4", valid_from=day(6)), "bin/b2")
    for name in ("b1", "b2"):
        said.say(BinScrapped(valid_from=day(7)), f"bin/{name}")
    planned = said.register.routes("v1", "2026-10-14")
    assert [one.bins for one in planned] == [("c01/b4",)]
    assert again(said, ms(9)).register.routes("v1", "2026-10-14") == planned


@pytest.mark.parametrize("swapped", [7, 8])
def test_a_bin_that_ended_where_it_stood_leaves_its_stop_out(swapped: int) -> None:
    """Unless it is swapped after that."""
    said = told()
    said.say(BinSwapped(replaced_by="b1", valid_from=day(5)), "bin/b2")  # put back
    said.say(BinScrapped(valid_from=day(7)), "bin/b1")
    if swapped > 7:
        said.say(BinSwapped(replaced_by="b2", valid_from=day(swapped)), "bin/b1")
    planned = said.register.routes("v1", "2026-10-14")
    assert [one.unknown for one in planned] == [()]
    assert [one.bins for one in planned] == [("c01/b2",) if swapped > 7 else ()]
    assert again(said, ms(9)).register.routes("v1", "2026-10-14") == planned


def test_it_is_listed_as_it_was_at_a_time() -> None:
    said = told()
    names = [line.get("name") for line in listed(said.rows, "bin", ms(3))]
    assert names == ["b1", "b2", "b3"]
    assert [line["kind"] for line in listed(said.rows, "bin", ms(5))] == ["bin", "swap", "bin"]
    assert list(listed(said.rows, "bin", ms(1) - 1)) == []
    assert list(listed(said.rows, "tag", ms(2))) == []


def test_a_tag_that_was_taken_off_is_not_listed() -> None:
    said = told()
    said.say(TagRemoved(uid_hex=UID, valid_from=day(6)), "bin/b1")
    (line, *_) = listed(said.rows, "bin", ms(6))
    assert "uidHex" not in line
    assert [one["uidHex"] for one in listed(said.rows, "tag", ms(6))] == [OTHER]


@pytest.mark.parametrize("since", [0, 7])
def test_a_bin_that_was_put_back_is_in_its_place_when_it_is_entered_again(since: int) -> None:
    """Whether or not its sensor has said something since."""
    said = told()
    said.say(BinSwapped(replaced_by="b1", valid_from=day(6)), "bin/b2")
    if since:
        said.say(BinProfiled(empty_mm=800, full_mm=80, valid_from=day(since)), "bin/b1")
    made = again(said, ms(9)).register
    assert made.in_place("c01/b1", ms(9)) == made.in_place("c01/b2", ms(9)) == "c01/b1"
