"""One entry of a register file: what is wrong with it is said by key and remedy."""

import json
from typing import Any, get_args

import msgspec
import pytest

from core.events.register import BinEntered, EntryEnded, FacilityEntered, PointEntered
from core.events.waste import BinSwapped, TagAssigned, TagTech
from core.policy.findings import Findings
from projections.console.texts import CATALOGUE
from projections.waste_district.register.categories import CATEGORIES, SUBCATEGORIES
from projections.waste_district.register.entry import Entry, read

SINCE = "2026-10-01T00:00:00+08:00"
BIN = {"kind": "bin", "name": "b1", "validFrom": SINCE, "compound": "c01", "point": "p1"}


def mistakes(raw: object) -> list[tuple[str, str]]:
    found = Findings()
    assert (read(raw, "it", found) is None) == bool(found.errors)
    assert all(one.remedy for one in found.errors)
    return [(one.key.removeprefix("it."), one.what) for one in found.errors]


def good(raw: dict[str, Any]) -> Entry:
    found = Findings()
    entry = read(raw, "it", found)
    assert entry is not None, found.errors
    return entry


def test_a_bin_is_read() -> None:
    entry = good({**BIN, "category": "food", "type": "wheelie-240", "volumeL": 240,
                  "tareG": 12500, "uidHex": "e2 80-11:70", "tech": "uhf"})  # fmt: skip
    data = entry.data
    assert isinstance(data, BinEntered)
    assert (data.kind, data.uid_hex, data.tare_g) == ("wheelie-240", "E2801170", 12500)
    assert (entry.subject, entry.compound, entry.thing) == ("bin/b1", "c01", "c01/b1")


def test_what_is_read_is_written_and_read_again() -> None:
    raws: list[dict[str, Any]] = [
        {**BIN, "category": "recyclable", "subcategory": "paper", "reason": "new"},
        {"kind": "facility", "name": "f1", "title": "北环", "type": "incineration",
         "accepts": ["residual"], "lat": 22.5, "lon": 114.0, "validFrom": SINCE},
        {"kind": "tag", "bin": "c01/b1", "uidHex": "E2801170", "validFrom": SINCE},
        {"kind": "swap", "bin": "c01/b1", "replacedBy": "b2", "validFrom": SINCE},
        {"kind": "scrap", "bin": "c01/b1", "validFrom": SINCE},
        {"kind": "end", "of": "bin", "name": "c01/b1", "validFrom": SINCE},
        {"kind": "end", "of": "vehicle", "name": "v1", "validFrom": SINCE},
        {"kind": "weighbridge", "name": "f1-b1", "facility": "f1", "validFrom": SINCE,
         "scale": {"accuracy": "III", "divisionG": 20000}},
    ]  # fmt: skip
    for raw in raws:
        entry = good(raw)
        assert json.loads(msgspec.json.encode(entry.line())) == raw
        assert good(entry.line()) == entry


def test_names_of_things_are_not_names_of_people() -> None:
    entry = good({"kind": "facility", "name": "f1", "title": "北环", "validFrom": SINCE})
    assert isinstance(entry.data, FacilityEntered)
    assert entry.data.name == "北环"
    assert entry.compound == "district"
    place = good({"kind": "point", "name": "p1", "compound": "c01", "validFrom": SINCE})
    assert isinstance(place.data, PointEntered)
    assert place.compound == "c01"
    own = good({"kind": "compound", "name": "c01", "validFrom": SINCE})
    assert own.compound == "c01"


def test_what_happens_to_a_bin_has_its_compound_or_none() -> None:
    swap = {"kind": "swap", "bin": "b1", "replacedBy": "b2", "validFrom": SINCE}
    assert good(swap).compound == ""
    assert good({**swap, "compound": "c01"}).thing == "c01/b1"
    assert isinstance(good(swap).data, BinSwapped)
    ended = good({"kind": "end", "of": "bin", "name": "c01/b1", "validFrom": SINCE})
    assert isinstance(ended.data, EntryEnded)
    assert ended.subject == "bin/b1"
    tag = good({"kind": "tag", "bin": "c01/b1", "uidHex": "AABB", "validFrom": SINCE})
    assert isinstance(tag.data, TagAssigned)
    assert tag.subject == "bin/b1"


def test_equal_words_have_equal_ids_however_they_are_ordered() -> None:
    turned = dict(reversed(BIN.items()))
    assert good(turned).id == good(BIN).id
    assert good({**BIN, "reason": "again"}).id != good(BIN).id
    assert good({**BIN, "name": "b2"}).id != good(BIN).id


@pytest.mark.parametrize(
    ("change", "key", "what"),
    [
        ({"category": "kitchen"}, "category", "is none of those there are"),
        ({"category": "food", "subcategory": "paper"}, "subcategory", "is one of recyclable"),
        ({"category": "food", "subcategory": "nuts"}, "subcategory", "is no subcategory of GB/T"),
        ({"subcategory": "paper"}, "subcategory", "is one of recyclable"),
        ({"validFrom": "2026-10-01T00:00:00"}, "validFrom", "has no zone"),
        ({"validFrom": "2026-10-01"}, "validFrom", "has no zone"),
        ({"validFrom": "soon"}, "validFrom", "is no time"),
        ({"validFrom": 20261001}, "validFrom", "is no time"),
        ({"tareG": -1}, "tareG", "is below zero"),
        ({"volumeL": -240}, "volumeL", "is below zero"),
        ({"volumeL": 0}, "volumeL", "is no bin's volume"),
        ({"volumeL": 240, "tareG": 90_000}, "tareG", "is more than a bin of 240 L"),
        ({"volumeL": 240, "tareG": 12}, "tareG", "is less than any bin weighs"),
        ({"tareG": "12500"}, "tareG", "Expected `int | null`, got `str`"),
        ({"emptyMm": 100, "fullMm": 900}, "emptyMm", "is not beyond fullMm"),
        ({"uidHex": "xyz"}, "uidHex", "is no tag's number"),
        ({"tech": "rfid"}, "tech", "is none of those there are"),
        ({"colour": "green"}, "colour", "is no key of a bin"),
        ({"name": "京A12345"}, "name", "holds a licence plate"),
        ({"reason": "问 13800138000"}, "reason", "holds a licence plate, a telephone"),
        ({"number": "a\u202eb"}, "number", "has characters that do not show"),
        ({"reason": "长" * 201}, "reason", "has more than 200"),
        ({"compound": "c/1"}, "compound", "is no compound's name"),
        ({"compound": ""}, "compound", "is no compound's name"),
        ({"point": "p 1"}, "point", "is no name of a thing"),
        ({"volumeL": 10**12}, "volumeL", "is more than there can be"),
        ({"validFrom": "0001-01-01T00:00:00Z"}, "validFrom", "is no time of our days"),
        ({"point": "c01/p1"}, "point", "is no name of a thing"),
        ({"name": "b/1"}, "name", "is no name"),
        ({"name": ""}, "name", "is missing"),
        ({"kind": "dustbin"}, "kind", "is no kind of entry"),
        ({"profile": 0}, "profile", "is no version"),
        ({"reason": "换车 京A·12345"}, "reason", "holds a licence plate"),
    ],
)
def test_a_mistake_in_a_bin(change: dict[str, Any], key: str, what: str) -> None:
    found = mistakes({**BIN, **change})
    assert key in [where for where, _ in found]
    assert any(where == key and said.startswith(what) for where, said in found)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"kind": "point", "name": "p1", "validFrom": SINCE}, "compound"),
        ({"kind": "bin", "name": "b1", "compound": "c01"}, "validFrom"),
        ({"kind": "tag", "bin": "b1", "validFrom": SINCE}, "uidHex"),
        ({"kind": "route", "name": "r1", "validFrom": SINCE}, "vehicle"),
        ({"kind": "route", "name": "r1", "validFrom": SINCE, "vehicle": ""}, "vehicle"),
        ({"kind": "route", "name": "r1", "validFrom": SINCE, "vehicle": "c01/v1"}, "vehicle"),
        ({"kind": "route", "name": "r1", "validFrom": SINCE, "vehicle": "v1", "bins": [""]},
         "bins"),
        ({"kind": "weighbridge", "name": "w1", "validFrom": SINCE, "facility": ""}, "facility"),
        ({"kind": "swap", "bin": "c01/b1", "validFrom": SINCE, "replacedBy": ""}, "replacedBy"),
        ({"kind": "vehicle", "name": "v1", "validFrom": SINCE, "plateRef": "粤B12345"}, "plateRef"),
        ({"kind": "vehicle", "name": "v1", "validFrom": SINCE, "plate": "粤B12345"}, "plate"),
        ({"kind": "vehicle", "name": "v1", "validFrom": SINCE, "tareG": 9}, "tareG"),
        ({"kind": "vehicle", "name": "v1", "validFrom": SINCE, "categories": ["wet"]},
         "categories"),
        ({"kind": "vehicle", "name": "v1", "validFrom": SINCE,
          "scale": {"divisionG": -5}}, "scale"),
        ({"kind": "route", "name": "r1", "vehicle": "v1", "validFrom": SINCE,
          "bins": ["b1", "b1"]}, "bins"),
        ({"kind": "route", "name": "r1", "vehicle": "v1", "validFrom": SINCE, "weekdays": []},
         "weekdays"),
        ({"kind": "route", "name": "r1", "vehicle": "v1", "validFrom": SINCE, "start": "25:00"},
         "start"),
        ({"kind": "facility", "name": "f1", "validFrom": SINCE, "type": "dump"}, "type"),
        ({"kind": "facility", "name": "f1", "validFrom": SINCE, "lat": 22.5}, "lon"),
        ({"kind": "point", "name": "p1", "compound": "c01", "validFrom": SINCE,
          "lat": 114.0, "lon": 22.5}, "lat"),
        ({"kind": "compound", "name": "district", "validFrom": SINCE}, "name"),
        ({"kind": "end", "of": "lorry", "name": "v1", "validFrom": SINCE}, "of"),
    ],
)  # fmt: skip
def test_a_mistake_elsewhere(raw: dict[str, Any], key: str) -> None:
    assert key in [where for where, _ in mistakes(raw)]


def test_every_mistake_of_an_entry_is_said() -> None:
    found = mistakes({**BIN, "category": "wet", "tareG": -5, "validFrom": "x", "colour": 1})
    assert {where for where, _ in found} == {"category", "tareG", "validFrom", "colour"}


def test_codes_are_no_telephones_and_spaces_are_spaces() -> None:
    good({**BIN, "name": "13011200456", "number": "No.\u30007"})
    good({**BIN, "uidHex": "13800138000A"})


def test_a_plate_is_not_repeated() -> None:
    found = Findings()
    read({"kind": "vehicle", "name": "v1", "plateRef": "粤B12345", "reason": "粤B12345",
          "validFrom": SINCE}, "it", found)  # fmt: skip
    assert len(found.errors) == 2
    assert not any("12345" in f"{one.what}{one.remedy}" for one in found.errors)
    assert all("/api/v1/timeline/" in one.remedy for one in found.errors)


@pytest.mark.parametrize("raw", [None, 7, [], "bin", {}, {"kind": []}, {"kind": {}}])
def test_what_is_no_entry(raw: object) -> None:
    assert mistakes(raw)


def test_there_are_four_categories_and_eleven_subcategories() -> None:
    assert set(CATEGORIES) == {"recyclable", "hazardous", "food", "residual"}
    assert len({one for those in SUBCATEGORIES.values() for one in those}) == 11


def test_every_code_of_the_register_has_a_word() -> None:
    words = {one: {key.partition(".")[2] for key in CATALOGUE if key.startswith(f"{one}.")}
             for one in ("subcategory", "tagtech")}  # fmt: skip
    assert words["subcategory"] == {one for those in SUBCATEGORIES.values() for one in those}
    assert words["tagtech"] == set(get_args(TagTech))
