"""What is due when, by the gateway's clock. One for all machines, so that what they say has one
order: by when to look, what it is about, and the key; never by when somebody looked."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

import msgspec

NEVER = datetime.max.replace(tzinfo=UTC)
_SLACK = 64  # entries that are no longer true, before the heap is made anew


class Due(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`when` to look, and the moment it is `about`: later than that only where something may
    still be on its way that makes it untrue."""

    when: datetime
    about: datetime


_Entry = tuple[datetime, datetime, str]


def _heap(dues: Mapping[str, Due]) -> list[_Entry]:
    entries = [(due.when, due.about, key) for key, due in dues.items()]
    heapify(entries)
    return entries


class Agenda:
    """Owns the dues. A key is `{what}/{of which}`; arming it again replaces it."""

    def __init__(self, dues: Mapping[str, Due]) -> None:
        self._dues = dict(dues)
        self._heap = _heap(self._dues)
        self.earliest = self.next() or NEVER  # nothing is due before
        self.changed = False  # whatever a restart has to know, of dues or of what they are about
        self.touched: set[str] = set()  # keys of dues that changed since they were stored

    @property
    def dues(self) -> Mapping[str, Due]:
        return self._dues

    def arm(self, key: str, when: datetime, about: datetime | None = None) -> None:
        due = self._dues[key] = Due(when, about or when)
        heappush(self._heap, (when, due.about, key))
        if when < self.earliest:
            self.earliest = when
        self.changed = True
        self.touched.add(key)
        if len(self._heap) > 2 * len(self._dues) + _SLACK:
            self._heap = _heap(self._dues)

    def drop(self, key: str) -> None:
        if self._dues.pop(key, None) is not None:
            self.changed = True
            self.touched.add(key)

    def get(self, key: str) -> Due | None:
        return self._dues.get(key)

    def next(self) -> datetime | None:
        heap = self._heap
        while heap:
            when, about, key = heap[0]
            due = self._dues.get(key)
            if due is not None and due.when == when and due.about == about:
                return when
            heappop(heap)
        return None

    def pop(self, now: datetime) -> tuple[str, Due] | None:
        """The earliest that is due by `now`, which is no longer armed then."""
        when = self.next()
        if when is None or when > now:
            self.earliest = when or NEVER
            return None
        _, _, key = heappop(self._heap)
        self.changed = True
        self.touched.add(key)
        return key, self._dues.pop(key)

    def shift(self, by: timedelta) -> None:
        moved = {key: Due(due.when + by, due.about + by) for key, due in self._dues.items()}
        self._dues = moved
        self._heap = _heap(moved)
        self.earliest = self.next() or NEVER
        self.changed = True
