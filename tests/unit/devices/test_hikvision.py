"""Hikvision alerts in every wrapping seen in the field."""

import json
from typing import Any

import pytest

from core.event import Draft, Record
from core.events import access, camera, device, door
from devices.adapter import Known
from devices.hikvision.codes import VERSION
from tests.unit.devices.wire import aside, draft, drafts, sample, site_with

TOPIC = "hikvision/025e10aa0007/acs"


def alert(record: dict[str, Any] | None = None, **around: Any) -> dict[str, Any]:
    """The granted face with other values; None takes one away."""
    made = sample("hikvision", "face-granted.json")
    made["AccessControllerEvent"] = _with(made["AccessControllerEvent"], record or {})
    return _with(made, around)


def _with(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (base | changes).items() if value is not None}


def coded(major: Any, minor: Any, **record: Any) -> Draft:
    return draft(TOPIC, alert({"majorEventType": major, "subEventType": minor} | record))


def test_the_sample_becomes_exactly_this() -> None:
    made = draft(TOPIC, sample("hikvision", "face-granted.json"))
    assert made.id == "hik:025e10aa0007:1:9001"
    assert made.device == "025e10aa0007"
    assert made.subject == "door/025e10aa0007-1"
    assert made.time == "2026-03-02T07:41:09+08:00"
    assert (made.timequality, made.origin) == ("device-zone", "live")
    assert made.data == access.Granted(
        credential="face",
        subject_class="resident",
        native={
            "adapter": "hikvision",
            "table": VERSION,
            "major": 5,
            "minor": 75,
            "event": "face-accepted",
            "serialNo": 9001,
            "frontSerialNo": 9000,
            "doorNo": 1,
            "cardReaderNo": 1,
            "cardReaderKind": 1,
            "verifyNo": 51,
            "verifyMode": "face",
            "userType": "normal",
            "attendanceStatus": "undefined",
            "mask": "unknown",
            "helmet": "unknown",
            "channelID": 1,
        },
    )
    assert made.personal is not None
    assert (made.personal.kind, made.personal.identifier) == ("employee", "R-2048")
    assert made.personal.fields == {"employee": "R-2048", "name": "李小雨"}
    assert (made.personal.into, made.personal.purpose) == ("subject_ref", "access")


def test_an_unknown_face_is_nobody() -> None:
    made = draft(TOPIC, sample("hikvision", "face-denied.json"))
    assert made.personal is None
    assert made.subject == "door/025e10aa0007"
    assert isinstance(made.data, access.Denied)
    assert (made.data.credential, made.data.reason) == ("face", "credential-not-found")
    assert made.data.subject_class == "unknown"


@pytest.mark.parametrize(
    ("name", "type", "subject", "origin"),
    [
        ("card-expired-replayed", "access.denied.v1", "door/025e10aa0007-1", "backfill"),
        ("door-forced", "door.forced.v1", "door/025e10aa0007-1", "live"),
        ("tailgating", "gate.tailgated.v1", "door/025e10aa0007-2", "live"),
        ("duress", "access.duress.v1", "door/025e10aa0007-1", "live"),
        ("reader-tampered", "device.tampered.v1", "device/025e10aa0007", "live"),
        ("power-on", "device.connected.v1", "device/025e10aa0007", "live"),
        ("relayed-text", "access.granted.v1", "door/025e10aa0007-1", "live"),
        ("relayed-nested", "access.granted.v1", "door/025e10aa0007-1", "live"),
        ("video-lost", "camera.video.lost.v1", "camera/025e10aa0007-1", "live"),
    ],
)
def test_the_other_samples(name: str, type: str, subject: str, origin: str) -> None:
    made = draft(TOPIC, sample("hikvision", f"{name}.json"))
    assert (made.data.TYPE, made.subject, made.origin) == (type, subject, origin)


def test_heartbeats_say_nothing() -> None:
    assert drafts(TOPIC, sample("hikvision", "heartbeat.json")) == ()
    assert drafts(TOPIC, {"eventType": "heartBeat", "eventState": "active"}) == ()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: {"event_log": one},
        lambda one: {"event_log": json.dumps(one)},
        lambda one: {"AccessControllerEvent": one},
        lambda one: {"AccessControllerEvent": json.dumps(one)},
        lambda one: {"EventNotificationAlert": one},
        lambda one: {"data": one},
        lambda one: {"event_log": json.dumps({"EventNotificationAlert": one})},
        lambda one: one | {"data": "", "event_log": None},
        lambda one: (
            {key: one[key] for key in one if key != "AccessControllerEvent"}
            | one["AccessControllerEvent"]
        ),
    ],
)
def test_every_wrapping_is_the_same_event(wrap: Any) -> None:
    plain = sample("hikvision", "face-granted.json")
    assert drafts(TOPIC, wrap(plain)) == drafts(TOPIC, plain)
    assert drafts("", wrap(plain)) == drafts(TOPIC, plain)


def test_numbers_may_be_strings() -> None:
    record = {"majorEventType": "5", "subEventType": "0x4b", "serialNo": "9001", "doorNo": "1"}
    texts = alert(record | {"frontSerialNo": 9000.0}, channelID="1")
    assert drafts(TOPIC, texts) == drafts(TOPIC, sample("hikvision", "face-granted.json"))


def test_a_search_answer_is_back_filled() -> None:
    first, second = drafts(TOPIC, sample("hikvision", "search-answer.json"))
    assert (first.id, second.id) == ("hik:025e10aa0007:1:8870", "hik:025e10aa0007:1:8871")
    assert isinstance(first.data, access.Granted)
    assert first.data.credential == "fingerprint"
    assert isinstance(second.data, door.Locked)
    assert (first.origin, second.origin) == ("backfill", "backfill")
    assert first.time == "2026-03-01T22:10:00+08:00"
    assert drafts(TOPIC, {"AcsEvent": {"searchID": "1", "responseStatusStrg": "NO MATCH"}}) == ()
    flood = {"AcsEvent": {"InfoList": [{"major": 5, "minor": 1}] * 1001}}
    assert aside(TOPIC, flood)[:2] == ("hikvision", "oversized")


@pytest.mark.parametrize(
    ("around", "topic", "key"),
    [
        ({"macAddress": "02-5E-10-AA-00-08"}, TOPIC, "025e10aa0008"),
        ({"macAddress": "00:00:00:00:00:00"}, TOPIC, "192.0.2.21"),
        ({"macAddress": None, "shortSerialNumber": "GA6820584"}, TOPIC, "GA6820584"),
        ({"macAddress": None, "deviceID": "South"}, TOPIC, "South"),
        ({"macAddress": None}, TOPIC, "192.0.2.21"),
        ({"macAddress": None, "ipAddress": None}, TOPIC, "025e10aa0007"),
        (
            {"macAddress": None, "ipAddress": None},
            "hikvision/02:5E:10:AA:00:09/acs",
            "025e10aa0009",
        ),
        ({"macAddress": None, "ipAddress": None}, "hik/south/event/5/75", "south"),
        ({"macAddress": None, "ipAddress": None}, "isapi/south", "south"),
        ({"macAddress": None, "ipAddress": None}, "hikvision/events", "hikvision"),
        ({"macAddress": 5, "ipAddress": {}, "deviceID": []}, "", "hikvision"),
    ],
)
def test_who_sent_it(around: dict[str, Any], topic: str, key: str) -> None:
    made = draft(topic, alert(**around))
    assert made.device == key
    assert made.id == f"hik:{key}:1:9001"


@pytest.mark.parametrize("serial", [None, 0, -1, "", "soon", True, 2**60])
def test_a_record_without_a_number_is_known_by_its_bytes(serial: Any) -> None:
    body = alert({"serialNo": serial})
    made, again = draft(TOPIC, body), draft(TOPIC, body)
    assert made.id == again.id == "hik:025e10aa0007:1"
    assert made.mark == again.mark
    assert made.mark != draft(TOPIC, body | {"dateTime": "2026-03-02T07:41:10+08:00"}).mark


def test_records_of_one_answer_without_numbers_are_different_events() -> None:
    body = sample("hikvision", "search-answer.json")
    for record in body["AcsEvent"]["InfoList"]:
        del record["serialNo"]
    first, second = drafts(TOPIC, body)
    assert first.mark != second.mark


def test_a_number_where_a_code_word_belongs_is_not_kept() -> None:
    record = {"userType": "13800138000", "currentVerifyMode": "8800126053", "attendanceStatus": 7}
    codes = draft(TOPIC, alert(record)).data.native
    assert not {"userType", "verifyMode", "attendanceStatus"} & codes.keys()


@pytest.mark.parametrize(
    ("record", "around", "time", "quality"),
    [
        ({}, {"dateTime": "2026-03-02T07:41:09"}, "2026-03-02T07:41:09+08:00",
         "device-assumed"),
        ({}, {"dateTime": None}, "", "gateway"),
        ({}, {"dateTime": ""}, "", "gateway"),
        ({"dateTime": "2026-03-02T07:41:10Z"}, {"dateTime": None}, "2026-03-02T07:41:10Z",
         "device-zone"),
    ],
)  # fmt: skip
def test_when(record: Any, around: Any, time: str, quality: str) -> None:
    made = draft(TOPIC, alert(record, **around))
    assert (made.time, made.timequality) == (time, quality)


def test_what_is_not_an_access_record() -> None:
    assert aside(TOPIC, alert(dateTime="soon"))[:2] == ("hikvision", "time")
    assert aside(TOPIC, {"ipAddress": "192.0.2.21", "dateTime": "soon"})[:2] == (
        "hikvision",
        "shape",
    )
    assert aside(TOPIC, {"event_log": "{broken"})[:2] == ("hikvision", "malformed")
    assert aside(TOPIC, {"AcsEvent": {"InfoList": [7]}})[1] == "shape"
    assert aside(TOPIC, [[]])[1] == "shape"


def test_an_access_alert_whose_record_is_missing_is_set_aside() -> None:
    bare = sample("hikvision", "face-granted.json")
    del bare["AccessControllerEvent"]
    wrongs: tuple[Any, ...] = ([], 5, "text", {}, None)
    for wrong in wrongs:
        assert aside(TOPIC, bare | {"AccessControllerEvent": wrong})[:2] == ("hikvision", "shape")
    assert aside(TOPIC, bare)[:2] == ("hikvision", "shape")


@pytest.mark.parametrize("wrong", [None, True, 5.5, "five", [5], 2**60])
@pytest.mark.parametrize("name", ["majorEventType", "subEventType"])
def test_codes_are_whole_numbers(name: str, wrong: Any) -> None:
    body = alert()
    body["AccessControllerEvent"][name] = wrong
    assert aside(TOPIC, body)[:2] == ("hikvision", "field")
    del body["AccessControllerEvent"][name]
    assert aside(TOPIC, body)[:2] == ("hikvision", "field")


@pytest.mark.parametrize(
    ("record", "around", "origin"),
    [
        ({"currentEvent": True}, {}, "live"),
        ({"currentEvent": False}, {}, "backfill"),
        ({"currentEvent": "false"}, {}, "backfill"),
        ({}, {"isDataRetransmission": True}, "backfill"),
        ({"currentEvent": True}, {"isDataRetransmission": True}, "live"),
    ],
)
def test_replayed_history(record: Any, around: Any, origin: str) -> None:
    assert draft(TOPIC, alert(record, **around)).origin == origin


@pytest.mark.parametrize(
    ("record", "kind", "identifier"),
    [
        ({"employeeNoString": None, "cardNo": "8800126053"}, "card", "8800126053"),
        ({"employeeNoString": 2048}, "employee", "2048"),
        ({"employeeNoString": None, "employeeNo": 2048}, "employee", "2048"),
        ({"employeeNoString": "0", "cardNo": "0"}, "name", "李小雨"),
    ],
)
def test_who_it_was(record: Any, kind: str, identifier: str) -> None:
    personal = draft(TOPIC, alert(record)).personal
    assert personal is not None
    assert (personal.kind, personal.identifier) == (kind, identifier)


def test_a_person_at_a_door_event_is_sealed_without_reference() -> None:
    personal = coded(5, 0x1C).personal
    assert personal is not None
    assert personal.into == ""


def test_user_types_are_classes() -> None:
    for told, expected in (("visitor", "visitor"), ("blackList", "unknown"), (None, "unknown")):
        made = draft(TOPIC, alert({"userType": told})).data
        assert isinstance(made, access.Granted)
        assert made.subject_class == expected


def test_similarity_is_a_confidence_of_faces() -> None:
    for told, expected in ((0.92, 0.92), (92, 0.92), ("0.92", 0.92), (180, None), (-1, None)):
        made = draft(TOPIC, alert({"similarity": told})).data
        assert isinstance(made, access.Granted)
        assert made.confidence == expected
    card = coded(5, 1, similarity=0.9).data
    assert isinstance(card, access.Granted)
    assert card.confidence is None


def test_the_mode_tells_the_credential_where_the_code_does_not() -> None:
    for mode, expected in (("faceAndPw", "face"), ("cardOrFace", "unknown"), (5, "unknown")):
        made = coded(5, 0x99, currentVerifyMode=mode).data
        assert isinstance(made, access.Granted)
        assert made.credential == expected


def test_the_installers_word() -> None:
    body = alert()
    named = site_with("025e10aa0007", Known(name="south"))
    assert draft(TOPIC, body, named).subject == "door/south-1"
    placed = site_with("025e10aa0007", Known(subject="door/south", name="s"))
    assert draft(TOPIC, body, placed).subject == "door/south"
    tampered = sample("hikvision", "reader-tampered.json")
    assert draft(TOPIC, tampered, placed).subject == "device/s"
    assert isinstance(draft(TOPIC, tampered, placed).data, device.Tampered)


def test_a_lost_picture_names_its_channel_if_there_is_one() -> None:
    body = sample("hikvision", "video-lost.json")
    del body["channelID"]
    made = draft(TOPIC, body)
    assert made.subject == "camera/025e10aa0007"
    assert isinstance(made.data, camera.VideoLost)


@pytest.mark.parametrize(("reader", "way"), [(1, "in"), (2, "out"), (3, "unknown")])
def test_the_way_is_the_installers_word_for_a_reader(reader: int, way: str) -> None:
    site = site_with("025e10aa0007", Known(readers={"1": "in", "2": "out"}))
    made = draft(TOPIC, alert({"cardReaderNo": reader}), site)
    assert isinstance(made.data, access.Granted)
    assert made.data.direction == way


@pytest.mark.parametrize(
    ("serial", "front", "expected"),
    [
        (9001, 9000, Record("serialNo", 9001, 9000)),
        ("9001", "8990", Record("serialNo", 9001, 8990)),
        (1, 0, Record("serialNo", 1, 0)),
        (9001, None, Record("serialNo", 9001)),
        (9001, "soon", Record("serialNo", 9001)),
        (9001, -1, Record("serialNo", 9001)),
        (9001, 9001, Record("serialNo", 9001)),  # a link to itself or ahead links nothing
        (9001, 9002, Record("serialNo", 9001)),
        (0, 0, None),
        (None, 9000, None),
    ],
)
def test_the_terminals_own_count(serial: Any, front: Any, expected: Record | None) -> None:
    assert draft(TOPIC, alert({"serialNo": serial, "frontSerialNo": front})).record == expected


def test_records_of_a_search_answer_are_counted_and_not_linked() -> None:
    found = drafts(TOPIC, sample("hikvision", "search-answer.json"))
    assert [one.record for one in found] == [Record("serialNo", 8870), Record("serialNo", 8871)]


def test_records_of_every_kind_are_counted() -> None:
    made = draft(TOPIC, sample("hikvision", "power-on.json"))
    assert made.data == device.Connected(reason="power-on", native=made.data.native)
    assert made.record == Record("serialNo", 9007, 9006)


def test_an_alert_without_a_record_counts_nothing() -> None:
    assert draft(TOPIC, sample("hikvision", "video-lost.json")).record is None


WARM = site_with("025e10aa0007", Known(options={"temperature": "on"}))


def test_temperature_is_nobodys_business_unless_the_installer_says_so() -> None:
    body = sample("hikvision", "temperature.json")
    only = draft(TOPIC, body)
    assert "37.9" not in repr(only)
    granted, measured = drafts(TOPIC, body, WARM)
    assert granted == only
    assert measured.data == access.TemperatureMeasured(
        temperature_cel=37.9,
        abnormal=True,
        native={"adapter": "hikvision", "major": 5, "minor": 75, "event": "face-accepted"},
    )
    assert (measured.id, measured.record) == (f"{granted.id}:temperature", granted.record)
    assert measured.personal is not None
    assert (measured.personal.identifier, measured.personal.into) == ("R-2048", "subject_ref")


@pytest.mark.parametrize(
    ("record", "celsius"),
    [
        ({"currTemperature": "36.5"}, 36.5),
        ({"currTemperature": 100.4, "thermometryUnit": "fahrenheit"}, 38.0),
        ({"currTemperature": 309.65, "thermometryUnit": "kelvin"}, 36.5),
        ({"currTemperature": 0}, None),
        ({"currTemperature": 255}, None),
        ({"currTemperature": None}, None),
    ],
)
def test_temperatures_of_people_in_degrees(record: Any, celsius: float | None) -> None:
    body = sample("hikvision", "temperature.json")
    body["AccessControllerEvent"] = _with(body["AccessControllerEvent"], record)
    found = [one.data for one in drafts(TOPIC, body, WARM)[1:]]
    assert [getattr(one, "temperature_cel", None) for one in found] == (
        [] if celsius is None else [celsius]
    )


def test_a_record_without_a_number_is_the_same_however_it_is_told() -> None:
    pushed = draft(TOPIC, alert({"serialNo": None, "frontSerialNo": None}, activePostCount=4))
    record = {
        "major": 5, "minor": 75, "time": "2026-03-02T07:41:09+08:00", "doorNo": 1, "verifyNo": 51,
        "cardReaderNo": 1, "employeeNoString": "R-2048", "name": "李小雨", "userType": "normal",
    }  # fmt: skip
    answer = {"AcsEvent": {"responseStatusStrg": "OK", "InfoList": [record]}}
    searched = draft(TOPIC, answer)
    assert (pushed.id, pushed.mark, pushed.data.TYPE) == (
        searched.id,
        searched.mark,
        searched.data.TYPE,
    )
    assert draft(TOPIC, alert({"serialNo": None}, dateTime=None)).unnumbered
