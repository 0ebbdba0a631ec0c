"""Notices a device clock that can not be right, once an hour and device."""

from datetime import UTC, datetime, timedelta

from core.event import CLOCK_LAG, CLOCK_LEAD
from core.events.device import ClockSkewed

_AGAIN = timedelta(hours=1)
_DEVICES = 10_000  # names come off the wire: a bound


class SkewWatch:
    """Owns when each device was last told of; forgetting it at restart repeats one event."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}
        self._begin(datetime.fromtimestamp(0, UTC))

    @property
    def devices(self) -> int:
        """How many have been told of."""
        return len(self._told)

    def look(self, device: str, told: datetime, now: datetime) -> ClockSkewed | None:
        """The finding, if this time is beyond belief and it is time to say so."""
        if now is not self._now:
            self._begin(now)
        if self._earliest <= told <= self._latest:
            return None
        skew = told - now
        last = self._told.get(device)
        if last is not None and timedelta() <= now - last < _AGAIN:
            return None  # but not after the gateway's own clock was set back
        if len(self._told) >= _DEVICES:
            self._told.clear()
        self._told[device] = now
        return ClockSkewed(skew_ms=round(skew / timedelta(milliseconds=1)))

    def _begin(self, now: datetime) -> None:
        """What is believed is the same for all of one group."""
        self._now, self._earliest, self._latest = now, now - CLOCK_LAG, now + CLOCK_LEAD
