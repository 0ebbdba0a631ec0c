"""A box as it runs: what it stores is signed, an auditor proves and checks it from outside, and a
log that somebody changed behind its back is found at the next start."""

import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.tlog import checkpoint, lives
from core.tlog.note import verifier_key
from infra.hub_api import DIRECT
from tests.fix_broker import PATIENCE, eventually
from tests.integration.test_box import BoxProcess


def cli(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def box(tmp_path: Path) -> Iterator[BoxProcess]:
    made = BoxProcess(tmp_path / "data")
    yield made
    made.clear()


def asked(box: BoxProcess, path: str) -> bytes:
    with DIRECT.open(f"http://127.0.0.1:{box.http}{path}", timeout=PATIENCE) as answer:
        raw: bytes = answer.read()
        return raw


def health(box: BoxProcess) -> Any:
    return json.loads(asked(box, "/healthz"))


def test_a_log_is_signed_proved_and_found_when_it_was_changed(
    box: BoxProcess, tmp_path: Path
) -> None:
    box.start()
    eventually(lambda: health(box)["signed"] > 0)
    (key,) = [line.split()[-1] for line in box.said().splitlines() if " log key " in line]
    found = checkpoint.opened(
        asked(box, "/tlog/checkpoint"), verifier_key(key).name, [verifier_key(key)]
    )
    token = tmp_path / "token"
    token.write_text(cli("token", "--data", box.folder, "--role", "auditor")[1])
    url = f"http://127.0.0.1:{box.http}"
    code, proof = cli("audit", "prove", 1, "--url", url, "--token-file", token)
    assert code == 0
    (tmp_path / "proof").write_text(proof, encoding="utf-8")
    bearer = {"Authorization": f"Bearer {token.read_text().strip()}"}
    request = urllib.request.Request(f"{url}/tlog/frames/000.p/{found.head.size}", headers=bearer)
    with DIRECT.open(request, timeout=PATIENCE) as answer:
        raw = answer.read()
    (tmp_path / "frame").write_bytes(raw[4 : 4 + int.from_bytes(raw[:4], "big")])
    checked = ("audit", "check", tmp_path / "proof", "--frame", tmp_path / "frame", "--key", key)
    assert cli(*checked)[0] == 0
    assert cli("audit", "rebuild-tree", "--data", box.folder)[0] == 0  # while it runs
    assert box.stop(signal.SIGTERM) == 0

    life = lives.current(box.folder / "hub")
    assert life is not None
    with closing(sqlite3.connect(box.folder / "hub" / "log.db")) as db, db:
        db.execute("UPDATE stored_events SET state = CAST(state || 'x' AS BLOB) WHERE rowid = 1")
    code, said = cli("audit", "rebuild-tree", "--data", box.folder)
    assert (code, "the first position that differs is 1" in said) == (1, True)
