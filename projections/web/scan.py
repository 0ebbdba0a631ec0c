"""Pages of events out of the log: a window between two places, walked up or down, bounded."""

from collections.abc import Iterator, Sequence

import msgspec
from eventsourcing.persistence import Notification

from core.catalog import Catalog
from core.store.port import Log
from projections.web.lines import Line, lines
from projections.web.selection import Wanted

SCAN = 50_000  # events looked at in one request, give or take the rest of a batch
_BLOCK = 64  # batches
_BLOCK_BYTES = 2_000_000
_END = 2**31  # an index behind every event of a batch


class Place(msgspec.Struct, frozen=True, order=True):
    """Between two events: everything up to (`position`, `index`) lies on one side.

    Written `7` between batches, `7.3` beside event 3 of batch 7.
    """

    position: int
    index: int

    @classmethod
    def after(cls, text: str) -> "Place":
        """Behind batch 7, or behind event 3 of it."""
        position, _, index = text.partition(".")
        return cls(int(position), int(index) if index else _END)

    @classmethod
    def before(cls, text: str) -> "Place":
        """Before batch 7, or before event 3 of it."""
        position, _, index = text.partition(".")
        return cls(int(position), int(index) if index else 0)


class Found(msgspec.Struct, frozen=True):
    """`next` goes back in as `after` (walking up) or `before` (down); a string inside a batch.
    `complete`: the window holds nothing more behind `next`."""

    lines: Sequence[Line]
    next: int | str
    complete: bool = True


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The events strictly between two places, newest first if `down`."""

    low: Place
    high: Place
    down: bool

    def ends(self) -> tuple[int, int]:
        """The first and the last position that may hold events of it."""
        return (
            self.low.position + (self.low.index == _END),
            self.high.position - (self.high.index == 0),
        )

    def holds(self, line: Line) -> bool:
        return self.low < Place(line.item.position, line.item.index) < self.high


def window(after: str | None, before: str | None, head: int) -> Window:
    """Neither: the newest first. `after`: upwards from there, up to `before` if given."""
    top = Place(head + 1, 0)
    return Window(
        low=Place(0, _END) if after is None else Place.after(after),
        high=top if before is None else min(top, Place.before(before)),
        down=after is None,
    )


def scan(
    log: Log,
    catalog: Catalog,
    wanted: Wanted,
    limits: Window,
    limit: int,
    most: int = SCAN,
) -> Found:
    """Up to `limit` wanted events of the window, after looking at about `most`."""
    first, last = limits.ends()
    kept: list[Line] = []
    seen = 0
    for notification in batches(log, limits):
        batch = lines(notification, catalog)
        order = range(len(batch) - 1, -1, -1) if limits.down else range(len(batch))
        for index in order:
            line = batch[index]
            if not limits.holds(line) or not wanted.wants(line.item):
                continue
            kept.append(line)
            if len(kept) == limit:
                inside = index != order[-1]
                position = notification.id
                end = position == (first if limits.down else last)
                return Found(
                    kept, f"{position}.{index}" if inside else position, end and not inside
                )
        seen += len(batch)
        if seen >= most:
            end = notification.id == (first if limits.down else last)
            return Found(kept, notification.id, end)
    if limits.down:
        return Found(kept, min(first, limits.high.position))
    return Found(kept, max(last, limits.low.position))


def batches(log: Log, limits: Window) -> Iterator[Notification]:
    """All that may hold events of the window, in its direction."""
    return (_down if limits.down else _up)(log, *limits.ends())


def _up(log: Log, first: int, last: int) -> Iterator[Notification]:
    at = first - 1
    while at < last:
        page = log.read(at, min(_BLOCK, last - at), _BLOCK_BYTES)
        if not page:
            return
        for notification in page:
            if notification.id > last:
                return
            yield notification
        at = page[-1].id


def _down(log: Log, first: int, last: int) -> Iterator[Notification]:
    """Block by block from the top: the store reads upwards only."""
    while last >= first:
        bottom = max(first, last - _BLOCK + 1)
        yield from reversed(list(_up(log, bottom, last)))
        last = bottom - 1
