"""The whole box as a property office uses it: a policy to the gate, a pass, an order, a look."""

import http.client
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.clock import SystemClock
from tests.fix_broker import PATIENCE, Publisher, eventually
from tests.fix_gate import request
from tests.fix_people import CARD, LISTED, PHONE, PLATE, POLICY, VISITOR
from tests.integration.test_box import BoxProcess
from tests.integration.test_box import box as box

WRONG = POLICY.replace('groups = ["residents"]', 'groups = ["nobody"]')


class Shell:
    """`menwei …` on the box's data folder, and its API as a role."""

    def __init__(self, box: BoxProcess, folder: Path) -> None:
        self.box, self.folder = box, folder

    def said(self, *words: str, code: int = 0) -> str:
        return self.plain(*words, "--data", str(self.box.folder), code=code)

    def plain(self, *words: str, code: int = 0) -> str:
        """What knows no data folder."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *words],
            capture_output=True, text=True, timeout=PATIENCE,
            cwd=Path(__file__).parents[2], check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def policy(self, text: str) -> Path:
        path = self.folder / "policy.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def get(self, path: str, role: str = "guard") -> Any:
        token = self.said("token", "--role", role).strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.box.http, timeout=PATIENCE)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        return json.loads(body)

    def view(self) -> Any:
        return self.get("/api/v1/views/safe_community/c01")


@pytest.fixture
def shell(box: BoxProcess, tmp_path: Path) -> Shell:
    return Shell(box, tmp_path)


def test_before_there_is_a_hub(shell: Shell) -> None:
    path = shell.policy(POLICY)
    said = shell.said("policy", "publish", str(path), "--compound", "c01", code=3)
    assert "no hub here" in said


def test_a_policy_a_pass_and_an_order(shell: Shell, box: BoxProcess) -> None:
    box.start()
    path = shell.policy(POLICY + LISTED)
    publish = ("policy", "publish", str(path), "--compound", "c01")
    assert "would be published" in shell.said(*publish, "--dry-run")
    assert "version 1 published" in shell.said(*publish)
    eventually(lambda: shell.view()["policy"].get("gateways") == {"gw01": 1})

    shell.policy(WRONG)
    assert "is no group of this file" in shell.said(*publish, code=2)

    issue = ("pass", "issue", "--compound", "c01", "--door", "south-gate", "--plate", PLATE,
             "--name", VISITOR, "--phone", PHONE, "--host", "r-3-2-502")  # fmt: skip
    pass_id, text = shell.said(*issue).split()
    assert text.startswith("MWP1.")
    picture = shell.folder / "pass.png"
    shell.said("pass", "show", pass_id, "--compound", "c01", "--qr", str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")
    shell.said("pass", "revoke", pass_id, "--compound", "c01", "--reason", "cancelled")
    eventually(lambda: shell.view()["policy"]["gateways"] == {"gw01": 2})
    shown = json.loads(shell.said("pass", "show", "--compound", "c01"))
    assert (shown["passId"], shown["state"]) == (pass_id, "revoked")

    ordered = shell.said("command", "open", "south-gate", "--compound", "c01", "--reason", "test")
    assert re.match(r"act:[0-9a-f]{32} to gw01, until ", ordered)
    eventually(lambda: [one for one in shell.view()["orders"] if one.get("outcome")])
    (order,) = shell.view()["orders"]
    assert order["outcome"] == "obeyed"

    body = shell.get(f"/api/v1/timeline/c01?card={CARD}&reason=incident")
    assert body["names"] == {body["references"][0]: "e-7-wang"}

    reader = Publisher(box)
    reader.publish(*request(1, card="0A0B0C0D", at=SystemClock().now()))
    reader.settle()
    reader.close()
    timeline = "/api/v1/timeline/c01?person=r-3-2-502&reason=incident"
    eventually(lambda: "access.denied.v1" in str(shell.get(timeline)))
    (denied,) = [one for one in shell.get(timeline)["events"] if one["type"] == "access.denied.v1"]
    assert (denied["data"]["reason"], denied["data"]["policy"]) == ("watch-listed", 2)

    assert box.stop() == 0
    again = shell.said(*publish, code=3)
    assert "the hub does not answer" in again

    box.start()  # the newest is sent again; the gateway has it already
    eventually(lambda: shell.view()["policy"]["gateways"] == {"gw01": 2})
    leaked = [one for one in (CARD, PLATE, PHONE, VISITOR, "e-7-wang") if one in box.said()]
    assert leaked == []
