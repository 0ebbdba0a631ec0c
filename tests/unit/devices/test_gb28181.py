"""GB/T 28181: what alarms say, and how a platform talks with a device."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.event import Data, Draft
from core.events import camera, device
from devices import digest, registry
from devices.adapter import Known, Message
from devices.gb28181 import sip
from devices.gb28181.simulate import Alarm, Device
from devices.gb28181.talk import Conversation
from devices.wire import Turn
from tests.unit.devices.here import Here
from tests.unit.devices.wire import DEVICES, SHANGHAI, site_with

ID = "34020000001320000007"
AT = datetime(2026, 3, 2, 7, 41, 9)  # noqa: DTZ001 - the wire has no zone
SECRETS = {ID: "p4ss"}


def body(alarm: Alarm, charset: str = "gb18030") -> bytes:
    return sip.read(Device(ID, "").alarm(alarm, charset)).body


def one(payload: bytes, **known: Any) -> Draft:
    site = site_with(ID, Known(**known)) if known else SHANGHAI
    outcome = registry.decode(Message("", payload), site)
    assert isinstance(outcome, registry.Decoded), outcome
    assert outcome.adapter == "gb28181"
    (only,) = outcome.drafts
    return only


@pytest.mark.parametrize("off", [-9, -1, 3])
def test_a_length_counted_in_characters(off: int) -> None:
    """Firmware counts what is no byte of GB18030; over UDP the datagram is what there is."""
    raw = alarm_told(Device(ID, "p4ss"))
    true = len(sip.read(raw).body)
    wrong = raw.replace(f"Length: {true}".encode(), f"Length: {true + off}".encode())
    assert isinstance(one(wrong).data, camera.LineCrossed)
    told, talk = Device(ID, "p4ss"), Conversation(Here(SECRETS), "192.0.2.64")
    waiting = [told.register()]
    while waiting:
        (turn,) = talk.received(waiting.pop())
        waiting += told.heard(turn.answer)
    turns = [*talk.received(wrong), *talk.received(wrong)]
    (message,) = [each for turn in turns for each in turn.messages]
    assert isinstance(one(message.payload).data, camera.LineCrossed)


def alarm_told(told: Device) -> bytes:
    made = told.alarm(Alarm(at=AT, method=5, kind=5, description="有人翻越围墙"))
    assert made is not None
    return made


@pytest.mark.parametrize("place", ["<Info>{}</Info>", "{}"])
def test_an_event_type_beside_its_alarm_type(place: str) -> None:
    told = place.format("<AlarmType>6</AlarmType><EventType>2</EventType>")
    made = one(
        f"<Notify><CmdType>Alarm</CmdType><SN>1</SN><DeviceID>{ID}</DeviceID>"
        f"<AlarmMethod>5</AlarmMethod>{told}</Notify>".encode()
    )
    assert isinstance(made.data, camera.RegionLeft)


@pytest.mark.parametrize(
    ("method", "kind", "event", "cls", "facts"),
    [
        (2, 1, 0, camera.VideoLost, {"reason": "alarm"}),
        (2, 2, 0, device.Tampered, {"reason": "opened"}),
        (2, 3, 0, device.ConditionChanged, {"condition": "storage-full"}),
        (5, 2, 0, camera.MotionStarted, {}),
        (5, 3, 0, camera.ObjectLeft, {}),
        (5, 4, 0, camera.ObjectRemoved, {}),
        (5, 5, 0, camera.LineCrossed, {"ga_code": "05"}),
        (5, 6, 0, camera.RegionEntered, {"ga_code": "06"}),
        (5, 6, 1, camera.RegionEntered, {"ga_code": "06"}),
        (5, 6, 2, camera.RegionLeft, {"ga_code": "06"}),
        (5, 7, 0, camera.LineCrossed, {"direction": "reverse"}),
        (5, 8, 0, camera.LoiteringDetected, {"ga_code": "08"}),
        (5, 10, 0, camera.CrowdCounted, {}),
        (5, 11, 0, camera.VideoTampered, {}),
        (6, 1, 0, device.ConditionChanged, {"condition": "storage-failure"}),
        (6, 2, 0, device.ConditionChanged, {"condition": "fan-failure"}),
        (2, 0, 0, camera.Unclassified, {}),
        (7, 42, 0, camera.Unclassified, {}),
        (5, 99, 0, camera.Unclassified, {}),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_methods_and_types(
    method: int, kind: int, event: int, cls: type[Data], facts: dict[str, Any], inside: bool
) -> None:
    made = one(body(Alarm(at=AT, method=method, kind=kind, event=event, inside_info=inside)))
    assert type(made.data) is cls
    assert {name: getattr(made.data, name) for name in facts} == facts
    assert made.data.native["method"] == method
    assert made.data.native["priority"] == 1
    assert (made.time, made.timequality) == ("2026-03-02T07:41:09+08:00", "device-assumed")


@pytest.mark.parametrize("charset", ["gb2312", "gb18030", "utf-8"])
def test_whatever_the_declaration_says_the_description_is_sealed(charset: str) -> None:
    payload = body(Alarm(at=AT, method=5, kind=5, description="业主张三报警"), charset)
    made = one(payload)
    assert made.personal is not None
    assert made.personal.fields == {"description": "业主张三报警"}
    assert "张三" not in repr(made.data)


def test_the_installers_words() -> None:
    payload = body(Alarm(at=AT, method=5, kind=5))
    assert one(payload).subject == f"camera/{ID}"
    assert one(payload, name="east").subject == "camera/east"
    assert one(payload, subject="gate/east").subject == "gate/east"
    tampered = body(Alarm(at=AT, method=2, kind=2)).replace(b"00000132", b"00000134")
    assert one(tampered).subject == f"device/{ID.replace('132', '134')}"


def test_the_whole_sip_message_and_the_document_are_the_same() -> None:
    raw = Device(ID, "").alarm(Alarm(at=AT, method=5, kind=5))
    assert one(raw) == one(sip.read(raw).body)


def test_keepalive_and_registration_are_signs_of_life() -> None:
    keepalive = (DEVICES / "gb28181" / "samples" / "keepalive.xml").read_bytes()
    assert registry.decode(Message("", keepalive), SHANGHAI).alive == (ID,)  # type: ignore[union-attr]
    raw = Device(ID, "").register()
    assert registry.decode(Message("", raw), SHANGHAI).alive == (ID,)  # type: ignore[union-attr]
    assert isinstance(one(Device(ID, "").register(0)).data, device.Lost)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<Notify><CmdType>Alarm</CmdType><AlarmMethod>5</AlarmMethod></Notify>", "field"),
        (f"<Notify><CmdType>Alarm</CmdType><DeviceID>{ID}</DeviceID>"
         "<AlarmTime>soon</AlarmTime></Notify>", "time"),
        (f"<Notify><CmdType>Strange</CmdType><DeviceID>{ID}</DeviceID></Notify>", "unknown-type"),
        ("<Notify><DeviceID>1</DeviceID></Notify>", "shape"),
        ("<Notify><CmdType>Alarm</CmdType>", "malformed"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><Notify><CmdType>Alarm</CmdType></Notify>', "malformed"),
    ],
)  # fmt: skip
def test_refusals(document: str, reason: str) -> None:
    outcome = registry.decode(Message("gb28181", document.encode()), SHANGHAI)
    assert isinstance(outcome, registry.Aside)
    assert outcome.reason == reason


def registered(here: Here, known: Device) -> Conversation:
    talk = Conversation(here, "192.0.2.64")
    sent = [known.register()]
    while sent:
        turns = talk.received(sent.pop())
        for turn in turns:
            sent += known.heard(turn.answer)
    assert known.registered
    return talk


def statuses(turns: Sequence[Turn]) -> list[int]:
    return [sip.read(turn.answer).status for turn in turns]


def test_registration_by_digest() -> None:
    known = Device(ID, "p4ss")
    registered(Here(SECRETS), known)
    assert known.statuses == [401, 200]


@pytest.mark.parametrize(("secrets", "password"), [({ID: "other"}, "p4ss"), ({}, "p4ss"), ({}, "")])
def test_a_wrong_password_or_an_unknown_device_is_refused(
    secrets: dict[str, str], password: str
) -> None:
    talk, known = Conversation(Here(secrets), ""), Device(ID, password)
    (asked,) = talk.received(known.register())
    (again,) = known.heard(asked.answer)
    (turn,) = talk.received(again)
    assert (turn.messages, statuses([turn])) == ((), [403])
    assert statuses(talk.received(known.keepalive())) == [403]


def test_a_stale_nonce_is_asked_again() -> None:
    here, known = Here(SECRETS), Device(ID, "p4ss")
    talk = Conversation(here, "")
    (asked,) = talk.received(known.register())
    (again,) = known.heard(asked.answer)
    here.stale.add("nonce1")
    (turn,) = talk.received(again)
    told = sip.read(turn.answer)
    assert told.status == 401
    assert digest.fields(told.header("www-authenticate"))["stale"] == "true"


def test_a_registration_ends_by_time_and_by_word() -> None:
    here, known = Here(SECRETS), Device(ID, "p4ss")
    talk = registered(here, known)
    (turn,) = talk.received(known.keepalive())
    assert (statuses([turn]), len(turn.messages)) == ([200], 1)
    here.at += timedelta(seconds=3601)
    assert statuses(talk.received(known.keepalive())) == [403]
    talk = registered(here, known)
    sent = [known.register(0)]
    while sent:
        for turn in talk.received(sent.pop()):
            sent += known.heard(turn.answer)
    assert not known.registered
    assert statuses(talk.received(known.keepalive())) == [403]


def test_an_alarm_is_answered_confirmed_and_reset() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    turns = talk.received(known.alarm(Alarm(at=AT, method=2, kind=1)))
    assert [len(turn.messages) for turn in turns] == [1, 0, 0]
    assert turns[0].messages[0].adapter == "gb28181"
    assert known.waits
    assert known.alarm(Alarm(at=AT, method=2, kind=1)) == b""
    for turn in turns:
        for answer in known.heard(turn.answer):
            assert talk.received(answer) == []
    assert (known.statuses[-1], known.confirmed, known.waits) == (200, 1, False)
    assert known.alarm(Alarm(at=AT, method=2, kind=1))
    assert len(talk.received(known.alarm(Alarm(at=AT, method=5, kind=5)))) == 2


def test_a_reset_nobody_answered_comes_again_with_the_next_sign_of_life() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    turns = talk.received(known.alarm(Alarm(at=AT, method=2, kind=1)))
    _, *again = talk.received(known.keepalive())
    assert [turn.answer for turn in again] == [turn.answer for turn in turns[1:]]
    for turn in again:
        for answer in known.heard(turn.answer):
            talk.received(answer)
    assert len(talk.received(known.keepalive())) == 1


def test_a_retransmission_is_answered_from_memory() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    raw = known.alarm(Alarm(at=AT, method=5, kind=5))
    first, *_ = talk.received(raw)
    (again,) = talk.received(raw)
    assert (again.messages, again.answer) == ((), first.answer)
    other = raw.replace(b"<AlarmType>5", b"<AlarmType>6")  # another life of the device
    assert talk.received(other)[0].messages


def test_a_stream_cut_anywhere_says_the_same() -> None:
    known = Device(ID, "p4ss")
    here = Here(SECRETS)
    register = sip.read(known.register())
    challenge = digest.fields('Digest realm="r", nonce="nonce1"')
    here.nonce()
    shown = digest.authorization(challenge, "REGISTER", register.uri, ID, "p4ss", "c")
    first = sip.written(
        sip.Sip(
            method="REGISTER",
            uri=register.uri,
            headers=[*register.headers, ("authorization", shown)],
        )
    )
    stream = first + b"\r\n\r\n" + known.keepalive() + known.alarm(Alarm(at=AT, method=5, kind=5))
    whole = [len(turn.messages) for turn in Conversation(here, "").received(stream)]
    assert whole == [1, 1, 1, 0]
    for at in range(0, len(stream), 7):
        talk = Conversation(here, "")
        if sip.begins(stream[at:]):
            continue
        turns = [*talk.received(stream[:at]), *talk.received(stream[at:])]
        assert [len(turn.messages) for turn in turns] == whole


def test_other_methods_and_what_is_malformed() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    keepalive = known.keepalive()
    invite = keepalive.replace(b"MESSAGE", b"INVITE")
    assert statuses(talk.received(invite)) == [405]
    assert statuses(talk.received(keepalive.replace(b"MESSAGE", b"OPTIONS"))) == [200]
    assert statuses(talk.received(keepalive.replace(b"MESSAGE", b"SUBSCRIBE"))) == [200]
    assert (
        len(
            talk.received(
                known.alarm(Alarm(at=AT, method=5, kind=5)).replace(b"MESSAGE", b"NOTIFY")
            )[0].messages
        )
        == 1
    )
    assert statuses(talk.received(keepalive.replace(b"Call-ID", b"X-Other"))) == [400]
    (end,) = talk.received(b"\x00\x01garbage\r\n\r\n")
    assert (end.answer, end.end) == (b"", True)
    cut = known.keepalive()[:-20]
    assert talk.received(cut) == []
    assert statuses(talk.received(known.keepalive()))[0] == 200


def test_compact_names_and_bare_line_feeds() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    raw = (
        known.keepalive()
        .replace(b"Via:", b"v:")
        .replace(b"From:", b"f:")
        .replace(b"Call-ID:", b"i:")
    )
    head, _, tail = raw.partition(b"\r\n\r\n")
    assert statuses(talk.received(head.replace(b"\r\n", b"\n") + b"\n\n" + tail)) == [200]


def test_memory_is_bounded() -> None:
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    for _ in range(300):
        talk.received(known.keepalive())
        talk.received(known.alarm(Alarm(at=AT, method=5, kind=5)))
    assert len(talk._answered) <= 64
    assert len(talk._pending) <= 16
    assert any(
        turn.end for turn in talk.received(b"MESSAGE sip:x SIP/2.0\r\n" + b"a: b\r\n" * 9000)
    )
    huge = b"MESSAGE sip:x SIP/2.0\r\nContent-Length: 9999999\r\n\r\n"
    assert any(turn.end for turn in talk.received(huge))


def test_no_byte_of_a_stream_is_looked_at_again() -> None:
    """However small its pieces: else a slow sender costs more than a fast one."""
    cutter = sip.Cutter()
    head = b"MESSAGE sip:x SIP/2.0\r\nVia: x\r\n"
    for _ in range(100):
        assert cutter.cut(head[:1]) == []
        head = head[1:]
    assert cutter._looked == len(cutter._held)
    whole = Device(ID, "").keepalive()
    cutter.clear()
    made: list[bytes] = []
    for at in range(len(whole)):
        made += cutter.cut(whole[at : at + 1])
    assert made == [whole]


INTRUSION = """<Notify><CmdType>Alarm</CmdType><SN>17</SN><DeviceID>34020000001320000007</DeviceID>
<AlarmPriority>{priority}</AlarmPriority><AlarmMethod>{method}</AlarmMethod>
<AlarmTime>2026-03-02T07:41:09</AlarmTime>{more}<Info><AlarmType>{kind}</AlarmType></Info></Notify>
"""


@pytest.mark.parametrize(
    ("method", "kind", "priority", "meant"),
    [
        ("视频报警", "入侵检测报警", "一级警情", camera.RegionEntered),
        ("5-视频报警", "06", "1级", camera.RegionEntered),
        ("视频报警", "快速移动报警", "1", camera.MotionStarted),
        ("设备报警", "设备防拆报警", "1", device.Tampered),
        ("设备故障报警", "存储设备风扇故障报警", "1", device.ConditionChanged),
        ("入侵", "入侵检测报警", "1", camera.Unclassified),
    ],
)
def test_codes_that_are_spelt_out(method: str, kind: str, priority: str, meant: type[Data]) -> None:
    told = INTRUSION.format(method=method, kind=kind, priority=priority, more="")
    made = one(told.encode("gb2312"))
    assert type(made.data) is meant
    assert made.data.native["priority"] == 1


@pytest.mark.parametrize(
    ("more", "tail"),
    [
        (b"", b"\0"),
        (b"<AlarmDescription>\xb6\xab\xc3\xc5\xc8</AlarmDescription>", b""),
        (b"<AlarmDescription>A&B</AlarmDescription>", b"\0\0"),
        (b"<Info><Other>1</Other></Info>", b""),
    ],
)
def test_what_firmware_does_to_a_document(more: bytes, tail: bytes) -> None:
    plain = INTRUSION.format(method=2, kind=2, priority=1, more="{more}").encode()
    document = plain.replace(b"{more}", more) + tail
    assert isinstance(one(document).data, device.Tampered)
    known = Device(ID, "p4ss")
    talk = registered(Here(SECRETS), known)
    raw = known.alarm(Alarm(at=AT, method=2, kind=2))
    assert raw is not None
    told = sip.read(raw)
    headers = [pair for pair in told.headers if pair[0] != "content-length"]
    sent = sip.Sip(method="MESSAGE", uri=told.uri, headers=headers, body=document)
    turns = talk.received(sip.written(sent))
    assert any(b"ResetAlarm" in turn.answer for turn in turns)


def test_a_name_before_an_address_is_no_address() -> None:
    assert sip.user_of(f'"sip:someone else" <sip:{ID}@3402000000>;tag=1') == ID


def test_an_event_type_in_place_of_its_wrapper() -> None:
    told = INTRUSION.format(method=5, kind=6, priority=1, more="")
    told = told.replace("</AlarmType>", "</AlarmType><AlarmTypeParam>2</AlarmTypeParam>")
    assert isinstance(one(told.encode()).data, camera.RegionLeft)
