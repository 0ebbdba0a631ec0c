"""How fast a replay goes: by the spacing of the gateways' own times, as many times as fast."""

from collections.abc import Callable


class Pace:
    """When the next event is due. Journals interleave, so recorded times also go back: what was
    recorded before the newest so far is due at once. No gap takes longer than `longest` seconds,
    and who waits for a quiet night, waits that long only. `speed` None: nothing is waited for."""

    def __init__(self, speed: float | None, longest: float, monotonic: Callable[[], float]) -> None:
        self._speed, self._longest, self._monotonic = speed, longest, monotonic
        self._begun = self._due = monotonic()
        self._first_ms: int | None = None
        self._newest_ms = 0

    def wait(self, at_ms: int) -> float:
        """Seconds until what was recorded at that time is due."""
        if self._first_ms is None:
            self._first_ms = self._newest_ms = at_ms
        gap = max(0, at_ms - self._newest_ms) / 1000
        self._newest_ms = max(self._newest_ms, at_ms)
        if self._speed is None:
            return 0.0
        self._due += min(gap / self._speed, self._longest)
        return max(0.0, self._due - self._monotonic())

    def reached(self) -> float:
        """How many times as fast as it happened it has gone so far; 0 where no time passed."""
        spent = self._monotonic() - self._begun
        if self._first_ms is None or spent <= 0:
            return 0.0
        return (self._newest_ms - self._first_ms) / 1000 / spent
