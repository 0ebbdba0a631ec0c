"""`menwei register check` and `publish`: every mistake by its key, and all or nothing."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.errors import ConfigError
from infra.register_commands import app
from infra.registering import files
from infra.registering import publish as publishing
from infra.registering.files import File
from projections.waste_district.register.entry import Entry

SINCE = "2026-10-01T00:00:00+08:00"
TOML = """
validFrom = 2026-10-01T00:00:00+08:00
reason = "建档"
[[compound]]
name = "c01"
title = "锦绣花园"
[[point]]
name = "c01-p1"
compound = "c01"
lat = 22.54
lon = 114.05
[[bin]]
name = "c01-p1-f1"
compound = "c01"
point = "c01-p1"
category = "food"
subcategory = "household-food"
volumeL = 240
tareG = 13000
uidHex = "E28011700001"
tech = "uhf"
[[bin]]
name = "c01-p1-r1"
compound = "c01"
point = "c01-p1"
category = "residual"
uidHex = "E28011700002"
[[carrier]]
name = "k1"
[[facility]]
name = "f01"
type = "composting"
accepts = ["food"]
[[weighbridge]]
name = "f01-b1"
facility = "f01"
scale = { accuracy = "III", divisionG = 20000 }
[[vehicle]]
name = "v001"
carrier = "k1"
categories = ["food"]
[[route]]
name = "r001-am"
vehicle = "v001"
category = "food"
start = "05:30"
end = "09:00"
bins = ["c01-p1-f1"]
facility = "f01"
"""


def menwei(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "register.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def changed(file: Path, old: str, new: str) -> str:
    """What check says of the file with `new` in the place of `old`."""
    assert old in TOML
    file.write_text(TOML.replace(old, new), encoding="utf-8")
    code, said = menwei("check", file)
    assert code == 1
    assert "nothing was published" in said
    return said.replace("\n", " ")


def test_a_register_without_mistakes(file: Path) -> None:
    code, said = menwei("check", file)
    assert code == 0
    assert said.startswith("9 entries: 1 compound, 1 point, 2 bin, ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_whatever_it_is_written_in(file: Path, encoding: str) -> None:
    file.write_text(TOML, encoding=encoding)
    said = list(File(file).read())
    assert getattr(said[0].entry.data, "name", "") == "锦绣花园"
    mark = "\ufeff" if encoding == "gb18030" else ""
    file.write_text(mark + TOML, encoding=encoding)
    assert len(list(File(file).read())) == 9


def test_the_same_as_json_lines(file: Path, tmp_path: Path) -> None:
    said = [one.entry for one in File(file).read()]
    lines = tmp_path / "register.jsonl"
    text = "\n".join(json.dumps(one.line(), ensure_ascii=False) for one in said)
    lines.write_text(f"{text}\n\n", encoding="gb18030")
    assert [one.entry for one in File(lines).read()] == said


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ('category = "residual"', 'category = "wet"', "bin[1].category", "Write one of recyclable"),
        ('"household-food"', '"kitchen"', "bin[0].subcategory", "no subcategory of GB/T 19095"),
        ('bins = ["c01-p1-f1"]', 'bins = ["c01-p1-f1", "x9"]', "route[0].bins[1]", "names bin x9"),
        ('vehicle = "v001"', 'vehicle = "v9"', "route[0].vehicle", "names vehicle v9"),
        ('facility = "f01"\nscale', 'facility = "f9"\nscale', "weighbridge[0].facility",
         "names facility f9"),
        ('carrier = "k1"', 'carrier = "k9"', "vehicle[0].carrier", "names carrier k9"),
        ('compound = "c01"\nlat', 'compound = "c09"\nlat', "point[0].compound",
         "names compound c09"),
        ('compound = "c01"\nlat', "lat", "point[0].compound", "is missing"),
        ('point = "c01-p1"\ncategory = "residual"', 'point = "p9"\ncategory = "residual"',
         "bin[1].point", "names point p9"),
        ("tareG = 13000", "tareG = 130000", "bin[0].tareG", "more than a bin of 240 L"),
        ("tareG = 13000", "tareG = -13000", "bin[0].tareG", "is below zero"),
        ("00:00:00+08:00", "00:00:00", "bin[0].validFrom", "has no zone"),
        ('carrier = "k1"', 'plateRef = "粤B12345"', "vehicle[0].plateRef", "references"),
        ('"E28011700002"', '"e2-80-11-70-00-01"', "bin[1].uidHex",
         "puts tag E28011700001 on c01/c01-p1-r1 while c01/c01-p1-f1 carries it"),
        ("[[carrier]]", "[[lorry]]", "lorry", "is no kind of entry"),
        ("divisionG = 20000", "divisonG = 20000", "weighbridge[0].scale.divisonG",
         "is no key of a scale"),
    ],
)  # fmt: skip
def test_a_mistake_has_file_key_and_remedy(
    file: Path, old: str, new: str, key: str, what: str
) -> None:
    said = changed(file, old, new)
    assert f"{file}: key `{key}`" in said
    assert what in said
    assert "12345" not in said


def test_a_tag_that_left_its_bin_before_is_no_mistake(file: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    lines: list[dict[str, Any]] = [
        {"kind": "untag", "bin": "c01-p1-f1", "uidHex": "E28011700001",
         "validFrom": "2026-10-05T00:00:00+08:00"},
        {"kind": "tag", "bin": "c01-p1-r1", "uidHex": "E28011700001",
         "validFrom": "2026-10-05T00:00:00+08:00"},
    ]  # fmt: skip
    more.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert menwei("check", file, more)[0] == 0
    more.write_text(json.dumps(lines[1]), encoding="utf-8")
    code, said = menwei("check", file, more)
    assert code == 1
    assert f"{more}: key `line 1.uidHex`" in said.replace("\n", " ")


def test_two_entries_for_one_moment(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    entry = {"kind": "carrier", "name": "k1", "title": "other", "validFrom": SINCE}
    other.write_text(json.dumps(entry), encoding="utf-8")
    code, said = menwei("check", file, other)
    assert code == 1
    assert "says something else of carrier/k1" in said.replace("\n", " ")
    assert menwei("check", file, file)[0] == 0  # the same twice is the same


REF = "s:" + "1" * 32


def lines(path: Path, *entries: dict[str, Any]) -> Path:
    since = {"validFrom": SINCE}
    path.write_text("\n".join(json.dumps(since | one) for one in entries), encoding="utf-8")
    return path


def test_two_vehicles_have_one_plate(file: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    first = {"kind": "vehicle", "name": "v8", "plateRef": REF}
    other = {"kind": "vehicle", "name": "v9", "plateRef": REF}
    code, said = menwei("check", file, lines(more, first, other))
    assert code == 1
    assert "key `line 2.plateRef`: gives its plate to v9 while v8 carries it" in said.replace(
        "\n", " "
    )
    assert REF not in said
    later = {**other, "validFrom": "2026-10-05T00:00:00+08:00"}
    assert menwei("check", lines(more, later, first))[0] == 1
    for gone in ({"kind": "end", "of": "vehicle", "name": "v8"}, {"kind": "vehicle", "name": "v8"}):
        handed = {**gone, "validFrom": later["validFrom"]}
        assert menwei("check", lines(more, first, later, handed)) == (
            0, f"3 entries: {'2 vehicle, 1 end' if 'of' in gone else '3 vehicle'}\n",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "key", "what"),
    [
        ({"kind": "route", "name": "r2", "vehicle": "v001", "category": "food", "start": "12:00",
          "end": "13:00", "bins": ["c01-p1-r1"]},
         "bins[0]", "names c01/c01-p1-r1, which is of residual on a route of food"),
        ({"kind": "route", "name": "r2", "vehicle": "v001", "start": "08:59", "end": "10:00"},
         "start", "is driven by v001 at the same time as r001-am"),
        ({"kind": "route", "name": "r2", "vehicle": "v001", "start": "23:00", "end": "05:31",
          "weekdays": [7]}, "start", "at the same time as r001-am"),
        ({"kind": "swap", "bin": "c01-p1-f1", "replacedBy": "c01-p1-r1",
          "validFrom": "2026-10-05T00:00:00+08:00"},
         "replacedBy", "is of residual in the place of food"),
        ({"kind": "untag", "bin": "c01-p1-r1", "uidHex": "E28011700001"},
         "uidHex", "is of a tag that c01/c01-p1-r1 never carried until then"),
        ({"kind": "scrap", "bin": "c01-p1-f1", "validFrom": "2026-10-05T00:00:00+08:00"},
         "validFrom", "stands on route r001-am, and then has ended, so it is left out"),
        ({"kind": "bin", "name": "c01-p1-f1", "compound": "c01", "category": "residual",
          "validFrom": "2026-10-05T00:00:00+08:00"},
         "validFrom", "stands on route r001-am, and then is of residual on a route of food"),
    ],
)  # fmt: skip
def test_what_may_be_a_mistake_is_said_and_stops_nothing(
    file: Path, tmp_path: Path, entry: dict[str, Any], key: str, what: str
) -> None:
    code, said = menwei("check", file, lines(tmp_path / "more.jsonl", entry))
    assert code == 0
    (line,) = [one for one in said.splitlines() if one.startswith("warning: ")]
    assert f"key `line 1.{key}`: " in line
    assert what in line


@pytest.mark.parametrize(
    "entries",
    [
        [{"kind": "route", "name": "r2", "vehicle": "v001", "start": "09:00", "end": "05:30"}],
        [{"kind": "route", "name": "r2", "vehicle": "v001", "bins": ["c01-p1-r1"], "start": "09:00",
          "end": "10:00"}],
        [{"kind": "bin", "name": "f2", "compound": "c01", "category": "food"},
         {"kind": "swap", "bin": "c01-p1-f1", "replacedBy": "f2"},
         {"kind": "scrap", "bin": "c01-p1-f1"}],
        [{"kind": "untag", "bin": "c01-p1-f1", "uidHex": "E28011700001"}],
    ],
)  # fmt: skip
def test_what_is_as_it_should_be(file: Path, tmp_path: Path, entries: list[dict[str, Any]]) -> None:
    code, said = menwei("check", file, lines(tmp_path / "more.jsonl", *entries))
    assert (code, "warning" in said) == (0, False)


def test_a_name_of_two_compounds_needs_its_compound(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    lines: list[dict[str, Any]] = [
        {"kind": "compound", "name": "c01", "validFrom": SINCE},
        {"kind": "compound", "name": "c02", "validFrom": SINCE},
        {"kind": "bin", "name": "b1", "compound": "c01", "validFrom": SINCE},
        {"kind": "bin", "name": "b1", "compound": "c02", "validFrom": SINCE},
        {"kind": "scrap", "bin": "b1", "validFrom": SINCE},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    code, said = menwei("check", path)
    assert code == 1
    assert "b1 is a bin of several compounds" in said.replace("\n", " ")
    lines[-1]["compound"] = "c02"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert menwei("check", path)[0] == 0


def test_lines_that_are_no_json_are_named_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    good = json.dumps({"kind": "carrier", "name": "k1", "validFrom": SINCE})
    path.write_text(f'{good}\n{{"kind":\n{{"a":1,"a":2}}\n7\n', encoding="utf-8")
    code, said = menwei("check", path)
    assert code == 1
    assert [f"key `line {at}`" in said for at in (1, 2, 3, 4)] == [False, True, True, True]


def test_lines_end_as_anywhere(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    lines = [json.dumps(one.entry.line()) for one in File(file).read()]
    for end in ("\r", "\r\n"):
        path.write_bytes(end.join(lines).encode())
        assert menwei("check", path) == menwei("check", file)


def test_an_entry_that_no_page_takes_is_a_mistake_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    one = {"kind": "compound", "name": "c01", "buildings": ["1"] * 15_000, "validFrom": SINCE}
    path.write_text(json.dumps(one), encoding="utf-8")
    code, said = menwei("check", path)
    assert (code, "line 1" in said, "Shorten" in said) == (1, True, True)


def test_a_number_nobody_can_mean_is_a_mistake_of_the_file(file: Path) -> None:
    file.write_text(TOML.replace("tareG = 13000", "tareG = " + "9" * 5_000), encoding="utf-8")
    with pytest.raises(ConfigError, match="not TOML"):
        menwei("check", file)


def test_a_file_is_read_up_to_a_size_and_packed_ones_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_LONGEST", len(TOML.encode()) - 1)
    plain, packed = tmp_path / "r.toml", tmp_path / "r.toml.gz"
    plain.write_bytes(TOML.encode())
    packed.write_bytes(gzip.compress(TOML.encode()))
    for one in (plain, packed):
        with pytest.raises(ConfigError, match=r"r\.toml.* has more than .* Cut it into"):
            menwei("check", one)
    monkeypatch.setattr(files, "_LONGEST", len(TOML.encode()))
    assert menwei("check", plain)[0] == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x00\x01", b"a = \xff\xff"])
def test_what_is_no_text_is_no_register(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "register.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=str(path)):
        menwei("check", path)
    with pytest.raises(ConfigError, match="cannot be read"):
        menwei("check", tmp_path / "none.toml")


# --- what is sent ---------------------------------------------------------------------------------


class Hub:
    """What HubApi does, of a hub that knows and stores what it is sent."""

    def __init__(self, _data: Path) -> None:
        self.pages: list[list[dict[str, Any]]] = []

    def json(self, role: str, method: str, path: str, **more: Any) -> Any:
        assert (role, path) == ("admin", "waste/register")
        if method == "GET":
            kind = more["query"]["kind"]
            return {"entries": [one for page in self.pages for one in page if one["kind"] == kind]}
        page: list[dict[str, Any]] = more["body"]["entries"]
        self.pages.append(json.loads(json.dumps(page)))
        return {"stored": len(page), "known": 0, "position": len(self.pages)}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hub:
    made = Hub(tmp_path)
    monkeypatch.setattr("infra.hub_api.HubApi", lambda _data: made)
    return made


def test_what_others_name_is_sent_first_and_bins_by_key(file: Path, hub: Hub) -> None:
    code, said = menwei("publish", file)
    assert code == 0
    assert "9 entries stored, the last at position 1; 0 were known" in said
    (page,) = hub.pages
    kinds = [one["kind"] for one in page]
    assert kinds.index("compound") < kinds.index("point") < kinds.index("bin")
    assert kinds[-1] == "route"
    assert page[-1]["bins"] == ["c01/c01-p1-f1"]


def test_what_the_hub_has_is_known(file: Path, hub: Hub, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    route = {"kind": "route", "name": "r2", "vehicle": "v001", "bins": ["c01-p1-r1"],
             "validFrom": SINCE}  # fmt: skip
    more.write_text(json.dumps(route), encoding="utf-8")
    assert menwei("publish", more)[0] == 1
    assert menwei("publish", file)[0] == 0
    assert menwei("publish", more)[0] == 0
    assert menwei("check", more)[0] == 1
    assert menwei("check", more, "--data", tmp_path)[0] == 0


def test_a_tag_that_the_hub_has_elsewhere_later_is_a_mistake(
    file: Path, hub: Hub, tmp_path: Path
) -> None:
    assert menwei("publish", file)[0] == 0
    more = tmp_path / "more.jsonl"
    tag = {"kind": "tag", "bin": "c01-p1-r1", "uidHex": "E28011700001",
           "validFrom": "2026-09-01T00:00:00+08:00"}  # fmt: skip
    more.write_text(json.dumps(tag), encoding="utf-8")
    code, said = menwei("publish", more)
    assert code == 1
    assert "puts tag E28011700001 on c01/c01-p1-r1 while c01/c01-p1-f1 carries it" in said
    untag = {**tag, "kind": "untag", "validFrom": "2026-09-30T00:00:00+08:00"}
    more.write_text(f"{json.dumps(tag)}\n{json.dumps(untag)}", encoding="utf-8")
    assert menwei("publish", more)[0] == 0


def test_a_bin_is_not_put_in_its_own_place(file: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    swap = {"kind": "swap", "bin": "c01-p1-f1", "replacedBy": "c01-p1-f1", "validFrom": SINCE}
    more.write_text(json.dumps(swap), encoding="utf-8")
    assert "is the bin itself" in menwei("check", file, more)[1]
    more.write_text(json.dumps({**swap, "replacedBy": "c01-p1-r1"}), encoding="utf-8")
    assert menwei("check", file, more)[0] == 0


def test_nothing_is_sent_when_one_is_wrong(file: Path, hub: Hub) -> None:
    file.write_text(TOML.replace('vehicle = "v001"', 'vehicle = "v9"'), encoding="utf-8")
    assert menwei("publish", file)[0] == 1
    assert hub.pages == []


def test_what_takes_a_tag_or_a_plate_from_another_goes_with_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a page without it the hub would have it on two."""
    later = "2026-10-05T00:00:00+08:00"
    raw: list[dict[str, Any]] = [
        {"kind": "vehicle", "name": "v8", "plateRef": REF},
        *({"kind": "bin", "name": f"b{at}", "compound": "c01"} for at in range(5)),
        {"kind": "bin", "name": "b9", "compound": "c01", "uidHex": "AABB"},
        {"kind": "untag", "bin": "c01/b0", "uidHex": "AABB", "validFrom": later},
        {"kind": "scrap", "bin": "c01/b1"},
        {"kind": "end", "of": "vehicle", "name": "v9", "validFrom": later},
    ]
    entries = [one.entry for one in File(lines(file.with_suffix(".jsonl"), *raw)).read()]
    known = [{"kind": "vehicle", "name": "v9", "plateRef": REF}]
    there = [one.entry for one in File(lines(file.with_suffix(".jsonl"), *known)).read()]
    monkeypatch.setattr(publishing, "MOST_ENTRIES", 3)
    pages = [
        {line.get("name") or line["bin"] for line in page}
        for page in publishing.pages(entries, there)
    ]
    assert any({"v8", "v9"} <= page for page in pages)
    assert any({"b0", "b9", "c01/b0"} <= page for page in pages)
    assert sum(map(len, pages)) == len(raw)


def test_pages_fit_into_a_request(file: Path, hub: Hub) -> None:
    first = next(one.entry for one in File(file).read() if one.entry.kind == "bin")
    many: list[Entry] = [first] * 1200
    pages = list(publishing.pages(many))
    assert sum(map(len, pages)) == 1200
    assert all(len(page) <= 500 for page in pages)
    assert all(len(json.dumps({"entries": page})) < 64 * 1024 for page in pages)
