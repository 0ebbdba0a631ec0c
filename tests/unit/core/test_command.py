"""Orders from the hub: the bytes are believed from the pinned key only, here, and in time."""

import base64
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.command import MAX_BYTES, Command, CommandRefused, open_command, sign
from tests.fix_core import START, signer_of

HUB = signer_of(1)
COMMAND = Command(
    id="hub:1",
    verb="open",
    compound="c01",
    gateway="gw01",
    target="door/south-gate",
    issued=rfc3339(START),
    until=rfc3339(START + timedelta(seconds=10)),
    actor="chief",
    args={"why": "delivery"},
)


def opened(payload: bytes, **passed: float) -> Command:
    return open_command(payload, HUB.public, "c01", "gw01", START + timedelta(**passed))


def refusal(payload: bytes, **passed: float) -> CommandRefused:
    with pytest.raises(CommandRefused) as caught:
        opened(payload, **passed)
    return caught.value


def changed(**fields: Any) -> bytes:
    return sign(msgspec.structs.replace(COMMAND, **fields), HUB)


def test_what_was_signed_is_what_is_opened() -> None:
    assert opened(sign(COMMAND, HUB), seconds=10) == COMMAND


def test_forged() -> None:
    assert refusal(sign(COMMAND, signer_of(2))).reason == "forged"
    frame = json.loads(sign(COMMAND, HUB))
    body = base64.b64decode(frame["command"]).replace(b"south", b"north")
    frame["command"] = base64.b64encode(body).decode()
    assert refusal(json.dumps(frame).encode()).reason == "forged"


def test_a_receipts_signature_is_none_of_a_command() -> None:
    """The same key signs both: the domain keeps them apart."""
    body = msgspec.json.encode(COMMAND)
    frame = {"command": base64.b64encode(body).decode(), "sig": HUB.sign(body).hex()}
    assert refusal(json.dumps(frame).encode()).reason == "forged"


@pytest.mark.parametrize("field", ["compound", "gateway"])
def test_elsewhere(field: str) -> None:
    assert refusal(changed(**{field: "other"})).reason == "elsewhere"


@pytest.mark.parametrize("passed", [10.001, 86_400, -301])
def test_late_and_from_the_future(passed: float) -> None:
    found = refusal(sign(COMMAND, HUB), seconds=passed)
    assert (found.reason, found.id, found.verb) == ("late", "hub:1", "open")


def test_no_order_lasts_for_ever() -> None:
    lasting = changed(until=rfc3339(START + timedelta(days=400)))
    assert opened(lasting, hours=1).id == "hub:1"
    assert refusal(lasting, hours=1, seconds=1).reason == "late"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"command":"*","sig":"00"}',
        b'{"command":"e30=","sig":"zz"}',
        b"[" * 100_000,
        b'{"command":"' + b"A" * MAX_BYTES + b'","sig":""}',
    ],
)
def test_malformed(payload: bytes) -> None:
    assert refusal(payload).reason == "malformed"


@pytest.mark.parametrize(
    "fields",
    [{"verb": "explode"}, {"id": ""}, {"until": "soon"}, {"args": {"x": 5}}, {"target": "x" * 300}],
)
def test_signed_and_no_command(fields: dict[str, Any]) -> None:
    assert refusal(changed(**fields)).reason == "malformed"
