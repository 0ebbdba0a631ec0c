"""Tag readers: the same UID is a bin's name on a bin and a person's card at a door."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from core.events import access, waste
from devices import registry
from devices.adapter import Known, Message, Site
from devices.rfid.simulate import Reader
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, sample, site_with

BIN, DOOR = "tele/bin-a03/SENSOR", "tele/south-door/SENSOR"


def test_a_bin_reader_names_the_bin() -> None:
    made = draft(BIN, sample("rfid", "tasmota-pn532.json"))
    assert made.id == "rfid:bin-a03:1:2026-03-02T19:04:55+08:00:04A1B2C3D4E580"
    assert (made.device, made.subject) == ("bin-a03", "bin/bin-a03")
    assert (made.time, made.timequality) == ("2026-03-02T19:04:55+08:00", "device-assumed")
    assert made.data == waste.BinIdentified(
        uid_hex="04A1B2C3D4E580",
        tech="hf",
        reader="bin-a03",
        native={"adapter": "rfid", "reader": "pn532"},
    )
    assert made.personal is None


def test_a_door_reader_asks_for_somebody() -> None:
    made = draft(DOOR, sample("rfid", "tasmota-pn532.json"))
    assert made.subject == "door/south-door"
    assert made.data == access.Requested(
        credential="card", native={"adapter": "rfid", "reader": "pn532"}
    )
    assert made.personal is not None
    assert (made.personal.kind, made.personal.identifier) == ("card", "04A1B2C3D4E580")
    assert (made.personal.into, made.personal.purpose) == ("subject_ref", "access")
    seen = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "04A1B2C3D4E580" not in seen
    assert "SOMETHING" not in seen


def test_two_cards_of_one_second_are_two_requests_and_one_is_one() -> None:
    body = sample("rfid", "tasmota-rc522.json")
    other = {**body, "RC522": {"UID": "BA839D08"}}
    first, second = draft(DOOR, body), draft(DOOR, other)
    assert first.id == second.id
    assert first.mark != second.mark
    assert draft(DOOR, body) == first


@pytest.mark.parametrize(
    ("name", "uid", "tech", "codes"),
    [
        ("tasmota-rc522.json", "BA839D07", "hf", {"reader": "rc522", "cardType": "MIFARE 1KB"}),
        ("tasmota-rdm6300.json", "0074380D", "unknown", {"reader": "rdm6300"}),
        ("esphome-tag.json", "74103794", "hf", {}),
    ],
)
def test_the_other_readers(name: str, uid: str, tech: str, codes: dict[str, Any]) -> None:
    data = draft(BIN if "tasmota" in name else "bin-a03/tag", sample("rfid", name)).data
    assert data == waste.BinIdentified(
        uid_hex=uid, tech=tech, reader="bin-a03", native={"adapter": "rfid"} | codes  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "uid", "tech"),
    [
        (b"74-10-37-94", "74103794", "hf"),
        (b' "74-10-37-94"\n', "74103794", "hf"),
        (b"7616525", "0074380D", "unknown"),
        (b"4294967295", "FFFFFFFF", "unknown"),
        (b"23E45678", "23E45678", "unknown"),
    ],
)
def test_bare_text(payload: bytes, uid: str, tech: str) -> None:
    made = draft("esphome/bin-a03/tag", payload)
    assert isinstance(made.data, waste.BinIdentified)
    assert (made.data.uid_hex, made.data.tech) == (uid, tech)
    assert (made.time, made.timequality) == ("", "gateway")
    assert len(made.id) == len("rfid:bin-a03:") + 32


@pytest.mark.parametrize("payload", [b"", b"  ", b"unknown", b"None", b"0", b'""'])
def test_a_tag_taken_away_says_nothing(payload: bytes) -> None:
    assert drafts("esphome/bin-a03/tag", payload) == ()


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("tele/bin-a03/SENSOR", "bin-a03"),
        ("bin-a03/tele/SENSOR", "bin-a03"),
        ("bin-a03/tag_scanned", "bin-a03"),
        ("bin-a03/tag", "bin-a03"),
        ("esphome/bin-a03/tag", "bin-a03"),
        ("esphome/bin-a03/rfid_tag/state", "bin-a03"),
        ("", "pn532"),
    ],
)
def test_who_read_it(topic: str, device: str) -> None:
    assert draft(topic, sample("rfid", "tasmota-pn532.json")).device == device


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("south-door", "door"), ("gate2", "door"), ("main_entrance", "door"), ("access-3", "door"),
        ("doorlock", "door"), ("smart-lock", "door"), ("南门", "door"),
        ("bin-7", "bin"), ("gate-bin-1", "bin"), ("block3", "bin"), ("gateway-1", "bin"),
        ("tasmota_0AFFD2", "bin"), ("垃圾桶-门口", "bin"),
    ],
)  # fmt: skip
def test_the_place_by_its_name(name: str, place: str) -> None:
    made = draft(f"tele/{name}/SENSOR", sample("rfid", "tasmota-rc522.json"))
    assert made.subject == f"{place}/{name}"


@pytest.mark.parametrize(
    ("key", "known", "subject"),
    [
        ("r1", Known(role="door"), "door/r1"),
        ("r1", Known(role="door", name="south"), "door/south"),
        ("south-door", Known(role="bin"), "bin/south-door"),
        ("r1", Known(name="south-door"), "door/south-door"),
        ("r1", Known(subject="bin/A03-2"), "bin/A03-2"),
        ("r1", Known(role="camera"), "bin/r1"),
    ],
)
def test_the_installers_word(key: str, known: Known, subject: str) -> None:
    topic = f"tele/{key}/SENSOR"
    made = draft(topic, sample("rfid", "tasmota-rc522.json"), site_with(key, known))
    assert made.subject == subject


def test_a_board_without_a_reader_says_nothing() -> None:
    assert drafts(BIN, sample("rfid", "tasmota-no-reader.json")) == ()
    assert drafts(BIN, {"Time": "2026-03-02T19:00:00", "PN532": {"UID": ""}}) == ()
    assert drafts(BIN, {"Time": "2026-03-02T19:00:00", "PN532": {}}) == ()


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        (BIN, {"PN532": {"UID": "hello"}}, "field"),
        (BIN, {"PN532": {"UID": True}}, "field"),
        (BIN, {"PN532": {"UID": [1]}}, "field"),
        (BIN, {"PN532": {"UID": -5}}, "field"),
        (BIN, {"Time": "soon", "PN532": {"UID": "E9F35959"}}, "time"),
        (BIN, [1], "shape"),
        ("bin-a03/tag", {"weight": 3}, "shape"),
        ("bin-a03/tag", b"hello there", "shape"),
        ("bin-a03/tag", b"\xff\xfe\x00", "charset"),
        ("bin-a03/tag", b"{", "malformed"),
    ],
)
def test_refusals(topic: str, body: Any, reason: str) -> None:
    assert aside(topic, body)[:2] == ("rfid", reason)


def test_a_device_with_a_zone_of_its_own() -> None:
    site = Site(zone=SHANGHAI.zone, zones={"bin-a03": SHANGHAI.zone_of("x")})
    assert draft(BIN, sample("rfid", "tasmota-pn532.json"), site).time.endswith("+08:00")
    utc = draft(BIN, sample("rfid", "tasmota-pn532.json"), Site())
    assert utc.time == "2026-03-02T19:04:55Z"


@pytest.mark.parametrize(
    ("told", "uid", "bits"),
    [
        ({"UID": 5898564, "Size": 26}, "5A0144", 26),
        ({"UID": "5A0144", "Size": 26}, "5A0144", 26),
        ({"UID": "0x5a0144", "Size": 26}, "5A0144", 26),
        ({"UID": "5898564", "Size": 26}, "5A0144", 26),
        ({"UID": 4294967295, "Size": 34}, "FFFFFFFF", 34),
        ({"UID": "5A0144h", "Size": 26}, "5A0144", 26),  # its option to write hexadecimal
        ({"UID": 4302741608, "Size": 34}, "0076A068", 34),  # a parity bit left in front of it
        ({"UID": 5898564}, "005A0144", None),
        ({"bits": "00101101000000001010001000"}, "5A0144", 26),  # facility 90, card 324
        ({"raw": 0b00101101000000001010001000, "bits": 26}, "5A0144", 26),
        ({"value": 5898564, "bits": 26}, "5A0144", 26),
        ({"bits": "101010101010101010101010101010101010"}, "0AAAAAAAAA", 36),
    ],
)
def test_wiegand_keeps_bits_and_length(told: dict[str, Any], uid: str, bits: int | None) -> None:
    made = draft(BIN, {"Time": "2026-03-02T19:04:55", "Wiegand": told})
    assert isinstance(made.data, waste.BinIdentified)
    assert made.data.uid_hex == uid
    assert made.data.native.get("bits") == bits


@pytest.mark.parametrize(
    "told",
    [
        {"bits": "10101101000000001010001000"},  # the first half's parity
        {"bits": "00101101000000001010001001"},  # the second's
        {"UID": 2**24, "Size": 26},
        {"UID": 2**32 + 3, "Size": 34},
        {"UID": 5, "Size": 500},
        {"UID": "hello", "Size": 26},
        {"raw": 2**30, "bits": 26},
        {"raw": 5},
    ],
)
def test_wiegand_that_can_not_be(told: dict[str, Any]) -> None:
    body = {"Time": "2026-03-02T19:04:55", "Wiegand": told}
    assert aside(BIN, body)[:2] == ("rfid", "field")


@pytest.mark.parametrize("told", [{"UID": 4711, "Size": 4}, {"UID": "1267h", "Size": "8"}])
def test_digits_typed_at_a_door_are_a_pin(told: dict[str, Any]) -> None:
    body = {"Time": "2026-03-02T19:04:55", "Wiegand": told}
    made = draft(DOOR, body)
    assert made.data == access.Requested(
        credential="pin", native={"adapter": "rfid", "reader": "wiegand"}
    )
    assert made.personal is not None
    assert made.personal.fields == {"pin": "4711"}
    assert "4711" not in made.id + made.subject
    assert aside(BIN, body)[:2] == ("rfid", "shape")


@pytest.mark.parametrize("topic", ["tele/bin-a03/RESULT", "stat/bin-a03/RESULT"])
def test_a_result_with_a_tag_in_it(topic: str) -> None:
    body = sample("rfid", "tasmota-rc522.json")
    assert draft(topic, body) == draft(BIN, body)
    assert drafts(topic, {"POWER": "ON"}) == ()


def test_a_wiegand_card_at_a_door_is_somebodys() -> None:
    made = draft(DOOR, sample("rfid", "tasmota-wiegand.json"))
    assert isinstance(made.data, access.Requested)
    assert made.personal is not None
    assert made.personal.identifier == "5A0144"
    seen = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "5A0144" not in seen
    assert "5898564" not in seen


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("bin-a03/sensor/rfid_tag/state", b"74-10-37-94"),
        ("bin-a03/text_sensor/nfc_uid/state", b"74-10-37-94"),
        ("bin-a03/event/tag/state", b'{"event_type":"tag_scanned","uid":"74-10-37-94"}'),
        ("bin-a03/event/tag/state", b'{"event_type":"tag_scanned","tag_id":"74103794"}'),
    ],
)
def test_esphomes_entities(topic: str, payload: bytes) -> None:
    made = draft(topic, payload)
    assert isinstance(made.data, waste.BinIdentified)
    assert (made.data.uid_hex, made.device) == ("74103794", "bin-a03")
    assert drafts("bin-a03/event/tag/state", b'{"event_type":"press"}') == ()


@pytest.mark.parametrize("type", ["tag_scanned", "esphome.tag_scanned"])
@pytest.mark.parametrize("topic", ["", "homeassistant/event", "ha/tag_scanned"])
def test_home_assistants_event(topic: str, type: str) -> None:
    body = {
        "event_type": type,
        "data": {"tag_id": "74-10-37-94", "device_id": "0e19cd3cf2b311ea88f469a7512c307d"},
        "origin": "LOCAL",
        "time_fired": "2026-03-02T11:04:55.250000+00:00",
    }
    made = draft(topic, body)
    assert isinstance(made.data, waste.BinIdentified)
    assert (made.data.uid_hex, made.time) == ("74103794", "2026-03-02T11:04:55.250Z")
    assert made.device == "0e19cd3cf2b311ea88f469a7512c307d"
    assert drafts("homeassistant/event", {"event_type": "call_service", "data": {}}) == ()


@pytest.mark.parametrize("topic", ["tasmota/bin-a03/tele/SENSOR", "bin-a03/tele/SENSOR"])
def test_full_topics_of_other_orders(topic: str) -> None:
    assert draft(topic, sample("rfid", "tasmota-pn532.json")).device == "bin-a03"


@pytest.mark.parametrize(
    ("topic", "payload", "type"),
    [
        ("tele/south-door/LWT", b"Online", "device.connected.v1"),
        ("tele/south-door/LWT", b"Offline", "device.lost.v1"),
        ("south-door/status", b"offline", "device.lost.v1"),
        ("esphome/south-door/status", b"online", "device.connected.v1"),
        ("south-door/tele/LWT", b"Offline", "device.lost.v1"),
    ],
)
def test_wills_and_greetings(topic: str, payload: bytes, type: str) -> None:
    made = draft(topic, payload)
    assert (made.data.TYPE, made.device) == (type, "south-door")
    assert (made.subject, made.unnumbered) == ("device/south-door", True)
    assert aside(topic, b"maybe")[:2] == ("rfid", "shape")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/bin-a03/STATE", b'{"Time":"2026-03-02T19:00:00","UptimeSec":5}'),
        ("tele/bin-a03/SENSOR", b'{"Time":"2026-03-02T19:00:00","AM2301":{"Temperature":1}}'),
        ("bin-a03/sensor/wifi_signal/state", b"-61"),
    ],
)
def test_telemetry_is_a_sign_of_life(topic: str, payload: bytes) -> None:
    outcome = registry.decode(Message(topic, payload), SHANGHAI)
    assert outcome == registry.Decoded("rfid", (), ("bin-a03",))


def test_a_board_that_looks_for_others_is_no_device_of_that_name() -> None:
    outcome = registry.decode(Message("esphome/discover/bin-a03", b'{"ip":"192.0.2.3"}'), SHANGHAI)
    assert outcome == registry.Decoded("rfid", ())


def test_a_discovery_says_where_tags_will_be_told() -> None:
    body = sample("rfid", "homeassistant-tag.json")
    assert drafts("homeassistant/tag/bin-a03/config", body) == drafts("", body) == ()


def test_the_simulated_board_is_understood() -> None:
    reader = Reader("bin-a03")
    at = datetime(2026, 3, 2, 19, 4, 58, tzinfo=SHANGHAI.zone)
    sent = [reader.read(at, "04A1B2C3"), reader.swipe(at, 5898564), reader.here(online=False),
            reader.discovery()]  # fmt: skip
    outcomes = [registry.decode(one, SHANGHAI) for one in sent]
    assert [len(one.drafts) for one in outcomes if isinstance(one, registry.Decoded)] == [
        1,
        1,
        1,
        0,
    ]
