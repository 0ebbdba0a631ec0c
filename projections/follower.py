"""What follows the log: it folds pages of events and commits what it makes of them together with
the position they end at, so that killing it anywhere resumes from there.

A follower is used by one thread, the runner's. It may commit nothing else with the position, and
the position with nothing else: a retry after a commit of which it is not known whether it was done
asks `position` and goes on from there, so nothing is skipped and nothing counts twice.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from core.codec import Unread
from core.errors import MenweiError
from core.event import Recorded

Touched = dict[tuple[str, str, str], int]  # (compound, kind, key) → position of the last change
Item = Recorded | Unread


class FoldFailed(MenweiError):
    """A fold raised, at this event. What it raised is the cause."""

    def __init__(self, item: Recorded) -> None:
        super().__init__(f"event {item.index} of the batch at position {item.position}")
        self.item = item


class Follower(Protocol):
    """Views, and the history. Each has its own position and fails alone.

    What `take` raises decides: `Unavailable` is waited for, `DiskFull` too, `FatalError` ends the
    process; anything else is a fold that failed and stops this follower only. `FoldFailed` names
    the event; otherwise the runner looks for the batch by giving them one by one.
    """

    @property
    def name(self) -> str: ...

    def position(self) -> int:
        """Of the last batch committed; 0 before the first."""
        ...

    def leaf(self) -> bytes:
        """Leaf hash of the batch at that position; empty if none is kept."""
        ...

    def take(self, items: Sequence[Item], position: int, leaf: bytes) -> Touched:
        """Fold the items of all batches after `position()` and up to `position`, whose leaf hash
        is `leaf`, and commit; or raise and have changed nothing that lasts. What was touched is
        for listeners and may be empty."""
        ...

    def reload(self) -> None:
        """After an outage or a failed `take`: stand where the last commit stands. Unavailable
        while that cannot be asked."""
        ...

    def forget(self) -> None:
        """Everything away, position 0: the log was put back or replaced."""
        ...


@runtime_checkable
class Mending(Protocol):
    """A follower that can have skipped what may be read by now."""

    def mend(self) -> Touched | None:
        """One slice of putting that right, a tenth of a second or so; what it touched. None when
        there is nothing of that kind. FoldFailed stops the follower."""
        ...
