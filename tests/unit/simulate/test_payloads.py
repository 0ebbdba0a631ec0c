"""The vendors' forms, against what real devices sent."""

from datetime import datetime
from random import Random

import orjson
import pytest

from devices.frigate.simulate import Track
from devices.hikvision.simulate import DOOR_OPENED, NOBODY, Holder, Terminal, first_serial
from devices.lorawan.simulate import LevelSensor
from devices.native.simulate import NativeDevice, boot_mark
from devices.rfid.simulate import Reader

AT = datetime.fromisoformat("2026-11-20T07:08:09.123456+08:00")


def terminal() -> Terminal:
    return Terminal("e0:ca:3c:00:00:01", "gate-south", "192.168.8.11", 41, Random(1))


def test_a_face_has_the_fields_of_a_captured_push() -> None:
    holder = Holder(employee="R-10240", name="王安柏", card="3000000001")
    message = terminal().granted(AT, holder, "face", "in")
    body = orjson.loads(message.payload)
    record = body["AccessControllerEvent"]
    assert message.topic == "hikvision/e0ca3c000001/acs"
    assert body["dateTime"] == "2026-11-20T07:08:09+08:00"
    assert record.keys() >= {
        "deviceName", "majorEventType", "subEventType", "name", "cardReaderKind", "cardReaderNo",
        "doorNo", "verifyNo", "employeeNoString", "serialNo", "userType", "currentVerifyMode",
        "frontSerialNo", "attendanceStatus", "label", "statusValue", "mask", "picturesNumber",
        "purePwdVerifyEnable", "FaceRect",
    }  # fmt: skip
    assert (record["majorEventType"], record["subEventType"]) == (5, 75)
    assert (record["serialNo"], record["frontSerialNo"]) == (42, 0)
    assert "cardNo" not in record


def test_a_refused_face_names_nobody_and_the_next_record_follows() -> None:
    device = terminal()
    device.state(AT, DOOR_OPENED)
    holder = Holder(employee="R-10240", name="王安柏")
    message = device.refused(AT, holder, "face", "out", "unknown-face")
    record = orjson.loads(message.payload)["AccessControllerEvent"]
    assert record["subEventType"] == 76
    assert record["cardReaderNo"] == 2
    assert {"name", "employeeNoString"}.isdisjoint(record)
    assert (record["serialNo"], record["frontSerialNo"]) == (43, 42)


def test_a_stray_card_is_told_without_a_person() -> None:
    message = terminal().refused(AT, Holder(card="3000000001"), "card", "in", "no-such-card")
    record = orjson.loads(message.payload)["AccessControllerEvent"]
    assert record["cardNo"] == "3000000001"
    assert {"name", "employeeNoString", "userType"}.isdisjoint(record)
    assert "cardNo" not in orjson.loads(
        terminal().granted(AT, NOBODY, "pin", "in").payload
    )["AccessControllerEvent"]  # fmt: skip


def test_a_later_switch_on_starts_above_earlier_records() -> None:
    assert first_serial(datetime.fromisoformat("2026-11-20T07:08:10+08:00")) == (
        first_serial(datetime.fromisoformat("2026-11-20T07:08:09+08:00")) + 100
    )


def sensor() -> LevelSensor:
    return LevelSensor(
        "bin-a03",
        "24E124713D000001",
        application="waste",
        tenant="c01",
        gateway="gw-1",
        joined="20261120T000000000Z",
        rng=Random(1),
    )


def test_a_level_frame_is_the_codec_vector() -> None:
    message = sensor().uplink(
        AT, distance_mm=2116, temperature_cel=25.7, battery_pct=92, tilted=True
    )
    body = orjson.loads(message.payload)
    uplink = body["uplink_message"]
    assert message.topic == "v3/waste@c01/devices/bin-a03/up"
    assert uplink["frm_payload"] == "AXVcA2cBAQSCRAgFAAE="
    assert uplink["decoded_payload"] == {
        "battery": 92, "temperature": 25.7, "distance": 2116, "position": "tilt",
    }  # fmt: skip
    assert body["received_at"].startswith("2026-11-19T23:08:09.123456")
    assert len(body["received_at"]) == len("2026-11-20T06:31:07.123456789Z")


def test_the_first_uplink_leaves_out_its_zero_counter() -> None:
    device = sensor()
    uplinks = [
        orjson.loads(device.uplink(AT, distance_mm=1, temperature_cel=-4.3, battery_pct=1).payload)[
            "uplink_message"
        ]
        for _ in range(3)
    ]
    assert [uplink.get("f_cnt") for uplink in uplinks] == [None, 1, 2]
    assert len({uplink["session_key_id"] for uplink in uplinks}) == 1


def test_a_tag_read_has_local_time_and_no_zone() -> None:
    message = Reader("truck-01-reader").read(AT, "E9F35959")
    assert message.topic == "tele/truck-01-reader/SENSOR"
    assert orjson.loads(message.payload) == {
        "Time": "2026-11-20T07:08:09",
        "PN532": {"UID": "E9F35959", "DATA": ""},
    }


def test_a_track_keeps_its_id_and_carries_its_last_state() -> None:
    track = Track("cam-01", "person", Random(1))
    new, update, end = (
        orjson.loads(message.payload)
        for message in (
            track.new(AT, ("road",)), track.update(AT, ("road", "gate")), track.end(AT),
        )
    )  # fmt: skip
    assert [each["type"] for each in (new, update, end)] == ["new", "update", "end"]
    assert len({each["after"]["id"] for each in (new, update, end)}) == 1
    assert new["after"]["id"].startswith(f"{AT.timestamp():.6f}-")
    assert update["before"] == new["after"]
    assert end["before"] == update["after"]
    assert update["after"]["entered_zones"] == ["road", "gate"]
    assert (update["after"]["end_time"], end["after"]["end_time"]) == (None, AT.timestamp())
    left, top, right, bottom = end["after"]["box"]
    assert 0 <= left < right <= 1280
    assert 0 <= top < bottom <= 720


@pytest.mark.parametrize("seed", range(40))
def test_boxes_stay_inside_the_picture(seed: int) -> None:
    track = Track("cam-01", ("person", "car", "bicycle", "dog")[seed % 4], Random(seed))
    track.new(AT)
    for _ in range(12):
        box = orjson.loads(track.update(AT, ()).payload)["after"]["box"]
        assert 0 <= box[0] < box[2] <= 1280
        assert 0 <= box[1] < box[3] <= 720


def test_native_ids_name_device_and_switch_on() -> None:
    device = NativeDevice("lane-south", "access", boot_mark(AT))
    bodies = [
        orjson.loads(device.event(AT, "door.opened.v1", "door/gate-south", {}).payload)
        for _ in range(2)
    ]
    assert [body["id"] for body in bodies] == [
        "lane-south-20261119T230809123Z-000001", "lane-south-20261119T230809123Z-000002",
    ]  # fmt: skip
    assert bodies[0]["time"] == "2026-11-20T07:08:09.123+08:00"
    assert device.topic == "site/access/lane-south"
