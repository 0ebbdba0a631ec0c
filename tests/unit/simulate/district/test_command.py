"""`menwei district` from a shell."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import ConfigError
from infra.district_commands import app

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated")
    made = runner.invoke(
        app, ["generate", "--out", str(out), "--seed", "3", "--compounds", "2", "--days", "2"]
    )
    assert made.exit_code == 0, made.output
    for said in ("waste.bin.collected.v1", "missed-bin", "register entries"):
        assert said in made.output
    # Those that stand, without the one that comes in the place of another.
    stand = next(line for line in made.output.splitlines() if "bins as it begins" in line)
    lines = (out / "register.jsonl").read_text(encoding="utf-8").splitlines()
    bins = [line for line in lines if '"kind":"bin"' in line]
    assert int(stand.split("│")[2]) == len(bins) - 1 == 100
    return out


def test_it_writes_register_messages_and_truth(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"register.jsonl", "truth.jsonl", "messages-2026-10-01.jsonl"} <= names


def test_the_truth_agrees_with_itself(folder: Path) -> None:
    truth = str(folder / "truth.jsonl")
    done = runner.invoke(app, ["score", "--truth", truth, "--findings", truth, "--floor", "1"])
    assert done.exit_code == 0
    assert "0.5" not in done.output


def test_below_the_floor_it_ends_with_one_and_says_why(folder: Path, tmp_path: Path) -> None:
    truth = folder / "truth.jsonl"
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    missed = [one["key"] for one in lines if one["kind"] == "missed-bin"]
    kept = [one for one in lines if one["key"] != missed[0]]
    (tmp_path / "found").write_text(json.dumps(kept))
    words = ["score", "--truth", str(truth), "--findings", str(tmp_path / "found")]
    done = runner.invoke(app, [*words, "--floor", "1", "--examples", "3"])
    assert done.exit_code == 1
    assert missed[0] in done.output.replace("\n", "")
    fine = runner.invoke(app, [*words, "--floor", "1", "--kinds", "double-read, lost-tag"])
    assert fine.exit_code == 0
    assert "missed-bin" not in fine.output


def test_mistakes_are_named(folder: Path, tmp_path: Path) -> None:
    truth = str(folder / "truth.jsonl")
    words = ["score", "--truth", truth, "--findings", truth, "--kinds", "late-bin"]
    assert "late-bin" in str(runner.invoke(app, words).exception)
    made = runner.invoke(app, ["generate", "--out", str(tmp_path), "--start", "1.10."])
    assert isinstance(made.exception, ConfigError)
    assert list(tmp_path.iterdir()) == []
    made = runner.invoke(app, ["generate", "--out", str(tmp_path), "--start", "9999-12-31"])
    assert isinstance(made.exception, ConfigError)
    assert list(tmp_path.iterdir()) == []
