"""Notices that the gateway's own clock was set: it moved otherwise than time passed."""

from datetime import datetime

from core.events.device import ClockStepped

_STEP_S = 2.0  # smaller corrections are what time synchronisation does all day


class ClockWatch:
    """Owns the last pair of readings."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._now, self._monotonic = now, monotonic

    def look(self, now: datetime, monotonic: float) -> ClockStepped | None:
        step = (now - self._now).total_seconds() - (monotonic - self._monotonic)
        self._now, self._monotonic = now, monotonic
        return ClockStepped(step_ms=round(step * 1000)) if abs(step) >= _STEP_S else None
