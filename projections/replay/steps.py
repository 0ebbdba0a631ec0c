"""A range of the log event by event, each with the rows it changed: for who steps through it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from eventsourcing.persistence import Notification

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import EventStore
from projections.pages import opened
from projections.past import Nearest
from projections.replay.scratch import Change, Scratch
from projections.replay.told import told
from projections.sieve import Sieve
from projections.view import Kinds, Row, View
from projections.web.lines import Line, lines, shown
from projections.web.scan import Place, Window, batches
from projections.web.selection import Wanted

LOOKED = 20_000  # events looked at for one answer, give or take the rest of a batch


class Step(msgspec.Struct, frozen=True):
    """An event, and what it made of the rows; nothing, where this version cannot read it."""

    line: Line
    changes: Sequence[Change]

    @property
    def place(self) -> str:
        return f"{self.line.item.position}.{self.line.item.index}"

    def told(self) -> dict[str, Any]:
        """As machines are told it: the event as /api/v1/events has it."""
        return {"event": shown(self.line), "changes": [told(one) for one in self.changes]}


class Steps(msgspec.Struct, frozen=True):
    """`begun`: view → its rows before the first step. `next` goes back in as the window's low
    end; `complete`: there is nothing more behind it."""

    begun: Mapping[str, Kinds]
    steps: Sequence[Step]
    next: int | str
    complete: bool


def steps(
    log: EventStore,
    catalog: Catalog,
    scopes: Sequence[tuple[View, str]],
    nearest: Callable[[View], Nearest],
    limits: Window,
    wanted: Wanted,
    limit: int,
    most: int = LOOKED,
) -> Steps:
    """Up to `limit` wanted events of an upward window. Rows come of all events, wanted or not."""
    first, last = limits.ends()
    scratch = Scratch(log, scopes, first - 1, catalog, nearest)
    found: list[Step] = []
    begun: dict[str, Kinds] = {}
    seen = 0
    for notification in batches(log, limits):
        batch = _spoken(notification, catalog, scratch.sieve)
        for line in batch:
            if not limits.holds(line):
                if Place(line.item.position, line.item.index) > limits.low:
                    break
                _folded(scratch, line, last=line is batch[-1])
                continue
            begun = begun or _rows(scratch)
            changes = _folded(scratch, line, last=line is batch[-1])
            if not _of(scratch, line.item) or not wanted.wants(line.item):
                continue
            found.append(Step(line, changes))
            if len(found) == limit:
                over = notification.id == last and line is batch[-1]
                at = notification.id if line is batch[-1] else found[-1].place
                return Steps(begun, found, at, over)
        seen += len(batch)
        if seen >= most:
            return Steps(begun or _rows(scratch), found, notification.id, notification.id == last)
    return Steps(begun or _rows(scratch), found, max(last, limits.low.position), complete=True)


def _spoken(notification: Notification, catalog: Catalog, sieve: Sieve) -> Sequence[Line]:
    batch = opened(notification)
    if batch.readable and not sieve.may_hold(batch.lines()):
        return ()
    return lines(notification, catalog)


def _folded(scratch: Scratch, line: Line, *, last: bool) -> list[Change]:
    return scratch.fold([] if line.unread else [line.item], last=last)


def _of(scratch: Scratch, item: Recorded) -> bool:
    return any(view.scope(item.compound) == scope for view, scope in scratch.scopes)


def _rows(scratch: Scratch) -> dict[str, Kinds]:
    return {view.name: scratch.rows(view, scope) for view, scope in scratch.scopes}


def walked(
    rows: Mapping[str, Kinds], made: Sequence[Step], *, back: bool = False
) -> dict[str, Kinds]:
    """View → its rows after these steps, given those before them; or the other way round. No step
    may be left out between them."""
    now = dict(rows)
    for step in reversed(made) if back else made:
        for change in step.changes:
            row = change.before if back else change.after
            now[change.view] = _with(now[change.view], change.kind, change.key, row)
    return now


def _with(rows: Kinds, kind: str, key: str, row: Row | None) -> Kinds:
    found = {name: one for name, one in rows.get(kind, {}).items() if name != key}
    if row is not None:
        found[key] = row
    others = {name: one for name, one in rows.items() if name != kind}
    return {**others, kind: found} if found else others
