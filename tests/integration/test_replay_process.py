"""`menwei replay` as somebody runs it: stopped by Ctrl-C, and stepped through by Enter."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core.events.door import Closed, Forced, Opened
from tests.fix_broker import PATIENCE
from tests.fix_hub import NOW, HubRig
from tests.fix_hub import hub_rig as hub_rig


@pytest.fixture
def folder(hub_rig: HubRig) -> Path:
    """Three events, an hour after each other, in a log that its hub still has open."""
    for number, data in enumerate((Opened(), Closed(), Forced())):
        hub_rig.add([hub_rig.event(data, "door/1", at=NOW + number * timedelta(hours=1))])
    hub_rig.settle()
    return hub_rig.folder


def started(folder: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "infra.cli", "replay", "--data", str(folder)]
    return subprocess.Popen(
        [*command, "--compound", "c01", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_ctrl_c_ends_it_and_says_how_to_go_on(folder: Path) -> None:
    process = started(folder, "--speed", "1", "--longest-wait", "3600", "--type", "door")
    assert process.stdout is not None
    first = process.stdout.readline()
    assert "door.opened.v1" in first
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "door.closed.v1" not in out
    assert out.count("equals the view as of then") == 2
    assert "go on with --from 2.0 --to 3" in err
    again = started(folder, "--from", "2.0", "--to", "3", "--json")
    out, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0
    assert [kind in out for kind in ("door.opened.v1", "door.closed.v1", "door.forced.v1")] == [
        False, True, True,
    ]  # fmt: skip


def test_step_by_step(folder: Path) -> None:
    process = started(folder, "--step", "--type", "door")
    out, err = process.communicate("\n1\nq\n", timeout=PATIENCE)
    assert process.returncode == 0
    assert "door.closed.v1" in out
    assert "door.forced.v1" not in out
    assert "go on with --from 3.0" in err


def test_what_is_wrong_is_one_sentence(folder: Path) -> None:
    process = started(folder, "--speed", "fast")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err == "menwei: --speed fast: a number above 0, such as 1 or 60, or max.\n"
