"""AcsEvent searches: what is asked, and what an answer comes to. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import orjson

from core.errors import Undecodable
from devices.fields import Json, integer, section, text
from devices.hikvision.alert import listed, opened
from devices.hikvision.clock import when

TARGET = "/ISAPI/AccessControl/AcsEvent?format=json"
CAPABILITIES = "/ISAPI/AccessControl/AcsEvent/capabilities?format=json"
_PAGE = 30  # what every terminal allows
_MOST_PAGE = 100
_MOST_PIECES = 64


class Capabilities(msgspec.Struct, frozen=True):
    """What a terminal says it takes in a search; without its word, the least."""

    page: int = _PAGE
    serials: bool = False
    pictures: bool = False  # can be told not to send pictures along


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """Records from `begin` to `end`, and of those only the numbers `serials`."""

    begin: datetime
    end: datetime
    serials: tuple[int, int] | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an answer. `serial` and `time` are the newest's; `more`: there is another page."""

    count: int = 0
    more: bool = False
    serial: int = 0
    time: str = ""


def capabilities_of(body: bytes) -> Capabilities:
    try:
        cond = _cond(opened(body))
    except Undecodable:
        return Capabilities()
    most = integer(section(cond, "maxResults"), "@max", "max")
    page = min(max(most, 1), _MOST_PAGE) if most is not None else _PAGE
    serials = "beginSerialNo" in cond and "endSerialNo" in cond
    return Capabilities(page, serials, "picEnable" in cond)


def asked(want: Want, can: Capabilities, position: int, search: str) -> bytes:
    """The body of one page's request. Oldest first, of every kind."""
    cond: dict[str, object] = {
        "searchID": search,
        "searchResultPosition": position,
        "maxResults": can.page,
        "major": 0,
        "minor": 0,
        "startTime": want.begin.isoformat(timespec="seconds"),
        "endTime": want.end.isoformat(timespec="seconds"),
    }
    if can.pictures:
        cond["picEnable"] = False
    if can.serials and want.serials is not None:
        cond["beginSerialNo"], cond["endSerialNo"] = want.serials
    return orjson.dumps({"AcsEventCond": cond})


def told(body: bytes, zone: Any) -> Told:
    """Undecodable of what is no answer."""
    parsed = opened(body)
    answer = section(parsed, "AcsEvent") if isinstance(parsed, dict) else {}
    status = text(answer, "responseStatusStrg").upper()
    if not status:
        raise Undecodable("shape", "no AcsEvent with a responseStatusStrg in it")
    count, serial, newest = 0, 0, ""
    last: datetime | None = None
    for record in listed(answer) or []:
        count += 1
        if not isinstance(record, dict):
            continue
        serial = max(serial, integer(record, "serialNo") or 0)
        try:
            time, _ = when(record, {}, zone)
        except Undecodable:
            continue
        if not time:
            continue
        at = datetime.fromisoformat(time)
        if last is None or at > last:
            last, newest = at, time
    return Told(count=count, more=status == "MORE" and count > 0, serial=serial, time=newest)


def pages(body: bytes) -> list[bytes]:
    """The answer as it is; where one of its records cannot be read, one answer for each, so that
    only that one is set aside."""
    try:
        parsed = opened(body)
    except Undecodable:
        return [body]
    answer = section(parsed, "AcsEvent") if isinstance(parsed, dict) else {}
    found = listed(answer) or []
    if len(found) < 2 or all(map(_reads, found)):
        return [body]
    return [orjson.dumps({"AcsEvent": {**answer, "InfoList": [one]}}) for one in found]


def _reads(record: Any) -> bool:
    if not isinstance(record, dict):
        return False
    if integer(record, "majorEventType", "major") is None:
        return False
    if integer(record, "subEventType", "minor") is None:
        return False
    try:
        when(record, {}, UTC)
    except Undecodable:
        return False
    return True


def span(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut into days, or less finely if there are many: each piece that is done is progress."""
    piece = max(timedelta(days=1), (end - begin) / _MOST_PIECES)
    while begin < end:
        upto = min(begin + piece, end)
        yield begin, upto
        begin = upto


def _cond(parsed: Any, depth: int = 4) -> Json:
    """The object that describes the conditions, wherever firmware puts it."""
    if isinstance(parsed, dict) and depth:
        if "searchResultPosition" in parsed or "maxResults" in parsed:
            return parsed
        for value in parsed.values():
            if found := _cond(value, depth - 1):
                return found
    return {}
