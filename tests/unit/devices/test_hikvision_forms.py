"""Hikvision in forms that other firmware and relays send: lists, bytes behind the end, prefixes,
clocks that write their time otherwise, and a page of records of which one cannot be read."""

import json
from typing import Any

import pytest

from core.events import access, camera
from devices import registry
from devices.adapter import Message
from devices.hikvision.search import pages
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, sample

TOPIC = "hikvision/025e10aa0007/acs"
ALERT: dict[str, Any] = sample("hikvision", "face-granted.json")
SEARCHED = {
    "major": 5, "minor": 75, "time": "2026-03-02T07:41:09+08:00", "type": 0, "doorNo": 1,
    "serialNo": 9001, "employeeNoString": "R-2048", "currentVerifyMode": "face",
}  # fmt: skip
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\r\n<{0}EventNotificationAlert '
    'xmlns{1}="http://www.hikvision.com/ver20/XMLSchema"><{0}macAddress>02:5e:10:aa:00:07'
    "</{0}macAddress><{0}channelID>1</{0}channelID><{0}dateTime>2026-03-02T07:41:09+08:00"
    "</{0}dateTime><{0}eventType>linedetection</{0}eventType><{0}eventState>active"
    "</{0}eventState></{0}EventNotificationAlert>"
)


def later(number: int) -> dict[str, Any]:
    record = ALERT["AccessControllerEvent"] | {"serialNo": number, "frontSerialNo": number - 1}
    return ALERT | {"AccessControllerEvent": record}


def answer(*found: Any) -> dict[str, Any]:
    told = {"searchID": "1", "totalMatches": len(found), "responseStatusStrg": "OK"}
    return {"AcsEvent": {**told, "numOfMatches": len(found), "InfoList": list(found)}}


@pytest.mark.parametrize("topic", [TOPIC, ""])
def test_several_alerts_in_a_list(topic: str) -> None:
    made = drafts(topic, [ALERT, later(9002)])
    assert [one.id for one in made] == [draft(TOPIC, ALERT).id, "hik:025e10aa0007:1:9002"]
    assert {one.origin for one in made} == {"live"}


@pytest.mark.parametrize("name", ["EventNotificationAlert", "event_log"])
def test_a_wrapper_around_a_list(name: str) -> None:
    assert [one.id for one in drafts(TOPIC, {name: [ALERT, later(9002)]})] == [
        "hik:025e10aa0007:1:9001",
        "hik:025e10aa0007:1:9002",
    ]


def test_several_records_in_one_alert() -> None:
    several = [one["AccessControllerEvent"] for one in (ALERT, later(9002))]
    made = drafts(TOPIC, ALERT | {"AccessControllerEvent": several})
    assert [one.id[-4:] for one in made] == ["9001", "9002"]


def test_a_list_of_nothing_and_one_that_is_too_long() -> None:
    assert aside(TOPIC, [])[1] == "shape"
    assert aside(TOPIC, [[[[[[[[ALERT]]]]]]]])[1] == "shape"
    assert aside(TOPIC, [1, 2])[1] == "shape"
    heartbeat = {"eventType": "heartBeat", "eventState": "inactive"}
    assert aside(TOPIC, [heartbeat] * 1001)[1] == "oversized"


def test_the_one_record_of_an_answer_without_a_list() -> None:
    told = answer(SEARCHED)
    told["AcsEvent"]["InfoList"] = SEARCHED
    made = draft(TOPIC, told)
    assert (made.id, made.origin) == ("hik:025e10aa0007:1:9001", "backfill")


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\r\n", b"\r\n\0"])
def test_bytes_behind_the_end(tail: bytes) -> None:
    assert draft(TOPIC, json.dumps(ALERT).encode() + tail) == draft(TOPIC, ALERT)
    xml = XML.format("", "").encode()
    assert draft(TOPIC, xml + tail) == draft(TOPIC, xml)


def test_a_prefix_and_utf_16_without_a_topic() -> None:
    plain = draft("", XML.format("", "").encode())
    assert isinstance(plain.data, camera.LineCrossed)
    assert draft("", XML.format("ns1:", ":ns1").encode()) == plain
    assert draft("", XML.format("", "").encode("utf-16")).id == plain.id


def test_gb18030_without_a_topic() -> None:
    told = json.dumps(ALERT, ensure_ascii=False)
    assert draft("", told.encode("gb18030")) == draft("", told.encode())


def test_a_list_of_alerts_in_xml() -> None:
    one = XML.format("", "").partition("\n")[2]
    two = one.replace("07:41:09", "07:41:12")
    made = drafts(
        TOPIC, f"<EventNotificationAlertList>{one}{two}</EventNotificationAlertList>".encode()
    )
    assert len({each.id for each in made}) == 2


def test_an_hour_of_one_digit_in_the_offset() -> None:
    made = draft(TOPIC, ALERT | {"dateTime": "2026-03-02T07:41:09-4:00"})
    assert (made.time, made.timequality) == ("2026-03-02T07:41:09-04:00", "device-zone")


def test_a_record_nobody_can_read_does_not_keep_the_others_of_its_page() -> None:
    whole = json.dumps(answer(SEARCHED, SEARCHED | {"serialNo": 9002})).encode()
    assert pages(whole) == [whole]
    bad = SEARCHED | {"serialNo": 9003, "time": "yesterday"}
    split = pages(json.dumps(answer(SEARCHED, bad, {}, SEARCHED | {"serialNo": 9004})).encode())
    outcomes = [registry.decode(Message(TOPIC, each), SHANGHAI) for each in split]
    good = [one for one in outcomes if isinstance(one, registry.Decoded)]
    assert [each.id[-4:] for one in good for each in one.drafts] == ["9001", "9004"]
    assert {each.origin for one in good for each in one.drafts} == {"backfill"}
    reasons = [one.reason for one in outcomes if isinstance(one, registry.Aside)]
    assert sorted(reasons) == ["shape", "time"]
    assert isinstance(good[0].drafts[0].data, access.Granted)
    assert pages(b"nothing") == [b"nothing"]


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-03-02 07:41:09 PM", "2026-03-02T19:41:09+08:00"),
        ("2026-03-02T12:00:00 AM+08:00", "2026-03-02T00:00:00+08:00"),
        ("2026-03-02T07:41:09 08:00", "2026-03-02T07:41:09+08:00"),
        (1772408469, "2026-03-01T23:41:09Z"),
        ("1772408469123", "2026-03-01T23:41:09.123Z"),
    ],
)
def test_times_otherwise_written(told: object, time: str) -> None:
    assert draft(TOPIC, ALERT | {"dateTime": told}).time == time
    searched = draft(TOPIC, answer(SEARCHED | {"time": told}))
    assert (searched.time, searched.origin) == (time, "backfill")


def test_a_record_s_count_of_seconds_beside_the_alert_s_time() -> None:
    record = ALERT["AccessControllerEvent"] | {"time": 1772400000}
    assert draft(TOPIC, ALERT | {"AccessControllerEvent": record}) == draft(TOPIC, ALERT)
    unread = ALERT["AccessControllerEvent"] | {"time": "yesterday"}
    assert draft(TOPIC, ALERT | {"AccessControllerEvent": unread}).time == draft(TOPIC, ALERT).time
    assert aside(TOPIC, ALERT | {"dateTime": "yesterday"})[1] == "time"


def test_a_search_answer_in_xml_without_a_topic() -> None:
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in SEARCHED.items())
    told = (
        '<?xml version="1.0"?><AcsEvent version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">'
        "<responseStatusStrg>MORE</responseStatusStrg><numOfMatches>1</numOfMatches>"
        f"<InfoList><Info>{fields}</Info></InfoList></AcsEvent>"
    )
    assert draft("", told.encode()).origin == "backfill"
    none = "<AcsEvent><responseStatusStrg>NO MATCH</responseStatusStrg></AcsEvent>"
    assert drafts("", none.encode()) == ()


def test_a_record_in_a_part_named_as_its_type() -> None:
    card = {"cardReaderNo": 1, "majorEventType": 5, "subEventType": 0x69, "cardNo": "A1B2C3D4",
            "IDCardInfo": {"name": "李小雨", "IDCardNo": "440300199001010000"}}  # fmt: skip
    around = {name: value for name, value in ALERT.items() if name != "AccessControllerEvent"}
    made = draft(TOPIC, around | {"eventType": "IDCardInfoEvent", "IDCardInfoEvent": card})
    assert isinstance(made.data, access.Granted)
    assert made.data.credential == "idcard"
    assert "440300199001010000" not in repr(made)


def call(**step: Any) -> dict[str, Any]:
    around = {name: value for name, value in ALERT.items() if name != "AccessControllerEvent"}
    part = {"cmdType": "request", "src": {"roomNumber": 101}, "serialNo": 9100} | step
    return around | {"eventType": "voiceTalkEvent", "VoiceTalkEvent": part}


def test_the_steps_of_a_call_in_one_second_are_several() -> None:
    rang, ended = draft(TOPIC, call()), draft(TOPIC, call(cmdType="hangUp", serialNo=9101))
    assert rang.id != ended.id
    assert rang.id == draft(TOPIC, call() | {"activePostCount": 2}).id
    assert isinstance(rang.data, camera.Unclassified)
    assert rang.data.native["cmdType"] == "request"
    assert rang.origin == "live"
    assert draft(TOPIC, call(currentEvent=False)).origin == "backfill"


def test_an_alert_that_goes_on_says_which() -> None:
    lasting = XML.format("", "").replace("linedetection", "duration").replace(
        "</EventNotificationAlert>",
        "<DurationList><Duration><relationEvent>fielddetection</relationEvent></Duration>"
        "</DurationList></EventNotificationAlert>",
    )  # fmt: skip
    made = draft(TOPIC, lasting.encode())
    assert isinstance(made.data, camera.Unclassified)
    assert made.data.native["relationEvent"] == "fielddetection"
    listed = ALERT | {"eventType": "duration", "DurationList": [{"relationEvent": "regionExiting"}]}
    del listed["AccessControllerEvent"]
    other = draft(TOPIC, listed).data
    assert isinstance(other, camera.Unclassified)
    assert other.native["relationEvent"] == "regionExiting"


@pytest.mark.parametrize("topic", [TOPIC, ""])
def test_a_post_as_it_was_with_its_boundaries(topic: str) -> None:
    parts = (
        b'Content-Disposition: form-data; name="AccessControllerEvent"\r\n'
        b"Content-Type: application/json\r\n\r\n" + json.dumps(ALERT).encode(),
        b'Content-Disposition: form-data; name="Picture"; filename="Picture.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8--\xff\xd9",
    )
    body = b"".join(b"--MIME_boundary\r\n" + part + b"\r\n" for part in parts)
    assert draft(topic, body + b"--MIME_boundary--") == draft(TOPIC, ALERT)


def test_a_post_without_an_alert() -> None:
    picture = b"--b\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8--\xff\xd9\r\n--b--\r\n"
    assert aside(TOPIC, picture)[1] == "shape"
    assert aside(TOPIC, b"--")[1] == "shape"
