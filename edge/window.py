"""How far the uplink may send ahead of the hub's receipts, and when it sends again.

Pure: the caller brings the time. Whatever is lost, refused or out of order, the next batch to
go is never past what the hub holds by more than the window, and silence never lasts: while
something is unanswered there is a time at which it goes again, and only progress moves it.
"""

_WINDOW = 64  # batches sent beyond what the hub holds
_PROMPT = 0.5  # seconds from batch to receipt; a patient lane sends less ahead when it is longer
_BLOCKED = 30.0  # seconds before a refused batch is tried again


class Window:
    """Owns `held` (the last batch the hub said it holds) and `sent`. While the hub is silent or
    refuses, one batch at a time knocks until it is taken."""

    def __init__(self, cursor: int, resend: float, *, patient: bool = False) -> None:
        """`patient`: never more under way than the hub takes in half a second, so that what is
        urgent does not queue behind it, whatever the link."""
        self._resend = resend
        self._patient = patient
        self._size = 1 if patient else _WINDOW
        self._times: dict[int, float] = {}  # when each batch under way went
        self._silent = False
        self._stale = 0  # up to here a gap may be of frames that were sent before the rewind
        self._due: float | None = None
        self.held = self.sent = cursor
        self.refused = ""  # reason of the last refusal, empty while batches are taken

    def begin(self, cursor: int) -> None:
        """A new connection: what was under way is gone."""
        self.held = self.sent = cursor
        self._silent, self._stale, self._due = False, 0, None
        self._times.clear()

    def room(self, head: int) -> int:
        size = 1 if self.refused or self._silent else self._size
        return max(0, min(self.held + size, head) - self.sent)

    def went(self, number: int, now: float) -> None:
        self.sent = number
        self._times[number] = now
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
            self._pace(committed, now)
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

    def _pace(self, committed: int, now: float) -> None:
        went = self._times.get(committed)
        self._times = {number: at for number, at in self._times.items() if number > committed}
        if self._patient and went is not None:
            prompt = now - went <= _PROMPT
            self._size = min(_WINDOW, self._size + 1) if prompt else max(1, self._size // 2)

    @property
    def _patience(self) -> float:
        return _BLOCKED if self.refused else self._resend
