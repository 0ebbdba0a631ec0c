"""`menwei import` as it is typed."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.errors import EnvironmentFault
from infra.commands import app
from infra.importing.file import File
from infra.importing.report import Report
from tests.fix_importing import Folder, lift, lines


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def typed(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["import", *map(str, words)])
    return found.exit_code, found.output


def test_a_clean_file_ends_with_nothing_to_say(folder: Folder) -> None:
    path = folder.write(lines([lift(1), lift(2)]))
    code, said = typed(path, "--data", folder.hub, "--workers", 1)
    assert (code, "Imported" in said) == (0, True)
    assert folder.counts()["waste.bin.collected.v1"] == 2


def test_rows_set_aside_are_a_finding_with_words(folder: Folder, tmp_path: Path) -> None:
    path, report = folder.write(lines([lift(1)]) + b"{}\n"), tmp_path / "report.jsonl"
    code, said = typed(path, "--data", folder.hub, "--workers", 1, "--report", report)
    assert code == 1
    assert "Not of the form" in said
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["events"], told["byReason"]) == (1, {"shape": 1})


def test_weights_may_be_in_jin(folder: Folder) -> None:
    head, row = "time,vehicle,bin,gross\n", "2026-10-03 05:20:44,v001,c001-f1,197.2\n"
    path = folder.write((head + row).encode(), "lifts.csv")
    zone = ("--zone", "Asia/Shanghai")
    assert typed(path, "--data", folder.hub, "--workers", 1, *zone, "--unit", "jin")[0] == 0
    (event,) = folder.events("waste.bin.collected.v1")
    assert event.data.gross_g == 98_600  # type: ignore[attr-defined]


def test_a_path_that_is_wrong_stops_all_before_it_begins(folder: Folder) -> None:
    path = folder.write(lines([lift(1)]))
    words = ["import", str(path), str(folder.path / "nowhere"), "--data", str(folder.hub)]
    assert "nowhere" in str(CliRunner().invoke(app, words).exception)
    wrong = [*words[:2], *words[3:], "--report", str(folder.path / "no" / "report")]
    assert "--report" in str(CliRunner().invoke(app, wrong).exception)
    assert folder.recorded() == []


def test_what_was_done_is_told_when_a_later_file_fails(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [folder.write(lines([lift(one)]), f"{one}.jsonl") for one in range(2)]
    report = folder.path / "report.jsonl"
    stage = File.stage

    def failing(file: File, *args: Any) -> Report:
        if file.path == paths[1]:
            raise EnvironmentFault("no room")
        return stage(file, *args)

    monkeypatch.setattr(File, "stage", failing)
    options = ["--data", folder.hub, "--workers", 1, "--report", report]
    found = CliRunner().invoke(app, ["import", *map(str, [*paths, *options])])
    assert isinstance(found.exception, EnvironmentFault)
    assert "0.jsonl" in found.output
    assert json.loads(report.read_text(encoding="utf-8"))["events"] == 1


def test_a_name_in_another_encoding(folder: Folder) -> None:
    path = folder.path / os.fsdecode(b"\xca\xd5\xd4\xcb.jsonl")
    path.write_bytes(lines([lift(1)]) + b"{}\n")
    report, aside = folder.path / "report.jsonl", folder.path / "aside"
    options = ["--data", folder.hub, "--workers", 1, "--report", report, "--aside", aside]
    assert typed(path, *options)[0] == 1
    assert len(list(aside.iterdir())) == 1
    assert folder.counts()["waste.bin.collected.v1"] == 1


def test_a_dry_run_writes_nothing(folder: Folder) -> None:
    path = folder.write(lines([lift(1)]))
    before = sorted(folder.hub.rglob("*"))
    code, said = typed(path, "--data", folder.hub, "--workers", 1, "--dry-run")
    assert (code, "Dry run" in said) == (0, True)
    assert sorted(folder.hub.rglob("*")) == before


def test_a_dry_run_knows_what_was_imported(folder: Folder) -> None:
    folder.take(folder.write(lines([lift(1)])))
    more = folder.write(lines([lift(1), lift(2)]), "more.jsonl")
    code, said = typed(more, "--data", folder.hub, "--workers", 1, "--dry-run")
    assert (code, "duplicate" in said) == (1, True)
    assert folder.counts()["waste.bin.collected.v1"] == 1


def test_many_files_are_summed_up(folder: Folder) -> None:
    paths = [folder.write(lines([lift(one)]), f"{one}.jsonl") for one in range(5)]
    code, said = typed(*paths, "--data", folder.hub, "--workers", 1)
    assert code == 0
    assert "0.jsonl" in said
    assert folder.counts() == {"waste.bin.collected.v1": 5, "history.imported.v1": 5}


@pytest.mark.parametrize(
    "wrong", [("--zone", "Mars/Olympus"), ("--as", "gossip"), ("--zone", "Asia")]
)
def test_options_that_mean_nothing_are_named(folder: Folder, wrong: tuple[str, str]) -> None:
    path = folder.write(lines([lift(1)]))
    found = CliRunner().invoke(app, ["import", str(path), "--data", str(folder.hub), *wrong])
    assert wrong[0] in str(found.exception)


def test_a_file_that_is_called_after_a_plate_is_not_named(folder: Folder) -> None:
    code, said = typed(
        folder.write(lines([lift(1)]), "粤B12345.jsonl"), "--data", folder.hub, "--workers", 1
    )
    assert (code, "12345" in said) == (0, False)
    assert all("12345" not in repr(one) for one in folder.events())
