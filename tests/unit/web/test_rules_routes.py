"""Which rules judge a compound, for everybody; others, from an administrator only."""

import msgspec
import pytest

from core.errors import DiskFull, Refused
from core.events.door import Closed
from infra.hub.rules import Adoption
from projections.alarms.files import SHIPPED
from projections.alarms.validation import BUILT_IN
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

PATH = "/api/v1/rules"
TEXT = SHIPPED.read_text(encoding="utf-8")
OTHER = TEXT.replace('kind = "door.heldopen"\npriority = 2', 'kind = "door.heldopen"\npriority = 3')


@pytest.fixture
def ruled(hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch) -> Caller:
    made = Adoption(
        hub_rig.folder / "rules.toml", {"c01"}, hub_rig.runner, hub_rig.log.head,
        hub_rig.own.append, hub_rig.clock, named=False,
    )  # fmt: skip
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, adopt_rules=made.adopt)
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    hub_rig.settle()
    return Caller(hub_rig)


def test_they_are_shown_whole_and_replaced_by_an_administrator(ruled: Caller) -> None:
    built_in = ruled.json(f"{PATH}/c01")
    assert (built_in["adopted"], built_in["sha256"]) == (False, BUILT_IN.sha256)
    assert len(built_in["rules"]) == len(BUILT_IN.rules)
    answer = ruled.post(PATH, role="admin", json={"rules": OTHER})
    assert answer.status_code == 201, answer.text
    assert answer.json()["compounds"] == {"c01": 2}
    ruled.rig.settle()
    now = ruled.json(f"{PATH}/c01")
    assert (now["adopted"], now["sha256"]) == (True, answer.json()["sha256"])
    assert now["actor"].startswith("token:")
    (held,) = [one for one in now["rules"] if one["kind"] == "door.heldopen"]
    assert held["priority"] == 3


@pytest.mark.parametrize("role", ["viewer", "auditor", "guard"])
def test_nobody_else_changes_them(ruled: Caller, role: str) -> None:
    answer = ruled.post(PATH, role=role, json={"rules": OTHER})
    assert answer.status_code == 403
    assert ruled.json("/api/v1/events?type=alarm.")["events"] == []


def test_what_is_unfit_is_named(ruled: Caller) -> None:
    body = {"rules": OTHER.replace("priority = 3", "priority = 9")}
    answer = ruled.post(PATH, role="admin", json=body)
    assert answer.status_code == 422
    assert "priority: 9 is none of 1" in answer.json()["detail"]
    assert ruled.post(PATH, role="admin", json={"rules": "x"}).status_code == 422
    assert ruled.get(f"{PATH}/c09").status_code == 404


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("named", "hub.toml names a file"), 409),
        (Refused("behind", "later"), 503),
        (DiskFull("no room"), 503),
    ],
)
def test_what_stands_in_the_way(ruled: Caller, error: Exception, status: int) -> None:
    def failing(_text: str, _actor: str) -> tuple[str, dict[str, int]]:
        raise error

    ruled.rig.desk = msgspec.structs.replace(ruled.rig.desk, adopt_rules=failing)
    answer = Caller(ruled.rig).post(PATH, role="admin", json={"rules": OTHER})
    assert answer.status_code == status
    assert ruled.rig.fatal == []
