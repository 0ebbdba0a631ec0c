"""Dahua in forms that other firmware and relays send: lists, small letters, data as text, times
that cannot be read, and a batch of which one event cannot."""

import json
from typing import Any

import pytest

from core.events import access, camera, door, vehicle
from devices import registry
from devices.adapter import Message
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, sample

TOPIC = "dahua/south-gate"
UPLOAD: dict[str, Any] = sample("dahua", "access-face.json")
EVENT: dict[str, Any] = UPLOAD["Events"][0]


def told(**data: Any) -> dict[str, Any]:
    kept = {name: one for name, one in (EVENT["Data"] | data).items() if one is not None}
    return UPLOAD | {"Events": [EVENT | {"Data": kept}]}


@pytest.mark.parametrize("topic", [TOPIC, ""])
def test_events_in_a_bare_list(topic: str) -> None:
    assert drafts(topic, [EVENT])[0].data == draft(topic, UPLOAD).data


def test_gb18030_without_a_topic() -> None:
    named = json.dumps(told(CardName="李小雨"), ensure_ascii=False)
    assert draft("", named.encode("gb18030")) == draft("", named.encode())


def test_small_letters() -> None:
    small = {name.lower(): one for name, one in EVENT.items()}
    assert draft(TOPIC, {"events": [small]}) == draft(TOPIC, UPLOAD)
    assert draft("", {"events": [small]}).data == draft("", UPLOAD).data


def test_data_as_the_text_it_was() -> None:
    assert draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": json.dumps(EVENT["Data"])}]}) == (
        draft(TOPIC, UPLOAD)
    )
    assert draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": [EVENT["Data"]]}]}) == (
        draft(TOPIC, UPLOAD)
    )
    assert isinstance(
        draft(TOPIC, UPLOAD | {"Events": [EVENT | {"Data": "{broken"}]}).data, access.Unclassified
    )


def test_seconds_with_a_fraction() -> None:
    made = draft(TOPIC, told(UTC=1772408469.5, RealUTC=None))
    assert made.time == "2026-03-01T23:41:09Z"
    assert made.id == draft(TOPIC, told(UTC=1772408469, RealUTC=None)).id


def test_a_time_that_cannot_be_read_leaves_the_message_s_own() -> None:
    around = {"Time": "2026-03-02T07:41:20+08:00"}
    made = draft(TOPIC, told(UTC="gestern", RealUTC=None) | around)
    assert made.time == "2026-03-01T23:41:20Z"
    nowhere = {name: one for name, one in UPLOAD.items() if name != "Time"}
    unread = told(UTC="gestern", RealUTC=None)["Events"]
    assert aside(TOPIC, nowhere | {"Events": unread})[1] == "time"


def test_one_bad_event_does_not_keep_the_others_of_its_batch() -> None:
    bare = {name: one for name, one in UPLOAD.items() if name != "Time"}
    opened = {"Code": "DoorStatus", "Action": "Pulse", "Index": 0,
              "Data": {"Status": "Open", "UTC": 1772408470}}  # fmt: skip
    made = drafts(TOPIC, bare | {"Events": [EVENT, {"foo": 1}, opened]})
    assert [type(one.data) for one in made] == [access.Granted, access.Unclassified, door.Opened]
    late = opened | {"Data": {"Status": "Open", "UTC": "gestern"}}
    made = drafts(TOPIC, bare | {"Events": [EVENT, late]})
    assert [(type(one.data), one.timequality) for one in made][1] == (door.Opened, "gateway")
    assert aside(TOPIC, bare | {"Events": [{"foo": 1}]})[1] == "shape"


FACE = (
    b'Code=_DoorFace_;action=Pulse;index=0;data={\n   "Door" : 0,\n   "OpenDoorMethod" : 3,\n'
    b'   "RealUTC" : 1772408469,\n   "Similarity" : 92,\n   "UserID" : "%b",\n   "readID" : 1\n}'
)


def test_a_code_between_underscores() -> None:
    made = draft(TOPIC, FACE % b"R-2048")
    assert isinstance(made.data, access.Unclassified)
    assert (made.data.native["code"], made.data.native["reader"]) == ("_DoorFace_", "1")
    assert made.personal is not None
    assert made.personal.identifier == "R-2048"
    relayed = {"Code": "_DoorFace_", "action": "Pulse", "index": "0",
               "data": (FACE % b"R-2048").partition(b"data=")[2].decode()}  # fmt: skip
    assert draft(TOPIC, relayed) == made


def test_a_face_nobody_has_is_nobody() -> None:
    assert draft(TOPIC, FACE % b"FFFFFF").personal is None


def test_a_reader_under_another_name() -> None:
    made = draft(TOPIC, told(ReaderID=None, ReadID="1"))
    assert made == draft(TOPIC, told(ReaderID="1"))
    assert isinstance(made.data, access.Granted)
    assert made.data.native["reader"] == "1"


@pytest.mark.parametrize(
    ("code", "more", "native"),
    [
        ("BackKeyLight", {"State": 1}, {"state": 1}),
        ("ProfileAlarmTransmit", {"SenseMethod": "UrgencyButton", "AlarmType": "Alarm"},
         {"senseMethod": "UrgencyButton", "alarmType": "Alarm"}),
        ("LoginFailure", {"Address": "192.0.2.9", "Name": "li-xiaoyu", "Type": "Web"}, {}),
    ],
)  # fmt: skip
def test_of_a_door_station_nothing_is_dropped(
    code: str, more: dict[str, Any], native: dict[str, Any]
) -> None:
    body = json.dumps(more | {"UTC": 1772408469})
    made = draft(TOPIC, f"Code={code};action=Start;index=-1;data={body}".encode())
    assert isinstance(made.data, access.Unclassified)
    assert made.data.native.items() >= native.items()
    assert "li-xiaoyu" not in repr(made)


def test_two_states_of_one_call_in_one_second() -> None:
    rang, unlocked = (
        f'Code=BackKeyLight;action=Pulse;index=-1;data={{"State":{state},"UTC":1772408469}}'
        for state in (1, 8)
    )
    made = drafts(TOPIC, f"{rang}\r\n{unlocked}\r\n".encode())
    assert len({one.id for one in made}) == 2


@pytest.mark.parametrize("plate", ["无车牌", "无牌", "no plate", "Unlicensed", "--", "??", "000"])
def test_a_car_without_a_plate_is_no_person(plate: str) -> None:
    body = json.dumps({"TrafficCar": {"PlateNumber": plate}, "UTC": 1772408469})
    made = draft(TOPIC, f"Code=TrafficTollGate;action=Pulse;index=0;data={body}".encode())
    assert isinstance(made.data, vehicle.Passed)
    assert made.personal is None
    assert plate not in repr(made.data)


@pytest.mark.parametrize(
    ("shown", "time"),
    [
        ("22-03-2026 07:41:09", "2026-03-21T23:41:09Z"),
        ("03/22/2026 07:41:09 PM", "2026-03-22T11:41:09Z"),
        ("02-03-2026 07:41:09", ""),  # of March, or of February
    ],
)
def test_a_message_s_time_with_the_year_last(shown: str, time: str) -> None:
    made = draft(TOPIC, told(UTC=None, RealUTC=None) | {"Time": shown})
    assert made.time == time
    assert made.timequality == ("device-assumed" if time else "gateway")


@pytest.mark.parametrize("shown", ["2026-03-22 07:41:09 PM", "22-03-2026 19:41:09"])
def test_a_local_time_as_pages_show_it_still_tells_a_packed_clock(shown: str) -> None:
    packed = 1774208469  # 19:41:09 of that day, as if it were UTC
    made = draft(TOPIC, told(UTC=packed, RealUTC=None, LocaleTime=shown))
    assert (made.time, made.timequality) == ("2026-03-22T11:41:09Z", "device-assumed")


def test_a_list_that_names_no_door_is_of_the_first() -> None:
    live = draft(TOPIC, told(RealUTC=None))
    row = {name: one for name, one in told()["Events"][0]["Data"].items() if name != "Door"}
    rows = "".join(f"records[0].{name}={one}\r\n" for name, one in row.items())
    listed = draft(f"{TOPIC}/history", f"found=1\r\n{rows}".encode())
    assert (listed.id, listed.mark, listed.subject) == (live.id, live.mark, live.subject)
    assert draft(f"{TOPIC}/history", {"found": 1, "records": [row]}).id == live.id
    assert (live.origin, listed.origin) == ("live", "backfill")
    assert drafts(f"{TOPIC}/history", {"found": 0, "records": []}) == ()
    assert aside(f"{TOPIC}/history", {"records": [1]})[1] == "shape"


@pytest.mark.parametrize("data", ["", "null", "[1]", "notjson", "key=value"])
def test_data_that_is_no_object_leaves_the_event(data: str) -> None:
    told = (
        f"Code=VideoMotion;action=Start;index=2;data={data}\r\nCode=BreakIn;action=Start;index=0\0"
    )
    made = drafts(TOPIC, told.encode())
    assert [(type(one.data), one.subject) for one in made] == [
        (camera.MotionStarted, "camera/south-gate-3"),
        (door.Forced, "door/south-gate-1"),
    ]


def test_an_object_whose_sort_is_named_shortly() -> None:
    body = json.dumps({"Object": {"Type": "Human"}, "UTC": 1772408469})
    made = draft(TOPIC, f"Code=CrossRegionDetection;action=Start;index=0;data={body}".encode())
    assert isinstance(made.data, camera.RegionEntered)
    assert made.data.label == "person"


SNAPPED: dict[str, Any] = {
    "Picture": {
        "Plate": {"PlateNumber": "粤XD40217", "PlateColor": "Blue", "IsExist": True,
                  "Channel": 0, "Confidence": 95},
        "Vehicle": {"VehicleType": "Car", "VehicleColor": "Black"},
        "SnapInfo": {"AccurateTime": "2026-03-02 07:41:09.123", "DeviceID": "gate", "LanNo": 2,
                     "Direction": "Obverse", "AllowUser": True},
        "NormalPic": {"PicName": "a.jpg", "Content": "AAAA"},
    }
}  # fmt: skip


def test_a_camera_s_own_upload_of_a_plate() -> None:
    made = draft("", SNAPPED)
    assert isinstance(made.data, vehicle.Passed)
    assert (made.data.lane, made.data.vehicle_type, made.data.list) == ("2", "Car", "white")
    assert (made.time, made.timequality) == ("2026-03-01T23:41:09Z", "device-assumed")
    assert made.personal is not None
    assert made.personal.fields == {"plate": "粤XD40217"}
    assert "粤XD40217" not in repr(made.data)
    assert draft(TOPIC, SNAPPED).subject == "gate/south-gate-1"
    # The path that some cameras cannot be told otherwise: it names nobody.
    assert draft("NotificationInfo/TollgateInfo", SNAPPED).device == "gate"
    kept = registry.decode(Message(TOPIC, b'{"Active":"keepAlive","DeviceID":"gate"}'), SHANGHAI)
    assert isinstance(kept, registry.Decoded)
    assert (kept.drafts, kept.alive) == ((), ("south-gate",))
    at_its_own = Message("NotificationInfo/KeepAlive", b'{"Active":"keepAlive"}')
    assert isinstance(registry.decode(at_its_own, SHANGHAI), registry.Decoded)


@pytest.mark.parametrize(
    ("kind", "listed"),
    [("TrustCar", "white"), ("SuspiciousCar", "black"), ("NormalCar", "unknown")],
)
def test_what_the_camera_says_of_a_car(kind: str, listed: str) -> None:
    car = {"PlateNumber": "粤XD40217", "CarType": kind, "WhiteList": {"Enable": True}}
    body = json.dumps({"TrafficCar": car, "UTC": 1772408469})
    made = draft(TOPIC, f"Code=TrafficJunction;action=Pulse;index=0;data={body}".encode())
    assert isinstance(made.data, vehicle.Passed)
    assert made.data.list == listed


def test_events_as_the_device_s_rpc_tells_them() -> None:
    told = {"method": "client.notifyEventStream", "params": {"SID": 513, "eventList": [EVENT]}}
    assert draft(TOPIC, told) == draft(TOPIC, {"Events": [EVENT]})
    assert draft(TOPIC, UPLOAD | {"params": {"SID": 513}}) == draft(TOPIC, UPLOAD)
    row = EVENT["Data"] | {"RecNo": 12}
    listed = draft(TOPIC, {"id": 3, "params": {"found": 1, "records": [row]}, "result": True})
    assert (listed.id, listed.origin) == (draft(TOPIC, UPLOAD).id, "backfill")
