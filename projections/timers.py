"""The hub's clock, told to views that have none: a row of kind "timer" comes due, and that is an
event, once.

It is only said once the views have read everything that stood in the log as it came due, and once
the gateways it is about were heard at or after that moment: what was on its way may say otherwise.
"""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime

from core.clock import Clock, parse_rfc3339, rfc3339
from core.event import Event, source_of
from core.events.timer import Fired
from core.ownjournal import GATEWAY
from projections.alarms.row import TIMER, Timer
from projections.changes import Changes, Name
from projections.runner import Runner
from projections.safe_community.rows.gateways import Gateway

DEVICE = "timers"  # the device part of the sources of these events
SOON = 0.05  # seconds until another look, while the views read on
LOOK = 1.0  # ... while nothing is due: a wall clock may be set
_AT_ONCE = 1000  # events of one append


class Timers:
    """Owns which timers are armed. One thread at a time.

    Dying after the append is safe: nothing is armed before the views have read it. Dying before
    it, or an append that fails: the row still stands, and it is said again later, under the same
    id and for the same second.
    """

    def __init__(
        self,
        runner: Runner,
        head: Callable[[], int],
        append: Callable[[Sequence[Event]], int],
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._head = head
        self._append = append
        self._clock = clock
        self._changes = Changes(runner, head, TIMER)
        self._armed: dict[Name, Timer] = {}
        self._heap: list[tuple[datetime, Name]] = []
        self._ripe: dict[Name, tuple[str, int]] = {}  # due, and the log's head as it came due
        self._said: dict[Name, str] = {}  # due; until the views have read it

    def tick(self) -> float:
        """Say what is due; seconds until another look. Blocks for one fsync when something is.
        DiskFull, Unavailable: ask again later."""
        self._learn()
        now = self._clock.now()
        self._ripen(now)
        ready = self._ready()
        if ready:
            self._append([_event(name, timer, now) for name, timer in ready])
            for name, timer in ready:
                self._said[name] = timer.due
                del self._ripe[name], self._armed[name]
        return self._pause(now)

    def _learn(self) -> None:
        found = self._changes.take()
        if self._changes.anew:
            for kept in (self._armed, self._heap, self._ripe, self._said):
                kept.clear()
        for name, row in found:
            if not isinstance(row, Timer):
                self._armed.pop(name, None)
                self._said.pop(name, None)
            elif self._said.get(name) != row.due:
                self._said.pop(name, None)
                before = self._armed.get(name)
                self._armed[name] = row
                if before is None or before.due != row.due:
                    heapq.heappush(self._heap, (parse_rfc3339(row.due), name))

    def _ripen(self, now: datetime) -> None:
        head = -1
        while self._heap and self._heap[0][0] <= now:
            _due, name = heapq.heappop(self._heap)
            timer = self._armed.get(name)
            if timer is None or parse_rfc3339(timer.due) > now:
                continue  # dropped, or armed anew for later, which stands in the heap as well
            head = self._head() if head < 0 else head
            if self._ripe.get(name, ("",))[0] != timer.due:
                self._ripe[name] = (timer.due, head)

    def _ready(self) -> list[tuple[Name, Timer]]:
        found: list[tuple[Name, Timer]] = []
        at, failed = self._runner.position(), self._runner.failures
        seen: dict[str, dict[str, str]] = {}
        for name, (due, head) in list(self._ripe.items()):
            timer = self._armed.get(name)
            if timer is None or timer.due != due:
                del self._ripe[name]
                continue
            if at < head or name.view in failed or len(found) >= _AT_ONCE:
                continue
            if timer.gateways and name.compound not in seen:
                seen[name.compound] = self._heard(name.compound)
            if all(seen[name.compound].get(one, "") >= due for one in timer.gateways):
                found.append((name, timer))
        return found

    def _heard(self, compound: str) -> dict[str, str]:
        """Gateway → its own time of the last thing it said."""
        return {
            row.gateway: row.seen
            for view in self._runner.views
            for row in self._runner.rows(view, compound)[1].get("gateway", {}).values()
            if isinstance(row, Gateway)
        }

    def _pause(self, now: datetime) -> float:
        at = self._runner.position()
        if any(head > at for _due, head in self._ripe.values()):
            return SOON
        if not self._heap:
            return LOOK
        return min(LOOK, max(0.0, (self._heap[0][0] - now).total_seconds()))


def _event(name: Name, timer: Timer, now: datetime) -> Event:
    """Its id says which timer, and for when: the same one has the same for ever."""
    return Event(
        id=f"timer:{name.digest(timer.due)}",
        source=source_of(name.compound, GATEWAY, DEVICE),
        type=Fired.TYPE,
        subject=f"timer/{timer.name}",
        time=timer.due,
        recordedtime=rfc3339(now),
        timequality="gateway",
        correlationid=timer.about,
        causationid=timer.cause,
        data=Fired(view=name.view, timer=name.key, due=timer.due),
    )
