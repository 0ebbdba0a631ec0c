"""ONVIF: topics that mean something, states that begin and end, and what never was an event."""

from typing import Any

import msgspec
import pytest

from core.event import Draft
from core.events import access, camera, device, door
from devices import registry
from devices.adapter import Known, Message, Site
from devices.onvif.notification import local_topic
from tests.unit.devices.wire import DEVICES, SHANGHAI, aside, draft, drafts, message_of, site_with

SAMPLES = DEVICES / "onvif" / "samples"
AT = "2026-03-02T11:07:00Z"


def sampled(name: str, site: Site = SHANGHAI) -> tuple[Draft, ...]:
    told = message_of(SAMPLES / name)
    return drafts(told.topic, told.payload, site)


def published(topic: str, source: Any, data: Any, prefix: str = "cam-1", **more: Any) -> Any:
    return drafts(
        f"{prefix}/onvif-ej/{topic}", {"UtcTime": AT, "Source": source, "Data": data, **more}
    )


def pulled(topic: str, data: dict[str, str], operation: str = "Changed", time: str = AT) -> Any:
    items = "".join(f'<x:SimpleItem Value="{v}" Name="{k}"/>' for k, v in data.items())
    told = (
        '<n:NotificationMessage xmlns:n="urn:n" xmlns:x="urn:x">'
        f"<n:Topic> tns1:{topic}\n</n:Topic><n:Message>"
        f'<x:Message PropertyOperation="{operation}" UtcTime="{time}"><x:Source>'
        '<x:SimpleItem Name="Rule" Value="r1"/></x:Source>'
        f"<x:Data>{items}</x:Data></x:Message></n:Message></n:NotificationMessage>"
    )
    return drafts("onvif/cam-1/event", told.encode())


def test_a_line_is_crossed() -> None:
    (made,) = sampled("ej-line-crossed.json")
    assert (made.device, made.subject) == ("cam-east", "camera/cam-east")
    assert (made.time, made.timequality) == ("2026-03-02T11:04:57.321Z", "device-zone")
    assert made.data == camera.LineCrossed(
        track_id="15",
        rule="fence-north",
        native={
            "adapter": "onvif", "topic": "RuleEngine/LineDetector/Crossed", "source": "1",
            "table": 1,
        },
    )  # fmt: skip


@pytest.mark.parametrize("more", [{"Direction": "0"}, {"Count": 0}, {"ClassId": "0"}])
def test_a_number_beside_the_object_is_no_state(more: dict[str, Any]) -> None:
    (made,) = published("RuleEngine/LineDetector/Crossed", {"Rule": "r1"}, {"ObjectId": 7, **more})
    assert isinstance(made.data, camera.LineCrossed)
    assert made.data.track_id == "7"


@pytest.mark.parametrize(
    ("told", "active"), [("active", True), ("inactive", False), ("true", True), (0, False)]
)
def test_a_relay_is_active_or_not(told: Any, active: bool) -> None:
    (made,) = published("Device/Trigger/Relay", {"RelayToken": "1"}, {"LogicalState": told})
    assert isinstance(made.data, device.ConditionChanged)
    assert made.data.active is active


@pytest.mark.parametrize("name", ["AlarmActive", "IsSoundDetected", "MotionState"])
def test_numbers_of_items_that_are_states(name: str) -> None:
    (made,) = published("Vendor/Detector/Thing", {}, {name: "1"})
    assert made.data.native["state"] is True


def test_an_object_that_is_the_key_of_its_property() -> None:
    told = (
        b"<NotificationMessage><Topic>tns1:RuleEngine/FieldDetector/ObjectsInside</Topic><Message>"
        b'<Message UtcTime="2026-03-02T11:07:00Z" PropertyOperation="Changed"><Source><SimpleItem '
        b'Name="Rule" Value="r1"/></Source><Key><SimpleItem Name="ObjectId" Value="7"/></Key><Data>'
        b'<SimpleItem Name="IsInside" Value="true"/></Data></Message></Message>'
        b"</NotificationMessage>"
    )
    (made,) = drafts("onvif/cam-1/event", told)
    assert isinstance(made.data, camera.RegionEntered)
    assert made.data.track_id == "7"


def test_topics_with_spaces_and_prefixes_of_several_levels() -> None:
    (made,) = sampled("ej-counter.json")
    assert isinstance(made.data, camera.CrowdCounted)
    assert (made.data.count, made.data.rule) == (42, "Entry Counter")
    assert made.device == "c1-cam-east"
    known = site_with("cam-east", Known(subject="camera/gate"))
    (there,) = sampled("ej-counter.json", known)
    assert (there.device, there.subject) == ("cam-east", "camera/gate")


@pytest.mark.parametrize(
    ("told", "local"),
    [
        ("tns1:RuleEngine/LineDetector/Crossed", "RuleEngine/LineDetector/Crossed"),
        ("RuleEngine/X/&1/2/a b", "RuleEngine/X"),
        (" tns1:VideoSource/acme:Odd \n", "VideoSource/Odd"),
        ("acme:Thing/&", "Thing"),
        ("", ""),
    ],
)
def test_local_topics(told: str, local: str) -> None:
    assert local_topic(told) == local


def test_strings_and_bare_values_are_the_same_event() -> None:
    topic = "RuleEngine/CellMotionDetector/Motion"
    (bare,) = published(topic, {"Rule": "r"}, {"IsMotion": True})
    (told,) = published(topic, {"Rule": "r"}, {"IsMotion": "true"})
    assert isinstance(bare.data, camera.MotionStarted)
    assert bare.data == told.data


def test_a_temperature_is_a_condition_of_the_device() -> None:
    (made,) = sampled("ej-temperature-high.json")
    assert made.subject == "device/cam-east"
    assert isinstance(made.data, device.ConditionChanged)
    assert (made.data.condition, made.data.active) == ("temperature-high", True)
    assert (made.data.value, made.data.threshold, made.data.part) == (61.5, 60, "temp_003")


def test_what_initialises_is_no_event_and_a_missing_z_is_utc() -> None:
    (made,) = sampled("pull-messages.xml")
    assert isinstance(made.data, camera.RegionEntered)
    assert (made.data.zone, made.device) == ("courtyard", "cam-east")
    assert made.time == "2026-03-02T11:07:00.500Z"


@pytest.mark.parametrize("operation", ["Initialized", "Deleted", "initialized"])
def test_states_told_at_subscription_are_only_signs_of_life(operation: str) -> None:
    assert pulled("VideoSource/SignalLoss", {"State": "true"}, operation) == ()
    told = f'<NotificationMessage><Topic>VideoSource/SignalLoss</Topic><Message><Message UtcTime="{AT}" PropertyOperation="{operation}"><Data><SimpleItem Name="State" Value="true"/></Data></Message></Message></NotificationMessage>'  # noqa: E501
    outcome = registry.decode(Message("onvif/cam-1/event", told.encode()), SHANGHAI)
    assert isinstance(outcome, registry.Decoded)
    assert outcome.alive == ("cam-1",)


def test_a_deleted_property_says_nothing() -> None:
    topic = "cam-1/onvif-ej/RuleEngine/CellMotionDetector/Motion/&1"
    outcome = registry.decode(Message(topic, b""), SHANGHAI)
    assert outcome == registry.Decoded("onvif", (), ("cam-1",))
    assert aside("onvif/cam-1/event", b"")[1] == "empty"


@pytest.mark.parametrize(
    ("topic", "item", "begins", "ends"),
    [
        ("RuleEngine/FieldDetector/ObjectsInside", "IsInside", "region.entered", "region.left"),
        ("RuleEngine/CellMotionDetector/Motion", "IsMotion", "motion.started", "motion.ended"),
        ("RuleEngine/MotionRegionDetector/Motion", "State", "motion.started", "motion.ended"),
        ("VideoSource/MotionAlarm", "State", "motion.started", "motion.ended"),
        ("RuleEngine/CellMotionDetector/People", "IsPeople", "motion.started", "motion.ended"),
        ("RuleEngine/CellMotionDetector/Intrusion", "IsIntrusion", "region.entered", "region.left"),
        ("RuleEngine/CellMotionDetector/LineCross", "IsLineCross", "line.crossed", ""),
        ("RuleEngine/CellMotionDetector/Tamper", "IsTamper", "video.tampered", "video.restored"),
        ("RuleEngine/MyRuleDetector/VehicleDetect", "State", "motion.started", "motion.ended"),
        ("RuleEngine/LoiteringDetector/ObjectIsLoitering", "State", "loitering.detected", ""),
        ("RuleEngine/ObjectAbandoned", "State", "object.left", ""),
        ("RuleEngine/ObjectRemoved", "State", "object.removed", ""),
        ("VideoSource/SignalLoss", "State", "video.lost", "video.restored"),
        ("VideoSource/GlobalSceneChange/AnalyticsService", "State",
         "video.tampered", "video.restored"),
        ("VideoSource/ImageTooDark/ImagingService", "State", "video.tampered", "video.restored"),
        ("VideoAnalytics/nn:ObjectTracker/SceneTooCrowded", "State", "crowd.counted", ""),
        ("RuleEngine/Radiometry/TemperatureAlarm", "AlarmActive", "unclassified", "unclassified"),
        ("RuleEngine/AudioDetector/Class", "State", "unclassified", "unclassified"),
    ],
)  # fmt: skip
def test_states(topic: str, item: str, begins: str, ends: str) -> None:
    for value, expected in (("true", begins), ("1", begins), ("false", ends), ("0", ends)):
        types = [each.data.TYPE for each in pulled(topic, {item: value})]
        assert types == ([f"camera.{expected}.v1"] if expected else [])


@pytest.mark.parametrize(
    ("topic", "data", "label"),
    [
        ("RuleEngine/MyRuleDetector/PeopleDetect", {"State": "true"}, "person"),
        ("RuleEngine/TPSmartEventDetector/TPSmartEvent", {"IsVehicle": "true"}, "vehicle"),
        ("UserAlarm/IVA/HumanShapeDetect", {"State": "true"}, "person"),
        ("RuleEngine/ObjectDetection/Object", {"ClassTypes": "Human Vehicle"}, "human-vehicle"),
    ],
)
def test_what_moves(topic: str, data: dict[str, str], label: str) -> None:
    (made,) = pulled(topic, data)
    assert isinstance(made.data, camera.MotionStarted)
    assert made.data.label == label.replace("human-vehicle", "human+vehicle")


def test_nothing_is_left_of_what_was_detected() -> None:
    (made,) = pulled("RuleEngine/ObjectDetection/Object", {"ClassTypes": ""})
    assert isinstance(made.data, camera.MotionEnded)


def test_a_plate_is_sealed() -> None:
    (made,) = sampled("licence-plate.xml")
    assert isinstance(made.data, camera.ObjectRecognized)
    assert (made.data.kind, made.data.confidence, made.data.track_id) == ("plate", 0.92, "9")
    assert made.personal is not None
    assert made.personal.fields == {"plate": "粤XD40217"}
    assert made.personal.into == "plate_ref"
    rest = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "40217" not in rest


def test_a_face_with_a_name_and_one_without() -> None:
    (named,) = pulled("RuleEngine/Recognition/Face", {"Name": "李小雨", "Likelihood": "0.8"})
    assert isinstance(named.data, camera.ObjectRecognized)
    assert named.personal is not None
    assert named.personal.kind == "name"
    (nobody,) = pulled("RuleEngine/Recognition/Face", {"Likelihood": "0.8"})
    assert isinstance(nobody.data, camera.FaceCaptured)


def test_granted_is_not_taken() -> None:
    (made,) = sampled("ej-access-granted.json")
    assert made.data.TYPE == "access.granted.v1"
    assert made.subject == "door/panel-1-ap-south-in"
    assert made.personal is not None
    assert made.personal.identifier == "cred-20481"
    assert made.personal.fields["name"] == "李小雨"
    kinds = {
        "AccessTaken/Credential": access.Taken,
        "AccessNotTaken/Anonymous": access.NotTaken,
        "AccessGranted/Anonymous": access.Granted,
        "Denied/Credential": access.Denied,
        "Duress": access.Duress,
        "Request/Credential": access.Requested,
        "Request/Timeout": access.Unclassified,
        "Something/New": access.Unclassified,
    }
    for topic, cls in kinds.items():
        (one,) = pulled(f"AccessControl/{topic}", {"External": "false"})
        assert type(one.data) is cls, topic


def test_the_way_of_an_access_point() -> None:
    site = site_with("panel-1", Known(name="south", readers={"ap-south-in": "in"}))
    (made,) = sampled("ej-access-granted.json", site)
    assert isinstance(made.data, access.Granted)
    assert (made.data.direction, made.subject) == ("in", "door/south-ap-south-in")
    apart = site_with("panel-1-ap-south-in", Known(subject="door/south-gate"))
    (there,) = sampled("ej-access-granted.json", apart)
    assert there.subject == "door/south-gate"


@pytest.mark.parametrize(
    ("topic", "told", "reason"),
    [
        ("Denied/Credential", "CredentialExpired", "credential-expired"),
        ("Denied/Credential", "pt:InvalidPIN", "invalid-pin"),
        ("Denied/Anonymous", "NotPermittedAtThisTime", "not-permitted-at-this-time"),
        ("Denied/Credential", "AntipassbackViolation", "anti-passback"),
        ("Denied/Credential", "Nobody knows", "other"),
        ("Denied/CredentialNotFound/Card", "", "credential-not-found"),
    ],
)
def test_denials(topic: str, told: str, reason: str) -> None:
    (made,) = pulled(f"AccessControl/{topic}", {"Reason": told, "CardNumber": "8800126053"})
    assert isinstance(made.data, access.Denied)
    assert (made.data.reason, made.data.credential) == (reason, "card")
    assert made.personal is not None
    assert "8800126053" not in made.id + made.subject


@pytest.mark.parametrize(
    ("topic", "state", "kind"),
    [
        ("DoorPhysicalState", "Open", "opened"), ("DoorPhysicalState", "Closed", "closed"),
        ("DoorPhysicalState", "Fault", "faulted"),
        ("DoorPhysicalState", "Unknown", "state.reported"),
        ("LockPhysicalState", "Locked", "locked"), ("LockPhysicalState", "Unlocked", "unlocked"),
        ("DoubleLockPhysicalState", "Locked", "locked"),
        ("DoubleLockPhysicalState", "Unlocked", "state.reported"),
        ("DoorAlarm", "DoorForcedOpen", "forced"), ("DoorAlarm", "DoorOpenTooLong", "heldopen"),
        ("DoorAlarm", "Normal", "state.reported"), ("DoorTamper", "TamperDetected", "tampered"),
        ("DoorTamper", "NotInTamper", "tamper.cleared"), ("DoorFault", "FaultDetected", "faulted"),
        ("DoorFault", "NotInFault", "fault.cleared"), ("DoorMode", "LockedDown", "mode.changed"),
        ("DoorMode", "Odd", "state.reported"),
    ],
)  # fmt: skip
def test_doors(topic: str, state: str, kind: str) -> None:
    (made,) = pulled(f"Door/State/{topic}", {"State": state})
    assert made.data.TYPE.removeprefix("door.") == f"{kind}.v1"


def test_a_part_cut_out_of_its_envelope() -> None:
    (made,) = sampled("door-forced.xml")
    assert isinstance(made.data, door.Forced)
    assert made.subject == "door/cam-east-door-2"


def test_devices_about_themselves() -> None:
    (failed,) = pulled("Device/HardwareFailure/StorageFailure", {"Failed": "true"})
    assert isinstance(failed.data, device.ConditionChanged)
    assert (failed.data.condition, failed.data.active) == ("storage-failure", True)
    (over,) = pulled("Device/HardwareFailure/PowerSupplyFailure", {"Failed": "false"})
    assert isinstance(over.data, device.ConditionChanged)
    assert (over.data.condition, over.data.active) == ("power-failure", False)
    (tampered,) = pulled("Device/Trigger/Tampering", {"State": "true"})
    assert isinstance(tampered.data, device.Tampered)
    assert pulled("Device/Casing/Open", {"State": "false"}) == ()
    assert pulled("Configuration/Area/Changed", {"Token": "a"}) == ()


def test_unknown_topics_are_kept() -> None:
    (made,) = pulled("RuleEngine/Xxxx", {"State": "true", "Who": "李小雨"})
    assert isinstance(made.data, camera.Unclassified)
    assert made.data.native["topic"] == "RuleEngine/Xxxx"
    assert made.data.native["state"] is True
    assert "李小雨" not in msgspec.json.encode(made.data).decode()


def test_the_same_told_twice_is_one_and_two_persons_are_two() -> None:
    topic = "AccessControl/AccessGranted/Credential"
    (one,) = pulled(topic, {"CredentialToken": "c-1"})
    (again,) = pulled(topic, {"CredentialToken": "c-1"})
    (other,) = pulled(topic, {"CredentialToken": "c-2"})
    assert one == again
    assert one.id == other.id
    assert one.mark != other.mark


def test_refusals() -> None:
    assert aside("cam-1/onvif-ej/X/Y", {"a": 1})[:2] == ("onvif", "shape")
    assert aside("onvif/cam-1/event", b"<a><b></a>")[:2] == ("onvif", "malformed")
    bad = {"UtcTime": "soon", "Source": {}, "Data": {}}
    assert aside("cam-1/onvif-ej/X/Y", bad)[:2] == ("onvif", "time")
    assert aside("", {"UtcTime": AT, "Source": {}, "Data": {"State": True}})[:2] == (
        "onvif",
        "shape",
    )


def test_without_a_time_the_gateways_clock_steps() -> None:
    made = draft("cam-1/onvif-ej/RuleEngine/X", {"UtcTime": "", "Source": {}, "Data": {"State": 1}})
    assert (made.time, made.unnumbered) == ("", True)


def test_descriptions_of_messages_are_understood() -> None:
    told = b'<tt:MessageDescription IsProperty="false"><tt:Source><tt:SimpleItemDescription Name="AccessPointToken" Type="pt:ReferenceToken"/></tt:Source></tt:MessageDescription>'  # noqa: E501
    outcome = registry.decode(Message("", told), SHANGHAI)
    assert outcome == registry.Decoded("onvif", ())


TOPICS = (
    "AccessPoint/State/Enabled", "AccessPoint/State/SecurityLevel",
    "AccessControl/AccessGranted", "AccessControl/AccessTaken/Identifier",
    "AccessControl/AccessNotTaken/Credential", "AccessControl/Denied",
    "AudioAnalytics/Audio/DetectedSound", "RuleEngine/ObjectTrack/Aggregation",
    "RuleEngine/Radiometry/BodyTemperatureAlarm", "RuleEngine/CountAggregation/OccupancyCounter",
    "VideoAnalytics/Radiometry/SpotTemperatureReading", "VideoSource/ImageTooBright",
    "Door/State/DoorFault", "RuleEngine/Recognition/LicensePlate",
)  # fmt: skip


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_that_is_told_of_is_dropped(topic: str) -> None:
    assert len(pulled(topic, {"State": "true"})) == 1


def test_source_values_without_their_mark() -> None:
    (made,) = published("RuleEngine/CellMotionDetector/Motion/1/rule 7", {}, {"IsMotion": "1"})
    assert isinstance(made.data, camera.MotionStarted)
    (counted,) = published("RuleEngine/CountAggregation/Counter/1/Entry", {}, {"Count": "7"})
    assert isinstance(counted.data, camera.CrowdCounted)
