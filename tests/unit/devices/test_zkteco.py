"""ZKTeco records: live, asked for, attendance and operations; codes by table and by range."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from core.event import Record
from core.events import access, device, door
from devices import registry
from devices.adapter import Known, Message
from devices.zkteco.codes import VERSION, credential_of
from devices.zkteco.record import packed, unpacked
from tests.unit.devices.wire import DEVICES, SHANGHAI, aside, draft, drafts, site_with

SERIAL = "CRJP260000007"
LIVE, ASKED = f"zkteco/{SERIAL}/rtlog", f"zkteco/{SERIAL}/transaction"
ATTENDANCE, OPERATIONS = f"zkteco/{SERIAL}/attlog", f"zkteco/{SERIAL}/operlog"


def raw(name: str) -> bytes:
    return (DEVICES / "zkteco" / "samples" / name).read_bytes()


def row(**changes: Any) -> bytes:
    """The granted face with other values; None takes one away."""
    pairs: dict[str, Any] = {
        "time": "2026-03-02 07:41:09", "pin": "00042", "cardno": "0", "eventaddr": 1, "event": 0,
        "inoutstatus": 0, "verifytype": 15, "index": 9001, "sitecode": 0, "linkid": 0,
    }  # fmt: skip
    told = pairs | changes
    return "\t".join(f"{key}={value}" for key, value in told.items() if value is not None).encode()


def test_the_sample_becomes_exactly_this() -> None:
    granted, forced = drafts(LIVE, raw("rtlog.txt"))
    assert granted.id == f"zk:{SERIAL}:1:9001"
    assert granted.record == Record("index", 9001)
    assert granted.subject == f"door/{SERIAL}-1"
    assert (granted.time, granted.timequality) == ("2026-03-02T07:41:09+08:00", "device-assumed")
    assert granted.data == access.Granted(
        direction="in",
        credential="face",
        native={
            "adapter": "zkteco", "table": VERSION, "upload": "rtlog", "event": 0, "index": 9001,
            "eventaddr": 1, "inoutstatus": 0, "verifytype": "15", "sitecode": 0, "linkid": 0,
        },
    )  # fmt: skip
    assert granted.personal is not None
    assert granted.personal.fields == {"employee": "00042", "card": "8800126053"}
    assert isinstance(forced.data, door.Forced)
    assert (forced.personal, forced.subject) == (None, f"door/{SERIAL}-2")


def test_what_is_asked_for_is_the_same_event() -> None:
    live, _ = drafts(LIVE, raw("rtlog.txt"))
    asked = draft(ASKED, raw("transaction.txt"))
    assert (live.origin, asked.origin) == ("live", "backfill")
    plain = [
        msgspec.structs.replace(
            each, origin="live", data=msgspec.structs.replace(each.data, native={})
        )
        for each in (live, asked)
    ]
    assert plain[0] == plain[1]


def test_a_recorded_exchange_is_read_like_its_body() -> None:
    made = draft("", raw("exchange.txt"))
    assert (made.id, made.device) == (f"zk:{SERIAL}:1:9003", SERIAL)
    assert isinstance(made.data, access.Denied)
    assert (made.data.credential, made.data.reason) == ("card", "credential-not-found")
    assert drafts("", raw("exchange.txt").replace(b"\r\n", b"\n")) == (made,)
    hello = (
        b"GET /iclock/cdata?SN=X1&options=all HTTP/1.1\n\n--> 200 text/plain\nregistry=ok\nA=1\n"
    )
    assert drafts("", hello) == ()


@pytest.mark.parametrize(
    ("event", "cls", "expected"),
    [
        (0, access.Granted, {}),
        (4, access.Granted, {"credential": "pin"}),
        (8, access.Granted, {"credential": "remote"}),
        (14, access.Granted, {"credential": "fingerprint"}),
        (202, access.Granted, {"credential": "button"}),
        (208, access.Granted, {}),
        (21, access.Denied, {"reason": "not-permitted-at-this-time"}),
        (23, access.Denied, {"reason": "unauthorized"}),
        (24, access.Denied, {"reason": "anti-passback"}),
        (25, access.Denied, {"reason": "interlock"}),
        (27, access.Denied, {"reason": "credential-not-found"}),
        (29, access.Denied, {"reason": "credential-expired"}),
        (30, access.Denied, {"reason": "invalid-pin"}),
        (38, access.Denied, {"reason": "blocked"}),
        (68, access.Denied, {"reason": "screening"}),
        (73, access.Denied, {"credential": "qr"}),
        (26, access.Requested, {}),
        (28, door.HeldOpen, {}),
        (100, device.Tampered, {"reason": "host"}),
        (101, access.Duress, {"credential": "pin"}),
        (102, door.Forced, {}),
        (200, door.Opened, {}),
        (201, door.Closed, {}),
        (206, device.Connected, {"reason": "started"}),
        (19, access.Granted, {}),
        (98, access.Denied, {"reason": "other"}),
        (4321, access.Granted, {}),
        (5999, access.Denied, {"reason": "other"}),
        (199, access.Unclassified, {}),
        (253, access.Unclassified, {}),
        (6, access.Unclassified, {}),
    ],
)
def test_events(event: int, cls: type, expected: dict[str, Any]) -> None:
    made = draft(LIVE, row(event=event))
    assert isinstance(made.data, cls), made.data
    assert made.data.native["event"] == event
    assert {name: getattr(made.data, name) for name in expected} == expected
    subject = f"device/{SERIAL}" if cls in (device.Tampered, device.Connected) else "door/"
    assert made.subject.startswith(subject)


@pytest.mark.parametrize("event", [6, 7, 98, 105, 199, 220, 253, 4999, 7000])
def test_an_unknown_event_of_nobody_is_no_decision(event: int) -> None:
    made = draft(LIVE, row(event=event, pin="0"))
    assert isinstance(made.data, access.Unclassified)
    assert made.personal is None


@pytest.mark.parametrize(
    ("told", "credential"),
    [
        ("1", "fingerprint"), ("3", "pin"), ("4", "card"), ("15", "face"), ("6", "unknown"),
        ("200", "unknown"), ("0000000000000010", "face"), ("0000000000010000", "fingerprint"),
        ("0000100000000000", "card"), ("0000001000000000", "pin"), ("0000101000000011", "face"),
        ("0000101000000010", "unknown"), ("0000000000000000", "unknown"), ("soon", "unknown"),
        ("", "unknown"), ("99999999", "unknown"),
    ],
)  # fmt: skip
def test_verification_modes(told: str, credential: str) -> None:
    assert credential_of(told) == credential


def test_keys_come_in_any_order_and_more_of_them() -> None:
    pairs = row().split(b"\t")
    turned = b"\t".join([*reversed(pairs), b"new=7", b"maskflag=255", b"temperature=36.2"])
    assert drafts(LIVE, turned) == drafts(LIVE, row())
    assert drafts(LIVE, row() + b"\r\n\r\n") == drafts(LIVE, row())


def test_a_pin_keeps_its_zeros_and_is_sealed() -> None:
    made = draft(LIVE, row(pin="00042", cardno="8800126053"))
    assert made.personal is not None
    assert made.personal.identifier == "00042"
    seen = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "00042" not in seen
    assert "8800126053" not in seen
    card = draft(LIVE, row(pin="0", cardno="8800126053", event=27))
    assert card.personal is not None
    assert (card.personal.kind, card.personal.into) == ("card", "subject_ref")
    nobody = draft(LIVE, row(pin="000", cardno="0"))
    assert nobody.personal is None


def test_temperature_is_not_kept() -> None:
    made = draft(LIVE, row(temperature="38.4", convtemperature="38.4", maskflag=1))
    assert made.data.native["maskflag"] == 1
    assert "38.4" not in repr(made)


def test_a_record_without_a_number_is_known_by_second_event_door_and_person() -> None:
    one, other = draft(LIVE, row(index=None)), draft(LIVE, row(index=None, pin="7"))
    assert one.record is None
    assert one.id == other.id == f"zk:{SERIAL}:1:20260302074109:0:1"
    assert (one.mark, other.mark) == ("00042", "7")
    assert draft(LIVE, row(index=0)).id == one.id


def test_attendance() -> None:
    came, went = drafts(ATTENDANCE, raw("attlog.txt"))
    assert came.id == f"zk:{SERIAL}:att:20260302074109"
    assert (came.mark, came.time) == ("00042", "2026-03-02T07:41:09+08:00")
    assert isinstance(came.data, access.Granted)
    assert (came.data.direction, came.data.credential) == ("in", "face")
    assert isinstance(went.data, access.Granted)
    assert (went.data.direction, went.data.credential) == ("out", "fingerprint")
    assert "00042" not in came.id
    same = b"00042\t2026-03-02 07:41:09\t0\t15\n00017\t2026-03-02 07:41:09\t255\t4"
    first, second = drafts(ATTENDANCE, same)
    assert (first.id, first.mark != second.mark) == (second.id, True)
    assert isinstance(second.data, access.Granted)
    assert second.data.direction == "unknown"
    assert drafts(ATTENDANCE, b"PIN=00042\ttime=2026-03-02 07:41:09\tstatus=0\tverified=15") == (
        first,
    )


def test_operations() -> None:
    (only,) = drafts(OPERATIONS, raw("operlog.txt"))
    assert isinstance(only.data, door.Forced)
    assert only.data.native["object"] == 54
    started = draft(OPERATIONS, b"OPLOG 0\t0\t2026-03-02 07:40:00\t0\t0\t0\t0")
    assert isinstance(started.data, device.Connected)


def test_states_of_doors_that_have_sensors() -> None:
    first, second = drafts(f"zkteco/{SERIAL}/rtstate", raw("rtstate.txt"))
    assert isinstance(first.data, door.StateReported)
    assert (first.data.physical, first.data.alarm) == ("open", "forced")
    assert isinstance(second.data, door.StateReported)
    assert (second.data.physical, second.subject) == ("closed", f"door/{SERIAL}-2")
    quiet = b"time=2026-03-02 07:41:12\tsensor=00\trelay=00\talarm=0000000000000000"
    assert drafts(f"zkteco/{SERIAL}/rtstate", quiet) == ()


@pytest.mark.parametrize(
    "told", ["2026-03-02T07:41:09", "2000-01-01T00:00:00", "2024-02-29T23:59:59"]
)
def test_the_makers_seconds(told: str) -> None:
    assert unpacked(packed(datetime.fromisoformat(told))) == told


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"hello", "shape"),
        (row(event="soon"), "field"),
        (row(time="soon"), "time"),
        (row(time="2026-13-02 07:41:09"), "time"),
        (row(time=None, time_second=10**15), "time"),
        (row(time=None, time_second=31 * 86400 - 1), ""),
        (b"a=1\tb=2", "shape"),
        (row() + b"\n" + b"\n".join([row()] * 5001), "oversized"),
        (b"\xff\xff\xff", "charset"),
    ],
)
def test_what_cannot_be_read(body: bytes, reason: str) -> None:
    if reason:
        assert aside(LIVE, body)[:2] == ("zkteco", reason)
    else:
        assert len(drafts(LIVE, body)) == 1


def test_names_in_another_charset() -> None:
    told = row() + "\tname=李小雨".encode("gb18030")
    assert drafts(LIVE, told) == drafts(LIVE, row())


def test_who_is_there_and_who_nobody_knows() -> None:
    outcome = registry.decode(Message(f"zkteco/{SERIAL}/alive", b"", (), "zkteco"), SHANGHAI)
    assert isinstance(outcome, registry.Decoded)
    assert outcome.alive == (SERIAL,)
    assert aside(f"zkteco/{SERIAL}/unapproved", b"SN=X")[1] == "unrecognised"
    assert aside(f"zkteco/{SERIAL}/refused", b"biometric biodata")[1] == "forbidden-type"


def test_the_installers_word() -> None:
    named = draft(LIVE, row(), site_with(SERIAL, Known(name="south")))
    assert named.subject == "door/south-1"
    placed = draft(LIVE, row(), site_with(SERIAL, Known(subject="door/south", name="s")))
    assert placed.subject == "door/south"
