"""A district's register by the command line, into a running hub and out of it again."""

import json
from pathlib import Path
from typing import Any

from tests.fix_broker import eventually
from tests.integration.test_box import BoxProcess
from tests.integration.test_box import box as box
from tests.integration.test_people import Shell
from tests.integration.test_people import shell as shell

SINCE = "2026-10-01T00:00:00+08:00"
ENTRIES: list[dict[str, Any]] = [
    {"kind": "compound", "name": "c17", "validFrom": SINCE},
    {"kind": "point", "name": "c17-p1", "compound": "c17", "validFrom": SINCE},
    *(
        {"kind": "bin", "name": f"c17-p1-{at}", "compound": "c17", "point": "c17-p1",
         "category": "food", "uidHex": f"E280{at:04}", "validFrom": SINCE}
        for at in range(700)
    ),
    {"kind": "scrap", "bin": "c17-p1-7", "validFrom": "2026-11-01T00:00:00+08:00"},
]  # fmt: skip


def test_it_is_published_once_and_read_back(shell: Shell, box: BoxProcess, tmp_path: Path) -> None:
    box.start()
    path = tmp_path / "register.jsonl"
    path.write_text("\n".join(map(json.dumps, ENTRIES)), encoding="gb18030")
    said = shell.said("register", "publish", str(path))
    assert f"{len(ENTRIES)} entries stored" in said
    assert "0 entries stored; 703 were known" in shell.said("register", "publish", str(path))
    query = f"/api/v1/waste/register?kind=bin&at={SINCE.replace('+', '%2B')}"
    eventually(lambda: len(shell.get(query)["entries"]) == 700)
    eventually(lambda: len(shell.get("/api/v1/waste/register?kind=bin")["entries"]) == 699)

    more = tmp_path / "more.jsonl"
    tag = {"kind": "tag", "bin": "c17-p1-8", "uidHex": "E2800009", "validFrom": SINCE}
    more.write_text(json.dumps(tag), encoding="utf-8")
    assert "while c17/c17-p1-9 carries it" in shell.said("register", "publish", str(more), code=1)
