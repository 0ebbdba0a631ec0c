"""The /iclock dialog: what terminals are answered, what is noted, and how gaps are filled."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.event import Draft
from devices import registry
from devices.adapter import Known
from devices.wire import Exchange, Reply, Request
from devices.zkteco.backfill import MOST_ASKED
from devices.zkteco.dialog import turn
from devices.zkteco.record import packed
from devices.zkteco.simulate import Terminal
from tests.unit.devices.lines import FakePlace
from tests.unit.devices.wire import SHANGHAI, aside

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
THEN = datetime(2026, 3, 2, 7, 30)  # noqa: DTZ001 - a terminal's clock has no zone
SERIAL = "CRJP260000007"


def place(**approved: Known) -> FakePlace:
    return FakePlace(NOW, approved or {SERIAL: Known()})


def ask(
    at: FakePlace, method: str, word: str, body: bytes = b"", keep: bool = True, **query: str
) -> Exchange:
    """One turn; `keep`: its notes are kept, as they are once its messages are durable."""
    told = Request(method=method, path=f"/iclock/{word}", query={"SN": SERIAL} | query, body=body)
    made = turn(told, at)
    if keep:
        at.notes |= made.notes
    return made


def fields(made: Exchange) -> Mapping[str, str]:
    lines = made.reply.body.decode().split("\r\n")
    return dict(line.split("=", 1) for line in lines if "=" in line)


class Box:
    """A gateway as far as a terminal sees one: durable messages, then notes, then the answer."""

    def __init__(self, at: FakePlace) -> None:
        self.at = at
        self.drafts: list[Draft] = []
        self.refuses = 0  # requests that are not answered from now on

    def call(self, request: Request) -> Reply:
        made = turn(request, self.at)
        if self.refuses:
            self.refuses -= 1
            return Reply(status=503)
        for message in made.messages:
            outcome = registry.decode(message, SHANGHAI)
            assert isinstance(outcome, registry.Decoded), outcome
            self.drafts += outcome.drafts
        self.at.notes |= made.notes
        self._count()
        return made.reply

    def _count(self) -> None:
        """Gaps as the gateway's records would have them."""
        numbers = {draft.record.number for draft in self.drafts if draft.record}
        missing = sorted(set(range(min(numbers, default=1), max(numbers, default=0))) - numbers)
        self.at.missing[SERIAL] = [(number, number) for number in missing]


def test_attendance_is_told_where_to_send_on_from() -> None:
    at = place()
    hello = ask(at, "GET", "cdata", options="all", pushver="2.4.1", language="83")
    assert hello.reply.body.startswith(b"GET OPTION FROM: CRJP260000007\r\n")
    told = fields(hello)
    assert (told["ATTLOGStamp"], told["TimeZone"], told["Realtime"], told["Encrypt"]) == (
        "0",
        "8",
        "1",
        "0",
    )
    assert "Photo" not in told["TransFlag"]
    row = b"00042\t2026-03-02 07:41:09\t0\t15\t0\t0\n00017\t2026-03-02 07:41:30\t0\t1\t0\t0\n"
    sent = ask(at, "POST", "cdata", row, table="ATTLOG", Stamp="9812")
    assert sent.reply.body == b"OK: 2"
    assert [message.topic for message in sent.messages] == [f"zkteco/{SERIAL}/attlog"]
    assert fields(ask(at, "GET", "cdata", options="all"))["ATTLOGStamp"] == "9812"


def test_a_stamp_is_noted_only_with_the_answer() -> None:
    at = place()
    row = b"00042\t2026-03-02 07:41:09\t0\t15\t0\t0\n"
    ask(at, "POST", "cdata", row, keep=False, table="ATTLOG", Stamp="9812")
    assert fields(ask(at, "GET", "cdata", options="all"))["ATTLOGStamp"] == "0"


def test_security_is_registered_and_stays_so() -> None:
    at = place()
    hello = ask(at, "GET", "cdata", options="all", pushver="3.1.2", DeviceType="acc")
    assert hello.reply.body.startswith(b"registry=ok\r\nRegistryCode=")
    told = fields(hello)
    registered = fields(ask(at, "POST", "registry", b"DeviceType=acc,~DeviceName=x"))
    assert registered["RegistryCode"] == told["RegistryCode"]
    pushed = fields(ask(at, "POST", "push"))
    assert pushed["SessionID"] == told["SessionID"]
    assert pushed["TransTables"] == "Transaction"
    again = ask(at, "GET", "cdata", options="all", DeviceType="acc")
    assert fields(again)["RegistryCode"] == told["RegistryCode"]
    assert ask(at, "GET", "ping").reply.body == b"OK"
    assert ask(at, "GET", "getrequest").reply.body.strip() == b"OK"


def test_whoever_wants_to_encrypt_is_told_of_a_version_that_does_not() -> None:
    at = place()
    assert (
        fields(ask(at, "GET", "cdata", options="all", DeviceType="acc"))["PushProtVer"] == "3.1.2"
    )
    assert ask(at, "POST", "exchange", b"\x00\x01", type="publickey").reply.status == 404
    assert (
        fields(ask(at, "GET", "cdata", options="all", DeviceType="acc"))["PushProtVer"] == "3.0.1"
    )


def test_nobody_approved_it() -> None:
    at = place(OTHER=Known())
    first = ask(at, "POST", "cdata", b"time=2026-03-02 07:41:09\tpin=1\tevent=0", table="rtlog")
    assert first.reply.status == 403
    (told,) = first.messages
    assert told.payload == b"SN=CRJP260000007"
    assert aside(told.topic, told.payload)[:2] == ("zkteco", "unrecognised")
    assert ask(at, "GET", "cdata", options="all").messages == ()
    at.moment += timedelta(hours=1)
    assert ask(at, "GET", "getrequest").messages == ()
    for number in range(100):
        at.moment += timedelta(minutes=1)
        made = turn(Request(method="GET", path="/iclock/ping", query={"SN": f"X{number}"}), at)
        assert len(made.messages) == 1
        at.notes |= made.notes
        other = Request(method="GET", path="/iclock/ping", query={"SN": f"Y{number}"})
        assert turn(other, at).messages == ()
    assert len(at.notes) == 1
    assert len(at.notes["zk:strangers"]) < 1000
    for serial in ("", "../x", "x" * 41, "a b"):
        made = turn(Request(method="GET", path="/iclock/ping", query={"SN": serial}), at)
        assert (made.reply.status, made.messages, made.notes) == (400, (), {})


@pytest.mark.parametrize(
    "table", ["biodata", "biophoto", "userpic", "templatev10", "user", "something"]
)
def test_of_bodies_and_pictures_not_a_byte_is_kept(table: str) -> None:
    at = place()
    body = b"biodata pin=1\tno=0\ttmp=SECRETBYTES"
    made = ask(at, "POST", "cdata", body, table="tabledata", tablename=table, count="3")
    assert made.reply.body == f"{table}=3".encode()
    for message in (*made.messages, *ask(at, "POST", "cdata", body, table=table).messages):
        assert b"SECRET" not in message.payload
    if table not in ("user", "something"):
        assert [aside(each.topic, each.payload)[1] for each in made.messages] == ["forbidden-type"]
        again = ask(at, "POST", "cdata", body, table="tabledata", tablename=table, count="1")
        assert [message.topic.split("/")[-1] for message in again.messages] == ["alive"]


def test_operations_are_taken_and_users_are_not() -> None:
    at = place()
    body = (
        b"OPLOG 3\t0\t2026-03-02 07:42:00\t54\t0\t0\t0\nUSER PIN=42\tName=SECRET\tPasswd=1\n"
        b"FP PIN=42\tFID=1\tSize=5\tTMP=SECRET\n"
    )
    made = ask(at, "POST", "cdata", body, table="OPERLOG", OpStamp="77")
    assert made.reply.body == b"OK: 3"
    assert [message.payload[:7] for message in made.messages] == [b"OPLOG 3"]
    assert b"SECRET" not in made.messages[0].payload
    assert fields(ask(at, "GET", "cdata", options="all"))["OPERLOGStamp"] == "77"


def test_one_bad_row_sets_no_other_aside() -> None:
    at = place()
    good = b"time=2026-03-02 07:41:09\tpin=1\tevent=0\tindex=5"
    bad = b"time=soon\tpin=2\tevent=0\tindex=6"
    made = ask(at, "POST", "cdata", good + b"\n" + bad + b"\nrubbish", table="rtlog")
    assert made.reply.body == b"OK"
    assert [message.payload for message in made.messages] == [good, bad + b"\nrubbish"]
    many = b"\n".join([good] * 1200)
    parts = ask(at, "POST", "cdata", many, table="rtlog").messages
    assert [message.payload.count(b"\n") + 1 for message in parts] == [500, 500, 200]


@pytest.mark.parametrize(
    ("table", "good", "bad"),
    [
        ("rtlog", b"time=2026-03-02 07:41:09\tpin=1\tevent=0\tindex=5", b"name=\xff\tevent=0"),
        ("ATTLOG", b"00042\t2026-03-02 07:41:09\t0\t15", b"00042\tnever\t0\t15"),
        ("OPERLOG", b"OPLOG 3\t0\t2026-03-02 07:42:00\t54\t0\t0\t0", b"OPLOG 3\t0\tnever\t54"),
        ("rtstate", b"time=2026-03-02 07:41:12\tsensor=01\talarm=00", b"time=2026-03-02 07:41:12"),
    ],
)
def test_one_bad_row_of_any_table_sets_no_other_aside(table: str, good: bytes, bad: bytes) -> None:
    made = ask(place(), "POST", "cdata", good + b"\n" + bad, table=table)
    assert [message.payload for message in made.messages] == [good, bad]
    outcomes = [registry.decode(message, SHANGHAI) for message in made.messages]
    assert [isinstance(each, registry.Decoded) for each in outcomes] == [True, False]


def test_rows_of_two_encodings_are_both_read() -> None:
    row = "time=2026-03-02 07:41:09\tpin=1\tevent=0\tindex={}\tname=李小雨"
    body = row.format(5).encode() + b"\r\n" + row.format(6).encode("gb18030")
    (message,) = ask(place(), "POST", "cdata", body, table="rtlog").messages
    outcome = registry.decode(message, SHANGHAI)
    assert isinstance(outcome, registry.Decoded)
    assert len(outcome.drafts) == 2


def test_ends_of_strings_are_no_rows() -> None:
    row = b"00042\t2026-03-02 07:41:09\t0\t15"
    made = ask(place(), "POST", "cdata", row + b"\0\r\n\0", table="ATTLOG")
    assert made.reply.body == b"OK: 1"
    assert [message.payload for message in made.messages] == [row]


@pytest.mark.parametrize(
    ("body", "table"),
    [
        (b"00042\t2026-03-02 07:41:09\t0\t15\n", "attlog"),
        (b"OPLOG 3\t0\t2026-03-02 07:42:00\t54\t0\t0\t0\n", "operlog"),
        (b"time=2026-03-02 07:41:09\tpin=1\tevent=0\tindex=5", "rtlog"),
        (b"~DeviceName=x,MAC=1", "alive"),
        (b"FP PIN=1\tTMP=SECRET", "alive"),
        (b"", "alive"),
    ],
)
def test_an_upload_whose_table_nobody_named(body: bytes, table: str) -> None:
    (message,) = ask(place(), "POST", "cdata", body).messages
    assert message.topic.split("/")[-1] == table
    assert b"SECRET" not in message.payload
    assert isinstance(registry.decode(message, SHANGHAI), registry.Decoded)


def test_a_template_among_records_is_let_go() -> None:
    good = b"00042\t2026-03-02 07:41:09\t0\t15"
    made = ask(place(), "POST", "cdata", good + b"\nFP PIN=42\tTMP=SECRET\n", table="ATTLOG")
    assert made.reply.body == b"OK: 2"
    assert [message.payload for message in made.messages] == [good]


def test_only_another_state_is_news() -> None:
    at = place()
    state = b"time=2026-03-02 07:41:12\tsensor=01\trelay=00\talarm=0000000000000000"
    kinds = []
    for body in (state, state.replace(b":12", b":13"), state.replace(b"=01\t", b"=02\t")):
        made = ask(at, "POST", "cdata", body, table="rtstate")
        assert made.reply.body == b"OK"
        kinds.append([message.topic.split("/")[-1] for message in made.messages])
    assert kinds == [["rtstate"], ["alive"], ["rtstate"]]


def test_the_time_it_is() -> None:
    made = ask(place(), "GET", "rtdata", type="time")
    utc = packed(datetime(2026, 3, 2, 0, 0))  # noqa: DTZ001
    assert made.reply.body == f"DateTime={utc},ServerTZ=+0800\r\n".encode()


def test_a_decision_is_not_made_here() -> None:
    made = ask(place(), "POST", "cdata", b"time=x\tpin=1", AuthType="device")
    assert made.reply.body.startswith(b"AUTH=TIMEOUT")


def test_the_terminals_own_zone() -> None:
    at = place(**{SERIAL: Known(zone="Asia/Kolkata")})
    assert fields(ask(at, "GET", "cdata", options="all"))["TimeZone"] == "330"
    at = place(**{SERIAL: Known(zone="Nowhere/At/All")})
    assert fields(ask(at, "GET", "cdata", options="all"))["TimeZone"] == "8"


@pytest.mark.parametrize("kind", ["acc", "att"])
def test_a_terminal_sends_again_what_was_not_answered(kind: str) -> None:
    box = Box(place())
    terminal = Terminal(SERIAL, "acc" if kind == "acc" else "att")
    for minute in range(45):
        terminal.happened(THEN + timedelta(minutes=minute), 0, pin=f"{minute + 1:05}")
    box.refuses = 1
    terminal.turn(box.call)
    assert (terminal.ready, box.drafts) == (False, [])
    terminal.turn(box.call)
    assert terminal.ready
    assert len({(draft.id, draft.mark) for draft in box.drafts}) == 45


def test_missing_records_are_asked_for_and_come() -> None:
    box = Box(place())
    terminal = Terminal(SERIAL)
    terminal.happened(THEN, 0, pin="1")
    terminal.turn(box.call)
    for minute in (1, 2, 3):
        terminal.happened(THEN + timedelta(minutes=minute), 0, pin="2")
    terminal.forget(2)
    terminal.turn(box.call)
    assert box.at.missing[SERIAL] == []
    assert len(terminal.commands) == 1
    assert "StartTime=2026-03-02 07:30:00\tEndTime=2026-03-02 07:33:00" in terminal.commands[0]
    by_number = {draft.record.number: draft for draft in reversed(box.drafts) if draft.record}
    assert {number: by_number[number].origin for number in by_number} == {
        1: "live",
        2: "backfill",
        3: "backfill",
        4: "live",
    }
    terminal.turn(box.call)
    assert len(terminal.commands) == 1


def test_what_it_no_longer_has_is_not_asked_for_for_ever() -> None:
    at = place()
    at.missing[SERIAL] = [(5, 9)]
    seen: list[str] = []
    for _ in range(20):
        told = ask(at, "GET", "getrequest").reply.body.decode().strip()
        if told != "OK":
            seen.append(told)
            number = told.split(":")[1]
            assert ask(at, "GET", "getrequest").reply.body.strip() == b"OK"
            done = f"ID={number}&Return=0&CMD=DATA QUERY".encode()
            assert ask(at, "POST", "devicecmd", done).reply.body == b"OK"
    assert len(seen) == MOST_ASKED
    assert len({each.split(":")[1] for each in seen}) == MOST_ASKED
    at.missing[SERIAL] = [(5, 8)]
    assert ask(at, "GET", "getrequest").reply.body.startswith(b"C:")


def test_a_command_that_got_lost_is_asked_again_after_a_while() -> None:
    at = place()
    at.missing[SERIAL] = [(5, 9)]
    assert ask(at, "GET", "getrequest").reply.body.startswith(b"C:1:")
    at.moment += timedelta(minutes=5)
    assert ask(at, "GET", "getrequest").reply.body.strip() == b"OK"
    at.moment += timedelta(minutes=6)
    assert ask(at, "GET", "getrequest").reply.body.startswith(b"C:2:")
    at.missing[SERIAL] = []
    at.moment += timedelta(minutes=11)
    assert ask(at, "GET", "getrequest").reply.body.strip() == b"OK"


def test_answers_to_queries() -> None:
    at = place()
    row = f"transaction cardno=0\tpin=7\tdoorid=1\teventtype=0\tindex=6\ttime_second={packed(THEN)}"
    made = ask(
        at, "POST", "querydata", row.encode(), type="tabledata", tablename="transaction", count="1"
    )
    assert made.reply.body == b"transaction=1"
    (message,) = made.messages
    outcome = registry.decode(message, SHANGHAI)
    assert isinstance(outcome, registry.Decoded)
    assert outcome.drafts[0].origin == "backfill"
    options = ask(at, "POST", "querydata", b"~SerialNumber=1", type="options", tablename="options")
    assert options.reply.body == b"options=1"
