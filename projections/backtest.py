"""What another rule set would have made of what happened: both are folded over the same range of
the log, and the alarms held against each other. Nothing is written, nothing is asked but the log.

The range begins where the views stood; people's acts are those that were done, as far as there is
the alarm they were done to. Timers of the other course come due by its own rows: what the hub said
of its timers then belongs to the rules of then.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.catalog import Catalog
from core.clock import rfc3339
from core.event import Event, Recorded, source_of
from core.events.alarm import RulesAdopted
from core.events.timer import Fired
from core.moment import moment_of
from core.ownjournal import GATEWAY
from core.store.port import Log
from projections.alarms.row import CLOSED, KIND, TIMER, Alarm, Timer
from projections.follower import Touched
from projections.past import Nearest, stood, wanted_of
from projections.safe_community.rows.gateways import Gateway
from projections.sieve import sifted
from projections.state import CompoundRows, ViewState
from projections.view import View

_BATCHES, _BYTES = 256, 500_000  # of one read
_COMPARED = (
    "priority", "raised", "late", "active", "cleared", "cleared_by", "escalations", "intervals",
    "interval_count", "causes", "acknowledged", "shelved_until", "reopened", "gb_method", "gb_type",
)  # fmt: skip

Replace = Callable[[CompoundRows], None]  # puts the other rules in the place of those in force


class Range(msgspec.Struct, frozen=True):
    """Batches behind `after` up to `upto`, which the hub had received by `until`."""

    after: int
    upto: int
    until: datetime


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`was` and `would`: the alarm as it is and as it would be; of what changes, only that."""

    view: str
    compound: str
    alarm: str
    kind: str
    subject: str
    what: Literal["appears", "disappears", "changes"]
    was: Mapping[str, Any] = {}
    would: Mapping[str, Any] = {}


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """`was` and `would`: how many alarms moved at all in the range, under either set."""

    was: int
    would: int
    differences: tuple[Difference, ...]


def compare(
    log: Log,
    view: View,
    compound: str,
    within: Range,
    catalog: Catalog,
    replace: Replace,
    nearest: Nearest,
    told: Callable[[int], None] = lambda _position: None,
) -> Comparison:
    """`told`: the position read so far, for who waits."""
    trial = Trial(log, view, compound, within.after, catalog, replace, nearest)
    sieve = wanted_of(view, compound, catalog)
    position = within.after
    while position < within.upto and (page := log.read(position, _BATCHES, _BYTES)):
        for notification in page:
            if notification.id > within.upto:
                break
            found = sifted(notification, catalog, sieve)
            trial.fold([one for one in found if isinstance(one, Recorded)])
        position = min(page[-1].id, within.upto)
        trial.due(position)
        told(position)
    return trial.ended(within)


class Trial:
    """Both courses of one compound, or of the district, for who reads the range anyway."""

    def __init__(
        self,
        log: Log,
        view: View,
        compound: str,
        after: int,
        catalog: Catalog,
        replace: Replace,
        nearest: Nearest,
    ) -> None:
        was, would = (stood(log, view, compound, after, catalog, nearest) for _ in range(2))
        self.compound = compound
        self._log, self._view = log, view
        self._was, self._would = _Course(was, driven=False), _Course(would, driven=True)
        replace(self._would.rows)

    def fold(self, items: Sequence[Recorded]) -> None:
        """In the order of the log; what the rows do not come of is passed over."""
        scope = self._view.scope
        mine = [one for one in items if scope(one.compound) == self.compound]
        self._was.fold(mine)
        self._would.fold(mine)

    def due(self, position: int) -> None:
        """The log was read up to there, and it was then as late as when the hub had it."""
        received = self._log.received_at(position)
        if received is not None:
            self._would.due(rfc3339(received), position)

    def ended(self, within: Range) -> Comparison:
        for course in (self._was, self._would):
            course.due(rfc3339(within.until), within.upto)
        return _held(self._view.name, self.compound, self._was.alarms, self._would.alarms)


class _Course:
    """One way things went: rows, and every alarm as it stood last. `driven`: its timers are fired
    here, and not by what the log says of them."""

    def __init__(self, state: ViewState, *, driven: bool) -> None:
        (self.rows,) = state.compounds.values()
        self.alarms: dict[str, Alarm] = {}
        self._state = state
        self.driven = driven
        self._heap: list[tuple[str, str]] = []  # due, key
        self._fired = 0
        for key in self.rows.keys(TIMER):
            self._arm(key)

    def fold(self, items: Sequence[Recorded]) -> None:
        if self.driven:
            items = [one for one in items if not isinstance(one.event.data, Fired | RulesAdopted)]
        self._take(items)

    def due(self, now: str, position: int) -> None:
        """Fire what is due by then, each only on its evidence, as the hub does."""
        waiting: list[tuple[str, str]] = []
        while self._heap and self._heap[0][0] <= now:
            due, key = heapq.heappop(self._heap)
            timer = self.rows.get(TIMER, key, Timer)
            if timer is None or timer.due != due:
                continue
            if all(self._seen(gateway) >= due for gateway in timer.gateways):
                self._take([self._firing(key, due, now, position)])
            else:
                waiting.append((due, key))
        for one in waiting:
            heapq.heappush(self._heap, one)

    def _take(self, items: Sequence[Recorded]) -> None:
        touched: Touched = {}
        self._state.fold(items, touched)
        self._note(touched)

    def _note(self, touched: Iterable[tuple[str, str, str]]) -> None:
        for _compound, kind, key in touched:
            if kind == TIMER:
                self._arm(key)
            elif kind in (KIND, CLOSED):
                row = self.rows.get(kind, key, Alarm)
                if row is not None:
                    self.alarms[row.id] = row

    def _arm(self, key: str) -> None:
        timer = self.rows.get(TIMER, key, Timer)
        if timer is not None:
            heapq.heappush(self._heap, (timer.due, key))

    def _seen(self, gateway: str) -> str:
        row = self.rows.get("gateway", gateway, Gateway)
        return row.seen if row is not None else ""

    def _firing(self, key: str, due: str, now: str, position: int) -> Recorded:
        self._fired += 1
        view, compound = self._state.view.name, self.rows.compound
        event = Event(
            id=f"timer:{self._fired}",
            source=source_of(compound, GATEWAY, "timers"),
            type=Fired.TYPE,
            subject="timer/due",
            time=due,
            recordedtime=now,
            timequality="gateway",
            data=Fired(view=view, timer=key, due=due),
        )
        moment = moment_of(event.time, event.recordedtime, event.timequality)
        return Recorded(event, position, 0, GATEWAY, 0, compound, GATEWAY, "timers", moment)


def _held(
    view: str, compound: str, was: Mapping[str, Alarm], would: Mapping[str, Alarm]
) -> Comparison:
    found: list[Difference] = []
    for name in sorted(was.keys() | would.keys(), key=lambda one: _raised(was, would, one)):
        before, after = was.get(name), would.get(name)
        one = before or after
        assert one is not None
        old, new = _shown(before), _shown(after)
        if before is not None and after is not None:
            changed = [field for field in _COMPARED if old[field] != new[field]]
            if not changed:
                continue
            old = {field: old[field] for field in changed}
            new = {field: new[field] for field in changed}
        found.append(
            Difference(
                view=view,
                compound=compound,
                alarm=name,
                kind=one.kind,
                subject=one.subject,
                what="appears" if before is None else "disappears" if after is None else "changes",
                was=old,
                would=new,
            )
        )
    return Comparison(was=len(was), would=len(would), differences=tuple(found))


def _raised(was: Mapping[str, Alarm], would: Mapping[str, Alarm], id: str) -> tuple[str, str]:
    return (was.get(id) or would[id]).raised, id


def _shown(alarm: Alarm | None) -> dict[str, Any]:
    if alarm is None:
        return {}
    return {name: msgspec.to_builtins(getattr(alarm, name)) for name in _COMPARED}
