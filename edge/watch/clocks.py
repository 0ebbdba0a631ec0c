"""Clocks that stand still: a device that speaks, and its own time does not move.

Known by three messages over a minute of the gateway's time that all tell the same moment. Silence
is another fault (edge.watch.presence), and so is a clock that runs and is wrong (edge.skew).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.event import Data
from core.events.device import ClockRuns, ClockStopped
from edge.watch.agenda import Agenda
from edge.watch.fact import Fact, Said
from edge.watch.machine import Fire, See

_MESSAGES = 3
_OVER = timedelta(seconds=60)
_DEVICES = 10_000


class Stuck(msgspec.Struct, array_like=True, gc=False):
    """The moment a device told last, since when, in how many messages."""

    told: datetime
    since: datetime
    messages: int
    message: int
    last: datetime
    stopped: bool = False


class Clocks:
    """Owns what each device told last. Of that a restart keeps only what was told twice."""

    sees: Mapping[type[Data], See] = {}
    fires: Mapping[str, Fire] = {}

    def __init__(self, agenda: Agenda, kept: Mapping[str, Stuck]) -> None:
        self._agenda = agenda
        self.devices = dict(kept)
        self.touched: set[str] = set()

    def kept_of(self, *, everybody: bool) -> dict[str, Stuck]:
        """Of those touched, or of all."""
        names = self.devices if everybody else self.touched
        found = {name: self.devices.get(name) for name in names}
        return {name: one for name, one in found.items() if one is not None and one.messages > 1}

    def recall(self, other: "Clocks") -> None:
        """What a restart forgets, of an instance that is given up."""
        for name, one in other.devices.items():
            if not one.stopped:
                self.devices.setdefault(name, one)

    def shift(self, by: timedelta) -> None:
        for one in self.devices.values():
            one.since += by
            one.last += by

    def fact(self, fact: Fact) -> Sequence[Said]:
        known = self.devices.get(fact.device)
        if known is None:
            if len(self.devices) >= _DEVICES:
                oldest = next(iter(self.devices))
                del self.devices[oldest]
                self.touched.add(oldest)
            self.devices[fact.device] = Stuck(fact.at, fact.now, 1, fact.message, fact.now)
            return ()
        if known.told != fact.at:
            stopped, suspected = known.stopped, known.messages > 1
            known.told, known.since, known.messages = fact.at, fact.now, 1
            known.message, known.last, known.stopped = fact.message, fact.now, False
            if suspected:
                self._agenda.changed = True
                self.touched.add(fact.device)
            return (_said(ClockRuns(), fact),) if stopped else ()
        return self._same(known, fact)

    def _same(self, known: Stuck, fact: Fact) -> Sequence[Said]:
        if known.stopped or (known.message == fact.message and known.last == fact.now):
            return ()
        known.messages += 1
        known.message, known.last = fact.message, fact.now
        self._agenda.changed = True
        self.touched.add(fact.device)
        if known.messages < _MESSAGES or fact.now - known.since < _OVER:
            return ()
        known.stopped = True
        return (_said(ClockStopped(told=rfc3339(fact.at), since=rfc3339(known.since)), fact),)


def _said(data: Data, fact: Fact) -> Said:
    return Said(
        data=data,
        subject=f"device/{fact.device}",
        device=fact.device,
        at=fact.now,
        causationid=fact.id,
    )
