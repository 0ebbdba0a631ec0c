"""What a timer concludes stands at the second that was due, whenever it was written (I5)."""

import msgspec

from core.event import Origin, Recorded
from core.moment import moment_of
from projections.alarms.row import Timer

_replace = msgspec.structs.replace


def due(item: Recorded, armed: Timer) -> Recorded:
    """timer.fired as what it concludes, caused by what the timer waited on."""
    return stands(item, armed.due, armed.cause, armed.due)


def stands(item: Recorded, at: str, id: str, recorded: str, origin: Origin = "live") -> Recorded:
    event = _replace(
        item.event, id=id, time=at, timequality="gateway", recordedtime=recorded, origin=origin
    )
    return _replace(item, event=event, moment=moment_of(at, at, "gateway"))
