"""Dahua: one passage in every form of the wire is one event; times, codes and scenes."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.event import Draft, Record
from core.events import access, camera, device, door, vehicle, waste
from devices import registry
from devices.adapter import Known, Message, Site
from devices.dahua.codes import VERSION
from devices.dahua.simulate import JPEG
from tests.unit.devices.wire import DEVICES, SHANGHAI, aside, draft, drafts, sample, site_with

TOPIC = "dahua/south-gate"
FORMS = ("access-face.json", "stream-access.txt", "snap-access.txt")


def raw(name: str) -> bytes:
    return (DEVICES / "dahua" / "samples" / name).read_bytes()


def passage(**data: Any) -> dict[str, Any]:
    """The accepted face with other values; None takes one away."""
    made: dict[str, Any] = sample("dahua", "access-face.json")
    told = made["Events"][0]["Data"] | data
    made["Events"][0]["Data"] = {key: value for key, value in told.items() if value is not None}
    return made


def event(code: str, action: str = "Pulse", **data: Any) -> dict[str, Any]:
    told = {"UTC": 1772408469, "RealUTC": 1772408469} | data
    return {"Code": code, "Action": action, "Index": 0, "Data": told}


def test_the_sample_becomes_exactly_this() -> None:
    made = draft(TOPIC, passage())
    assert made.id == "dahua:south-gate:1:1772408469:0:15:granted"
    assert (made.device, made.subject) == ("south-gate", "door/south-gate-1")
    assert (made.time, made.timequality) == ("2026-03-01T23:41:09Z", "device-zone")
    assert made.origin == "live"
    assert made.data == access.Granted(
        direction="in",
        credential="face",
        subject_class="resident",
        confidence=0.92,
        native={
            "adapter": "dahua",
            "table": VERSION,
            "code": "AccessControl",
            "action": "Pulse",
            "index": 0,
            "door": 0,
            "method": 15,
            "errorCode": 0,
            "status": "1",
            "type": "Entry",
            "reader": "1",
            "userType": 0,
            "similarity": 92,
        },
    )
    assert made.personal is not None
    assert made.personal.fields == {"employee": "R-2048", "name": "李小雨"}
    assert made.mark == made.personal.identifier == "R-2048"


def known_as(made: Draft) -> tuple[object, ...]:
    """What decides whether two drafts are one event, and whether they say the same."""
    data = msgspec.structs.replace(made.data, native={}, confidence=None)
    return made.id, made.mark, made.time, made.subject, data, made.personal


def test_one_passage_is_one_event_in_every_form() -> None:
    told = {known_as(draft(TOPIC, raw(name))).__repr__() for name in FORMS}
    listed = drafts(f"{TOPIC}/history", raw("history.txt"))
    told.add(known_as(listed[0]).__repr__())
    assert len(told) == 1
    assert [each.origin for each in listed] == ["backfill", "backfill"]


def test_multipart_around_any_of_them_is_the_same() -> None:
    for name in FORMS:
        for end in (b"\r\n", b"\n"):
            head = b"Content-Type: text/plain" + end * 2
            picture = b"Content-Type: image/jpeg" + end + b"Content-Length: %d" % len(JPEG)
            lines = (b"--myboundary", head + raw(name), b"--myboundary", picture + end * 2 + JPEG)
            body = end.join((*lines, b"--myboundary--", b""))
            assert drafts(TOPIC, body) == drafts(TOPIC, raw(name)), name
            assert drafts("", body)[0].data == drafts(TOPIC, raw(name))[0].data


def test_a_list_is_counted_only_where_its_numbers_come_live_too() -> None:
    plain, _ = drafts(f"{TOPIC}/history", raw("history.txt"))
    numbered, _ = drafts(f"{TOPIC}/history/numbered", raw("history.txt"))
    assert (plain.record, numbered.record) == (None, Record("RecNo", 311))
    assert plain.id == numbered.id
    assert draft(TOPIC, passage(RecNo=311)).record == Record("RecNo", 311)
    assert draft(TOPIC, passage(RecNo=0)).record is None


def test_several_events_of_one_upload() -> None:
    unknown, visitor, forced = drafts(TOPIC, raw("access-batch.json"))
    assert isinstance(unknown.data, access.Denied)
    assert (unknown.data.credential, unknown.data.reason) == ("face", "credential-not-found")
    assert (unknown.personal, unknown.subject) == (None, "door/south-gate-2")
    assert isinstance(visitor.data, access.Granted)
    assert visitor.data.credential == "qr"
    assert visitor.personal is not None
    assert visitor.personal.fields == {"qr": "MW1.visitor.4711"}
    assert isinstance(forced.data, door.Forced)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: one["Events"],
        lambda one: one["Events"][0],
        lambda one: {"Events": one["Events"][0]},
        lambda one: one | {"Extra": {"a": [1]}, "Version": "2.0"},
        lambda one: one | {"Events": one["Events"] * 2},
    ],
)
def test_shapes_of_an_upload(wrap: Any) -> None:
    assert [each.id for each in drafts(TOPIC, wrap(passage()))] == [draft(TOPIC, passage()).id]


@pytest.mark.parametrize(
    ("data", "cls", "expected"),
    [
        ({"Method": 1}, access.Granted, {"credential": "card"}),
        ({"Method": "14", "Status": "Open"}, access.Granted, {"credential": "qr"}),
        ({"Method": 5, "UserID": ""}, access.Granted, {"credential": "button"}),
        ({"Method": 4, "Status": None, "ErrorCode": None, "Name": "OpenDoor"}, access.Granted,
         {"credential": "remote"}),
        ({"Method": 99}, access.Granted, {"credential": "unknown"}),
        ({"Method": 13}, access.Duress, {}),
        ({"ErrorCode": 22, "Status": 0}, access.Duress, {}),
        ({"ErrorCode": 16, "Status": 0}, access.Denied, {"reason": "unauthorized"}),
        ({"ErrorCode": 16, "Status": 0, "UserID": ""}, access.Denied,
         {"reason": "credential-not-found"}),
        ({"ErrorCode": 16}, access.Denied, {"reason": "unauthorized"}),
        ({"ErrorCode": "0x14", "Status": "0"}, access.Denied, {"reason": "credential-expired"}),
        ({"ErrorCode": 21, "Status": 0}, access.Denied, {"reason": "anti-passback"}),
        ({"ErrorCode": 24, "Status": 0}, access.Denied, {"reason": "interlock"}),
        ({"ErrorCode": 17, "Status": 0}, access.Denied, {"reason": "blocked"}),
        ({"ErrorCode": 32, "Status": 0}, access.Denied,
         {"reason": "not-permitted-at-this-time"}),
        ({"ErrorCode": 199, "Status": 0}, access.Denied, {"reason": "other"}),
        ({"ErrorCode": 0, "Status": 0}, access.Denied, {"reason": "other"}),
        ({"ErrorCode": 0x51, "Status": 0}, access.Requested, {}),
        ({"ErrorCode": None, "Status": None}, access.Unclassified, {}),
        ({"Status": None}, access.Granted, {}),
        ({"Status": True}, access.Granted, {}),
        ({"Type": "Exit"}, access.Granted, {"direction": "out"}),
        ({"UserType": 2}, access.Granted, {"subject_class": "visitor"}),
        ({"Similarity": 0}, access.Granted, {"confidence": None}),
    ],
)  # fmt: skip
def test_decisions(data: dict[str, Any], cls: type, expected: dict[str, Any]) -> None:
    made = draft(TOPIC, passage(**data)).data
    assert isinstance(made, cls), made
    assert {name: getattr(made, name) for name in expected} == expected


def test_the_native_codes_of_what_nobody_knows_are_kept() -> None:
    made = draft(TOPIC, passage(Method=99, ErrorCode=199, Status=0)).data
    assert (made.native["method"], made.native["errorCode"]) == (99, 199)
    unknown = draft(TOPIC, raw("unknown-code.txt"))
    assert isinstance(unknown.data, access.Unclassified)
    assert (unknown.data.native["code"], unknown.data.native["action"]) == ("AlarmLocal", "Start")


@pytest.mark.parametrize(
    ("data", "known", "time", "quality"),
    [
        ({}, Known(), "2026-03-01T23:41:09Z", "device-zone"),
        ({"UTC": 1772437269}, Known(), "2026-03-01T23:41:09Z", "device-zone"),
        ({"RealUTC": None}, Known(), "2026-03-01T23:41:09Z", "device-assumed"),
        ({"RealUTC": None}, Known(clock="utc"), "2026-03-01T23:41:09Z", "device-zone"),
        ({"RealUTC": None, "UTC": 1772437269}, Known(clock="wall"), "2026-03-01T23:41:09Z",
         "device-assumed"),
        ({"RealUTC": None, "UTC": 1772437269, "LocaleTime": "2026-03-02 07:41:09"}, Known(),
         "2026-03-01T23:41:09Z", "device-assumed"),
        ({"RealUTC": None, "LocaleTime": "2026-03-02 07:41:09"}, Known(),
         "2026-03-01T23:41:09Z", "device-zone"),
        ({"RealUTC": None, "UTC": 1772408469000}, Known(clock="utc"), "2026-03-01T23:41:09Z",
         "device-zone"),
        ({"RealUTC": None, "UTC": None, "CreateTime": "2026-03-02 07:41:09"}, Known(),
         "2026-03-01T23:41:09Z", "device-assumed"),
        ({"RealUTC": None, "UTC": None}, Known(), "2026-03-01T23:41:09Z", "device-assumed"),
    ],
)  # fmt: skip
def test_when(data: dict[str, Any], known: Known, time: str, quality: str) -> None:
    made = draft(TOPIC, passage(**data), site_with("south-gate", known))
    assert (made.time, made.timequality) == (time, quality)


def test_without_a_time_the_bytes_name_it() -> None:
    body = passage(UTC=None, RealUTC=None)
    del body["Time"]
    made = draft(TOPIC, body)
    assert (made.time, made.timequality, made.unnumbered) == ("", "gateway", True)
    assert made.id == draft(TOPIC, body).id


@pytest.mark.parametrize(
    ("body", "type", "subject"),
    [
        (event("DoorStatus", Status="Open"), "door.opened.v1", "door/south-gate-1"),
        (event("DoorStatus", Status="Close"), "door.closed.v1", "door/south-gate-1"),
        (event("DoorStatus", "Start"), "door.opened.v1", "door/south-gate-1"),
        (event("DoorStatus", Status="Ajar"), "access.unclassified.v1", "door/south-gate-1"),
        (event("DoorNotClosed", "Start"), "door.heldopen.v1", "door/south-gate-1"),
        (event("DoorNotClosed", "Stop"), "door.closed.v1", "door/south-gate-1"),
        (event("BreakIn", "Start"), "door.forced.v1", "door/south-gate-1"),
        (event("Duress"), "access.duress.v1", "door/south-gate-1"),
        (event("ChassisIntruded", "Start"), "device.tampered.v1", "device/south-gate"),
        (event("Tamper", "Start"), "device.tampered.v1", "device/south-gate"),
        (event("ButtonExit"), "access.granted.v1", "door/south-gate-1"),
        (event("Reboot"), "device.connected.v1", "device/south-gate"),
        (event("TimeChange"), "access.unclassified.v1", "door/south-gate-1"),
        (event("CallNoAnswered"), "access.unclassified.v1", "door/south-gate-1"),
        (event("VideoMotion", "Start"), "camera.motion.started.v1", "camera/south-gate-1"),
        (event("VideoMotion", "Stop"), "camera.motion.ended.v1", "camera/south-gate-1"),
        (event("SmartMotionHuman", "Start"), "camera.motion.started.v1", "camera/south-gate-1"),
        (event("CrossRegionDetection", "Start", Direction="Leave"), "camera.region.left.v1",
         "camera/south-gate-1"),
        (event("CrossRegionDetection", "Start"), "camera.region.entered.v1",
         "camera/south-gate-1"),
        (event("LeftDetection", "Start"), "camera.object.left.v1", "camera/south-gate-1"),
        (event("TakenAwayDetection", "Start"), "camera.object.removed.v1",
         "camera/south-gate-1"),
        (event("FaceDetection", "Start"), "camera.face.captured.v1", "camera/south-gate-1"),
        (event("WanderDetection", "Start"), "camera.loitering.detected.v1",
         "camera/south-gate-1"),
        (event("RioterDetection", "Start"), "camera.crowd.counted.v1", "camera/south-gate-1"),
        (event("ParkingDetection", "Start"), "camera.region.entered.v1", "camera/south-gate-1"),
        (event("VideoBlind", "Start"), "camera.video.tampered.v1", "camera/south-gate-1"),
        (event("VideoLoss", "Start"), "camera.video.lost.v1", "camera/south-gate-1"),
        (event("VideoLoss", "Stop"), "camera.video.restored.v1", "camera/south-gate-1"),
        (event("SceneChange", "Start"), "camera.video.tampered.v1", "camera/south-gate-1"),
        (event("WasteDumped", "Start"), "waste.deposit.violated.v1", "point/south-gate"),
        (event("GARBAGE_EXPOSURE", "Start"), "waste.deposit.violated.v1", "point/south-gate"),
        (event("weijiagai", "Start"), "waste.bin.lid.opened.v1", "bin/south-gate"),
        (event("DustbinOverFlow", "Start"), "waste.bin.overflowed.v1", "bin/south-gate"),
        (event("SomethingNew", "Start"), "access.unclassified.v1", "door/south-gate-1"),
    ],
)  # fmt: skip
def test_other_codes(body: dict[str, Any], type: str, subject: str) -> None:
    made = draft(TOPIC, body)
    assert (made.data.TYPE, made.subject) == (type, subject)
    assert made.data.native["code"] == body["Code"]


@pytest.mark.parametrize("code", ["BreakIn", "VideoBlind", "CrossLineDetection", "ChassisIntruded"])
def test_the_end_of_an_alarm_is_no_fact(code: str) -> None:
    assert drafts(TOPIC, event(code, "Stop")) == ()


def test_what_a_line_saw() -> None:
    made = draft(TOPIC, raw("stream-line.txt"))
    assert (made.time, made.timequality) == ("2026-03-01T23:41:09.321Z", "device-assumed")
    assert isinstance(made.data, camera.LineCrossed)
    assert (made.data.track_id, made.data.label, made.data.direction) == (
        "812",
        "person",
        "RightToLeft",
    )
    assert made.data.box == (0.25, 0.125, 0.25, 0.875)
    assert made.data.confidence == 0.8


def test_a_plate_is_sealed() -> None:
    made = draft(TOPIC, sample("dahua", "plate.json"))
    assert isinstance(made.data, vehicle.Passed)
    assert (made.subject, made.data.plate_color, made.data.lane) == (
        "gate/south-gate-1",
        "Blue",
        "1",
    )
    assert made.personal is not None
    assert (made.personal.kind, made.personal.into) == ("plate", "plate_ref")
    seen = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "粤B12345" not in seen
    body = sample("dahua", "plate.json")
    body["Data"]["TrafficCar"]["PlateNumber"] = body["Data"]["Object"]["Text"] = "Unknown"
    assert draft(TOPIC, body).personal is None


def test_a_face_somebody_is_known_by() -> None:
    told = event("FaceRecognition", Candidates=[{"Similarity": 88, "Person": {"Name": "李小雨"}}])
    made = draft(TOPIC, told)
    assert isinstance(made.data, camera.ObjectRecognized)
    assert made.data.confidence == 0.88
    assert made.personal is not None
    nobody = draft(TOPIC, event("FaceRecognition", Candidates=[]))
    assert isinstance(nobody.data, camera.FaceCaptured)


def test_heartbeats_and_housekeeping_tell_only_who_is_there() -> None:
    for payload in (b"Heartbeat", b"Code=NTPAdjustTime;action=Pulse;index=0", b"found=0\r\n"):
        outcome = registry.decode(Message(TOPIC, payload), SHANGHAI)
        assert isinstance(outcome, registry.Decoded)
        assert (outcome.drafts, outcome.alive) == ((), ("south-gate",)), payload


@pytest.mark.parametrize(
    ("topic", "mac", "key"),
    [
        ("dahua/south-gate/history", "", "south-gate"),
        ("dahua/02:5E:10:BB:00:06/events", "", "025e10bb0006"),
        ("intelbras/lobby", "02:5e:10:bb:00:05", "lobby"),
        ("", "02:5e:10:bb:00:05", "025e10bb0005"),
        ("dahua/events", "", "dahua"),
    ],
)
def test_who_sent_it(topic: str, mac: str, key: str) -> None:
    body = passage()
    body["Events"][0]["PhysicalAddress"] = mac
    assert draft(topic, body).device == key


def test_what_cannot_be_read() -> None:
    assert aside(TOPIC, b"hello")[:2] == ("dahua", "shape")
    assert aside(TOPIC, b"Code=AccessControl;action=Pulse;index=0;data={")[1] == "malformed"
    assert aside(TOPIC, b"Error\r\nBad Request!\r\n")[1] == "shape"
    assert aside(TOPIC, {"Events": [5]})[1] == "shape"
    assert aside(TOPIC, {"Events": [{"Code": ""}]})[1] == "shape"
    assert aside(TOPIC, {"Events": passage()["Events"] * 2001})[1] == "oversized"
    assert aside(TOPIC, passage(RealUTC=2**52, UTC=None))[1] == "time"
    assert aside(TOPIC, b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + JPEG)[1] == "shape"


def test_names_in_another_charset() -> None:
    told = raw("stream-access.txt").decode().encode("gb18030")
    made = draft(TOPIC, told)
    assert made.personal is not None
    assert made.personal.fields["name"] == "李小雨"
    assert made == draft(TOPIC, raw("stream-access.txt"))


def test_the_installers_word() -> None:
    known = Known(name="south", readers={"2": "out"})
    made = draft(TOPIC, passage(Type=None, ReaderID="2"), site_with("south-gate", known))
    assert made.subject == "door/south-1"
    assert isinstance(made.data, access.Granted)
    assert made.data.direction == "out"
    bin_camera = site_with("south-gate", Known(subject="bin/A03"))
    assert isinstance(draft(TOPIC, event("TrashFull"), bin_camera).data, waste.Overflowed)
    assert draft(TOPIC, event("TrashFull"), bin_camera).subject == "bin/A03"
    tampered = draft(TOPIC, event("Tamper"), site_with("south-gate", Known(subject="door/s")))
    assert isinstance(tampered.data, device.Tampered)
    assert tampered.subject == "device/south-gate"


def test_pictures_in_base64_are_not_looked_at() -> None:
    body = passage(ImageEncode="/9j/" + "A" * 4000)
    assert draft(TOPIC, body) == draft(TOPIC, passage())
    assert "A" * 100 not in json.dumps(msgspec.to_builtins(draft(TOPIC, body)))


def test_a_device_of_its_own_zone() -> None:
    site = Site(zone=ZoneInfo("UTC"), zones={"south-gate": ZoneInfo("America/Sao_Paulo")},
                devices={"south-gate": Known(clock="wall")})  # fmt: skip
    made = draft(TOPIC, passage(RealUTC=None, UTC=1772437269), site)
    assert made.time == "2026-03-02T10:41:09Z"
