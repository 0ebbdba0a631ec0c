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
