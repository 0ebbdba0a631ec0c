"""What was done to pictures a moment ago, which the index may not have read yet."""

from collections.abc import Callable

from core.errors import Unavailable

MOST = 10_000  # more than are ever under way


class Recent:
    """Owns acts beyond what the index has read; whoever uses it takes turns. Ask it before the
    index: what that has read by then, it gives."""

    def __init__(self, indexed: Callable[[], int], head: int) -> None:
        """`indexed`: up to which position the index has read; `head`: of the log, at start."""
        self._indexed, self._floor = indexed, head
        self._done: dict[tuple[str, str], int] = {}  # (what, hash) → position

    def note(self, what: str, sha256: str, position: int) -> None:
        """Of too many, the oldest is waited for: then the index itself knows."""
        while len(self._done) >= MOST:
            oldest = next(iter(self._done))
            self._floor = max(self._floor, self._done.pop(oldest))
        self._done[what, sha256] = position

    def has(self, what: str, sha256: str) -> bool:
        return self._done.get((what, sha256), 0) > self._indexed()

    def knows(self) -> None:
        """Unavailable while the index lacks what was done long ago: a hold, or a removal, may be
        behind what it has read, and nothing is judged without."""
        if self._indexed() < self._floor:
            raise Unavailable("the index of pictures is still being read from the log")
