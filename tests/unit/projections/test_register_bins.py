"""Bins by valid time: corrected, profiled, swapped, scrapped; and the tags they carry."""

import msgspec
import pytest

from core.events.register import BinEntered, EntryEnded
from core.events.waste import BinProfiled, BinScrapped, BinSwapped, TagAssigned, TagRemoved
from projections.waste_district.entering.bins import TOLD
from projections.waste_district.register.names import enlist
from projections.waste_district.rows.register import Bin, Tag
from tests.fix_register import Registered, day, ms

UID, OTHER = "E2801170AA01", "E2801170AA02"


@pytest.fixture
def said() -> Registered:
    made = Registered()
    made.point("p1")
    made.bin("b1", day(1), point="p1", category="food", volumeL=240, tareG=13_000, uidHex=UID)
    return made


def test_it_holds_from_its_day_on(said: Registered) -> None:
    assert said.register.bin("c01/b1", ms(1) - 1) is None
    found = said.register.bin("c01/b1", ms(1))
    assert found is not None
    assert (found.point, found.category, found.tare_g) == ("p1", "food", 13_000)
    assert said.register.bin("c02/b1", ms(9)) is None


def test_a_later_entry_with_an_earlier_day_changes_what_held_in_between(said: Registered) -> None:
    said.bin("b1", day(20), point="p1", category="residual")
    said.bin("b1", day(10), point="p1", category="recyclable")
    held = [said.register.bin("c01/b1", ms(one)) for one in (9, 10, 19, 20)]
    categories = [one.category for one in held if one]
    assert categories == ["food", "recyclable", "recyclable", "residual"]


def test_of_two_for_one_moment_the_one_said_later_stands(said: Registered) -> None:
    said.bin("b1", day(1), point="p1", category="residual")
    found = said.register.bin("c01/b1", ms(2))
    assert found is not None
    assert found.category == "residual"


def test_what_was_known_then_is_what_the_rows_of_then_say() -> None:
    said = Registered()
    said.bin("b1", day(1), category="food")
    then = said.rows.get("bin", "c01/b1", Bin)
    said.bin("b1", day(1, "12:00"), category="residual")
    now = said.rows.get("bin", "c01/b1", Bin)
    assert then is not None
    assert now is not None
    assert [one.category for one in then.versions] == ["food"]
    assert [(one.category, one.position) for one in now.versions] == [("food", 1), ("residual", 2)]


def test_a_sensor_says_its_geometry_and_leaves_the_rest(said: Registered) -> None:
    said.say(BinProfiled(empty_mm=1100, full_mm=250, valid_from=day(5)), "bin/b1", gateway="gw01")
    found = said.register.bin("c01/b1", ms(5))
    assert found is not None
    assert (found.empty_mm, found.full_mm, found.profile) == (1100, 250, 1)
    assert (found.category, found.tare_g) == ("food", 13_000)
    said.bin("b1", day(8), point="p1", category="residual")
    later = said.register.bin("c01/b1", ms(8))
    assert later is not None
    assert (later.empty_mm, later.category, later.tare_g) == (1100, "residual", None)


@pytest.mark.parametrize("since", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_words_of_a_device_without_a_time_hold_from_when_it_happened(
    said: Registered, since: str
) -> None:
    said.hauled("v1", 9)
    said.say(TagAssigned(uid_hex=OTHER, valid_from=since), "bin/b1")
    row = said.rows.get("tag", OTHER, Tag)
    assert row is not None
    assert row.versions[0].ms == said.said[-1].moment.ms


def test_a_scrapped_bin_holds_no_longer_and_comes_back_when_it_is_entered(
    said: Registered,
) -> None:
    said.say(BinScrapped(valid_from=day(10)), "bin/b1")
    assert said.register.bin("c01/b1", ms(10)) is None
    assert said.register.bin("c01/b1", ms(10) - 1) is not None
    assert said.register.bin_of_tag(UID, ms(10)) == ""
    said.bin("b1", day(12), point="p1")
    assert said.register.bin("c01/b1", ms(12)) is not None
    assert said.register.bin_of_tag(UID, ms(12)) == "c01/b1"
    assert said.register.bin_of_tag(UID, ms(11)) == ""


def test_an_entry_of_its_end_is_the_same(said: Registered) -> None:
    said.say(EntryEnded(kind="bin", valid_from=day(10)), "bin/b1")
    assert said.register.bin("c01/b1", ms(10)) is None


def test_another_stands_in_its_place(said: Registered) -> None:
    said.bin("b9", day(1), category="food")
    said.say(BinSwapped(replaced_by="b9", valid_from=day(10)), "bin/b1")
    asked = said.register
    assert asked.in_place("c01/b1", ms(10) - 1) == "c01/b1"
    assert asked.in_place("c01/b1", ms(10)) == "c01/b9"
    assert asked.bins_at("p1", ms(10) - 1) == ("c01/b1",)
    assert asked.bins_at("p1", ms(10)) == ("c01/b9",)
    stands = asked.bin("c01/b9", ms(10))
    assert stands is not None
    assert stands.point == "p1"
    before = asked.bin("c01/b9", ms(9))
    assert before is not None
    assert before.point == ""


def test_bins_that_replace_each_other_in_a_circle_end(said: Registered) -> None:
    said.bin("b2", day(1), point="p1")
    said.say(BinSwapped(replaced_by="b2", valid_from=day(2)), "bin/b1")
    said.say(BinSwapped(replaced_by="c01/b1", valid_from=day(2)), "bin/b2")
    assert said.register.in_place("c01/b1", ms(3)) in ("c01/b1", "c01/b2")


def test_a_second_tag_comes_beside_the_first_and_one_is_removed(said: Registered) -> None:
    said.say(TagAssigned(uid_hex=OTHER, valid_from=day(5)), "bin/b1")
    assert said.register.tags_of("c01/b1", ms(4)) == (UID,)
    assert said.register.tags_of("c01/b1", ms(5)) == (UID, OTHER)
    said.say(TagRemoved(uid_hex=UID, valid_from=day(6)), "bin/b1")
    assert said.register.tags_of("c01/b1", ms(6)) == (OTHER,)
    assert said.register.bin_of_tag(UID, ms(6)) == ""


def test_an_entry_with_another_tag_takes_the_place_of_the_one_before(said: Registered) -> None:
    said.bin("b1", day(5), point="p1", uidHex=OTHER)
    assert said.register.tags_of("c01/b1", ms(5)) == (OTHER,)
    assert said.register.tags_of("c01/b1", ms(4)) == (UID,)


def test_one_tag_on_two_bins_is_seen(said: Registered) -> None:
    said.bin("b2", day(5), uidHex=UID)
    assert said.register.bins_of_tag(UID, ms(5)) == ("c01/b1", "c01/b2")
    assert said.register.bin_of_tag(UID, ms(5)) == "c01/b2"
    said.say(TagRemoved(uid_hex=UID, valid_from=day(5)), "bin/b1")
    assert said.register.bins_of_tag(UID, ms(5)) == ("c01/b2",)


def test_a_tag_that_goes_from_one_bin_to_the_other_is_never_on_both(said: Registered) -> None:
    said.say(TagAssigned(uid_hex=UID, valid_from=day(5)), "bin/b2")
    said.say(TagRemoved(uid_hex=UID, valid_from=day(5)), "bin/b1")
    row = said.rows.get("tag", UID, Tag)
    assert row is not None
    assert [one.bins for one in row.versions] == [("c01/b1",), ("c01/b2",)]


def test_what_has_ended_carries_no_tag_that_is_put_on_it_later(said: Registered) -> None:
    said.say(BinScrapped(valid_from=day(3)), "bin/b1")
    said.say(TagAssigned(uid_hex=OTHER, valid_from=day(4)), "bin/b1")
    assert said.register.bins_of_tag(OTHER, ms(5)) == ()
    said.bin("b1", day(6), point="p1")
    said.say(TagAssigned(uid_hex=OTHER, valid_from=day(7)), "bin/b1")
    assert said.register.bins_of_tag(OTHER, ms(8)) == ("c01/b1",)


def test_the_same_event_twice_is_said_once(said: Registered) -> None:
    before = dict(said.rows.kinds["bin"]), dict(said.rows.kinds["tag"])
    data = said.said[-1].event.data
    assert said.say(data, "bin/b1", id=said.said[-1].event.id) == ()
    assert (said.rows.kinds["bin"], said.rows.kinds["tag"]) == before
    said.say(data, "bin/b1")  # in the same words, and another event
    row = said.rows.get("bin", "c01/b1", Bin)
    assert row is not None
    assert len(row.versions) == 2


def test_names_are_found_in_their_compound_and_elsewhere_only_if_they_are_alone(
    said: Registered,
) -> None:
    said.bin("b1", day(1), compound="c02")
    said.bin("b7", day(3), compound="c02")
    asked = said.register
    assert asked.resolve("b1", "c02", ms(3)) == "c02/b1"
    assert asked.resolve("bin/b1", "c01", ms(3)) == "c01/b1"
    assert asked.resolve("b1", "district", ms(3)) == ""
    assert asked.resolve("b7", "district", ms(3)) == "c02/b7"
    assert asked.resolve("b7", "district", ms(2)) == ""
    assert asked.resolve("c02/b7", "c01", ms(3)) == "c02/b7"
    assert asked.resolve("", "c01", ms(3)) == ""


def test_days_of_who_read_its_tags_or_was_to_lift_it_are_settled_again(said: Registered) -> None:
    tag = said.rows.get("tag", UID, Tag)
    assert tag is not None
    said.rows.put("tag", UID, msgspec.structs.replace(tag, readers=("v1",)))
    enlist(said.rows, "planned", "b1", "v2")
    for vehicle, on in (("v1", 4), ("v1", 5), ("v1", 9), ("v2", 9), ("v3", 9)):
        said.hauled(vehicle, on)
    again = said.say(BinScrapped(valid_from=day(6)), "bin/b1")
    assert set(again) == {"v1|2026-10-05", "v1|2026-10-09", "v2|2026-10-09"}
    kept = said.rows.get("tag", UID, Tag)
    assert kept is not None
    assert kept.readers == ("v1",)


def test_the_days_of_who_lifted_the_bin_before_concern_the_one_in_its_place(
    said: Registered,
) -> None:
    enlist(said.rows, "planned", "b1", "v2")
    said.hauled("v2", 9)
    said.say(BinSwapped(replaced_by="b2", valid_from=day(2)), "bin/b1")
    entry = BinEntered(compound="c01", valid_from=day(2), tare_g=11_000)
    assert set(said.say(entry, "bin/b2")) == {"v2|2026-10-09"}


def test_a_reader_that_repeats_itself_fills_no_row(said: Registered) -> None:
    for number in range(TOLD + 20):
        said.say(BinProfiled(empty_mm=1000 + number, full_mm=100, valid_from=day(2)), "bin/b1")
    row = said.rows.get("bin", "c01/b1", Bin)
    assert row is not None
    assert len(row.words) == TOLD + 1
    assert row.versions[0].category == "food"
    assert row.versions[-1].empty_mm == 1000 + TOLD + 19


def test_no_tag_is_none(said: Registered) -> None:
    said.say(TagAssigned(uid_hex="", valid_from=day(2)), "bin/b1")
    assert said.rows.get("tag", "", Tag) is None
    assert said.register.bin_of_tag("", ms(3)) == ""
