"""The operator's bandwidth cap for the uplink. Pure: the caller brings the time."""


class Cap:
    """What is sent is counted; bulk waits while the account is overdrawn. Urgent never waits,
    but what it sends is counted too."""

    def __init__(self, bytes_s: float) -> None:
        """0: no cap."""
        self._rate = bytes_s
        self._debt = 0.0
        self._at = 0.0

    def wait(self, now: float) -> float:
        """Seconds until bulk may go."""
        if not self._rate:
            return 0.0
        self._settle(now)
        return self._debt / self._rate

    def spend(self, size: int, now: float) -> None:
        if self._rate:
            self._settle(now)
            self._debt += size

    def _settle(self, now: float) -> None:
        self._debt = max(0.0, self._debt - (now - self._at) * self._rate)
        self._at = now
