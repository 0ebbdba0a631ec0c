"""When it happened, of devices whose UTC may be their wall clock.

Much firmware packs local wall time as if it were a Unix time and calls it UTC. `RealUTC` is what
it says. Without that `LocaleTime` beside it shows which of the two it is; else the installer's
word does (`clock` in `[devices.<key>]`); else it is taken as UTC, and marked as assumed.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from core.clock import parse_rfc3339
from core.errors import Undecodable
from core.moment import TimeQuality
from devices.adapter import Known
from devices.fields import MAX_INT, Json, integer, moment, number, text, unix

_NEAR = timedelta(seconds=2)
_MILLISECONDS = 100_000_000_000  # numbers from here on count those
# As the device's own pages are set to show times: the year last, or hours to twelve.
_SHOWN = re.compile(
    r"(\d{1,4})[-/](\d{1,2})[-/](\d{1,4}) (\d{1,2})(:\d{2}:\d{2})(?: ([AaPp])[Mm])?"
)


class When(msgspec.Struct, frozen=True):
    time: str  # RFC 3339; empty where the device told none
    quality: TimeQuality
    stamp: str = ""  # the same as digits, for ids


def when(data: Json, around: str, zone: tzinfo, known: Known) -> When:
    """`around`: the time of the message. Undecodable("time") for one that cannot be."""
    told = _seconds(data, "UTC", "CreateTime")
    real = _seconds(data, "RealUTC", "CreateTimeRealUTC")
    if real:
        return _made(real, data, "device-zone")
    if told:
        locale = _locale(data)
        at = _naive(told)
        packed = known.clock == "wall"
        quality: TimeQuality = "device-zone" if known.clock == "utc" else "device-assumed"
        if not known.clock and locale is not None:
            if abs(_shifted(at.replace(tzinfo=UTC), zone) - locale) <= _NEAR:
                quality = "device-zone"
            elif abs(at - locale) <= _NEAR:
                packed = True
        if packed:
            real = int(_shifted(at.replace(tzinfo=zone), UTC).replace(tzinfo=UTC).timestamp())
            return _made(real, data, "device-assumed")
        return _made(told, data, quality)
    refused: Undecodable | None = None
    own = text(data, "CreateTime", "UTC", "LocaleTime")
    for text_told in (own, around):
        if text_told and not text_told.isdecimal():
            try:
                time, quality = moment(_ordered(text_told), zone)
            except Undecodable as error:
                # A message that says badly when it was sent is told at the gateway's time.
                refused = refused or (error if text_told is own else None)
                continue
            second = int(parse_rfc3339(time).timestamp())
            return _made(second, data, quality)
    if refused is not None:
        raise refused
    return When("", "gateway")


def _made(second: int, data: Json, quality: TimeQuality) -> When:
    milliseconds = integer(data, "UTCMS") or 0
    if not 0 < milliseconds < 1000:
        return When(unix(second).replace(".000", "", 1), quality, str(second))
    told = unix(second).replace(".000", f".{milliseconds:03}", 1)
    return When(told, quality, f"{second}.{milliseconds:03}")


def _seconds(data: Json, *names: str) -> int:
    for name in names:
        found = number(data, name)
        told = int(found) if found is not None and found < MAX_INT else 0
        if told > 0:
            return told // 1000 if told >= _MILLISECONDS else told
    return 0


def _naive(second: int) -> datetime:
    try:
        return datetime.fromtimestamp(second, UTC).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError) as error:
        raise Undecodable("time", "not a Unix time") from error


def _shifted(at: datetime, zone: tzinfo) -> datetime:
    try:
        return at.astimezone(zone).replace(tzinfo=None)
    except OverflowError as error:
        raise Undecodable("time", "not a Unix time") from error


def _locale(data: Json) -> datetime | None:
    told = text(data, "LocaleTime")
    try:
        return datetime.fromisoformat(_ordered(told).replace("/", "-")).replace(tzinfo=None)
    except ValueError:
        return None


def _ordered(told: str) -> str:
    """Year first, hours to 24. Of another form, or where day and month may be either, as it is."""
    shown = _SHOWN.fullmatch(told)
    if shown is None:
        return told
    year, month, day, hour, rest, half = shown.groups("")
    if len(day) == 4:
        first, year = int(year), day
        if first <= 12 and int(month) <= 12 and first != int(month):
            return told
        day, month = (str(first), month) if int(month) <= 12 else (month, str(first))
    hours = int(hour) % 12 + (12 if half in "pP" else 0) if half else int(hour)
    return f"{year}-{month:0>2}-{day:0>2} {hours:02}{rest}"
