"""Events → waste-sorting rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Mapping

from core.event import Data, Recorded
from core.events import register, vehicle, waste
from projections.alarms import fold as alarms
from projections.alarms.rules import WASTE
from projections.instant import follow_clock
from projections.view import Rows, Run
from projections.waste_sorting import bins, collection, deeds, level, points, states, tares, tonnage

DEEDS = 8000  # days of points that are kept, newest first

_Step = Callable[[Rows, Recorded], None]
_Summed = Callable[[Rows, Recorded, tonnage.Sum], None]


def fold(rows: Rows, run: Run) -> None:
    levels: level.Levels | None = None
    sums: _Sums | None = None
    for item in run:
        data = item.event.data
        kind = type(data)
        alarms.see(rows, item, WASTE)
        if kind is waste.LevelMeasured:
            if levels is None:
                levels = level.Levels(rows)
            levels.hear(item)
            continue  # nothing else is made of it, and it stands in the bulk lane
        if (step := _STEPS.get(kind)) is not None:
            step(rows, item)
        if kind in _ADDED:
            if sums is None:
                sums = _Sums(rows)
            sums.take(item)
        if not data.BULK:
            follow_clock(rows, item)
    if levels is not None:
        levels.put()
    if sums is not None:
        sums.put()


class _Sums:
    """Of one run: what is put once for all of it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._tonnage, self._deposits = tonnage.Sum(), points.Deposits()
        self._done: list[Recorded] = []

    def take(self, item: Recorded) -> None:
        kind = type(item.event.data)
        if kind is waste.DepositRecorded:
            self._deposits.add(item, self._tonnage)
        elif (step := _SUMMED.get(kind)) is not None:
            step(self._rows, item, self._tonnage)
        if kind in deeds.TYPES:
            self._done.append(item)

    def put(self) -> None:
        self._deposits.put(self._rows)
        self._tonnage.put(self._rows)
        deeds.enter_by_subject(self._rows, self._done, DEEDS)


_STEPS: Mapping[type[Data], _Step] = {
    register.BinEntered: bins.entered,
    register.EntryEnded: bins.ended,
    waste.BinScrapped: bins.ended,
    waste.BinProfiled: bins.profiled,
    waste.TagAssigned: bins.assigned,
    waste.BinIdentified: bins.identified,
    **dict.fromkeys(
        (waste.Overflowed, waste.Cleared, waste.SmokeDetected, waste.LidOpened, waste.LidClosed),
        states.state,
    ),
    waste.InspectionRecorded: points.inspected,
    vehicle.Positioned: collection.positioned,
}
_SUMMED: Mapping[type[Data], _Summed] = {
    waste.BinCollected: collection.collected,
    waste.BinTared: tares.tared,
    waste.DepositViolated: points.violated,
    waste.LoadWeighed: collection.weighed,
}
_ADDED = frozenset[type[Data]]((*_SUMMED, *deeds.TYPES))
