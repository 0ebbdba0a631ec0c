"""When an event happened and how late it came, worked out once, when it is read.

Kept as text and milliseconds: everything that folds asks for these several times, and a datetime
costs more than all the rest. Nothing is ordered by either (I4).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from core.clock import parse_rfc3339, rfc3339

TimeQuality = Literal["device-zone", "device-assumed", "gateway"]

# A device clock may lead the gateway's by this much before the gateway's time is shown instead.
CLOCK_LEAD = timedelta(minutes=5)
# ... and may lag by this much: longer is not "late", it is a clock that was never set.
CLOCK_LAG = timedelta(days=366)
_LEAD_MS = round(CLOCK_LEAD.total_seconds() * 1000)
_LAG_MS = round(CLOCK_LAG.total_seconds() * 1000)
_EARLIEST, _LATEST = (
    round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (1970, 9001)
)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """`at`: when it happened as rows write it, RFC 3339 in UTC with milliseconds, so that text
    order is time order: the device's time, or the gateway's where the device told none or its
    clock is impossible: more than CLOCK_LEAD ahead of the gateway's, or CLOCK_LAG behind. `ms`:
    the same, in milliseconds since 1970. `late_ms`: how long before the gateway recorded it the
    device says it happened; None where the gateway's time stands."""

    at: str
    ms: int
    late_ms: int | None


def moment_of(time: str, recordedtime: str, timequality: TimeQuality) -> Moment:
    """Of an event's attributes of these names. ValueError when either time is none, or the
    gateway's clock is outside 1970..9000, where other zones have no room."""
    recorded = _recorded(recordedtime)
    told = millis(time)
    late = recorded - told
    if timequality == "gateway" or not -_LEAD_MS <= late <= _LAG_MS:
        return Moment(_text(recordedtime, recorded), recorded, None)
    return Moment(_text(time, told), told, late)


def millis(stamp: str) -> int:
    """RFC 3339 → milliseconds since 1970, finer parts cut. ValueError as `parse_rfc3339`."""
    # Most stamps are of one of two forms that end in a zone after seconds or milliseconds; their
    # minute was seen before.
    size = len(stamp)
    if size > 23 and stamp[19] == ".":
        seconds = stamp[17:19] + stamp[20:23]
        zone = stamp[23:]
    else:
        seconds = stamp[17:19] + "000"
        zone = stamp[19:]
    digits = seconds.isascii() and seconds.isdigit()
    short = zone == "Z" or (len(zone) == 6 and zone[0] in "+-")  # and no more of the fraction
    if digits and short and seconds < "60":
        return _minute(stamp[:17], zone) + int(seconds)
    return _floor(parse_rfc3339(stamp))


@lru_cache(maxsize=64)  # one for all that the gateway committed together
def _recorded(stamp: str) -> int:
    found = millis(stamp)
    if not _EARLIEST <= found < _LATEST:
        raise ValueError(f"a gateway's clock at {stamp}")
    return found


def _text(stamp: str, millis: int) -> str:
    """In UTC with milliseconds; `stamp` itself if it is written so."""
    if len(stamp) == 24 and stamp[23] == "Z" and stamp[10] == "T":
        return stamp
    rest = millis % 60_000 + 100_000  # so that its digits are six
    digits = str(rest)
    return f"{_minute_text(millis // 60_000)}{digits[1:3]}.{digits[3:]}Z"


def _floor(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


@lru_cache(maxsize=4096)
def _minute(head: str, zone: str) -> int:
    return _floor(parse_rfc3339(f"{head}00{zone}"))


@lru_cache(maxsize=4096)
def _minute_text(minute: int) -> str:
    return rfc3339(datetime.fromtimestamp(minute * 60, UTC))[:17]
