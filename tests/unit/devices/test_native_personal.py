"""Nothing a native payload says about a person reaches an id, a subject or the typed data."""

from typing import Any

import msgspec
import pytest

from core.events import waste
from tests.unit.devices.test_native import TOPIC, event
from tests.unit.devices.wire import aside, draft

LI, CAR, CARD = "李小雨", "粤X·D40217", "8800126053"


@pytest.mark.parametrize(
    ("key", "stable", "kind"),
    [
        ("cardNo", "card", "card"), ("card", "card", "card"), ("card_no", "card", "card"),
        ("CardNo", "card", "card"),
        ("employeeNo", "employee", "employee"), ("employeeNoString", "employee", "employee"),
        ("userId", "employee", "employee"), ("inspectorRef", "employee", "employee"),
        ("residentId", "resident", "resident"), ("resident", "resident", "resident"),
        ("residentRef", "resident", "resident"),
        ("name", "name", "name"), ("personName", "name", "name"),
        ("phone", "phone", "phone"), ("mobile", "phone", "phone"),
        ("idNo", "id", "other"), ("subjectRef", "id", "other"),
        ("plate", "plate", "plate"), ("plateNo", "plate", "plate"),
        ("licensePlate", "plate", "plate"), ("plateRef", "plate", "plate"),
        ("vehicleRef", "plate", "plate"),
        ("qr", "qr", "other"), ("qrCode", "qr", "other"), ("QRCodeInfo", "qr", "other"),
        ("pin", "pin", "other"), ("pinCode", "pin", "other"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["90817263", 90817263])
def test_every_personal_key_is_sealed(key: str, stable: str, kind: str, value: Any) -> None:
    made = draft(TOPIC, event("access.granted", {key: value}))
    assert made.personal is not None
    assert made.personal.fields == {stable: "90817263"}
    assert (made.personal.kind, made.personal.identifier) == (kind, "90817263")
    assert b"90817263" not in msgspec.json.encode(made.data)
    assert "dropped" not in made.data.native


@pytest.mark.parametrize(
    ("type", "data", "into", "identifier", "purpose"),
    [
        ("access.granted", {"plate": CAR, "name": LI}, "subject_ref", LI, "access"),
        ("access.temperature.measured", {"temperatureCel": 36.5, "name": LI}, "subject_ref", LI,
         "access"),
        ("vehicle.passed", {"name": LI, "plate": CAR}, "plate_ref", CAR, "vehicle"),
        ("vehicle.denied", {"plateNo": CAR}, "plate_ref", CAR, "vehicle"),
        ("waste.bin.collected", {"vehicleRef": CAR}, "vehicle_ref", CAR, "waste"),
        ("waste.load.weighed", {"plate": CAR}, "vehicle_ref", CAR, "waste"),
        ("waste.deposit.recorded", {"category": "food", "card": CARD, "residentId": "H-3-1201"},
         "resident_ref", "H-3-1201", "waste"),
        ("waste.inspection.recorded", {"purity": 1, "inspectorRef": "I-0007"}, "inspector_ref",
         "I-0007", "waste"),
        ("camera.object.recognized", {"kind": "plate", "plate": CAR}, "plate_ref", CAR, "camera"),
        ("camera.object.recognized", {"kind": "face", "name": LI}, "subject_ref", LI, "camera"),
        ("door.opened", {"cardNo": CARD}, "", CARD, "access"),
        ("waste.bin.level.measured", {"phone": "13800138000"}, "", "13800138000", "waste"),
    ],
)  # fmt: skip
def test_which_value_becomes_which_reference(
    type: str, data: Any, into: str, identifier: str, purpose: str
) -> None:
    personal = draft(TOPIC, event(type, data)).personal
    assert personal is not None
    assert (personal.into, personal.identifier, personal.purpose) == (into, identifier, purpose)


def test_two_cards_are_both_sealed_and_a_hundred_are_not() -> None:
    made = draft(TOPIC, event("access.granted", {"cardNo": "11112222", "card": "33334444"}))
    assert made.personal is not None
    assert made.personal.fields == {"card": "11112222", "card2": "33334444"}
    spelled = {"card" + "_" * count: f"1000{count:04}" for count in range(100)}
    many = draft(TOPIC, event("access.granted", spelled))
    assert many.personal is not None
    assert len(many.personal.fields) == 4


def test_values_that_are_no_values_are_nobody() -> None:
    assert (
        draft(TOPIC, event("access.granted", {"name": "", "card": None, "plate": []})).personal
        is None
    )


def test_an_id_that_names_somebody_is_replaced_and_stays_the_same() -> None:
    body = event("access.granted", {"cardNo": "8800126053"}, id="card-8800126053-1")
    first, again = draft(TOPIC, body), draft(TOPIC, body)
    assert first.id == again.id == "native:door-07"
    assert first.mark == again.mark == "card-8800126053-1", "keyed before it goes anywhere"
    assert draft(TOPIC, event("access.granted", {}, id="粤B12345-1")).id == "native:door-07"


def test_nobody_is_named_in_subject_source_or_tracing() -> None:
    made = draft(
        TOPIC,
        event(
            "access.granted",
            {"employeeNo": "R-2048-77", "name": "李小雨", "phone": "13800138000"},
            subject="door/R-2048-77",
            source="/people/李小雨",
            correlationid="call-13800138000",
            causationid="R-2048-77",
        ),
    )
    assert made.subject == "door/door-07"
    assert (made.origin_source, made.correlationid, made.causationid) == ("", "", "")


def test_free_text_that_repeats_a_personal_value_is_dropped() -> None:
    data = {"cause": "card 8800126053", "cardNo": "8800126053"}
    made = draft(TOPIC, event("door.opened", data))
    assert msgspec.to_builtins(made.data) == {"native": {"adapter": "native", "dropped": 1}}
    plate = draft(TOPIC, event("vehicle.denied", {"reason": "粤B12345 not listed"}))
    assert plate.data.native["dropped"] == 1


def test_a_picture_named_after_somebody_keeps_its_hash_only() -> None:
    data = {"name": LI, "media": [{"sha256": "a" * 64, "ref": f"blob:{LI}"}]}
    made = draft(TOPIC, event("access.granted", data)).data
    assert [(one.sha256, one.ref) for one in made.media] == [("a" * 64, "")]


def test_a_plate_without_its_province_is_still_a_plate() -> None:
    body = event("vehicle.passed", {"plate": CAR}, subject="gate/XD40217")
    assert draft(TOPIC, body).subject == "gate/door-07"


def test_a_device_named_after_a_plate_is_refused() -> None:
    body = event("vehicle.positioned", {"lat": 1, "lon": 2})
    assert aside("site/vehicle/粤B12345", body)[:2] == ("native", "personal")


def test_a_residents_card_is_no_bin_tag() -> None:
    data = {"uidHex": "e9-f3-59-59", "cardNo": "E9F35959"}
    assert aside(TOPIC, event("waste.bin.identified", data))[:2] == ("native", "personal")
    made = draft(TOPIC, event("waste.bin.identified", {"uidHex": "e9-f3-59-59"})).data
    assert isinstance(made, waste.BinIdentified)
    assert made.uid_hex == "E9F35959"


def test_a_refusal_does_not_quote_what_was_sent() -> None:
    outcome = aside(TOPIC, event("access.granted", {"direction": "李小雨"}))
    assert outcome == ("native", "field", "direction")
