"""A ledger's files: what they say, that nothing in them runs, and that they are always the same."""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from xml.etree.ElementTree import fromstring

import msgspec
import pylopdf_fonts_zh_cn
import pytest

import tests
from infra.ledger.glyphs import Glyphs
from infra.ledger.pdf import laid_out
from infra.ledger.writers import WRITERS
from infra.spreadsheet import harmless
from projections.console.ledger_sheet import sheet
from projections.console.texts import LANGUAGES, Language, Words
from tests.fix_ledger import GONE, HOSTILE, LEDGER, LINES, MARKUP, MORE, line

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("form", sorted(WRITERS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_written_alike_whenever_that_is(
    form: str, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = WRITERS[form](LEDGER, language)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(0))
    assert WRITERS[form](LEDGER, language) == first
    other = msgspec.structs.replace(LEDGER, lines=LINES[:2])
    assert WRITERS[form](other, language) != first


def test_another_process_elsewhere_on_the_globe_writes_the_same(tmp_path: Path) -> None:
    """Neither zone, language, folder nor the order of hashes of a process is in the files."""
    program = (
        "import hashlib\n"
        "from infra.ledger.writers import WRITERS\n"
        "from tests.fix_ledger import LEDGER\n"
        "for form in sorted(WRITERS):\n"
        "    print(hashlib.sha256(WRITERS[form](LEDGER, 'zh')).hexdigest())\n"
    )
    elsewhere = {
        **os.environ,
        "TZ": "America/Los_Angeles",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
        "PYTHONPATH": str(Path(tests.__file__).parents[1]),
    }
    said = subprocess.run(
        [sys.executable, "-c", program], env=elsewhere, cwd=tmp_path, check=True,
        capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    here = [hashlib.sha256(WRITERS[form](LEDGER, "zh")).hexdigest() for form in sorted(WRITERS)]
    assert said == here


def test_csv_is_what_excel_opens_and_has_the_four_columns_side_by_side() -> None:
    content = WRITERS["csv"](LEDGER, "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n")
    head, *rows = table(content)
    at = head.index("种类")
    assert head[at : at + 4] == ["种类", "数量（千克）", "运输者", "去向"]
    assert rows[0][at : at + 4] == ["厨余垃圾", "123.005", "北京环卫一队", "大屯处理厂"]
    assert head[-3:] == ["凭证（日志位置／条数）", "溯源地址", "备注"]
    assert rows[0][-3:-1] == ["4001–5001 / 2", "/api/v1/waste/trips/v001/2026-10-01/1"]
    assert rows[2][at + 3] == "不明"


def test_csv_says_beside_a_line_what_it_was_and_what_is_gone() -> None:
    head, *rows = table(WRITERS["csv"](LEDGER, "en"))
    assert rows[0][-1] == (
        "mixed load; 5.000 kg of it by place alone; Quantity (kg): 100.000 → 123.005"
    )
    assert rows[1][-1] == "1 lifts not weighed"
    gone = rows[-1]
    assert len(gone) == len(head)
    assert gone[-1] == "7.000 kg in the revision before; no longer there"
    assert sum(float(row[head.index("Quantity (kg)")]) for row in rows) == pytest.approx(
        LEDGER.quantity_g / 1000
    )


def test_what_is_gone_is_not_said_of_the_line_that_bears_its_trips_number_now() -> None:
    gone = msgspec.structs.replace(GONE, trip=LINES[1].trip)
    moved = msgspec.structs.replace(LEDGER, changes=(MORE, gone))
    _, *rows = table(WRITERS["csv"](moved, "en"))
    assert rows[1][-1] == "1 lifts not weighed"
    assert rows[-1][-1] == "7.000 kg in the revision before; no longer there"


def test_no_cell_of_a_csv_runs() -> None:
    rows = table(WRITERS["csv"](LEDGER, "zh"))
    assert f"'{HOSTILE}" in rows[2]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_what_would_run_is_text(start: str) -> None:
    assert harmless(f"{start}1") == f"'{start}1"


def test_what_would_not_run_stays_as_it_is() -> None:
    assert [harmless(one) for one in ("", "a=1", "'=1", "1")] == ["", "a=1", "'=1", "1"]


def cells(content: bytes) -> dict[str, list[list[str | float]]]:
    """Sheet → its rows; numbers as numbers."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = [
            "".join(one.itertext())
            for one in fromstring(book.read("xl/sharedStrings.xml")).findall(f"{_NS}si")
        ]
        names = [
            one.attrib["name"]
            for one in fromstring(book.read("xl/workbook.xml")).iter(f"{_NS}sheet")
        ]
        found: dict[str, list[list[str | float]]] = {}
        for number, name in enumerate(names, 1):
            page = fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(page.iter(f"{_NS}f")), "a formula"
            assert not list(page.iter(f"{_NS}hyperlink"))
            found[name] = [
                [
                    strings[int(value)] if cell.get("t") == "s" else float(value)
                    for cell in row
                    if (value := cell.findtext(f"{_NS}v")) is not None
                ]
                for row in page.iter(f"{_NS}row")
            ]
        return found


def test_a_workbook_has_summary_lines_and_differences_as_numbers_and_text() -> None:
    found = cells(WRITERS["xlsx"](LEDGER, "zh"))
    assert list(found) == ["汇总", "明细", "与上一版的差异"]
    total = LEDGER.quantity_g / 1000
    assert found["汇总"][-1][:4] == ["厨余垃圾", total, "北京环卫一队", "大屯处理厂"]
    assert [row[4] for row in found["明细"][-3:]] == ["北京环卫一队", HOSTILE, MARKUP]
    assert found["与上一版的差异"][-2][3:5] == ["100.000", "123.005"]
    assert found["与上一版的差异"][-1][3:] == ["7.000", "无", ""]


def test_a_workbook_holds_kilograms_to_the_gram() -> None:
    """The float nearest to 71.716 has 71.71599999999999 in its first sixteen digits."""
    odd = msgspec.structs.replace(LEDGER, lines=(line(1, quantity_g=71_716),))
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"](odd, "zh"))) as book:
        page = fromstring(book.read("xl/worksheets/sheet2.xml"))
    assert "71.716" in {one.text for one in page.iter(f"{_NS}v")}


def test_a_workbook_bears_the_month_s_last_day() -> None:
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"](LEDGER, "zh"))) as book:
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2026-10-31T00:00:00Z"}


def test_a_pdf_is_for_archives_and_sets_commands_as_text() -> None:
    """`#panic()` in a carrier's name would end the typesetting, were it read as markup."""
    content = WRITERS["pdf"](LEDGER, "zh")
    assert b"<pdfaid:part>2<" in content
    assert b"<pdfaid:conformance>B<" in content
    assert set(re.findall(rb"<xmp:(?:Create|Modify)Date>([^<]+)<", content)) == {
        b"2026-10-31T00:00:00Z"
    }
    assert b"NotoSansSC" in content


RARE = "𠮷野家😀 한 \u202e \U000f0000"  # a rare surname's sign, and what no Chinese font shows


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_a_name_with_signs_that_few_fonts_have_costs_nobody_the_ledger(form: str) -> None:
    lines = (line(1, transporter=RARE, ticket=f"f01|{RARE}"), *LINES[1:])
    named = msgspec.structs.replace(LEDGER, name=RARE, street=RARE, lines=lines)
    assert WRITERS[form](named, "zh") != WRITERS[form](LEDGER, "zh")


def test_what_a_font_has_no_sign_for_stands_there_by_its_number() -> None:
    glyphs = Glyphs(pylopdf_fonts_zh_cn.sans_path())
    assert glyphs.shown("北京㐀é A·1") == "北京㐀é A·1"
    assert glyphs.shown("𠮷野家😀") == "〔U+20BB7〕野家〔U+1F600〕"
    assert glyphs.shown("甲\u202e乙\x00") == "甲〔U+202E〕乙〔U+0000〕"
    assert glyphs.shown("甲\n乙\u1680丙") == "甲 乙 丙"


def test_a_long_word_stays_inside_its_column() -> None:
    """Such as the ticket number of a site that prints its own name into it."""
    number = "T" * 128
    long = msgspec.structs.replace(LEDGER, lines=(line(1, ticket=f"f01|{number}"), *LINES[1:]))
    told = laid_out(sheet(long, Words("zh")))
    (lines,) = [one for one in told["tables"] if one["title"] == "明细"]
    at = [one["title"] for one in lines["columns"]].index("磅单")
    assert [one["wide"] for one in lines["columns"][at - 1 : at + 1]] == [False, True]
    pieces = lines["rows"][0][at].split("\u200b")
    assert max(map(len, pieces)) <= 12
    assert "".join(pieces) == f"f01 {number}"
    (usual,) = [
        one for one in laid_out(sheet(LEDGER, Words("zh")))["tables"] if one["title"] == "明细"
    ]
    assert usual["columns"][at]["wide"] is False
    assert not [cell for row in usual["rows"] for cell in row if "\u200b" in cell]


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_a_month_of_nothing_is_written_too(form: str) -> None:
    bare = msgspec.structs.replace(LEDGER, lines=(), totals=(), changes=(), quantity_g=0)
    assert WRITERS[form](bare, "zh")
