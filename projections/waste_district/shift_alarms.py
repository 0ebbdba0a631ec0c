"""Alarms while a shift is still under way, with time left to act.

Raised by what vehicles say as it happens, and by two timers of each route: has the vehicle been
heard of, and will it be done in time. Timers are only armed for vehicles that spoke live, each for
the next of its routes' moments; what comes due is judged by the register of then. A hub that was
off says late that they came due, and then they are news no more (I9).
"""

from collections.abc import Collection, Iterator, Sequence

from core.event import Recorded
from core.events.timer import Fired
from core.moment import millis
from projections.alarms.due import due as as_due
from projections.alarms.fold import clear, trigger
from projections.alarms.life import text_of
from projections.alarms.row import TIMER, Timer
from projections.days import DAY_MS, day_of
from projections.instant import STALE
from projections.view import Rows
from projections.waste_district.lifts.gather import haul_key, of_haul
from projections.waste_district.lifts.hauled import Hauled, vehicle_known_as
from projections.waste_district.lifts.shifts import BEHIND_MS, SILENT_MS, begins_ms, over_ms
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.trips import Trip

MISSED, SILENT = "haul.bin.missed", "haul.route.silent"
BEHIND, MIXED = "haul.route.behind", "haul.load.mixed"
_AHEAD_DAYS = 8  # a route is driven every week, or it is not waited for
_STALE_MS = round(STALE.total_seconds() * 1000)


def settled(
    rows: Rows,
    item: Recorded,
    before: Haul | None,
    now: Haul,
    driven: Sequence[tuple[Trip | None, Trip]],
    lifted: Collection[str],
) -> None:
    """What is news in a haul that was settled because of `item`. `driven`: trips as they were and
    as they are; `lifted`: bins of the lifts that are news, whosever they are. What was found to be
    lifted by a file that came late ended nothing then, so all that is done is looked at."""
    was, left = _passed(before), _passed(now)
    done = {key for route in now.routes for key in route.done}
    for key in sorted({*(was | done) - left, *lifted} - {""}):
        clear(rows, item, MISSED, f"bin/{key}")
    under_way = {
        one.bin for route in now.routes if item.moment.ms <= over_ms(route) for one in route.missed
    }
    for key in sorted((left - was) & under_way):
        trigger(rows, item, MISSED, f"bin/{key}")
    for route in now.routes:
        if begins_ms(route) <= item.moment.ms:
            clear(rows, item, SILENT, f"route/{route.route}")
        if not route.missed:
            clear(rows, item, BEHIND, f"route/{route.route}")
    for old, new in driven:
        if new.mixed and not (old and old.mixed):
            trigger(rows, item, MIXED, f"vehicle/{new.vehicle}")


def _passed(haul: Haul | None) -> set[str]:
    routes = haul.routes if haul else ()
    return {one.bin for route in routes for one in route.missed if one.passed_ms}


def watch(rows: Rows, item: Recorded, haul: str) -> None:
    """The vehicle speaks: from now on its silence says something."""
    name, day = of_haul(haul)
    register = Register(rows)
    vehicle = vehicle_known_as(name, day, register)
    armed = rows.get(TIMER, _timer(vehicle), Timer)
    if armed is None or armed.due <= item.moment.at:
        _arm(rows, register, vehicle, item.moment.ms, item.event.id)


def fired(rows: Rows, item: Recorded, data: Fired) -> None:
    """Only what is armed with that very due."""
    armed = rows.get(TIMER, data.timer, Timer)
    if armed is None or armed.name != "shift" or armed.due != data.due:
        return
    rows.drop(TIMER, data.timer)
    due_ms = millis(armed.due)
    register = Register(rows)
    if millis(item.event.recordedtime) - due_ms <= _STALE_MS:
        _judge(rows, register, as_due(item, armed), armed.about, due_ms)
    _arm(rows, register, armed.about, due_ms, armed.cause)


def _judge(rows: Rows, register: Register, item: Recorded, vehicle: str, due_ms: int) -> None:
    hauled = Hauled(rows, register)
    for day, plan in _plans(register, vehicle, due_ms):
        subject = f"route/{plan.route}"
        heard = max((one.last_ms for one in hauled.hauls(vehicle, day)), default=0)
        if plan.start_ms + SILENT_MS == due_ms:
            clear(rows, item, BEHIND, subject)  # of the shift before
            if heard < begins_ms(plan):
                trigger(rows, item, SILENT, subject)
        if plan.end_ms - BEHIND_MS == due_ms and heard >= begins_ms(plan):
            haul = rows.get("haul", haul_key(vehicle, day), Haul)
            routes = haul.routes if haul else ()
            if any(one.missed for one in routes if one.route == plan.route):
                trigger(rows, item, BEHIND, subject)


def _arm(rows: Rows, register: Register, vehicle: str, after_ms: int, cause: str) -> None:
    due_ms = _next(register, vehicle, after_ms)
    if due_ms:
        timer = Timer(name="shift", about=vehicle, due=text_of(due_ms), cause=cause)
        rows.put(TIMER, _timer(vehicle), timer)


def _timer(vehicle: str) -> str:
    return f"shift:{vehicle}"


def _next(register: Register, vehicle: str, after_ms: int) -> int:
    """The next moment at which one of its routes is looked at; 0: none soon."""
    moments = (
        moment
        for _, plan in _plans(register, vehicle, after_ms, _AHEAD_DAYS)
        for moment in (plan.start_ms + SILENT_MS, plan.end_ms - BEHIND_MS)
    )
    return min((one for one in moments if one > after_ms), default=0)


def _plans(
    register: Register, vehicle: str, ms: int, ahead: int = 0
) -> Iterator[tuple[str, Planned]]:
    """From the day before, whose shift may go over midnight."""
    for days in range(-1, ahead + 1):
        day = day_of(ms + days * DAY_MS)
        for plan in register.routes(vehicle, day):
            yield day, plan
