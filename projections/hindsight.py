"""A moment of the past as it is known later: what was known then, and what came after it of which
it turned out that it had happened by then.

Where nothing came late the two are the same rows, so equal hashes say that nothing did. Batches are
found by the index of late ones; those that came within its SLACK are looked at themselves.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from projections.late import SLACK, LateBatches
from projections.past import Nearest, between, stood, wanted_of
from projections.sieve import Sieve
from projections.state import CompoundRows
from projections.view import Kinds, View


class Past(msgspec.Struct, frozen=True):
    """A moment, and how it is looked at. `position`: the last one the hub had by then. `ms`: the
    moment, in milliseconds since 1970. `known`: the position up to which what had happened by then
    is counted in; `position` itself: as it was known then."""

    position: int
    ms: int
    known: int

    @property
    def later(self) -> bool:
        return self.known > self.position

    def then(self) -> "Past":
        """The same moment as it was known then."""
        return msgspec.structs.replace(self, known=self.position)


def as_known(
    log: Log,
    view: View,
    compound: str,
    past: Past,
    late: LateBatches,
    catalog: Catalog,
    nearest: Nearest,
    shown: CompoundRows | None = None,
) -> Kinds:
    base = late.until(past.position, past.known, past.ms)
    state = stood(log, view, compound, base, catalog, nearest, shown)
    for found in _read(log, past, base, late, wanted_of(view, compound, catalog), catalog):
        state.fold(found, {})
    return state.rows(compound)


def came_late(
    log: Log, view: View, compound: str, past: Past, late: LateBatches, catalog: Catalog
) -> Iterator[Recorded]:
    """What came after that moment and belongs before it, of what the view looks at; in the order
    it came."""
    for found in _read(log, past, past.position, late, wanted_of(view, compound, catalog), catalog):
        yield from view.wanted(found)


def _read(
    log: Log, past: Past, after: int, late: LateBatches, sieve: Sieve, catalog: Catalog
) -> Iterator[list[Recorded]]:
    """Batch by batch, behind `after`."""
    for first, last in _runs(_places(log, past, after, late)):
        for _, items in between(log, first - 1, last, sieve, catalog):
            found = [one for one in items if one.moment.ms <= past.ms]
            if found:
                yield found


def _places(log: Log, past: Past, after: int, late: LateBatches) -> Iterator[int]:
    """Positions of batches that may tell of what had happened by then."""
    soon = min(past.known, log.position_at(_time(past.ms) + SLACK))
    yield from range(after + 1, soon + 1)
    yield from late.among(max(after, soon), past.known, past.ms)


def _runs(positions: Iterator[int]) -> Iterator[tuple[int, int]]:
    """First and last of those that follow each other."""
    first = last = 0
    for position in positions:
        if position != last + 1 or not last:
            if last:
                yield first, last
            first = position
        last = position
    if last:
        yield first, last


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
