"""What came late about a moment of the past, and what it made of the screen shown then."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from core.clock import rfc3339
from core.event import Recorded
from projections.hindsight import Past, came_late
from projections.replay.told import nameless
from projections.view import Kinds, Row, View
from projections.web.asof import digest
from projections.web.desk import Desk

_ROWS = 1000  # listed at most


class LateEvent(msgspec.Struct, frozen=True, rename="camel"):
    """`occurred`: when it happened, as screens show it; `late_s`: how long after it the hub
    received it."""

    id: str
    type: str
    source: str
    subject: str
    occurred: str
    recorded: str
    received: str | None
    late_s: float | None
    position: int
    index: int


class Change(msgspec.Struct, frozen=True):
    """`before`, `after`: what the row shows, by the view's lists; empty where there is none."""

    kind: str
    key: str
    change: str
    before: dict[str, list[Any]]
    after: dict[str, list[Any]]


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`complete`: nothing is left out of the lists. `lists`: those of the view that differ."""

    hash_then: str
    hash_now: str
    events: list[LateEvent]
    lists: list[str]
    rows: list[Change]
    complete: bool

    @property
    def equal(self) -> bool:
        return self.hash_then == self.hash_now


def difference(desk: Desk, view: View, compound: str, past: Past, most: int) -> Difference:
    """Folds twice and reads what came late: let it take turns. `most`: events listed."""
    follower = desk.runner.view(view.name)
    then = follower.as_known(compound, past.then(), desk.late)
    now = follower.as_known(compound, past, desk.late)
    shown, shows = view.present(then), view.present(now)
    late = came_late(desk.log, view, compound, past, desk.late, desk.catalog)
    found = list(islice(late, most + 1))
    changes = list(islice(_changes(view, then, now), _ROWS + 1))
    return Difference(
        hash_then=digest(shown),
        hash_now=digest(shows),
        events=[_told(desk, one) for one in found[:most]],
        lists=[name for name in shown if shown[name] != shows[name]],
        rows=changes[:_ROWS],
        complete=len(found) <= most and len(changes) <= _ROWS,
    )


def _told(desk: Desk, one: Recorded) -> LateEvent:
    received = desk.log.received_at(one.position)
    return LateEvent(
        one.event.id,
        one.event.type,
        one.event.source,
        one.event.subject,
        one.moment.at,
        one.event.recordedtime,
        rfc3339(received) if received else None,
        _seconds(received, one.moment.ms) if received else None,
        one.position,
        one.index,
    )


def _seconds(received: datetime, ms: int) -> float:
    return round(received.timestamp() - ms / 1000, 3)


def _changes(view: View, then: Kinds, now: Kinds) -> Iterator[Change]:
    """Of rows that show something."""
    nothing = view.present({})
    for kind in sorted({*then, *now}):
        before, after = then.get(kind, {}), now.get(kind, {})
        for key in sorted({*before, *after}):
            if before.get(key) == after.get(key):
                continue
            was = _shown(view, kind, key, before.get(key), nothing)
            now_is = _shown(view, kind, key, after.get(key), nothing)
            if was == now_is:
                continue
            change = "added" if key not in before else "removed" if key not in after else "changed"
            yield Change(
                kind,
                nameless(key.encode()).decode(),
                change,
                _without(was, now_is),
                _without(now_is, was),
            )


def _shown(
    view: View, kind: str, key: str, row: Row | None, nothing: dict[str, Any]
) -> dict[str, list[Any]]:
    if row is None:
        return {}
    made = view.present({kind: {key: row}})
    return {
        name: [*found] if isinstance(found, list | tuple) else [found]
        for name, found in made.items()
        if found != nothing[name]
    }


def _without(found: dict[str, list[Any]], other: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Of long lists, what the other does not hold."""
    rest = {
        name: [one for one in listed if one not in other.get(name, ())]
        for name, listed in found.items()
    }
    return {name: listed for name, listed in rest.items() if listed}
