"""/api/v1/provisioning: for administrators only, in their name, with the gateway's own words."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from projections.web.accounts import Account
from projections.web.gateway_desk import Json, Unreached
from projections.web.people import Unfit
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

ROOT = "/api/v1/provisioning"


class Asked:
    """What the gateway was asked, and by whom; it answers with all of that."""

    def __init__(self) -> None:
        self.fails: Exception | None = None

    def gateways(self) -> Sequence[str]:
        return ["c01/gw01"]

    def ask(
        self,
        account: Account,
        gateway: str,
        method: str,
        path: Sequence[str],
        *,
        query: Mapping[str, str] = {},
        body: object = None,
    ) -> Json:
        if self.fails is not None:
            raise self.fails
        return {"who": account.name, "at": gateway, "path": [method, *path], "query": dict(query),
                "body": body}  # fmt: skip

    def frame(self, account: Account, gateway: str, camera: str) -> bytes:
        return b"\xff\xd8"


@pytest.fixture
def asked(hub_rig: HubRig) -> Asked:
    made = Asked()
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, gateway_desk=made)
    return made


@pytest.fixture
def admin(asked: Asked, hub_rig: HubRig) -> Caller:
    return Caller(hub_rig)


def test_an_administrators_question_goes_through_in_their_name(admin: Caller) -> None:
    def ask(method: str, path: str, **more: Any) -> Any:
        response = admin.ask(method, f"{ROOT}/c01/gw01/{path}", role="admin", **more)
        assert response.status_code == 200, response.text
        return response.json()

    assert admin.ask("GET", ROOT, role="admin").json() == {"gateways": ["c01/gw01"]}
    told = ask("PUT", "devices/door-01", json={"name": "west"})
    assert told["path"] == ["PUT", "devices", "door-01"]
    assert (told["at"], told["body"]["name"]) == ("c01/gw01", "west")
    assert told["who"]
    told = ask("GET", "quarantine?reason=shape&decoded=true")
    assert told["query"] == {"reason": "shape", "adapter": "", "before": "0", "all": "1"}
    told = ask("POST", "quarantine/again", json={"rows": [3]})
    assert (told["body"]["rows"], told["body"]["dry_run"]) == ([3], True)
    assert ask("PUT", "cameras/south/zones", json={"version": 1})["body"] == {"version": 1}
    frame = admin.ask("GET", f"{ROOT}/c01/gw01/cameras/south/frame", role="admin")
    assert (frame.content, frame.headers["content-type"]) == (b"\xff\xd8", "image/jpeg")


def test_what_is_left_out_is_another_thing_than_null(admin: Caller) -> None:
    def told(wish: dict[str, Any]) -> Any:
        response = admin.ask("PUT", f"{ROOT}/c01/gw01/devices/x", role="admin", json=wish)
        assert response.status_code == 200, response.text
        return response.json()["body"]

    assert told({"name": "west"}) == {"name": "west"}
    assert told({"source": None, "secret": None}) == {"source": None, "secret": None}
    source = {"url": "http://h", "user": "u", "password": "p"}
    assert told({"source": source}) == {"source": source}
    long = {"source": {**source, "password": "zeppelin" * 99}}
    response = admin.ask("PUT", f"{ROOT}/c01/gw01/devices/x", role="admin", json=long)
    assert (response.status_code, "zeppelin" in response.text) == (422, False)


@pytest.mark.parametrize("role", ["viewer", "guard", "auditor", None])
def test_nobody_else_may(admin: Caller, role: Any) -> None:
    expected = 401 if role is None else 403
    paths = ["", "/c01/gw01/devices", "/c01/gw01/devices/x/raw", "/c01/gw01/cameras/x/frame"]
    for path in paths:
        assert admin.ask("GET", ROOT + path, role=role).status_code == expected


def test_what_stands_in_the_way_is_told(admin: Caller, asked: Asked) -> None:
    asked.fails = Unfit("this cannot be told", ["name: why"])
    response = admin.ask("PUT", f"{ROOT}/c01/gw01/devices/x", role="admin", json={})
    assert (response.status_code, response.json()["errors"]) == (422, ["name: why"])
    asked.fails = Unreached("gateway c01/gw01 does not answer")
    response = admin.ask("GET", f"{ROOT}/c01/gw01/devices", role="admin")
    assert response.status_code == 502
    assert "does not answer" in response.json()["detail"]


def test_a_hub_that_knows_no_gateway_says_what_to_do(caller: Caller) -> None:
    response = caller.ask("GET", ROOT, role="admin")
    assert (response.status_code, "docs/provisioning.md" in response.text) == (409, True)
