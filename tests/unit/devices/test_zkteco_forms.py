"""ZKTeco in forms that other firmware sends, as exchanges that were written down."""

import pytest

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
