"""Following a device that is asked: its alert stream, and the records it kept meanwhile.

A search comes before the stream, which may be long, and again once the stream is open, so that
nothing falls between; then whenever the record numbers show a gap. What was told twice is told
once by its id, so asking too much costs only time. Noted is the newest record up to which
everything was told; dying at any point asks from there again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from core.errors import Undecodable
from core.event import Media
from devices.adapter import Message
from devices.fields import Json, integer, slug, text, truth
from devices.hikvision import search
from devices.hikvision.alert import mac_of, opened, records, told_device
from devices.hikvision.parts import Part, Parts
from devices.wire import Answer, Line, LineLost

STREAM = "/ISAPI/Event/notification/alertStream"
IDENTITY = "/ISAPI/System/deviceInfo"

_NOTE = "acs"  # time of the newest record up to which all were told
_KEY = "device"  # the name its own events give it
_HISTORY_H = 24.0  # asked for at the first contact
_NOTED_EACH = timedelta(minutes=1)  # of a stream's records: each note is a write
_SLACK = timedelta(minutes=3)  # the above, and records stamped out of order, a clock that was set
_AHEAD = timedelta(days=1)  # by which a device's clock may be wrong and its records found
_MOST_PAGES = 2_000
_MOST_PICTURES = 8  # of one alert
_POLL_S = 60.0
_GAPS_AT_ONCE = 16


async def follow(line: Line) -> None:
    """As devices.wire.Follow. A device without records is only listened to, one without a stream
    is asked again and again."""
    followed = _Followed(line, await _identity(line))
    await followed.begin()
    await followed.catch_up()
    async with line.stream("GET", STREAM) as stream:
        _allowed(line, stream.status)
        if stream.status == 200:
            await followed.catch_up(timedelta())
            parts = Parts()
            async for chunk in stream.chunks():
                for part in parts.feed(chunk):
                    await followed.part(part)
            await followed.flush()
            raise LineLost(f"{line.source.url}: the device ended its alert stream")
    if not followed.searches:
        raise LineLost(f"{line.source.url}: neither an alert stream ({stream.status}) nor records")
    while True:
        await line.pause(_seconds(line, "poll_s", _POLL_S))
        await followed.catch_up()


class _Followed:
    """Owns the alert whose pictures are still coming, and which gaps were asked for."""

    def __init__(self, line: Line, identity: str) -> None:
        self._line = line
        self._key = line.note(_KEY) or identity
        self._can = search.Capabilities()
        self.searches = line.source.options.get("search", "on") != "off"
        self._pending: bytes | None = None
        self._when = ""  # of its record
        self._expected = 0
        self._pictures: list[Media] = []
        self._serial = 0  # of the last record that came by the stream
        self._asked: set[tuple[int, int]] = set()
        self._searched = 0

    async def begin(self) -> None:
        if not self.searches:
            return
        answer = await self._line.ask("GET", search.CAPABILITIES)
        _allowed(self._line, answer.status)
        if answer.status == 200:
            self._can = search.capabilities_of(answer.body)

    # -- the stream ----------------------------------------------------------------------------

    async def part(self, part: Part) -> None:
        if part.is_picture:
            if self._pending is not None and len(self._pictures) < _MOST_PICTURES:
                media = self._line.picture(part.body, _kind(part))
                if isinstance(media, Media):
                    self._pictures.append(media)
                self._expected -= 1
                if self._expected <= 0:
                    await self.flush()
            return
        await self.flush()
        alert, record = _read(part.body)
        self._pending, self._expected = part.body, _announced(alert, record)
        self._when = (
            text(alert, "dateTime") if record and truth(record, "currentEvent") is not False else ""
        )
        if self._expected <= 0:
            await self.flush()
        if key := told_device(alert):
            self._learn(key)
        await self._look(record)

    async def flush(self) -> None:
        """The alert that waited for its pictures, with those that came."""
        if self._pending is None:
            return
        message = self._message(self._pending, tuple(self._pictures))
        self._pending, self._pictures = None, []
        await self._line.tell([message])
        when, noted = _time(self._when), _time(self._line.note(_NOTE))
        if when is not None and (noted is None or when - noted >= _NOTED_EACH):
            self._line.keep(_NOTE, self._when)

    async def _look(self, record: Json) -> None:
        """Heartbeats come often, and are when gaps of what was pushed elsewhere are seen."""
        serial = integer(record, "serialNo") or 0
        jumped = not record or (self._serial and serial != self._serial + 1)
        self._serial = serial or self._serial
        if jumped and self.searches and self._line.gaps(self._key):
            await self._fill()

    def _learn(self, key: str) -> None:
        """Its alerts may name it by another of its addresses than deviceInfo: theirs counts, for
        then a record is the same by whatever way it comes."""
        if key != self._key:
            self._line.keep(_KEY, key)
            self._key = key

    def _message(self, body: bytes, media: tuple[Media, ...] = ()) -> Message:
        return Message(f"hikvision/{self._key}", body, media, "hikvision")

    # -- the records -----------------------------------------------------------------------------

    async def catch_up(self, ahead: timedelta = _AHEAD) -> None:
        """Everything since what is noted, then the gaps that are known of. `ahead`: nothing where
        the stream is open, for what it brings has its pictures with it."""
        if not self.searches:
            return
        now = self._line.now()
        noted = _time(self._line.note(_NOTE))
        back = timedelta(hours=_seconds(self._line, "history_h", _HISTORY_H))
        begin = noted - _SLACK if noted is not None else now - back
        # A clock that ran ahead and was set back leaves a note in the future.
        begin = min(begin, now - _SLACK)
        for start, end in search.span(begin, now + ahead):
            newest = await self._search(search.Want(begin=start, end=end))
            if not self.searches:
                return
            if newest and newest != self._line.note(_NOTE):
                self._line.keep(_NOTE, newest)
        await self._fill()

    async def _fill(self) -> None:
        """Each gap is asked for once in a connection: what the device does not have any more is
        not found by asking again."""
        gaps = [gap for gap in self._line.gaps(self._key) if gap not in self._asked]
        if not gaps or not self.searches:
            return
        self._asked.update(gaps)
        now = self._line.now()
        back = timedelta(hours=_seconds(self._line, "history_h", _HISTORY_H))
        begin, end = now - max(back, timedelta(hours=1)), now + _AHEAD
        if not self._can.serials:
            for start, upto in search.span(begin, end):
                await self._search(search.Want(begin=start, end=upto))
            return
        began = now - timedelta(days=3650)  # the numbers say which
        for gap in gaps[-_GAPS_AT_ONCE:]:
            await self._search(search.Want(begin=began, end=end, serials=gap))

    async def _search(self, want: search.Want) -> str:
        """All pages; the time of the newest record, once they are durable."""
        newest, position = "", 0
        self._searched += 1
        name = f"menwei-{self._line.now():%Y%m%d%H%M%S}-{self._searched}"
        for _ in range(_MOST_PAGES):
            body = search.asked(want, self._can, position, name)
            answer = await self._line.ask("POST", search.TARGET, body, "application/json")
            if not self._answered(answer):
                self.searches = False
                return newest
            try:
                page = search.told(answer.body, self._line.now().tzinfo)
            except Undecodable as error:
                raise LineLost(f"{search.TARGET}: {error.reason}: {error.detail}") from error
            if page.count:
                await self._line.tell([self._message(one) for one in search.pages(answer.body)])
            newest = max(newest, page.time, key=_order)
            position += page.count
            if not page.more:
                return newest
        raise LineLost(f"{search.TARGET}: no end after {_MOST_PAGES} pages; asked again later")

    def _answered(self, answer: Answer) -> bool:
        """False: this device keeps no records, and is only listened to."""
        _allowed(self._line, answer.status)
        if answer.status == 200:
            return True
        if answer.status in (400, 403, 404, 405, 501):
            return False
        raise LineLost(f"{search.TARGET}: status {answer.status} ({_said(answer.body)})")


async def _identity(line: Line) -> str:
    """As the device's own alerts name it."""
    answer = await line.ask("GET", IDENTITY)
    _allowed(line, answer.status)
    if answer.status != 200:
        if answer.status in (403, 404, 405):
            return slug(line.source.device) or "hikvision"
        raise LineLost(f"{IDENTITY}: status {answer.status} ({_said(answer.body)})")
    try:
        parsed = opened(answer.body)
    except Undecodable as error:
        raise LineLost(f"{IDENTITY}: {error.reason}: {error.detail}") from error
    info = parsed.get("DeviceInfo", parsed) if isinstance(parsed, dict) else {}
    if not isinstance(info, dict):
        info = {}
    mac, serial = mac_of(text(info, "macAddress")), slug(text(info, "serialNumber"))
    return mac or serial or slug(line.source.device) or "hikvision"


def _allowed(line: Line, status: int) -> None:
    if status == 401:
        raise LineLost(
            f"{line.source.url}: the device refuses user {line.source.user!r} (401). Check the "
            "user and password; after several failures it locks the gateway's address for a while."
        )
    if status >= 500 and status != 501:
        raise LineLost(f"{line.source.url}: the device answers {status}; asked again later")


def _said(body: bytes) -> str:
    """ISAPI's ResponseStatus in few words."""
    try:
        parsed = opened(body[:65_536]) if body else {}
    except Undecodable:
        return "no ResponseStatus"
    status = parsed.get("ResponseStatus", parsed) if isinstance(parsed, dict) else {}
    if not isinstance(status, dict):
        return "no ResponseStatus"
    words = (text(status, name) for name in ("statusCode", "statusString", "subStatusCode"))
    return " ".join(word for word in words if word)[:120] or "no ResponseStatus"


def _read(body: bytes) -> tuple[Json, Json]:
    """Alert and record of what may be neither; whoever decodes it says so."""
    try:
        for found in records(opened(body)):
            return {**found.body, **found.alert}, found.record
    except Undecodable:
        pass
    return {}, {}


def _announced(alert: Json, record: Json) -> int:
    """Pictures that come behind the alert; those it only names by address do not."""
    if text(alert, "detectionPictureTransType").lower() == "url" or text(record, "pictureURL"):
        return 0
    told = integer(record, "picturesNumber")
    if told is None:
        told = integer(alert, "detectionPicturesNumber", "picturesNumber", "picNum")
    return min(told or 0, _MOST_PICTURES)


_KINDS: Sequence[tuple[str, Literal["plate", "face"]]] = (("plate", "plate"), ("face", "face"))


def _kind(part: Part) -> str:
    """By the name it comes under."""
    named = part.headers.get("content-disposition", "") + part.headers.get("content-id", "")
    return next((kind for word, kind in _KINDS if word in named.lower()), "scene")


def _time(noted: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(noted)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _order(noted: str) -> float:
    found = _time(noted)
    return found.timestamp() if found is not None else float("-inf")


def _seconds(line: Line, name: str, default: float) -> float:
    try:
        found = float(line.source.options.get(name, ""))
    except ValueError:
        return default
    return found if 0 < found <= 1e7 else default
