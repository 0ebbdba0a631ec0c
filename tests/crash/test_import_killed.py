"""`menwei import` killed at any moment: what is in the log is whole once the same command has run
again, and nothing of it is twice."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from infra.importing import staging
from tests.fix_core import SEED
from tests.fix_importing import Folder, lift, lines

ROUNDS = 12
MESSAGES = 6_000
ROOT = Path(__file__).parents[2]


def start(folder: Folder, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "infra.cli", "import", str(path)]
    return subprocess.Popen(
        [*command, "--data", str(folder.hub), "--workers", "1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_killed_again_and_again_it_is_there_once(folder: Folder) -> None:
    messages = [lift(number % 600, f"v{number // 600:03}") for number in range(MESSAGES)]
    path = folder.write(lines(messages))
    rng = random.Random(SEED)
    killed = 0
    for _ in range(ROUNDS):
        process = start(folder, path)
        try:
            _, said = process.communicate(timeout=rng.uniform(0.3, 1.6))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            counts = folder.counts()
            finished = counts["history.imported.v1"]
            assert finished == 0 or counts["waste.bin.collected.v1"] == MESSAGES
            continue
        assert process.returncode == 0, said.decode()
    assert killed
    process = start(folder, path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said.decode()
    assert folder.counts() == {"waste.bin.collected.v1": MESSAGES, "history.imported.v1": 1}
    assert folder.once()
    assert not (folder.hub / "imports" / staging.MANIFEST).exists()
