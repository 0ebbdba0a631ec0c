"""Rows that were set aside, written to be corrected and imported again."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.commands import app
from infra.importing import packed, report, window
from tests.fix_importing import Folder, lift, lines

HEAD = "收运时间,车牌号,桶编号,毛重(kg),备注\n"
ROWS = (
    "2026-10-03 05:20:44,粤B12345,b1,98.6,\n"
    '2026-10-03 05:30:44,粤B12345,b2,-98.6,"雨\n天"\n'
    "2026-10-03 05:40:44,粤B12345,b3,98.6,a,b\n"
    "2026-10-03 05:20:44,粤B12345,b1,98.6,\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def typed(folder: Folder, path: Path, *more: str) -> tuple[int, str]:
    words = ["import", str(path), "--data", str(folder.hub), "--workers", "1", *more]
    found = CliRunner().invoke(app, [*words, "--zone", "Asia/Shanghai"])
    return found.exit_code, found.output


def written(folder: Folder) -> Path:
    (path,) = (folder.path / "aside").iterdir()
    return path


def test_what_somebody_is_correcting_is_not_written_over(folder: Folder) -> None:
    path = folder.write((HEAD + ROWS).encode(), "table.csv")
    words = ("--aside", str(folder.path / "aside"))
    typed(folder, path, *words)
    made = written(folder)
    first = made.read_bytes()
    typed(folder, path, *words)
    assert written(folder).read_bytes() == first
    made.write_bytes(b"half done")
    typed(folder, path, *words)
    assert made.read_bytes() == b"half done"
    assert made.with_name(made.name.replace(".aside", "-2.aside")).read_bytes() == first


def test_what_was_imported_before_crowds_out_no_row_to_be_corrected(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --aside a file is read again when it is in, and then all that was right repeats it."""
    monkeypatch.setattr(report, "_KEPT", 3)
    monkeypatch.setattr(report, "SHOWN", 2)
    monkeypatch.setattr(window, "_MOST", 2)
    monkeypatch.setattr(packed, "_BLOCK", 600)
    told = [lift(number) for number in range(9)]
    path = folder.write(lines([*told, lift(9, grossG=-1)]))
    code, _ = typed(folder, path, "--aside", str(folder.path / "aside"))
    assert code == 1
    (line,) = written(folder).read_bytes().splitlines()
    assert json.loads(line)["aside"]["reason"] == "negative-weight"


@pytest.mark.parametrize("before", [False, True])
def test_rows_of_a_table_are_corrected_and_imported_again(folder: Folder, before: bool) -> None:
    """`before`: the file was imported without the option, long ago."""
    path = folder.write((HEAD + ROWS).encode("gb18030"), "table.csv")
    if before:
        typed(folder, path)
    code, said = typed(folder, path, "--aside", str(folder.path / "aside"))
    assert (code, "correct them" in said) == (1, True)
    made = written(folder)
    assert made.stat().st_mode & 0o077 == 0
    assert made.parent.stat().st_mode & 0o077 == 0
    head, first, second = csv.reader(made.read_text(encoding="utf-8-sig").splitlines(keepends=True))
    assert (first[0], first[2], first[3]) == ("3", "negative-weight", "gross: -98.6")
    assert first[4:6] == ["重量为负。请更正。", "A negative weight. Correct it."]
    assert (second[0], second[2]) == ("5", "ragged")
    assert dict(zip(head, first, strict=False))["备注"] == "雨\n天"
    corrected = made.read_text(encoding="utf-8-sig").replace(",-98.6,", ",98.6,")
    made.write_text(corrected.replace(",a,b", ",a b"), encoding="utf-8-sig")
    code, _ = typed(folder, made)
    assert code == 0
    assert folder.counts()["waste.bin.collected.v1"] == 3
    assert folder.once()


def test_no_cell_of_a_stranger_becomes_a_formula(folder: Folder) -> None:
    head = "收运时间,车牌号,桶编号,毛重(kg),=cmd\n"
    row = '2026-10-03 05:20:44,粤B12345,"=""b1""",-98.6,"=HYPERLINK(""x"")"\n'
    path = folder.write((head + row).encode(), "table.csv")
    typed(folder, path, "--aside", str(folder.path / "aside"))
    text = written(folder).read_text(encoding="utf-8-sig")
    names, told = csv.reader(text.splitlines())
    assert names[-1] == "'=cmd"
    assert told[-3:] == ['\'="b1"', "-98.6", '\'=HYPERLINK("x")']
    written(folder).write_text(text.replace(",-98.6,", ",98.6,"), encoding="utf-8-sig")
    assert typed(folder, written(folder))[0] == 0
    (lifted,) = folder.events("waste.bin.collected.v1")
    assert getattr(lifted.data, "bin", "") == "b1"


def test_messages_keep_their_words_beside_the_reason(folder: Folder) -> None:
    bad = lift(2, grossG=-5)
    content = lines([lift(1), lift(1), bad]) + b'{"compound"\n{}\n[1]\n'
    path = folder.write(content)
    assert typed(folder, path, "--aside", str(folder.path / "aside"))[0] == 1
    made = written(folder)
    first, *rest = made.read_bytes().splitlines()
    told = json.loads(first)
    aside = told.pop("aside")
    assert (aside["row"], aside["reason"], aside["detail"]) == (3, "negative-weight", "grossG: -5")
    assert told == bad
    assert rest[0].endswith(b'"compound"')
    assert json.loads(rest[1])["aside"]["reason"] == "shape"
    assert rest[2] == b"[1]"
    corrected = made.read_bytes().replace(b'"grossG": -5', b'"grossG": 98600')
    made.write_bytes(corrected.splitlines(keepends=True)[0])
    assert typed(folder, made)[0] == 0
    assert folder.counts()["waste.bin.collected.v1"] == 2


def test_repeated_rows_are_nothing_to_correct(folder: Folder) -> None:
    path = folder.write(lines([lift(1), lift(1)]))
    assert typed(folder, path, "--aside", str(folder.path / "aside"))[0] == 1
    assert not (folder.path / "aside").exists()


def test_a_conflict_names_the_other_row_though_both_were_read_before(folder: Folder) -> None:
    path = folder.write(lines([lift(1), lift(2), lift(1, grossG=99_000)]))
    typed(folder, path)
    typed(folder, path, "--aside", str(folder.path / "aside"))
    (line,) = written(folder).read_bytes().splitlines()
    aside = json.loads(line)["aside"]
    assert (aside["row"], aside["reason"], aside["other"]) == (3, "conflict", 1)


def test_rows_of_json_are_corrected_and_imported_again(folder: Folder) -> None:
    good = {"time": "2026-10-03 05:20:44", "vehicle": "v001", "bin": "b1", "gross_kg": 98.6}
    bad = {**good, "bin": "b2", "gross_kg": -98.6}
    path = folder.write(json.dumps([good, bad], indent=1).encode(), "table.json")
    typed(folder, path, "--aside", str(folder.path / "aside"))
    made = written(folder)
    told = json.loads(made.read_bytes())
    assert told.pop("aside")["row"] == 2
    assert told == bad
    made.write_bytes(made.read_bytes().replace(b"-98.6", b"98.6"))
    assert typed(folder, made)[0] == 0
    assert folder.counts()["waste.bin.collected.v1"] == 2


def test_a_tag_that_was_moved_is_taken_from_the_file_of_what_was_set_aside(folder: Folder) -> None:
    head = "收运时间,车辆编号,桶编号,标签号\n"
    rows = [f"2026-10-{day:02} 05:20:44,v001,b{1 + day // 4},AA01AA01\n" for day in range(1, 7)]
    path = folder.write((head + "".join(rows)).encode(), "table.csv")
    typed(folder, path, "--aside", str(folder.path / "aside"))
    assert folder.counts()["waste.bin.collected.v1"] == 3
    assert "enter that in the register" in written(folder).read_text(encoding="utf-8-sig")
    assert typed(folder, written(folder))[0] == 0
    assert folder.counts()["waste.bin.collected.v1"] == 6
    assert folder.once()
