"""Asking a security terminal for records that are missing between those that came.

Its records cannot be asked for by their numbers, only by time. So every upload notes what it
jumped over as a span of wall time, and the next poll asks for the span. One command is under way at
a time, and the same gaps are asked for MOST_ASKED times at most: what the terminal no longer has
stays declared as missing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from devices.fields import integer
from devices.wire import Place
from devices.zkteco.handshake import note
from devices.zkteco.rows import Row

MOST_ASKED = 3
_PATIENCE = timedelta(minutes=10)  # after which a command that was not answered is asked again
_FURTHEST = timedelta(days=30)  # where nothing is noted of when it was
_NAMED = 600  # characters of the gaps that are compared


def jumped(serial: str, place: Place, rows: Iterable[Row]) -> dict[str, str]:
    """Notes of where the numbering stands, and of the time it jumped over, if it did."""
    told = place.note(note(serial, "last")).partition(" ")
    last, when = integer({"n": told[0]}, "n"), told[2]
    start, _, end = place.note(note(serial, "span")).partition("|")
    for row in rows:
        number, time = integer(row.pairs, "index"), row.pairs.get("time", "")
        if number is None or number <= 0 or not _is_time(time):
            continue
        if last is not None and number > last + 1:
            start = min(start or when or time, when or time)
            end = max(end, time)
        if last is None or number > last or number + 1 < last:  # it began anew, or an old one
            last, when = number, time
    notes: dict[str, str] = {}
    if last is not None:
        notes[note(serial, "last")] = f"{last} {when}"
    if start and end:
        notes[note(serial, "span")] = f"{start}|{end}"
    return notes


def command(serial: str, place: Place) -> tuple[str, dict[str, str]]:
    """(what to answer a poll with, empty for nothing; notes)."""
    gaps = place.gaps(serial)
    if not gaps:
        done = {note(serial, "span"): ""} if place.note(note(serial, "span")) else {}
        return "", done
    named = _named(gaps)
    asked, tries, since, before = _under_way(serial, place)
    now = place.now()
    if before != named:
        tries = 0
    elif since is not None and now - since < _PATIENCE and since <= now:
        return "", {}
    if tries >= MOST_ASKED:
        return "", {}
    number = asked + 1
    start, _, end = place.note(note(serial, "span")).partition("|")
    if not (_is_time(start) and _is_time(end)):
        start, end = (_written(at) for at in (now - _FURTHEST, now))
    text = (
        f"C:{number}:DATA QUERY tablename=transaction,fielddesc=*,"
        f"filter=StartTime={start}\tEndTime={end}"
    )
    noted = f"{number} {tries + 1} {now.isoformat()} {named}"
    return text, {note(serial, "command"): noted}


def answered(serial: str, place: Place, numbers: Sequence[int]) -> dict[str, str]:
    """A command's result: whether it is asked once more is decided by whether gaps are left."""
    asked, tries, since, before = _under_way(serial, place)
    if since is None or asked not in numbers:
        return {}
    return {note(serial, "command"): f"{asked} {tries} - {before}"}


def _under_way(serial: str, place: Place) -> tuple[int, int, datetime | None, str]:
    """(number of the last command, how often for these gaps, since when it is under way, gaps)."""
    told = place.note(note(serial, "command")).split(" ", 3)
    if len(told) != 4:
        return 0, 0, None, ""
    number, tries = (integer({"n": each}, "n") or 0 for each in told[:2])
    try:
        since = datetime.fromisoformat(told[2])
    except ValueError:
        return number, tries, None, told[3]
    return number, tries, since if since.tzinfo else None, told[3]


def _named(gaps: Sequence[tuple[int, int]]) -> str:
    return ",".join(f"{first}-{last}" for first, last in gaps)[:_NAMED]


def _is_time(told: str) -> bool:
    try:
        datetime.fromisoformat(told)
    except ValueError:
        return False
    return len(told) == len("2026-03-02 07:41:09")


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
