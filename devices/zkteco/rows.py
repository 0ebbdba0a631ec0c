"""The lines of a terminal's upload, by table.

Security tables are key=value pairs between tabs; attendance is positional. A recorded exchange
(request line, headers, body, answer) is read like the body alone.
"""

import re
from collections.abc import Iterator

import msgspec

from core.errors import Undecodable
from core.strictjson import MAX_BYTES
from devices.charset import text_of
from devices.zkteco.tables import BIOMETRIC, REFUSED

_MOST = 5_000  # rows of one body
_MOST_PAIRS = 64
_REQUEST = re.compile(
    r"(?:GET|POST|PUT) (?:https?://[^/ ]+)?/\S*iclock/(\w+)(?:\.\w+)?/?(?:\?(\S*))?(?: |$)"
)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:(?: |$)")
_PAIR = re.compile(r"(?:[~\w]+ )?([~\w]+)=(.*)", re.DOTALL)
_ATTENDED = re.compile(
    r"[^\t=]{1,64}\t\d{4}[-/]\d\d?[-/]\d\d?[ T]\d\d?:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:\t|$)"
)
# Where tabs became spaces or commas on the way: between pairs, and inside of a date.
_GAP = re.compile(r"[ ,](?=[~\w]{1,32}=)")
_DATED = re.compile(r"(\d{4}[-/]\d\d?[-/]\d\d?) (?=\d)")
_RECORDED = ("event", "eventtype")  # what makes pairs a record of something that happened


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`pairs`: of security tables, keys in lower case; `columns`: of attendance and operations."""

    table: str  # lower case; empty where nothing names it
    serial: str = ""
    pairs: dict[str, str] = {}
    columns: tuple[str, ...] = ()

    def happened(self) -> bool:
        return any(name in self.pairs for name in _RECORDED)


def rows(payload: bytes, topic: str) -> list[Row]:
    """Undecodable with reason empty, oversized, charset, or shape: no row and no request in it."""
    if len(payload) > MAX_BYTES:
        raise Undecodable("oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
    text = text_of(payload).replace("\0", "")  # ends of C strings
    if not text.strip():
        raise Undecodable("empty")
    serial, table = named_by(topic)
    found: list[Row] = []
    requests, answering = 0, False
    for line in text.splitlines():
        request = _REQUEST.match(line)
        if request is not None:
            requests, answering = requests + 1, False
            serial, table = _asked(request, serial)
            continue
        answering = answering or line.startswith("-->")
        if answering or not line.strip() or (requests and _HEADER.match(line)):
            continue
        row = row_of(line.strip("\r\n"), table, serial)
        if row is None:
            if not requests:
                raise Undecodable("shape", "a line that is neither pairs nor columns")
            continue
        found.append(row)
        if len(found) > _MOST:
            raise Undecodable("oversized", f"more than {_MOST} rows")
    if not found and not requests:
        raise Undecodable("shape", "no row in it")
    return found


def row_of(line: str, table: str, serial: str = "") -> Row | None:
    """None: it is no row of any table."""
    if line.startswith("OPLOG"):
        columns = tuple(_tabbed(line[5:].strip()).split("\t"))
        return Row(table="operlog", serial=serial, columns=columns)
    if table == "attlog" and "=" not in line:
        line = _tabbed(line)
    if _ATTENDED.match(line) and table in ("attlog", ""):
        columns = tuple(line.split("\t")[:12])
        return Row(table="attlog", serial=serial, columns=columns)
    kind = line[:40].partition(" ")[0].lower()
    if kind in BIOMETRIC or (kind == "fp" and "=" in line):
        return Row(table=REFUSED, serial=serial)
    pairs = dict(_pairs(line))
    if not pairs:
        return None
    if line.startswith("transaction ") or "time_second" in pairs:
        table = "transaction"
    return Row(table=table, serial=serial, pairs=pairs)


def named_by(topic: str) -> tuple[str, str]:
    """(serial, table) of `zkteco/<serial>/<table>`."""
    levels = topic.split("/")
    serial = levels[1] if len(levels) > 1 else ""
    return serial, levels[2].lower() if len(levels) > 2 else ""


def looks(payload: bytes) -> bool:
    """Whether the first bytes are an exchange, an event or an attendance record."""
    head = payload[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").decode("ascii", "replace")
    first = head.split("\n", 1)[0]
    if _REQUEST.match(first) or _ATTENDED.match(first) or first.startswith("OPLOG "):
        return True
    if "\tsensor=" in first and "\talarm=" in first:
        return True
    return "\t" in first and any(f"{name}=" in first for name in _RECORDED) and "pin=" in first


def _asked(request: "re.Match[str]", before: str) -> tuple[str, str]:
    query: dict[str, str] = {}
    for part in (request.group(2) or "").split("&"):
        name, _, value = part.partition("=")
        query[name.lower()] = value
    table = query.get("table", "").lower()
    if table in ("", "tabledata") or request.group(1).lower() == "querydata":
        table = query.get("tablename", table).lower()
    return query.get("sn", before), table


def _tabbed(line: str) -> str:
    """Columns between tabs, whatever stands between them."""
    if "\t" in line:
        return line
    return "\t".join(_DATED.sub(r"\1T", line).replace(",", " ").split())


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    parts = line.split("\t", _MOST_PAIRS) if "\t" in line else _GAP.split(line, _MOST_PAIRS)
    for part in parts[:_MOST_PAIRS]:
        pair = _PAIR.fullmatch(part.strip(" ,"))
        if pair is not None:
            yield pair.group(1).lower(), pair.group(2).strip()
