"""Batches that were receipted and are not shown to stand in the log for too long. Pure."""

from collections.abc import Iterable

from edge.stream import Stream


class Overdue:
    """Owns, of each journal, what is waited for and since when: seconds connected, because a hub
    that is away owes nothing."""

    def __init__(self, limit: float) -> None:
        """`limit` seconds; 0: nobody waits."""
        self._limit = limit
        self._waited: dict[Stream, tuple[int, float]] = {}  # batch, seconds

    def look(self, streams: Iterable[Stream], elapsed: float) -> tuple[Stream, int] | None:
        """The first that has waited too long, and its batch; `elapsed` seconds since the last
        look."""
        late: tuple[Stream, int] | None = None
        for one in streams:
            proven = one.proven or 0
            batch, waited = self._waited.get(one, (0, 0.0))
            if batch <= proven:
                batch, waited = (one.cursor, 0.0) if one.cursor > proven else (0, 0.0)
            elif one.cursor < batch:  # the hub has lost it, and gets it again
                batch = one.cursor
            else:
                waited += elapsed
            self._waited[one] = (batch, waited)
            if self._limit and waited > self._limit:
                late = late or (one, batch)
        return late
