"""The table of pairs: the core of it code by code, the rest by its rules."""

import pytest

from core.catalog import CATALOG
from core.events import access, device, door
from devices.hikvision.codes import MEANINGS, UNKNOWN
from tests.unit.devices.test_hikvision import coded

GRANTED = {
    0x01: "card", 0x17: "button", 0x26: "fingerprint", 0x4B: "face", 0x69: "idcard", 0x9C: "qr",
    0x9E: "remote", 0x9F: "ble", 0xB5: "pin", 0x400: "remote",
}  # fmt: skip
DENIED = {
    0x06: ("card", "unauthorized"), 0x07: ("card", "not-permitted-at-this-time"),
    0x08: ("card", "credential-expired"), 0x09: ("card", "credential-not-found"),
    0x0A: ("unknown", "anti-passback"), 0x0B: ("unknown", "interlock"),
    0x27: ("fingerprint", "credential-not-found"), 0x4C: ("face", "credential-not-found"),
    0x50: ("face", "credential-not-found"), 0x68: ("face", "liveness-failed"),
    0x71: ("unknown", "blocked"), 0x94: ("pin", "blocked"), 0x97: ("pin", "invalid-pin"),
    0x9D: ("qr", "other"), 0xA0: ("ble", "other"), 0xA4: ("card", "credential-not-enabled"),
}  # fmt: skip
STATES = {
    (5, 0x15): "door.unlocked.v1", (5, 0x16): "door.locked.v1", (5, 0x19): "door.opened.v1",
    (5, 0x1A): "door.closed.v1", (5, 0x1B): "door.forced.v1", (5, 0x1C): "door.heldopen.v1",
    (5, 0x34): "door.unlocked.v1", (5, 0x85): "gate.tailgated.v1", (5, 0x86): "gate.reversed.v1",
    (5, 0x87): "gate.forced.v1", (5, 0x88): "gate.climbed.v1", (5, 0x89): "access.nottaken.v1",
    (1, 0x404): "device.tampered.v1", (1, 0x406): "device.tampered.v1",
    (1, 0x40A): "access.duress.v1", (3, 0x400): "door.unlocked.v1", (3, 0x401): "door.locked.v1",
}  # fmt: skip


@pytest.mark.parametrize("minor", GRANTED)
def test_granted(minor: int) -> None:
    data = coded(5, minor, currentVerifyMode=None).data
    assert isinstance(data, access.Granted)
    assert data.credential == GRANTED[minor]


@pytest.mark.parametrize("minor", DENIED)
def test_denied(minor: int) -> None:
    data = coded(5, minor, currentVerifyMode=None).data
    assert isinstance(data, access.Denied)
    assert (data.credential, data.reason) == DENIED[minor]


@pytest.mark.parametrize(("pair", "expected"), STATES.items())
def test_states_and_alarms(pair: tuple[int, int], expected: str) -> None:
    made = coded(*pair)
    assert type(made.data) is CATALOG.types[expected]


def test_causes_are_told() -> None:
    fire, remote, host = coded(5, 0x34).data, coded(3, 0x400).data, coded(1, 0x404).data
    assert isinstance(fire, door.Unlocked)
    assert isinstance(remote, door.Unlocked)
    assert isinstance(host, device.Tampered)
    assert (fire.cause, remote.cause, host.reason) == ("fire", "remote", "host")


@pytest.mark.parametrize(
    ("major", "minor"), [(2, 0x400), (1, 0x400), (5, 0x25), (5, 9999), (0, 0), (-1, 75), (6, 75)]
)
def test_a_pair_nobody_knows_is_kept_with_its_codes(major: int, minor: int) -> None:
    data = coded(major, minor).data
    assert isinstance(data, access.Unclassified)
    assert (data.native["major"], data.native["minor"]) == (major, minor)


def test_a_code_with_two_meanings_grants_only_to_a_person() -> None:
    assert coded(5, 0x65).data.TYPE == "access.granted.v1"
    nobody = coded(5, 0x65, name=None, employeeNoString=None)
    assert nobody.data.TYPE == "access.unclassified.v1"


def test_every_row_makes_an_event_of_the_catalogue() -> None:
    assert len(MEANINGS) > 120
    for (major, minor), meaning in MEANINGS.items():
        data = coded(major, minor).data
        assert type(data) is meaning.cls
        assert CATALOG.types[data.TYPE] is meaning.cls
    assert UNKNOWN.cls is access.Unclassified


def test_exceptions_of_the_device_are_no_access_facts() -> None:
    assert {major for major, _minor in MEANINGS} == {1, 3, 5}
