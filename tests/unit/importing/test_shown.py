"""Every reason has its words, in both languages; reports for people and for machines."""

import ast
import io
import json
from pathlib import Path

from rich.console import Console

import infra.importing
from infra.importing import shown
from infra.importing.aside import Aside
from infra.importing.report import Report
from projections.console.texts import CATALOGUE, LANGUAGES

FOLDER = Path(next(iter(infra.importing.__path__)))
RAISED = {"Unfit", "Unusable", "Undecodable"}


def reasons(folder: Path) -> set[str]:
    """First arguments, as written, of what is raised."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in RAISED and node.args:
                for one in ast.walk(node.args[0]):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        found.add(one.value)
    return found


def test_every_reason_that_is_raised_has_words() -> None:
    devices, core = FOLDER.parents[1] / "devices", FOLDER.parents[1] / "core"
    raised = reasons(FOLDER) | reasons(devices) | reasons(core)
    assert {"no-zone", "forbidden-type", "malformed", "unit-column"} <= raised
    raised |= {"unknown-category", "unknown-direction", "duplicate", "conflict", "truncated"}
    raised -= {"unknown-", "field"}
    assert {one for one in raised if f"importReason.{one}" not in CATALOGUE} == set()


def test_no_words_are_left_over() -> None:
    used = (FOLDER / "shown.py").read_text(encoding="utf-8")
    names = {key.partition(".")[2] for key in CATALOGUE if key.startswith("import.")}
    assert {one for one in names if f'"{one}"' not in used} == set()


def test_names_and_reasons_are_whole_in_a_narrow_window() -> None:
    many = tuple(Aside(row, "negative-weight", "gross: -98.6") for row in range(2, 40))
    names = [f"messages-2026-10-{day:02}.jsonl" for day in range(1, 6)]
    reports = [
        Report(file=one, aside=38, by_reason={"negative-weight": 38}, rows_aside=many)
        for one in names
    ]
    console = Console(width=60, record=True, file=io.StringIO())
    shown.show(reports, [], console)
    said = console.export_text()
    assert "…" not in said
    assert said.rstrip().endswith(f": {5 * 38 - 20}")


def test_what_stands_in_a_file_does_not_steer_the_terminal() -> None:
    """A title of a column that a stranger wrote, or the file's name."""
    said = io.StringIO()
    file = "\x1b]0;gone\x07.csv"
    asides = (Aside(2, "time", "time: \x9b2J"),)
    reports = [
        Report(
            file=file, sha256="0", rows=1, aside=1, by_reason={"time": 1}, rows_aside=asides,
            columns={"time": "时间\x1b[2J"}, unread=("备\r注",),
        )
    ]  # fmt: skip
    shown.show(reports, [Path(file)], Console(file=said, width=200))
    shown.show(reports * 9, [], Console(file=said, width=200))
    text = said.getvalue()
    assert "时间\N{REPLACEMENT CHARACTER}[2J" in text
    assert {one for one in text if not one.isprintable()} <= {"\n", "\u3000"}


def test_a_report_as_json_carries_the_words(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    aside = (Aside(2, "no-zone", "time"), Aside(3, "0x17"))
    one = Report(file="a.csv", rows=2, aside=2, by_reason={"no-zone": 1}, rows_aside=aside)
    shown.write(path, [one, Report(file="b.csv", refused="empty")])
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert set(first["reasons"]["no-zone"]) == set(LANGUAGES)
    assert first["reasons"]["0x17"] == dict.fromkeys(LANGUAGES, "0x17")
    assert first["rowsAside"][0] == {"row": 2, "reason": "no-zone", "detail": "time", "other": 0}
    assert (second["refused"], list(second["reasons"])) == ("empty", ["empty"])
