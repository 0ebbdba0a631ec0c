"""Notices a device clock that can not be right, once an hour and device."""

from datetime import datetime, timedelta

from core.event import CLOCK_LAG, CLOCK_LEAD
from core.events.device import ClockSkewed

_AGAIN = timedelta(hours=1)
_DEVICES = 10_000  # names come off the wire: a bound


class SkewWatch:
    """Owns when each device was last told of; forgetting it at restart repeats one event."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}

    @property
    def devices(self) -> int:
        """How many have been told of."""
        return len(self._told)

    def look(self, device: str, told: datetime, now: datetime) -> ClockSkewed | None:
        """The finding, if this time is beyond belief and it is time to say so."""
        skew = told - now
        if -CLOCK_LAG <= skew <= CLOCK_LEAD:
            return None
        last = self._told.get(device)
        if last is not None and timedelta() <= now - last < _AGAIN:
            return None  # but not after the gateway's own clock was set back
        if len(self._told) >= _DEVICES:
            self._told.clear()
        self._told[device] = now
        return ClockSkewed(skew_ms=round(skew / timedelta(milliseconds=1)))
