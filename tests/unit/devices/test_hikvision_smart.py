"""Rules that fired in Hikvision cameras, and what they alert about themselves."""

from typing import Any

import pytest

from core.event import Draft
from core.events import camera, device
from devices import registry
from devices.adapter import Known
from tests.unit.devices.test_hikvision_anpr import KEY, SAMPLES, TOPIC, raw
from tests.unit.devices.wire import (
    SHANGHAI,
    aside,
    drafts,
    message,
    sample,
    site_with,
)


def told(payload: Any) -> Draft:
    (made,) = drafts(TOPIC, payload)
    return made


def rule(event: str, state: str = "active", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = sample("hikvision", "intrusion.json")
    return made | {"eventType": event, "eventState": state} | more


def test_a_line_that_was_crossed() -> None:
    made = told(raw("line-crossed.xml"))
    assert made.subject == f"camera/{KEY}-1"
    assert made.data == camera.LineCrossed(
        label="person", box=(0.412, 0.305, 0.092, 0.271), zone="1", rule="linedetection",
        ga_code="05",
        native={
            "adapter": "hikvision", "eventType": "linedetection", "eventState": "active",
            "channelID": 1, "activePostCount": 3, "sensitivityLevel": 50,
            "region": "120,510 880,470",
        },
    )  # fmt: skip


def test_json_has_the_same_in_other_letters() -> None:
    made = told(sample("hikvision", "intrusion.json")).data
    assert isinstance(made, camera.RegionEntered)
    assert (made.box, made.zone, made.label) == ((0.1, 0.2, 0.3, 0.25), "2", "vehicle")
    assert (made.ga_code, made.native["region"]) == ("06", "0,0 500,1000")


@pytest.mark.parametrize(
    ("event", "state", "type"),
    [
        ("linedetection", "active", "camera.line.crossed.v1"),
        ("fielddetection", "active", "camera.region.entered.v1"),
        ("regionEntrance", "active", "camera.region.entered.v1"),
        ("regionExiting", "active", "camera.region.left.v1"),
        ("loitering", "active", "camera.loitering.detected.v1"),
        ("parking", "active", "camera.loitering.detected.v1"),
        ("group", "active", "camera.crowd.counted.v1"),
        ("unattendedBaggage", "active", "camera.object.left.v1"),
        ("attendedBaggage", "active", "camera.object.removed.v1"),
        ("objectRemoval", "active", "camera.object.removed.v1"),
        ("VMD", "active", "camera.motion.started.v1"),
        ("VMD", "inactive", "camera.motion.ended.v1"),
        ("PIR", "active", "camera.motion.started.v1"),
        ("facedetection", "active", "camera.face.captured.v1"),
        ("shelteralarm", "active", "camera.video.tampered.v1"),
        ("shelteralarm", "inactive", "camera.video.restored.v1"),
        ("tamperdetection", "active", "camera.video.tampered.v1"),
        ("scenechangedetection", "active", "camera.video.tampered.v1"),
        ("defocus", "active", "camera.video.tampered.v1"),
        ("videoloss", "active", "camera.video.lost.v1"),
        ("IO", "active", "device.condition.changed.v1"),
        ("diskfull", "active", "device.condition.changed.v1"),
        ("diskerror", "inactive", "device.condition.changed.v1"),
        ("nicbroken", "active", "device.condition.changed.v1"),
        ("illAccess", "active", "device.condition.changed.v1"),
        ("rapidMove", "active", "camera.unclassified.v1"),
        ("rapidMove", "inactive", "camera.unclassified.v1"),
        ("somethingNew2031", "active", "camera.unclassified.v1"),
    ],
)
def test_every_type(event: str, state: str, type: str) -> None:
    made = told(rule(event, state)).data
    assert type == made.TYPE


def test_the_end_of_a_rules_alert_is_no_fact_but_a_sign_of_life() -> None:
    for event in ("linedetection", "loitering", "facedetection"):
        outcome = registry.decode(message(TOPIC, rule(event, "inactive")), SHANGHAI)
        assert isinstance(outcome, registry.Decoded)
        assert (outcome.drafts, outcome.alive) == ((), (KEY,))


def test_heartbeats_are_signs_of_life() -> None:
    for beat in (raw("heartbeat.xml"), rule("heartBeat"), rule("videoloss", "inactive")):
        outcome = registry.decode(message(TOPIC, beat), SHANGHAI)
        assert isinstance(outcome, registry.Decoded)
        assert (outcome.drafts, outcome.alive) == ((), (KEY,))


def test_the_device_itself() -> None:
    made = told(raw("input.xml"))
    assert made.subject == f"device/{KEY}"
    assert made.data == device.ConditionChanged(
        condition="digital-input", active=True, part="3", native=made.data.native
    )
    placed = site_with(KEY, Known(subject="camera/yard", name="y"))
    assert drafts(TOPIC, raw("input.xml"), placed)[0].subject == "device/y"
    assert drafts(TOPIC, raw("covered.xml"), placed)[0].subject == "camera/yard"


def test_a_state_posted_again_is_the_same_event() -> None:
    """By its count, by another way, in another form; but not at another time or place."""
    first = told(rule("VMD"))
    for again in ({"activePostCount": 9}, {"isDataRetransmission": False}, {"portNo": 8080}):
        assert told(rule("VMD", **again)).id == first.id
    xml = told(raw("motion-ended.xml"))
    assert told(raw("motion-ended.xml", ("isapi.org", "hikvision.com"))).id == xml.id
    other: tuple[dict[str, Any], ...] = (
        {"dateTime": "2026-03-02T07:41:10+08:00"},
        {"channelID": 2},
        {"eventState": "inactive"},
        {"DetectionRegionList": []},
    )
    ids = {told(rule("VMD") | change).id for change in other}
    assert len(ids | {first.id}) == len(other) + 1


def test_every_region_that_fired_is_an_event() -> None:
    body = sample("hikvision", "intrusion.json")
    entry = body["DetectionRegionList"][0]["DetectionRegionEntry"]
    body["DetectionRegionList"] = {"DetectionRegionEntry": [entry, entry | {"regionID": 4}]}
    first, second = drafts(TOPIC, body)
    assert (getattr(first.data, "zone", ""), getattr(second.data, "zone", "")) == ("2", "4")
    assert first.id != second.id


@pytest.mark.parametrize(
    ("rect", "box"),
    [
        ({"X": "0.5", "Y": "0.5", "width": "0.7", "height": "0.25"}, (0.5, 0.5, 0.5, 0.25)),
        ({"x": 412, "y": 305, "width": 92, "height": 271}, (0.412, 0.305, 0.092, 0.271)),
        ({"x": 0, "y": 0, "width": 0, "height": 0}, None),
        ({"x": -0.1, "y": 0, "width": 0.1, "height": 0.1}, None),
        ({"x": 4000, "y": 0, "width": 10, "height": 10}, None),
        ({"x": 0.1}, None),
    ],
)
def test_boxes_are_fractions_of_the_frame(rect: Any, box: Any) -> None:
    body = sample("hikvision", "intrusion.json")
    body["DetectionRegionList"][0]["DetectionRegionEntry"]["TargetRect"] = rect
    made = told(body).data
    assert isinstance(made, camera.RegionEntered)
    assert made.box == box


def test_what_is_sent_again_is_history() -> None:
    assert told(rule("VMD", isDataRetransmission=True)).origin == "backfill"
    assert told(rule("VMD", isDataRetransmission="false")).origin == "live"


def test_without_a_time_the_gateway_has_one() -> None:
    made = told(rule("VMD", dateTime=None))
    assert (made.time, made.timequality, made.unnumbered) == ("", "gateway", True)


def test_nobody_stands_in_codes() -> None:
    for secret in ("粤XD40217", "13800138000", "李小雨"):
        body = rule(secret, channelName=secret, eventDescription=secret, deviceName=secret)
        body["DetectionRegionList"][0]["DetectionRegionEntry"]["detectionTarget"] = secret
        made = told(body)
        assert isinstance(made.data, camera.Unclassified)
        assert secret not in repr(made)


def test_xml_is_known_by_its_look() -> None:
    for path in SAMPLES.glob("*.xml"):
        outcome = registry.decode(message("", path.read_bytes()), SHANGHAI)
        assert isinstance(outcome, registry.Decoded)
        assert outcome.adapter == "hikvision"
    assert aside("", b"<Notify><CmdType>Alarm</CmdType></Notify>")[1] != "fault"
    assert (
        aside(TOPIC, b"<ResponseStatus><statusCode>4</statusCode></ResponseStatus>")[1] == "shape"
    )


def test_an_older_access_record_in_xml() -> None:
    made = told(raw("access-card.xml"))
    assert made.id == "hik:025e10aa0007:1:9010"
    assert made.data.TYPE == "access.granted.v1"
    assert made.personal is not None
    assert made.personal.fields == {"employee": "R-2048", "card": "8800126053"}
