"""The table of pairs: the core of it code by code, the rest by its rules."""

import pytest

from core.catalog import CATALOG
from core.events import access, device, door
from devices.adapter import Known
from devices.hikvision.codes import MEANINGS, UNKNOWN, VERSION, Meaning, table_of
from tests.unit.devices.test_hikvision import TOPIC, alert, coded
from tests.unit.devices.wire import draft, site_with

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
    ("major", "minor"), [(2, 0x19), (1, 0x4B), (5, 0x25), (5, 9999), (0, 0), (-1, 75), (6, 75)]
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


def test_exceptions_are_about_the_device() -> None:
    assert {major for major, _minor in MEANINGS} == {1, 2, 3, 5}
    assert not [one for (major, _), one in MEANINGS.items() if major == 2 and _decides(one)]
    on, lost = coded(2, 0x400), coded(2, 0x27).data
    assert on.subject == "device/025e10aa0007"
    assert isinstance(on.data, device.Connected)
    assert isinstance(lost, device.Lost)
    assert (on.data.reason, lost.reason) == ("power-on", "network")
    low, full = coded(2, 0x403).data, coded(2, 0x404).data
    assert isinstance(low, device.ConditionChanged)
    assert isinstance(full, device.ConditionChanged)
    assert (low.condition, low.active) == ("battery-low", True)
    assert (full.condition, full.active) == ("battery-low", False)


def test_every_published_minor_of_events_is_known_by_name() -> None:
    minors = [*range(0x01, 0x64), *range(0x65, 0x6A), *range(0x70, 0x76), 0x77, 0x78, 0x82,
              *range(0x84, 0x90), 0x94, *range(0x96, 0xAB), *range(0xAC, 0xB3), *range(0xB5, 0xBB),
              0xC3, 0x400]  # fmt: skip
    assert len(minors) == 162
    names = [MEANINGS[5, minor].name for minor in minors]
    assert all(names)
    assert len(set(names)) == len(names)
    bell = coded(5, 0x25).data
    assert isinstance(bell, access.Unclassified)
    assert bell.native["event"] == "doorbell-rang"
    assert "event" not in coded(5, 9999).data.native


@pytest.mark.parametrize(
    ("overlay", "minor", "type", "name"),
    [
        ("lift-relays", 0x65, access.Unclassified, "lift-key-relay-closed"),
        ("number-and-pin", 0x65, access.Granted, "number-and-pin-accepted"),
        ("number-and-pin-68", 0x68, access.Granted, "number-and-pin-accepted"),
        ("nobody-knows", 0x68, access.Denied, "liveness-refused"),
    ],
)
def test_firmware_that_means_something_else(
    overlay: str, minor: int, type: object, name: str
) -> None:
    site = site_with("025e10aa0007", Known(options={"codes": overlay}))
    body = alert({"subEventType": minor, "name": None, "employeeNoString": None})
    made = draft(TOPIC, body, site).data
    assert made.__class__ is type
    assert (made.native["event"], made.native["table"]) == (name, VERSION)
    assert made.native.get("overlay", "nobody-knows") == overlay


@pytest.mark.parametrize(
    "row",
    [
        'version = "2"', "version = 2\n[nonsense]\n1 = ['x']",
        "version = 2\n[event]\n1 = []", "version = 2\n[event]\n1 = [7]",
        "version = 2\n[event]\n1 = ['x', 'access.opened']",
        "version = 2\n[event]\n1 = ['x', 'access.granted', 'plates']",
        "version = 2\n[event]\n1 = ['x', 'access.denied', 'card', 'because']",
        "version = 2\n[event]\n1 = ['x', 'access.granted', 'card', 'people']",
        "version = 2\n[event]\n1 = ['x', 'door.opened', 'a', 'b']",
        "version = 2\n[event]\n1 = ['x', 'device.condition.changed', 'a', 'perhaps']",
        "version = 2\n[event]\n1 = ['x', 'door.opened', 'a', 'b', 'c']",
        "version = 2\n[event]\n1 = ['x']\n0x01 = ['y']",
        "version = 2\n[overlay.x.events]\n1 = ['x']",
    ],
)  # fmt: skip
def test_a_table_that_says_what_no_event_can_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"version|table|x: "):
        table_of(row)


def _decides(meaning: Meaning) -> bool:
    return meaning.cls in (access.Granted, access.Denied)
