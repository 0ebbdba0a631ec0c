"""How far the uplink may send ahead of the hub's receipts, and when it sends again.

Pure: the caller brings the time. Whatever is lost, refused or out of order, the next batch to
go is never past what the hub holds by more than the window, and silence never lasts: while
something is unanswered there is a time at which it goes again, and only progress moves it.
"""

_WINDOW = 64  # batches sent beyond what the hub holds
_BLOCKED = 30.0  # seconds before a refused batch is tried again


class Window:
    """Owns `held` (the last batch the hub said it holds) and `sent`. While the hub is silent or
    refuses, one batch at a time knocks until it is taken."""

    def __init__(self, cursor: int, resend: float) -> None:
        self._resend = resend
        self._silent = False
        self._stale = 0  # up to here a gap may be of frames that were sent before the rewind
        self._due: float | None = None
        self.held = self.sent = cursor
        self.refused = ""  # reason of the last refusal, empty while batches are taken

    def begin(self, cursor: int) -> None:
        """A new connection: what was under way is gone."""
        self.held = self.sent = cursor
        self._silent, self._stale, self._due = False, 0, None

    def room(self, head: int) -> int:
        size = 1 if self.refused or self._silent else _WINDOW
        return max(0, min(self.held + size, head) - self.sent)

    def went(self, number: int, now: float) -> None:
        self.sent = number
        if self._due is None:
            self._due = now + self._patience

    def wait(self, now: float) -> float | None:
        """Seconds until `expire` has something to do; None while nothing is unanswered."""
        return None if self._due is None else max(0.0, self._due - now)

    def expire(self, now: float) -> None:
        """Nothing came of what was sent: it goes again, one batch first."""
        if self._due is not None and now >= self._due:
            self.sent = self.held
            self._silent, self._stale, self._due = True, 0, None

    def took(self, committed: int, now: float) -> None:
        """The hub holds everything up to `committed`."""
        self._silent = False
        if committed > self.held:
            self.held = committed
            self.sent = max(self.sent, committed)
            self.refused = ""
            self._due = now + self._patience if self.sent > committed else None

    def gap(self, committed: int, number: int, now: float) -> bool:
        """The hub got batch `number` and holds only `committed`. True: sending starts again there.

        One lost batch makes a refusal of every one behind it; the first of them is enough. So
        does one refused batch: then only the refusal of the very next one is about the hub.
        """
        self._silent = False
        if number <= max(self.held, committed, self._stale):
            return False
        if self.refused and number != self.held + 1:
            return False
        self._stale = self.sent
        self.held = self.sent = committed
        self.refused = ""
        self._due = now + self._patience
        return True

    def refuse(self, reason: str, now: float) -> bool:
        """True when this is news."""
        news = self.refused != reason
        self.refused = reason
        self._silent = False
        self._due = now + self._patience
        return news

    @property
    def _patience(self) -> float:
        return _BLOCKED if self.refused else self._resend
