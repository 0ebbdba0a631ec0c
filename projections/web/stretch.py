"""A stretch of the log as people ask for it: from a position or a time to another, both in it."""

from datetime import timedelta

from fastapi import HTTPException

from projections.replay.incident import Span
from projections.web import asof
from projections.web.desk import Desk

_TICK = timedelta(microseconds=1)


def between(desk: Desk, since: str, until: str) -> Span:
    """`until` empty: to the end. 422 for what is no place of this log, or none before the other."""
    first = _position(desk, "from", since, _TICK)
    last = _position(desk, "to", until) if until else desk.log.head()
    if first > last + 1:
        raise HTTPException(422, "from is after to.")
    return Span(first, last)


def _position(desk: Desk, name: str, told: str, before: timedelta | None = None) -> int:
    """The position itself, or the newest received at that time; with `before`, the first one
    received later than so long before it."""
    head = desk.log.head()
    if told.isdecimal():
        if int(told) > head:
            raise HTTPException(422, f"{name} is a position the log has not reached yet.")
        return max(1, int(told))
    try:
        moment = asof.moment_of(told)
    except ValueError as error:
        raise HTTPException(
            422, f"{name} is neither a position nor an RFC 3339 time with its offset."
        ) from error
    if before is None:
        return desk.log.position_at(moment)
    return desk.log.position_at(moment - before) + 1
