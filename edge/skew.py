"""Notices a device clock that can not be right, once an hour and device.

Beyond belief (years off, or ahead) shows at once. A clock that is only slow, or in a zone
further west, looks like a message that waited in the device: it is told apart when several
live messages, minutes apart, all lag by the same.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from core.events.device import ClockSkewed
from core.moment import CLOCK_LAG, CLOCK_LEAD

_AGAIN = timedelta(hours=1)
_DEVICES = 10_000  # names come off the wire: a bound
_PUNCTUAL = timedelta(minutes=2)  # what networks and queues explain
_MESSAGES = 3  # ... in a row, which lag
_OVER = timedelta(seconds=60)  # ... over so long, by the gateway's clock
_ALIKE = timedelta(seconds=60)  # ... by the same, give or take


class _Lag(msgspec.Struct):
    told: datetime  # last
    since: datetime
    least: timedelta
    most: timedelta
    messages: int = 1


class SkewWatch:
    """Owns when each device was last told of; forgetting it at restart repeats one event."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}
        self._lags: dict[str, _Lag] = {}
        self._begin(datetime.fromtimestamp(0, UTC))

    @property
    def devices(self) -> int:
        """How many have been told of."""
        return len(self._told)

    def look(self, device: str, told: datetime, now: datetime) -> ClockSkewed | None:
        """The finding, if this live message's time is wrong and it is time to say so."""
        if now is not self._now:
            self._begin(now)
        if self._punctual <= told <= self._latest:
            if self._lags:
                self._lags.pop(device, None)
            return None
        if self._earliest <= told < self._punctual and not self._steady(device, told, now):
            return None
        last = self._told.get(device)
        if last is not None and timedelta() <= now - last < _AGAIN:
            return None  # but not after the gateway's own clock was set back
        if len(self._told) >= _DEVICES:
            self._told.clear()
        self._told[device] = now
        return ClockSkewed(skew_ms=round((told - now) / timedelta(milliseconds=1)))

    def behind(self, device: str) -> timedelta:
        """By how much a clock that was found to be slow is: nothing where none was."""
        if device not in self._told:
            return timedelta()
        known = self._lags.get(device)
        return known.least if known is not None and known.messages >= _MESSAGES else timedelta()

    def _steady(self, device: str, told: datetime, now: datetime) -> bool:
        """Whether this device has lagged by the same for long enough."""
        lag = now - told
        known = self._lags.get(device)
        if known is not None and known.told == told:
            return False  # the same moment again: it stands still, perhaps (edge.watch.clocks)
        if known is None or max(known.most, lag) - min(known.least, lag) > _ALIKE:
            if len(self._lags) >= _DEVICES:
                self._lags.clear()
            self._lags[device] = _Lag(told, now, lag, lag)
            return False
        known.told = told
        known.least, known.most = min(known.least, lag), max(known.most, lag)
        known.messages += 1
        return known.messages >= _MESSAGES and now - known.since >= _OVER

    def _begin(self, now: datetime) -> None:
        """What is believed is the same for all of one group."""
        self._now, self._punctual = now, now - _PUNCTUAL
        self._earliest, self._latest = now - CLOCK_LAG, now + CLOCK_LEAD
