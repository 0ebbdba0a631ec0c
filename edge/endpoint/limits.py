"""Bounds that hold over time: a client's rate, and who has guessed too often."""

from collections import OrderedDict

_STEP_S = 0.05  # a client over its rate goes on in steps of this length
REPORT_S = 10.0


class Rate:
    """Token bucket of one client, and what its waiting has amounted to since the last report."""

    __slots__ = (
        "_burst",
        "_since",
        "_stamp",
        "_tokens",
        "delayed",
        "rate",
        "reported",
        "users",
        "waited",
    )

    def __init__(self, rate: int, burst: int, now: float) -> None:
        self.rate = rate
        self._burst = max(burst, 1)
        self._tokens = float(self._burst)
        self._stamp = now
        self._since: float | None = None
        self.delayed = 0
        self.waited = 0.0
        self.reported = now - REPORT_S
        self.users = 0  # connections that draw on it

    def available(self, now: float) -> int:
        self._tokens = min(self._burst, self._tokens + (now - self._stamp) * self.rate)
        self._stamp = now
        return int(self._tokens)

    def take(self, count: int) -> None:
        self._tokens -= count

    @property
    def overdrawn(self) -> bool:
        return self._tokens < 0

    def wait(self, now: float) -> float:
        """How long until it is worth going on; the client waits from now."""
        goal = min(self._burst, max(1.0, self.rate * _STEP_S))
        if self._since is None:
            self._since = now
        return max(0.001, (goal - self._tokens) / self.rate)

    def resumed(self, now: float) -> None:
        if self._since is not None:
            self.waited += now - self._since
            self._since = None

    def report(self, now: float) -> tuple[int, float] | None:
        """(messages, seconds) waited, at most every REPORT_S; the count begins anew."""
        if not self.delayed or now - self.reported < REPORT_S:
            return None
        found = self.delayed, self.waited
        self.delayed, self.waited, self.reported = 0, 0.0, now
        return found

    def idle(self, now: float) -> bool:
        """Full, and nothing left to report: it can be forgotten and made anew."""
        return not self.delayed and self.available(now) >= self._burst


class Backoff:
    """Failed sign-ins by key. The first few are free, each further one doubles the wait."""

    _KEYS = 10_000
    _LONGEST_S = 60.0

    def __init__(self, free: int) -> None:
        self._free = free
        self._failures: OrderedDict[object, tuple[int, float]] = OrderedDict()

    def locked(self, key: object, now: float) -> bool:
        return now < self._failures.get(key, (0, 0.0))[1]

    def failed(self, key: object, now: float) -> None:
        count = self._failures.pop(key, (0, 0.0))[0] + 1
        over = count - self._free
        wait = min(2.0 ** min(over, 10), self._LONGEST_S) if over >= 0 else 0.0
        self._failures[key] = (count, now + wait)
        if len(self._failures) > self._KEYS:
            self._failures.popitem(last=False)

    def passed(self, key: object) -> None:
        self._failures.pop(key, None)
