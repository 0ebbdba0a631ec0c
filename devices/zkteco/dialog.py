"""The other side of `/iclock`: what a terminal sends becomes messages, and what it is answered.

Only serials that stand below `[devices]` are answered as theirs; any other is refused, so that it
keeps what it has, and is told to the operator once. Notes (stamps, registration, the command under
way) are kept after the messages are durable: dying in between has a terminal send once more.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from core.errors import Undecodable
from devices.adapter import Known, Message, Site
from devices.charset import text_of
from devices.fields import integer
from devices.wire import Exchange, Place, Reply, Request
from devices.zkteco.backfill import answered, command, jumped
from devices.zkteco.handshake import (
    STAMPS,
    attendance,
    clock,
    note,
    parameters,
    registered,
    security,
)
from devices.zkteco.record import drafts_of
from devices.zkteco.rows import Row, row_of
from devices.zkteco.tables import ALIVE, BIOMETRIC, COUNTED, RECORDS, REFUSED, UNAPPROVED

_SERIAL = re.compile(r"[A-Za-z0-9._-]{1,40}")
_STAMP = re.compile(r"[0-9]{1,20}")
_ROWS = 500  # of one message
_STRANGERS = 20  # serials remembered as told of
_OK = "OK"


def turn(request: Request, place: Place) -> Exchange:
    query = {name.lower(): value for name, value in request.query.items()}
    serial = query.get("sn", "")
    if not _SERIAL.fullmatch(serial):
        return Exchange(reply=Reply(status=400, body=b"SN?\r\n"))
    known = place.known(serial)
    if known is None:
        return _stranger(serial, place)
    word = request.path.rstrip("/").rpartition("/")[2].partition(".")[0].lower()
    if word == "cdata":
        if request.method == "GET":
            return _hello(serial, query, place, known)
        return _uploaded(serial, query, request.body, place)
    if word == "querydata":
        return _uploaded(serial, query | {"table": "querydata"}, request.body, place)
    if word == "registry":
        codes, fresh = registered(serial, place)
        text = f"RegistryCode={codes['registry']}\r\n"
        return _said(serial, text, fresh | {note(serial, "kind"): "acc"})
    if word == "push":
        codes, fresh = registered(serial, place)
        return _said(serial, parameters(serial, place, codes), fresh)
    if word == "getrequest":
        text, notes = command(serial, place)
        return _said(serial, f"{text or _OK}\r\n", notes)
    if word == "devicecmd":
        return _said(serial, _OK, answered(serial, place, _results(request.body)))
    if word == "rtdata":
        return _said(serial, clock(place))
    if word == "exchange":
        # Encryption is not spoken: what it is told of from now on knows none.
        return Exchange(
            reply=Reply(status=404, body=b"not supported\r\n"),
            notes={note(serial, "plain"): "1"},
        )
    return _said(serial, _OK)


def _hello(serial: str, query: dict[str, str], place: Place, known: Known) -> Exchange:
    if query.get("type") == "time":
        return _said(serial, clock(place))
    if "options" not in query and "pushver" not in query:
        return _said(serial, _OK)
    noted = place.note(note(serial, "kind"))
    if query.get("devicetype", noted).lower() == "acc":
        codes, fresh = registered(serial, place)
        text = security(serial, place, codes)
        return _said(serial, text, fresh | {note(serial, "kind"): "acc"})
    return _said(serial, attendance(serial, place, known))


def _uploaded(serial: str, query: dict[str, str], body: bytes, place: Place) -> Exchange:
    if "authtype" in query:  # asks for a decision now; the terminal falls back on its own
        return _said(serial, "AUTH=TIMEOUT\r\n")
    table = query.get("table", "").strip().lower() or _unnamed(body)
    asked = table in ("querydata", "tabledata")
    if asked:
        table = query.get("tablename", query.get("type", "")).lower()
    if table not in RECORDS:
        return _let_go(serial, table, query, place, asked=asked)
    body = body.replace(b"\0", b"")  # ends of C strings
    lines = [line for line in body.splitlines() if line.strip()]
    if table == "operlog":
        lines = [line for line in lines if line.startswith(b"OPLOG")]
    good, bad = _sorted(lines, table, serial)
    messages = [
        Message(f"zkteco/{serial}/{table}", b"\n".join(part[at : at + _ROWS]), adapter="zkteco")
        for part in ([line for line, _ in good], bad)
        for at in range(0, len(part), _ROWS)
    ]
    notes: dict[str, str] = {}
    if table == "rtlog":
        notes |= jumped(serial, place, [row for _, row in good])
    if table == "rtstate" and not bad:
        messages, notes = _changed(serial, place, good, messages)
    stamp, named = query.get("stamp", query.get("opstamp", "")), f"{table.upper()}Stamp"
    if named in STAMPS and _STAMP.fullmatch(stamp):
        notes[note(serial, named)] = stamp
    count = sum(1 for line in body.splitlines() if line.strip())
    if asked:
        said = query.get("count", "")
        text = f"{table}={said if said.isdigit() else count}"
    else:
        text = f"{_OK}: {count}" if table in COUNTED else _OK
    return Exchange(messages=messages, reply=_reply(text), notes=notes)


def _unnamed(body: bytes) -> str:
    """The table that its rows are of, where the address names none."""
    first = body[:2048].lstrip().split(b"\n", 1)[0]
    row = row_of(first.decode("gb18030", "replace").strip("\r\n\0"), "")
    if row is None or row.table == REFUSED:
        return ""
    return row.table or ("rtlog" if row.happened() else "")


def _sorted(
    lines: Sequence[bytes], table: str, serial: str
) -> tuple[list[tuple[bytes, Row]], list[bytes]]:
    """Rows that can be read, in UTF-8, and those that cannot: one bad row sets no other aside.
    Templates that stand among them are let go."""
    good: list[tuple[bytes, Row]] = []
    bad: list[bytes] = []
    for line in lines:
        try:
            text = text_of(line)
            row = row_of(text.strip("\r\n"), table, serial)
            if row is not None and row.table == REFUSED:
                continue
            if row is None:
                bad.append(line)
            else:
                drafts_of(row, _ANYWHERE)
                good.append((text.encode(), row))
        except Undecodable:
            bad.append(line)
    return good, bad


def _changed(
    serial: str, place: Place, good: Sequence[tuple[bytes, Row]], messages: list[Message]
) -> tuple[list[Message], dict[str, str]]:
    """A state comes several times a second; only another one is news."""
    state = "|".join(
        f"{row.pairs.get('sensor', '')},{row.pairs.get('alarm', '')}" for _, row in good
    )[:200]
    if not good:
        return messages, {}
    if state == place.note(note(serial, "state")):
        return [_alive(serial)], {}
    return messages, {note(serial, "state"): state}


def _let_go(
    serial: str, table: str, query: dict[str, str], place: Place, *, asked: bool
) -> Exchange:
    """Answered as if taken, so that it is not sent again; of templates, pictures and what nobody
    knows not a byte is kept, only that they came, once a day."""
    count = query.get("count", "")
    text = f"{table}={count if count.isdigit() else 1}" if asked and table.isalnum() else _OK
    if table in ("options", "user", "") or not table.isalnum():
        return _said(serial, text)
    key, today = note(serial, f"refused:{table[:20]}"), place.now().date().isoformat()
    if place.note(key) == today:
        return _said(serial, text)
    kind = "biometric" if table in BIOMETRIC else "unknown"
    told = Message(f"zkteco/{serial}/{REFUSED}", f"{kind} {table[:20]}".encode(), adapter="zkteco")
    return Exchange(messages=[told], reply=_reply(text), notes={key: today})


def _stranger(serial: str, place: Place) -> Exchange:
    """Refused, so that it keeps its records until somebody approves it. Told of once; of at most
    one a minute, and the last few are remembered: serials are free to invent."""
    noted, minute = place.note("zk:strangers"), place.now().strftime("%Y-%m-%dT%H:%M")
    last, _, listed = noted.partition("|")
    serials = [each for each in listed.split(",") if each]
    reply = Reply(status=403, body=b"not approved\r\n")
    if serial in serials or last == minute:
        return Exchange(reply=reply)
    told = Message(f"zkteco/{serial}/{UNAPPROVED}", f"SN={serial}".encode(), adapter="zkteco")
    remembered = ",".join([*serials, serial][-_STRANGERS:])
    return Exchange(messages=[told], reply=reply, notes={"zk:strangers": f"{minute}|{remembered}"})


def _results(body: bytes) -> list[int]:
    """The numbers of commands in `ID=..&Return=..&CMD=..` lines."""
    numbers: list[int] = []
    for line in body[:100_000].decode("ascii", "replace").splitlines()[:1000]:
        told = {name.lower(): value for name, value in parse_qsl(line)}
        number = integer(told, "id")
        if number is not None:
            numbers.append(number)
    return numbers


def _said(serial: str, text: str, notes: dict[str, str] | None = None) -> Exchange:
    """It spoke, and there is nothing in it but that it is there."""
    return Exchange(messages=[_alive(serial)], reply=_reply(text), notes=notes or {})


def _alive(serial: str) -> Message:
    return Message(f"zkteco/{serial}/{ALIVE}", b"", adapter="zkteco")


def _reply(text: str) -> Reply:
    return Reply(body=text.encode())


_ANYWHERE = Site()
