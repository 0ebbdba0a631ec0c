"""Devices told of while the agent runs, what they said last, and quarantine decoded again: a real
agent, asked over its admin port."""

import base64
import contextlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix_admin import TOKEN, AdminRig
from tests.fix_broker import PATIENCE, tail
from tests.fix_edge import PERSONAL, face, native

KEY = "025e10aa0007"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[AdminRig]:
    made = AdminRig(tmp_path / "edge", only_known=True)
    made.edge.start()
    yield made
    made.edge.kill()
    print(tail(made.edge.log))


def test_who_has_no_token_is_told_nothing(rig: AdminRig) -> None:
    for token in ("", "0" * 32):
        status, said = rig.ask("GET", "devices", token=token)
        assert status == 401
        assert "admin.token_file" in said["detail"]
    assert rig.ask("PUT", "devices/x", {}, actor="")[0] == 400
    assert rig.ask("GET", "nowhere")[0] == 404


def test_what_nobody_foresaw_is_answered_too(rig: AdminRig) -> None:
    status, said = rig.ask("POST", "quarantine/again", {"rows": [2**70], "dry_run": True})
    assert (status, list(said)) == (500, ["detail"])
    line = http.client.HTTPConnection("127.0.0.1", rig.admin, timeout=PATIENCE)
    with contextlib.closing(line):
        line.putrequest("GET", "//[", skip_host=False)
        line.putheader("Authorization", f"Bearer {TOKEN}")
        line.endheaders()
        assert line.getresponse().status == 400
    assert rig.ask("GET", "devices")[0] == 200


def test_a_device_gets_its_name_while_the_agent_runs(rig: AdminRig) -> None:
    rig.publish(native(1, device="door-01"))
    status, said = rig.ask("PUT", "devices/door-01", {"kind": "native", "name": "west-gate"})
    assert (status, said["told"], said["by"]) == (200, "here", "管理员")
    rig.publish(native(2, device="door-01"))
    rig.edge.stop()
    assert [one.subject for one in rig.edge.events("door.opened.v1")] == [
        "door/south-gate",
        "door/west-gate",
    ]
    (told,) = rig.edge.events("device.provisioned.v1")
    assert (told.data.device, told.data.actor) == ("door-01", "管理员")  # type: ignore[attr-defined]

    rig.edge.start()  # and it is known in the next life
    rig.publish(native(3, device="door-01"))
    assert rig.ask("DELETE", "devices/door-01")[0] == 200
    rig.publish(native(4, device="door-01"))  # what edge.toml says holds again
    assert rig.ask("DELETE", "devices/door-01")[0] == 409
    rig.edge.stop()
    assert [one.subject for one in rig.edge.events("door.opened.v1")][2:] == [
        "door/west-gate",
        "door/south-gate",
    ]


def test_an_unknown_device_is_found_taken_and_decoded_again_once(rig: AdminRig) -> None:
    message = face(9001)
    rig.publish(message, message)  # the second is a redelivery
    (found,) = [one for one in rig.get("devices")["devices"] if not one["told"]]
    assert (found["device"], found["adapter"], found["count"]) == (KEY, "hikvision", 2)
    quarantine = rig.get("quarantine")
    (row,) = quarantine["rows"]
    assert (row["reason"], row["count"]) == ("unknown-device", 2)

    wish = {"rows": [row["row"]], "dry_run": True}
    assert rig.ask("POST", "quarantine/again", wish)[1]["still"] == 1  # nothing is mended yet
    status, _ = rig.ask("PUT", f"devices/{KEY}", {"kind": "hikvision", "name": "south-door"})
    assert status == 200
    preview = rig.ask("POST", "quarantine/again", wish)[1]
    assert (preview["became"], preview["tried"][0]["events"][0]["device"]) == (1, KEY)
    assert rig.get("quarantine")["rows"][0]["resolved"] == ""

    rig.publish(face(9002))  # live again meanwhile
    wish = {"reason": "unknown-device", "dry_run": False}
    done = rig.ask("POST", "quarantine/again", wish)[1]
    assert (done["count"], done["became"], done["still"]) == (1, 1, 0)
    assert rig.get("quarantine")["rows"] == []
    assert rig.get("quarantine?all=1")["rows"][0]["resolved"] != ""
    assert rig.ask("POST", "quarantine/again", {"rows": [row["row"]], "dry_run": False})[0] == 200
    rig.edge.stop()
    granted = {
        one.id.rpartition(":")[2]: one.origin for one in rig.edge.events("access.granted.v1")
    }
    assert granted == {"9001": "replay", "9002": "live"}
    assert len(rig.edge.events("access.granted.v1")) == 2
    told = rig.edge.events("quarantine.replayed.v1")
    assert [one.data.became for one in told] == [1, 1]  # type: ignore[attr-defined]


def test_what_is_raw_is_shown_to_who_is_on_record(rig: AdminRig) -> None:
    topic, payload = face(9001)
    rig.publish((topic, payload))
    last = rig.get(f"devices/{KEY}/last")
    assert last["events"][0]["data"]["subjectRef"] == "<HMAC of employee>"
    assert not any(name in json.dumps(last, ensure_ascii=False) for name in PERSONAL)
    assert rig.ask("GET", f"devices/{KEY}/raw", actor="")[0] == 400
    raw = rig.get(f"devices/{KEY}/raw")
    assert (raw["topic"], base64.b64decode(raw["base64"])) == (topic, payload)
    rows = rig.get("quarantine")["rows"]
    assert base64.b64decode(rig.get(f"quarantine/{rows[0]['row']}/raw")["base64"]) == payload
    rig.edge.stop()
    looks = [one.data for one in rig.edge.events("raw.viewed.v1")]
    assert [(one.what, one.actor, one.device) for one in looks] == [  # type: ignore[attr-defined]
        ("last", "管理员", KEY),
        ("quarantine", "管理员", KEY),
    ]


def test_zones_are_taken_whole_or_refused_with_reasons(rig: AdminRig) -> None:
    camera = rig.folder / "camera" / "south"
    camera.mkdir(parents=True)
    assert [one["camera"] for one in rig.get("cameras")["cameras"]] == ["south"]
    assert rig.ask("GET", "cameras/south/frame")[0] == 404
    assert (camera / "wanted").exists()
    (camera / "live.jpg").write_bytes(b"\xff\xd8 a picture")
    assert rig.ask("GET", "cameras/south/frame")[1] == b"\xff\xd8 a picture"
    assert rig.get("cameras/south/zones") == {"version": 1}
    lane = {"name": "lane", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
    assert rig.ask("PUT", "cameras/south/zones", {"regions": [lane, lane]})[0] == 422
    assert rig.ask("PUT", "cameras/south/zones", {"regions": [lane]})[0] == 200
    assert rig.get("cameras/south/zones") == {"regions": [lane]}
    assert rig.ask("GET", "cameras/../zones")[0] == 404
    rig.edge.stop()
    assert len(rig.edge.events("camera.zones.drawn.v1")) == 1
    assert [one.data.what for one in rig.edge.events("raw.viewed.v1")] == ["frame"]  # type: ignore[attr-defined]
