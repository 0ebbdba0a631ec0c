"""The device's own list of passages, asked for from where it was heard last.

`since` is noted in the device's own counting of seconds, and only of what is durable: dying in
between asks for a passage again, which is then known by its id.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.clock import parse_rfc3339
from core.errors import Undecodable
from devices.adapter import Message
from devices.dahua.access import door_of
from devices.dahua.happening import Happening, happenings
from devices.dahua.names import NUMBERED
from devices.fields import Json, integer, moment, text
from devices.wire import Answer, Line, LineLost

_FIND = "/cgi-bin/recordFinder.cgi?action=find&name=AccessControlCardRec"
_DAY = 86_400
_COUNT = 100  # records asked for at once; a full answer is asked for again in halves
_ROW = re.compile(rb"records\[(\d{1,5})\]\.")
_UNKNOWN = (400, 404, 405, 501)  # cameras have no such list

Passage = tuple[int, int | None, int | None, str, str]  # raw second, door, method, user, card


def passage_of(happening: Happening, zone: tzinfo) -> Passage:
    """What tells two passages apart in every form of the wire. `zone`: of times that are text."""
    data = happening.data
    return (
        _second(data, zone),
        door_of(happening),
        integer(data, "Method"),
        text(data, "UserID"),
        text(data, "CardNo"),
    )


def zone_of(line: Line) -> tzinfo:
    """Of times that are text: `options["zone"]`, else the gateway's own."""
    try:
        return ZoneInfo(line.source.options["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        told = line.source.options["zone"]
        raise LineLost(f"{line.source.device}: zone = {told!r}: no such IANA zone") from error
    except KeyError:
        return line.now().astimezone().tzinfo or UTC


def _second(data: Json, zone: tzinfo) -> int:
    """As it counts itself; of a time that is text, what it stands for; 0 where there is none."""
    told = integer(data, "UTC", "CreateTime")
    if told is not None:
        return told
    try:
        time, _ = moment(text(data, "CreateTime", "UTC"), zone)
    except Undecodable:
        return 0
    return int(parse_rfc3339(time).timestamp())


def heard(line: Line, passages: list[Passage]) -> None:
    """Notes where to ask from next time: the last second, and which doors were heard in it."""
    last = max((each[0] for each in passages), default=0)
    if last <= 0:
        return
    noted = integer({"since": line.note("since")}, "since") or 0
    if last < noted:
        return
    edge = {_edge(each) for each in passages if each[0] == last}
    if last == noted:
        edge |= set(filter(None, line.note("edge").split(",")))
    line.keep("edge", ",".join(sorted(edge)[:50]))
    line.keep("since", str(last))


async def history(line: Line) -> set[Passage]:
    """Tells what is in the list since then, and returns it: the stream may say it once more.
    LineLost when the device does not answer: nothing live is told before the list is in order."""
    now = int(line.now().timestamp())
    since = integer({"since": line.note("since")}, "since") or now - _DAY
    spans = [(since, max(now, since) + _DAY)]  # its clock may be ahead, or count wall time
    told: set[Passage] = set()
    textual = line.note("times") == "text"
    while spans:
        start, end = spans.pop()
        answer = await _asked(line, start, end, textual=textual)
        if _refused(answer) and not textual and answer.status in (200, 400):
            answer = await _asked(line, start, end, textual=True)
            if not _refused(answer):
                textual = True
                line.keep("times", "text")
        if _refused(answer):
            return told
        if answer.status != 200:
            raise LineLost(f"{line.source.device}: its list of passages answers {answer.status}")
        rows = list(_rows(answer.body))
        if len(rows) >= _COUNT and end > start:
            middle = (start + end) // 2
            spans += [(middle + 1, end), (start, middle)]
            continue
        told |= await _told(line, rows)
    return told


async def missing(line: Line, since: int) -> None:
    """Tells what of the list lies in the gaps of the device's own numbers."""
    gaps = line.gaps()
    now = int(line.now().timestamp())
    answer = await _asked(line, since - _DAY, now + _DAY, textual=line.note("times") == "text")
    if answer.status != 200 or _refused(answer):
        raise LineLost(f"{line.source.device}: its list of passages answers {answer.status}")
    wanted: list[bytes] = []
    for row, happening in _rows(answer.body):
        number = integer(happening.data, "RecNo") or 0
        if any(first <= number <= last for first, last in gaps):
            wanted.append(row)
    if wanted:
        topic = f"dahua/{line.source.device}/history/{NUMBERED}"
        await line.tell([Message(topic, b"\n".join(wanted), adapter="dahua")])


async def _told(line: Line, rows: list[tuple[bytes, Happening]]) -> set[Passage]:
    edge_second = integer({"since": line.note("since")}, "since") or 0
    edge = set(line.note("edge").split(","))
    zone = zone_of(line)
    fresh: list[bytes] = []
    found: list[Passage] = []
    for row, happening in rows:
        passage = passage_of(happening, zone)
        found.append(passage)
        if passage[0] != edge_second or _edge(passage) not in edge:
            fresh.append(row)
    if fresh:
        level = f"/{NUMBERED}" if line.note("numbered") else ""
        topic = f"dahua/{line.source.device}/history{level}"
        await line.tell([Message(topic, b"\n".join(fresh), adapter="dahua")])
    heard(line, found)
    return set(found)


async def _asked(line: Line, start: int, end: int, *, textual: bool) -> Answer:
    first, last = (_written(line, each) if textual else str(each) for each in (start, end))
    return await line.ask("GET", f"{_FIND}&StartTime={first}&EndTime={last}&count={_COUNT}")


def _written(line: Line, second: int) -> str:
    at = datetime.fromtimestamp(max(0, second), UTC).astimezone(zone_of(line))
    return quote(at.strftime("%Y-%m-%d %H:%M:%S"))


def _refused(answer: Answer) -> bool:
    return answer.status in _UNKNOWN or answer.body[:5].lower() == b"error"


def _rows(body: bytes) -> Iterator[tuple[bytes, Happening]]:
    """(its lines, what they say) of every record, in the answer's order; what cannot be read is
    left to `decode`, which sets it aside."""
    rows: dict[int, list[bytes]] = {}
    for line in body.splitlines():
        if named := _ROW.match(line.strip()):
            rows.setdefault(int(named.group(1)), []).append(line.strip())
    for lines in rows.values():
        row = b"\n".join(lines)
        try:
            found = happenings(row)
        except Undecodable:
            found = []
        yield row, found[0] if found else Happening(code="AccessControl", history=True)


def _edge(passage: Passage) -> str:
    """Without who it was: this is written down."""
    return f"{passage[1]}/{passage[2]}"
