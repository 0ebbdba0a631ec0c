"""Events → waste-sorting rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Mapping

from core.event import Data, Recorded
from core.events import register, vehicle, waste
from projections.alarms import fold as alarms
from projections.alarms.rules import WASTE
from projections.instant import follow_clock
from projections.view import Rows, Run
from projections.waste_district import deeds
from projections.waste_sorting import bins, collection, level, points, states

DEEDS = 8000  # days of points that are kept, newest first

_Step = Callable[[Rows, Recorded], None]


def fold(rows: Rows, run: Run) -> None:
    done: list[Recorded] = []
    for item in run:
        data = item.event.data
        kind = type(data)
        alarms.see(rows, item, WASTE)
        step = _STEPS.get(kind)
        if step is not None:
            step(rows, item)
            if kind in deeds.TYPES:
                done.append(item)
        if not data.BULK:
            follow_clock(rows, item)
    if done:
        deeds.enter_by_subject(rows, done, DEEDS)


_STEPS: Mapping[type[Data], _Step] = {
    register.BinEntered: bins.entered,
    register.EntryEnded: bins.ended,
    waste.BinScrapped: bins.ended,
    waste.BinProfiled: bins.profiled,
    waste.TagAssigned: bins.assigned,
    waste.BinIdentified: bins.identified,
    waste.LevelMeasured: level.measured,
    **dict.fromkeys(
        (waste.Overflowed, waste.Cleared, waste.SmokeDetected, waste.LidOpened, waste.LidClosed),
        states.state,
    ),
    waste.BinCollected: collection.collected,
    waste.DepositRecorded: points.deposited,
    waste.DepositViolated: points.violated,
    waste.InspectionRecorded: points.inspected,
    waste.LoadWeighed: collection.weighed,
    vehicle.Positioned: collection.positioned,
}
