"""Which native messages take the quick way: those devices send all day, and nothing unusual."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.event import Personal, Record
from core.events.access import Granted
from devices import registry
from devices.adapter import Known, Message, Site
from devices.native.quick import Quick
from tests.unit.devices.wire import SHANGHAI

TOPIC = "site/access/door-07"
CARD = "8800126053"


def body(type: str = "door.opened", data: Any = None, **attributes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "door-07-000481",
        "source": "/devices/door-07",
        "type": type,
        "time": "2026-11-21T08:00:00.123Z",
        "data": {"cause": "grant"} if data is None else data,
    } | attributes


def taken(told: dict[str, Any] | bytes, site: Site = SHANGHAI, topic: str = TOPIC) -> bool:
    """Whether it takes the quick way; if so, to where the other one leads."""
    payload = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    made = Quick(site).draft(topic, payload)
    if made is None:
        return False
    assert registry.decode(Message(topic, payload), site) == registry.Decoded("native", (made,))
    return True


@pytest.mark.parametrize(
    "told",
    [
        body(),
        body("door.opened.v1", {}),
        body("cn.example.door.closed.v1", {"cause": "timer", "durationS": 4.5}),
        body(subject="door/south-1", datacontenttype="application/json"),
        body(sequence="0000000481"),
        body(sequence=481),
        body(time="2026-11-21T16:00:00+08:00"),
        body(time="2026-11-21T16:00:00.120+08:00"),
        body(time="2026-11-21T08:00:00.123456+00:00"),
        body(time="2026-11-21T08:00:00Z"),
        body(time="2026-11-21 16:00:00"),
        body("waste.bin.level.measured", {"distanceMm": 412, "temperatureCel": 21.5, "rssi": -71}),
        body("waste.deposit.recorded", {"category": "food", "grossG": 2210, "netG": 2170}),
        body("access.granted", {"direction": "in", "credential": "card", "cardNo": CARD}),
        body("access.granted", {"cardNo": int(CARD), "employeeNo": "E-20481"}),
        body("access.requested", {"credential": "qr", "qr": int(CARD)}),
        body("vehicle.passed", {"direction": "in", "plate": "VEH-000121"}),
        body("device.connected", {"model": "T2"}),
        body(id="1763712000000-1"),
    ],
    ids=lambda told: f"{told['type']} {sorted(told['data'])}",
)
def test_what_devices_send_all_day(told: dict[str, Any]) -> None:
    assert taken(told)
    assert taken(json.dumps(told, separators=(",", ":")).encode())
    assert taken(json.dumps(dict(reversed(told.items())), indent=2).encode())


def test_without_a_time() -> None:
    told = body()
    del told["time"]
    assert taken(told)


def test_a_device_in_a_zone_of_its_own() -> None:
    site = Site(zone=SHANGHAI.zone, zones={"door-07": ZoneInfo("Asia/Urumqi")})
    assert taken(body(time="2026-11-21T16:00:00"), site)


@pytest.mark.parametrize(
    "told",
    [
        body(id="王芳-1"),  # beyond ASCII: may be a plate
        body(id="door\n1"),  # an escape: may be anything
        body(id="r-13912345678"),
        body(id="\x7f"),
        body(id=""),
        body(id="x" * 257),
        body(specversion="0.3"),
        body(traceparent="00-1-2-00"),
        body(x=1),
        body(origin="replay"),
        body(data_base64=""),
        body(subject=""),
        body(sequence="00013912345678"),
        body(sequence=13912345678),
        body(sequence=-1),
        body(sequence=2**53),
        body(sequence="0" * 33),
        body("x." * 128 + "door.opened"),
        body(source="/" * 257 + "door-07"),
        body(time="2026-02-30T08:00:00Z"),
        body(time="yesterday"),
        body("gateway.session.opened"),
        body("access.granted", {"cardNo": CARD, "direction": CARD}),
        body("access.granted", {"cardNo": CARD}, id=f"{CARD}-1"),
        body("access.granted", {"cardNo": CARD}, subject="door/88-0012-6053"),
        body("access.granted", {"cardNo": CARD, "card": "7700551188"}),
        body("access.granted", {"cardNo": "123"}),
        body("access.granted", {"name": "door-07"}),
        body("access.granted", {"cardNo": "1121"}),
        body("access.granted", {"native": "x"}),
        body("access.granted", {"Direction": "in"}),
        body("access.granted", {"confidence": 87}),
        body("access.granted", {"rssi": 2**53}),
        body(data={"cause": " grant"}),
        body(data={"cause": "x" * 257}),
        body("access.granted", {"cardNo": " 8800126053"}),
        body("access.granted", {"cardNo": "-"}),
        body("access.granted", {"direction": None}),
        body("access.granted", {"direction": "sideways"}),
        body("waste.bin.collected", {"bin": "A03-2", "uidHex": "74103794"}),
        body("waste.deposit.recorded", {"category": "food", "grossG": 40, "netG": 2210}),
        body("camera.object.recognized", {"kind": "plate", "plate": "VEH-000121"}),
        body("x" * 5000),
    ],
)
def test_what_is_left_to_decode(told: dict[str, Any]) -> None:
    assert not taken(told)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"specversion":"1.0"',
        json.dumps(body()).replace('"cause"', '"cause": "x", "cause"').encode(),
        json.dumps(body()).replace('"id"', '"id": "x", "id"').encode(),
        json.dumps(body()).replace('"id"', '"x": ' + "[" * 1500 + "]" * 1500 + ', "id"').encode(),
        json.dumps(body()).encode() + b" " * 5000,
    ],
)
def test_bytes_that_are_left_to_decode(payload: bytes) -> None:
    assert not taken(payload)


@pytest.mark.parametrize(
    "topic", ["site", "x/door-07", "site/x/粤B12345", "site/x/13912345678", ""]
)
def test_topics_that_are_left_to_decode(topic: str) -> None:
    assert not taken(body(), topic=topic)


def test_the_installers_word() -> None:
    site = Site(devices={"door-07": Known(subject="door/south-1")})
    payload = json.dumps(body()).encode()
    made = Quick(site).draft(TOPIC, payload)
    assert made is not None
    assert made.subject == "door/south-1"


@pytest.mark.parametrize(
    ("device", "known"),
    [
        ("door-07", Known(subject="door/13912345678")),
        ("door-07", Known(name="粤B12345")),
        ("pole-13912345678", Known(subject="door/1")),
        ("粤B12345", Known(subject="door/1")),
    ],
)
def test_a_person_in_the_installers_word_is_left_to_decode(device: str, known: Known) -> None:
    site = Site(devices={device: known})
    assert not taken(body(), site, f"site/access/{device}")


def test_a_card_in_the_installers_word_is_left_to_decode() -> None:
    site = Site(devices={"door-07": Known(subject=f"door/{CARD}")})
    assert taken(body("access.granted", {"cardNo": "8800126054"}), site)
    assert not taken(body("access.granted", {"cardNo": CARD}), site)


def test_a_person() -> None:
    told = body("access.granted", {"direction": "in", "cardNo": CARD}, sequence="0007")
    made = Quick(SHANGHAI).draft(TOPIC, json.dumps(told).encode())
    assert made is not None
    assert made.data == Granted(direction="in", native={"adapter": "native"})
    assert made.personal == Personal(
        kind="card", identifier=CARD, fields={"card": CARD}, purpose="access"
    )
    assert made.record == Record("sequence", 7)


def test_events_do_not_share_what_can_be_changed() -> None:
    quick = Quick(SHANGHAI)
    payload = json.dumps(body()).encode()
    first, second = quick.draft(TOPIC, payload), quick.draft(TOPIC, payload)
    assert first is not None
    assert second is not None
    assert first.data.native is not second.data.native


def test_what_is_remembered_is_bounded() -> None:
    quick = Quick(SHANGHAI)
    for number in range(5000):
        told = body(subject=f"door/{number}", data={f"key{number}": 1})
        assert quick.draft(TOPIC, json.dumps(told).encode()) is not None
    assert len(quick._plans) <= 4096
    assert all(len(forms) <= 32 for forms in quick._forms.values())


def test_one_device_more_than_is_remembered() -> None:
    """Forgetting changes nothing but the time it takes."""
    quick = Quick(SHANGHAI)
    payload = json.dumps(body(subject="door/1")).encode()
    before = quick.draft(TOPIC, payload)
    for number in range(4100):
        quick.draft(f"site/x/{number}", payload)
    assert msgspec.json.encode(quick.draft(TOPIC, payload)) == msgspec.json.encode(before)
