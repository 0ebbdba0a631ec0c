"""Which keys are believed, for everybody who may look; changed by an administrator only."""

import pytest

from core import handover
from tests.fix_hub import HubRig
from tests.fix_keys import NEW, OLD
from tests.fix_keys import Keyed as Hub
from tests.unit.web.conftest import Caller

PATH = "/api/v1/keys"


class Keyed(Hub):
    def __init__(self, rig: HubRig) -> None:
        super().__init__(rig)
        self.caller = Caller(rig)


@pytest.fixture
def keyed(hub_rig: HubRig) -> Keyed:
    return Keyed(hub_rig)


def enrol(**more: str) -> dict[str, str]:
    body = {"compound": "c01", "gateway": "gw02", "key": NEW.public.hex(), "reason": "new house"}
    return {**body, **more}


def test_they_are_shown_with_what_became_of_them(keyed: Keyed) -> None:
    told = keyed.caller.json(PATH)
    assert [(one["role"], one["gateway"], one["believed"]) for one in told["keys"]] == [
        ("hub", "", True),
        ("gateway", "gw01", True),
    ]
    assert [(one["type"], one["actor"]) for one in told["history"]] == [
        ("key.enrolled.v1", "hub.toml"),
        ("key.enrolled.v1", "hub.toml"),
    ]


def test_who_is_enrolled_is_heard_at_once_and_who_is_revoked_no_more(keyed: Keyed) -> None:
    caller = keyed.caller
    answer = caller.post(f"{PATH}/enrol", role="admin", json=enrol())
    assert answer.status_code == 201, answer.text
    assert keyed.heard[-1] == ["gw01", "gw02"]
    assert keyed.keys.names == {"c01": ["gw01", "gw02"]}
    gone = {"key": NEW.public.hex(), "reason": "stolen"}
    answer = caller.post(f"{PATH}/revoke", role="admin", json=gone)
    assert answer.status_code == 201, answer.text
    assert keyed.heard[-1] == ["gw01"]
    last = caller.json(PATH)["history"][-1]
    assert (last["type"], last["reason"]) == ("key.revoked.v1", "stolen")
    assert last["actor"].startswith("token:")
    assert caller.post(f"{PATH}/revoke", role="admin", json=gone).status_code == 409
    assert caller.post(f"{PATH}/enrol", role="admin", json=enrol()).status_code == 409


@pytest.mark.parametrize("role", ["viewer", "auditor", "guard"])
@pytest.mark.parametrize("verb", ["enrol", "revoke", "rotate"])
def test_nobody_else_changes_them(keyed: Keyed, role: str, verb: str) -> None:
    bodies: dict[str, dict[str, str]] = {
        "enrol": enrol(),
        "revoke": {"key": OLD.public.hex(), "reason": "lost"},
        "rotate": {"key": "0" * 64, "new": "0" * 64, "consent": "0" * 128, "proof": "0" * 128},
    }
    answer = keyed.caller.post(f"{PATH}/{verb}", role=role, json=bodies[verb])
    assert answer.status_code == 403
    assert len(keyed.caller.json(PATH)["history"]) == 2


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("enrol", enrol(key="x" * 64), 422),
        ("enrol", enrol(gateway="hub"), 422),
        ("enrol", enrol(compound="a/b"), 422),
        ("enrol", enrol(key=OLD.public.hex()), 409),
        ("enrol", enrol(more="?"), 422),
        ("revoke", {"key": NEW.public.hex(), "reason": "stolen"}, 404),
        ("revoke", {"key": OLD.public.hex(), "reason": "tired"}, 422),
    ],
)
def test_what_is_unfit_changes_nothing(
    keyed: Keyed, verb: str, body: dict[str, str], status: int
) -> None:
    answer = keyed.caller.post(f"{PATH}/{verb}", role="admin", json=body)
    assert answer.status_code == status, answer.text
    assert len(keyed.caller.json(PATH)["history"]) == 2


def test_the_hub_does_not_revoke_the_key_it_speaks_by(keyed: Keyed, hub_rig: HubRig) -> None:
    body = {"key": hub_rig.own.key.hex(), "reason": "stolen"}
    answer = keyed.caller.post(f"{PATH}/revoke", role="admin", json=body)
    assert answer.status_code == 409
    assert "rotate-key" in answer.json()["detail"]


def test_a_handover_by_hand_needs_both_signatures(keyed: Keyed) -> None:
    over = handover.rotated("gateway", OLD, NEW, compound="c01", gateway="gw01")
    body = {"key": over.old, "new": over.new, "consent": over.consent, "proof": over.proof}
    for wrong in ({"consent": over.proof}, {"proof": over.consent}):
        answer = keyed.caller.post(f"{PATH}/rotate", role="admin", json={**body, **wrong})
        assert answer.status_code == 422
    assert keyed.caller.post(f"{PATH}/rotate", role="admin", json=body).status_code == 201
    states = {one["key"]: one["believed"] for one in keyed.caller.json(PATH)["keys"]}
    assert (states[over.old], states[over.new]) == (False, True)
