"""The list of personal values is complete, and what it holds is made up but well formed."""

import re

from infra.simulate.compound import Compound
from tests.unit.simulate.conftest import Day

_PERSONAL_KEYS = frozenset(
    {"name", "employeeNoString", "cardNo", "QRCodeInfo", "plate", "residentId", "employeeNo"}
)
_PLATE = re.compile(r"浙A([A-HJ-NP-Z0-9]{4}\d|[DF][A-HJK]\d{4})")


def test_every_personal_value_in_a_day_is_on_the_list(day: Day, compound: Compound) -> None:
    listed = compound.personal_values()
    told: dict[str, set[str]] = {key: set() for key in _PERSONAL_KEYS}
    for said in day.said:
        for part in (said.body, said.record, said.body.get("data", {})):
            for key in _PERSONAL_KEYS & part.keys():
                told[key].add(part[key])
    assert all(len(values) > 1 for values in told.values()), told
    for key, values in told.items():
        assert values <= listed, key
    read = day.plates_read - {""}
    assert len(read) > 50
    assert read <= listed


def test_personal_values_stand_only_in_personal_fields(day: Day, compound: Compound) -> None:
    listed = compound.personal_values()
    for said in day.said:
        parts = (said.body, said.record, said.body.get("data", {}))
        open_values = [
            {key: value for key, value in part.items() if key not in _PERSONAL_KEYS}
            for part in parts
        ]
        flat = {value for part in open_values for value in part.values() if isinstance(value, str)}
        assert flat.isdisjoint(listed)
        assert not any(value in said.topic for value in part_values(parts))


def part_values(parts: tuple[dict[str, object], ...]) -> set[str]:
    return {
        value
        for part in parts
        for key, value in part.items()
        if key in _PERSONAL_KEYS and isinstance(value, str)
    }


def test_values_of_everybody_are_listed_and_belong_to_one_person(compound: Compound) -> None:
    people = compound.people
    values: list[str] = [*people.stray_cards, *people.passing_plates, *people.truck_plates]
    for person in (*people.residents, *people.staff, *people.visitors, *people.couriers):
        values += [
            value
            for field in ("number", "name", "phone", "card", "qr", "plate")
            if (value := getattr(person, field, ""))
        ]
    assert len(set(values)) == len(values)
    assert set(values) == compound.personal_values()
    assert len(people.residents) > 500


def test_phones_belong_to_no_operator_and_plates_are_well_formed(compound: Compound) -> None:
    people = compound.people
    assert all(re.fullmatch(r"12\d{9}", resident.phone) for resident in people.residents)
    plates = {resident.plate for resident in people.residents} - {""}
    assert len(plates) > 50
    assert all(_PLATE.fullmatch(plate) for plate in plates | set(people.passing_plates))


def test_two_compounds_share_no_cards_and_no_numbers_of_terminals() -> None:
    one, other = Compound(7, "c01"), Compound(7, "c02")
    assert {person.card for person in one.people.residents}.isdisjoint(
        person.card for person in other.people.residents
    )
    assert {door.mac for door in one.doors}.isdisjoint(door.mac for door in other.doors)
    assert Compound(7, "c01").personal_values() == one.personal_values()
