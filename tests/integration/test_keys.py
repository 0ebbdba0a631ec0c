"""Keys change hands in a whole box: gateway and hub, with events under way, and a thief cut off."""

import json
from pathlib import Path

import pytest

from core.keys import Signer
from tests.fix_broker import Publisher, eventually
from tests.fix_edge import native
from tests.fix_people import POLICY
from tests.integration.test_box import BoxProcess, once
from tests.integration.test_box import box as box
from tests.integration.test_people import Shell
from tests.integration.test_people import shell as shell


def publish(box: BoxProcess, first: int, count: int) -> set[str]:
    reader = Publisher(box)
    for number in range(first, first + count):
        reader.publish(*native(number))
    reader.settle()
    reader.close()
    return {f"door-07-{number}" for number in range(first, first + count)}


def key(path: Path) -> str:
    return Signer.load_or_create(path).public.hex()


@pytest.fixture
def edge(box: BoxProcess) -> Path:
    return box.folder / "edge" / "c01"


def test_gateway_and_hub_change_their_keys(shell: Shell, box: BoxProcess, edge: Path) -> None:
    box.start()
    sent = publish(box, 1, 20)
    once(box, sent)
    path = shell.policy(POLICY)
    shell.said("policy", "publish", str(path), "--compound", "c01")
    eventually(lambda: shell.view()["policy"].get("gateways") == {"gw01": 1})
    old, hub = key(edge / "gateway.key"), key(box.folder / "hub" / "hub.key")
    said = shell.plain("edge", "rotate-key", "--config", str(edge / "edge.toml"))
    assert shell.plain("edge", "rotate-key", "--config", str(edge / "edge.toml")) == said
    box.kill("hub")  # the gateway goes on into an outage, and dies in it
    sent |= publish(box, 21, 30)
    box.stop()
    # Only now: the box starts a killed hub again, and at its start the order is carried out.
    shell.plain("hub", "rotate-key", "--config", str(box.folder / "hub" / "hub.toml"))

    box.start()
    sent |= publish(box, 51, 10)
    once(box, sent)
    new = key(edge / "gateway.key")
    assert new in said
    told = shell.get("/api/v1/keys")
    states = {one["key"]: one for one in told["keys"]}
    assert states[old]["successor"] == new
    assert states[new]["believed"]
    assert states[hub]["successor"] == key(box.folder / "hub" / "hub.key")
    assert [one["disbelieved"] for one in told["history"]] == [""] * len(told["history"])
    # The hub's next version of the policy is signed by its new key, which the gateway follows.
    eventually(lambda: shell.view()["policy"]["gateways"] == {"gw01": 2})
    assert json.loads((edge / "hub-keys").read_bytes())[0]["from"] == hub

    box.stop()
    box.start()  # the gateway pins the new key from here on
    sent |= publish(box, 61, 5)
    once(box, sent)


def test_a_stolen_key_is_cut_off_and_the_gateway_goes_on_under_another(
    shell: Shell, box: BoxProcess, edge: Path
) -> None:
    box.start()
    sent = publish(box, 1, 5)
    once(box, sent)
    stolen = key(edge / "gateway.key")
    shell.said("gateway", "revoke", "--key", stolen, "--reason", "stolen")
    sent |= publish(box, 6, 5)
    eventually(lambda: "revoked" in {one["reason"] for one in _refusals(shell)})
    assert len(box.events()) == 5
    again = ("gateway", "enrol", "--compound", "c01", "--gateway", "gw01", "--reason", "back")
    assert "no key comes back" in shell.said(*again, "--key", stolen, code=2)
    assert "revoked already" in shell.said(
        "gateway", "revoke", "--key", stolen, "--reason", "lost", code=2
    )
    box.stop()
    box.start()  # hub.toml still names it
    eventually(lambda: "revoked" in {one["reason"] for one in _refusals(shell)})

    new = shell.plain("edge", "rotate-key", "--config", str(edge / "edge.toml")).split()[2]
    assert "is believed" in shell.said(*again, "--key", new)
    box.stop()
    box.start()
    sent |= publish(box, 11, 5)
    once(box, sent)  # what waited is written again under the new key
    assert "stolen" in shell.said("gateway", "list")


def _refusals(shell: Shell) -> list[dict[str, str]]:
    found: list[dict[str, str]] = shell.get("/api/v1/refusals")["refusals"]
    return found
