"""One plate, two vehicles: nobody's while it is so, and a finding."""

from core.events.register import EntryEnded
from projections.console.texts import CATALOGUE
from projections.waste_district.asked.findings import findings
from projections.waste_district.register.plates import carried, unregistered
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.kept import Mark
from tests.fix_register import Registered, day, ms

REF = "s:" + "1" * 32
NAME = unregistered(REF)


def told(said: Registered, since: int, until: int) -> list[Finding]:
    said.rows.put("mark", "mark", Mark(ms=ms(20)))
    found = findings(said.rows.kinds, day(since)[:10], day(until)[:10])
    return [one for one in found if one.kind == "plate-conflict"]


def two() -> Registered:
    """v2 has the plate from the 3rd on, v1 until the 6th."""
    said = Registered()
    said.vehicle("v1", plateRef=REF)
    said.vehicle("v2", day(3), plateRef=REF)
    said.vehicle("v1", day(6))
    return said


def test_a_plate_that_two_vehicles_have_is_found_while_they_do() -> None:
    said = two()
    (one,) = told(said, 1, 9)
    assert (one.key, one.day, one.vehicle, one.ms) == (NAME, "2026-10-03", "v2", ms(3))
    assert one.detail == {"shared": "v1 v2"}
    assert one.events == (said.said[1].event.id,)
    assert REF not in repr(one)
    assert [found.day for found in told(said, 4, 4)] == ["2026-10-04"]
    assert told(said, 1, 2) == told(said, 6, 9) == []


def test_the_one_that_got_it_last_is_named_whatever_it_is_called() -> None:
    said = Registered()
    said.vehicle("v2", plateRef=REF)
    said.vehicle("v1", day(3), plateRef=REF)
    assert [one.vehicles for one in carried(said.rows, NAME)] == [("v2",), ("v2", "v1")]


def test_a_plate_that_is_handed_on_is_none() -> None:
    said = Registered()
    said.vehicle("v1", plateRef=REF)
    said.vehicle("v2", day(3), plateRef=REF)
    said.say(EntryEnded(kind="vehicle", valid_from=day(3)), "vehicle/v1", compound="district")
    assert told(said, 1, 9) == []
    assert said.register.vehicle_of(NAME, ms(3)) == "v2"


def test_it_has_words() -> None:
    assert "findingkind.plate-conflict" in CATALOGUE
    assert "findingdetail.shared" in CATALOGUE
