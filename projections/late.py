"""Which batches came late: the follower that keeps a row for each, so that what is known now about
a moment of the past is found without reading everything that came after it.

A batch is late when the first of what it tells had happened more than SLACK before the hub received
it. Rows go where views keep theirs, under a name of their own; all of them can be made again from
the log and its times of receipt.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from core.tlog.tree import leaf_hash
from projections import pages
from projections.follower import Item, Touched
from projections.late_spans import Span, Spans, late, span
from projections.state import StoredRow
from projections.store import Commit, Folded, ViewStore
from projections.view import DISTRICT, Row, Rows, Run, View

SLACK = timedelta(seconds=60)
_KIND = "batch"
_BYTES = 500_000  # of one read, where it is made anew

ReceivedAt = Callable[[int], datetime | None]


class Batch(Row, frozen=True, kw_only=True):
    """Times in milliseconds since 1970: of what happened first, and last, in this batch; all of
    time where some of it cannot be read. Its key is the batch's position."""

    earliest: int
    latest: int


def _fold(_rows: Rows, _run: Run) -> None:
    """Nothing: when a batch was received is in no event."""


# As the store keeps it; no screen shows it, and no fold makes it.
LATE = View(name="late", version=1, kinds={_KIND: Batch}, fold=_fold, present=lambda _: {})


class LateBatches:
    """Owns the rows. Followed on the runner's thread; asked from any."""

    def __init__(self, store: ViewStore, log: Log) -> None:
        self._store, self._log = store, log
        self._lock = threading.Lock()
        self._spans = Spans()
        self._position, self._leaf = 0, b""
        self._load()

    @property
    def name(self) -> str:
        return LATE.name

    def position(self) -> int:
        return self._position

    def leaf(self) -> bytes:
        return self._leaf

    def take(self, items: Sequence[Item], position: int, leaf: bytes) -> Touched:
        found = _late(items, self._log.received_at)
        commit = Commit(
            base=self._position, position=position, leaf=leaf, rows=[_stored(one) for one in found]
        )
        self._store.commit(LATE, commit)
        with self._lock:
            self._spans.add(found)
            self._position, self._leaf = position, leaf
        return {}

    def reload(self) -> None:
        self._load()

    def forget(self) -> None:
        self._store.drop(LATE)
        self._load()

    def until(self, after: int, upto: int, ms: int) -> int:
        """Up to which position everything behind `after` came late and had happened by `ms`."""
        with self._lock:
            return self._spans.until(after, upto, ms)

    def among(self, after: int, upto: int, ms: int) -> list[int]:
        """Positions of late batches in which something had happened by `ms`."""
        with self._lock:
            return self._spans.among(after, upto, ms)

    def earliest(self) -> int | None:
        """When the earliest happened of what came late; None: nothing did."""
        with self._lock:
            return self._spans.first

    def _load(self) -> None:
        state = self._store.load(LATE)
        kept: Mapping[str, Row] = state.rows(DISTRICT).get(_KIND, {})
        found = (
            Span(int(key), row.earliest, row.latest)
            for key, row in sorted(kept.items())
            if isinstance(row, Batch)
        )
        spans = Spans(found)
        with self._lock:
            self._spans = spans
            self._position, self._leaf = state.position, state.leaf


def folded(
    log: Log, catalog: Catalog, upto: int, told: Callable[[int], None] = lambda _position: None
) -> Folded:
    """All of it up to that position, from the log alone. `told` hears of progress."""
    position, leaf = 0, b""
    rows: list[StoredRow] = []
    while (page := pages.read(log, catalog, position, upto, _BYTES)) is not None:
        rows += [_stored(one) for one in _late(page.items, log.received_at)]
        position, leaf = page.last.id, leaf_hash(page.last.state)
        told(position)
    return Folded(position=position, leaf=leaf, rows=rows)


def _late(items: Iterable[Item], received_at: ReceivedAt) -> list[Span]:
    spans = [span(at, _moments(found)) for at, found in groupby(items, lambda one: one.position)]
    return late(spans, _slack_before(received_at))


def _moments(items: Iterable[Item]) -> list[int | None]:
    return [one.moment.ms if isinstance(one, Recorded) else None for one in items]


def _slack_before(received_at: ReceivedAt) -> Callable[[int], int]:
    def ms(position: int) -> int:
        received = received_at(position)
        return round((received - SLACK).timestamp() * 1000) if received else 0

    return ms


def _stored(one: Span) -> StoredRow:
    value = msgspec.json.encode(Batch(earliest=one.earliest, latest=one.latest))
    return DISTRICT, _KIND, f"{one.position:020d}", value, one.position
