"""ONVIF as other makers write it: items, times and topics in other places, Axis, Hanwha, Bosch."""

from typing import Any

import msgspec
import pytest

from core.events import access, camera, device
from tests.unit.devices.test_onvif import AT, published
from tests.unit.devices.wire import aside, draft, drafts

ITEMS: list[dict[str, Any]] = [
    {"Source": {"Rule": "r1"}, "Key": {"ObjectId": "7"}, "Data": {"IsInside": "true"}},
    {"Source": {"tt:Rule": "r1"}, "Key": {"ObjectId": 7}, "Data": {"tt:IsInside": True}},
    {
        "Source": {"SimpleItem": [{"Name": "Rule", "Value": "r1"}]},
        "Key": {"SimpleItem": {"@Name": "ObjectId", "@Value": "7"}},
        "Data": {"SimpleItem": {"Name": "IsInside", "Value": "true"}},
    },
    {
        "SourceItems": [{"Name": "Rule", "Value": "r1"}],
        "KeyItems": [{"name": "ObjectId", "value": "7"}],
        "DataItems": [{"Name": "IsInside", "Value": True}],
    },
]


@pytest.mark.parametrize("items", ITEMS)
def test_items_however_they_are_written(items: dict[str, Any]) -> None:
    topic = "cam-1/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/r1"
    made = draft(topic, {"UtcTime": AT} | items)
    assert isinstance(made.data, camera.RegionEntered)
    assert (made.data.track_id, made.data.zone) == ("7", "r1")
    assert made.id == draft(topic, {"UtcTime": AT} | ITEMS[0]).id
    for name in ("PropertyOperation", "propertyOperation"):
        assert drafts(topic, {"UtcTime": AT, name: "Initialized"} | items) == ()


def test_times_however_they_are_written() -> None:
    topic = "cam-1/onvif-ej/RuleEngine/LineDetector/Crossed/&1"
    body: dict[str, Any] = {"Source": {"Rule": "r1"}, "Data": {"ObjectId": 1}}
    for told in (1772449620, 1772449620000, "1772449620"):
        assert draft(topic, body | {"UtcTime": told}).time == "2026-03-02T11:07:00Z"
    assert aside(topic, body | {"UtcTime": "20260302110700"})[1] == "time"  # whose zone?
    untimed = draft(topic, body)
    assert (untimed.time, untimed.unnumbered) == ("", True)


def test_a_topic_in_the_payload() -> None:
    body = {"UtcTime": AT, "Topic": "tns1:Device/Trigger/DigitalInput", "Source": {"InputToken": 3},
            "Data": {"LogicalState": "1"}}  # fmt: skip
    made = draft("onvif/cam-1/event", body)
    assert isinstance(made.data, device.ConditionChanged)
    assert (made.data.condition, made.data.active) == ("digital-input", True)


def axis(topic: str, data: Any, source: Any = None) -> dict[str, Any]:
    message = {"source": source or {}, "key": {}, "data": data}
    return {"topic": topic, "timestamp": 1772449620123, "message": message}


def test_axis_tells_events_in_a_form_of_its_own() -> None:
    body = axis("onvif:Device/axis:IO/Port", {"state": "1"}, {"port": "2"})
    topic = "axis/B8A44F0007A1/event/tns:onvif/Device/tns:axis/IO/Port/$source/port/2"
    made = draft(topic, body)
    assert (made.device, made.time) == ("B8A44F0007A1", "2026-03-02T11:07:00.123Z")
    assert isinstance(made.data, device.ConditionChanged)
    assert (made.data.condition, made.data.active, made.data.part) == ("io-port", True, "2")
    assert draft("", body | {"serial": "B8A44F0007A1"}).id == made.id
    assert draft("cam-east/event/Device/IO/Port", body).device == "cam-east"


@pytest.mark.parametrize(
    ("topic", "data", "kind"),
    [
        ("ObjectAnalytics/Device1Scenario1",
         {"active": "1", "objectId": "41", "classTypes": "human"}, "motion.started"),
        ("ObjectAnalytics/Device1Scenario1", {"active": "0", "classTypes": ""}, "motion.ended"),
        ("ObjectAnalytics/Device1Scenario2",
         {"active": "1", "scenarioType": "LineCrossing"}, "line.crossed"),
        ("ObjectAnalytics/Device1Scenario3", {"total": "12", "totalHuman": "9"}, "crowd.counted"),
        ("FenceGuard/Camera1Profile1", {"active": "1"}, "line.crossed"),
        ("VMD/Camera1ProfileANY", {"active": "0"}, "motion.ended"),
        ("Other/Thing", {"active": "1"}, "unclassified"),
    ],
)  # fmt: skip
def test_applications_of_axis(topic: str, data: dict[str, str], kind: str) -> None:
    body = axis(f"axis:CameraApplicationPlatform/{topic}", data)
    made = draft("axis/B8A44F0007A1/event", body)
    assert made.data.TYPE.removeprefix("camera.") == f"{kind}.v1"
    assert msgspec.to_builtins(made.data)["rule"] == topic.partition("/")[2]
    inside = axis("axis:CameraApplicationPlatform/ObjectAnalytics/xinternal_data", {"svg": "<g/>"})
    assert drafts("axis/B8A44F0007A1/event", inside) == ()


@pytest.mark.parametrize(
    ("topic", "data", "kind"),
    [
        ("LineCrossing", {"State": "true", "ObjectId": "2080", "Action": "Right"}, "line.crossed"),
        ("LineCrossing", {"State": "false", "ObjectId": "", "Action": ""}, ""),
        ("IvaArea", {"State": "true", "ObjectId": "41", "Action": "Intrusion"}, "region.entered"),
        ("IvaArea", {"State": "true", "ObjectId": "41", "Action": "Exit"}, "region.left"),
        ("IvaArea", {"State": "true", "ObjectId": "41", "Action": "Loitering"},
         "loitering.detected"),
        ("IvaArea", {"State": "false", "ObjectId": "", "Action": ""}, ""),
        ("IvaArea", {"State": "true", "Action": "Sat"}, "unclassified"),
        ("ObjectDetection", {"State": "true", "ClassTypes": "Person"}, "motion.started"),
    ],
)  # fmt: skip
def test_analytics_of_hanwha(topic: str, data: dict[str, str], kind: str) -> None:
    source = {"VideoSourceToken": "vs-0", "RuleName": "fence"}
    made = published(f"OpenApp/WiseAI/{topic}/&vs-0/fence", source, data, "E4:30:22:00:07:A1")
    assert [one.data.TYPE for one in made] == ([f"camera.{kind}.v1"] if kind else [])
    assert all(one.device == "E4-30-22-00-07-A1" for one in made)


def test_an_object_described_whole() -> None:
    whole = {"ObjectId": "15", "Appearance": {"Class": {"Type": "Human"}}}
    (made,) = published("RuleEngine/LineDetector/Crossed", {"Rule": "r1"}, {"Object": whole})
    assert isinstance(made.data, camera.LineCrossed)
    assert (made.data.track_id, made.data.label) == ("15", "human")


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("Recognition/LicensePlate", {"LicensePlateInfo":
         '<tt:LicensePlateInfo><tt:PlateNumber Likelihood="0.9">粤XD40217</tt:PlateNumber>'
         "</tt:LicensePlateInfo>"}),
        ("Recognition/LicensePlate",
         {"LicensePlateInfo": {"tt:PlateNumber": {"#text": "粤XD40217"}}}),
        ("LicensePlateRecognition/Plate", {"PlateNumber": "粤XD40217", "State": "true"}),
        ("ObjectTrack/Aggregation", {"Object": {"ObjectId": 7, "Appearance": {"LicensePlateInfo":
         {"PlateNumber": "粤XD40217"}}}}),
    ],
)  # fmt: skip
def test_plates_in_other_places_are_sealed_too(topic: str, data: dict[str, Any]) -> None:
    (made,) = published(f"RuleEngine/{topic}", {}, data)
    assert isinstance(made.data, camera.ObjectRecognized)
    assert made.personal is not None
    assert made.personal.fields == {"plate": "粤XD40217"}
    (other,) = published(f"RuleEngine/{topic}", {}, {**data, "more": "粤B55555"})
    assert other.id == made.id  # nothing of what it said is in it


def test_several_of_one_message_are_what_they_are_alone() -> None:
    def one(person: str) -> str:
        return (
            "<NotificationMessage><Topic>tns1:AccessControl/AccessGranted/Credential</Topic>"
            f'<Message><Message UtcTime="{AT}"><Source><SimpleItem Name="AccessPointToken" '
            'Value="ap-1"/></Source><Data><SimpleItem Name="CredentialToken" '
            f'Value="{person}"/></Data></Message></Message></NotificationMessage>'
        )

    several = f"<Notify>{one('c-1')}{one('c-2')}{one('c-1')}</Notify>"
    made = drafts("onvif/cam-1/event", several.encode())
    assert made == tuple(draft("onvif/cam-1/event", one(each).encode()) for each in ("c-1", "c-2"))


def test_a_credential_that_is_the_source() -> None:
    topic = "Credential/State/ApbViolation"
    (made,) = published(topic, {"CredentialToken": "cred-20481"}, {"ApbViolation": True})
    (other,) = published(topic, {"CredentialToken": "cred-20482"}, {"ApbViolation": True})
    assert isinstance(made.data, access.Unclassified)
    assert made.personal is not None
    assert made.personal.fields == {"credential": "cred-20481"}
    assert made.id == other.id
    assert made.mark != other.mark
    assert "cred-20481" not in msgspec.json.encode(made.data).decode()
