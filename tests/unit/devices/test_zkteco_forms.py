"""ZKTeco in forms that other firmware sends, as exchanges that were written down."""

import pytest

from core.events import access, door
from tests.unit.devices.wire import aside, drafts

ROW = b"00012\t2026-03-02 08:00:01\t0\t1\t0\t0\r\n"
HEAD = b"Host: gateway\r\nContent-Type: text/plain\r\n\r\n"


def asked(target: bytes, body: bytes) -> bytes:
    return b"POST /iclock/" + target + b" HTTP/1.1\r\n" + HEAD + body


def test_addresses_with_an_ending() -> None:
    (made,) = drafts("", asked(b"cdata.aspx?SN=CKB1&table=ATTLOG&Stamp=9999", ROW))
    assert made.id == "zk:CKB1:att:20260302080001"
    assert made.mark == "00012"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (b"cdata?SN=CKB1&table=BIODATA", b"BIODATA Pin=1\tNo=0\tType=9\tTmp=AAAA\r\n"),
        (b"cdata?SN=CKB1&table=tabledata&tablename=biophoto&count=1", b"biophoto pin=1\tcontent=A"),
        (b"cdata?SN=CKB1&table=OPERLOG", b"FP PIN=1\tFID=0\tSize=4\tValid=1\tTMP=AAAA\r\n"),
        (b"cdata?SN=CKB1&table=ATTPHOTO", b"PIN=1.jpg\nSN=CKB1\nsize=4\nCMD=uploadphoto"),
    ],
)
def test_templates_are_refused_by_any_way(target: bytes, body: bytes) -> None:
    assert aside("", asked(target, body))[1] == "forbidden-type"


def test_a_template_among_a_topic_s_rows_is_refused() -> None:
    assert aside("zkteco/CKB1/biodata", b"biodata pin=1\tno=0\ttmp=AAAA")[1] == "forbidden-type"


def test_users_beside_operations_are_no_facts() -> None:
    body = b"OPLOG 3\t0\t2026-03-02 08:00:00\t54\t0\t0\t0\nUSER PIN=1\tName=x\tPri=0\n"
    (made,) = drafts("", asked(b"cdata?SN=CKB1&table=OPERLOG&OpStamp=9", body))
    assert made.data.TYPE == "door.forced.v1"


def test_a_date_without_its_zeros() -> None:
    (made,) = drafts("zkteco/CKB1/attlog", b"12\t2026-3-2 8:00:01\t0\t1\t0\t0")
    assert made.time == "2026-03-02T08:00:01+08:00"


@pytest.mark.parametrize(
    "row",
    [
        b"00012 2026-03-02 08:00:01 0 1 0 0",
        b"00012,2026-03-02 08:00:01,0,1,0,0",
        b"00012\t2026-03-02T08:00:01\t0\t1",
        b"00012\t2026-03-02 08:00:01.000\t0\t1\t\t\t\r\n",
    ],
)
def test_an_attendance_between_other_signs(row: bytes) -> None:
    (made,) = drafts("zkteco/CKB1/attlog", row)
    assert (made.id, made.mark) == ("zk:CKB1:att:20260302080001", "00012")
    assert isinstance(made.data, access.Granted)
    assert (made.data.direction, made.data.credential) == ("in", "fingerprint")


@pytest.mark.parametrize("between", [" ", ",", ", "])
def test_a_record_between_other_signs(between: str) -> None:
    pairs = ("time=2026-03-02 07:41:09", "pin=00042", "event=0", "inoutstatus=1", "index=9001")
    (made,) = drafts("zkteco/CKB1/rtlog", between.join(pairs).encode())
    assert (made.id, made.time) == ("zk:CKB1:1:9001", "2026-03-02T07:41:09+08:00")
    assert made.personal is not None
    assert made.personal.identifier == "00042"


def test_a_transaction_with_its_time_in_words() -> None:
    row = b"transaction pin=7\tdoorid=1\teventtype=0\ttime_second=2026-03-02 08:00:00\tindex=3"
    (made,) = drafts("zkteco/CKB1/transaction", row)
    assert (made.time, made.timequality) == ("2026-03-02T08:00:00+08:00", "device-assumed")


@pytest.mark.parametrize(
    ("row", "type", "person"),
    [
        (b"OPLOG 32\t0\t2026-03-02 08:00:00\t42\t0\t0\t0", "access.duress.v1", "42"),
        (b"OPLOG 2\t0\t2026-03-02 08:00:00\t42\t0\t0\t0", "access.denied.v1", "42"),
        (b"OPLOG 2\t0\t2026-03-02 08:00:00\t0\t0\t0\t0", "access.denied.v1", ""),
        (b"OPLOG 3\t0\t2026-03-02 08:00:00\t58\t0\t0\t0", "access.denied.v1", ""),
        (b"OPLOG 3\t0\t2026-03-02 08:00:00\t77\t0\t0\t0", "access.unclassified.v1", ""),
        (b"OPLOG 3\t0\t2026-03-02 08:00:00\t65535\t0\t0\t0", "access.unclassified.v1", ""),
        (b"OPLOG 3\t0\t2026-03-02 08:00:00\t0\t54\t0\t0", "door.forced.v1", ""),
        (b"OPLOG 3 0 2026-03-02 08:00:00 54 0 0 0", "door.forced.v1", ""),
    ],
)
def test_operations_that_are_alarms(row: bytes, type: str, person: str) -> None:
    (made,) = drafts("zkteco/CKB1/operlog", row)
    assert (made.data.TYPE, made.time) == (type, "2026-03-02T08:00:00+08:00")
    assert (made.personal.identifier if made.personal else "") == made.mark == person
    assert "42" not in f"{made.id}{made.subject}{made.data.native}"


@pytest.mark.parametrize(
    ("alarm", "told"),
    [("00", "normal"), ("02", "normal"), ("04", ""), ("08", ""), ("11", "forced")],
)
def test_duress_is_nothing_normal(alarm: str, told: str) -> None:
    row = f"time=2026-03-02 07:41:12\tsensor=1\trelay=0\talarm={alarm}".encode()
    (made,) = drafts("zkteco/CKB1/rtstate", row)
    assert isinstance(made.data, door.StateReported)
    assert (made.data.physical, made.data.alarm) == ("closed", told)


def test_the_end_of_a_string_behind_a_row() -> None:
    row = b"time=2026-03-02 07:41:09\tpin=1\tevent=0\tindex=9001\0\r\n\0"
    (made,) = drafts("zkteco/CKB1/rtlog", row)
    assert made.id == "zk:CKB1:1:9001"
