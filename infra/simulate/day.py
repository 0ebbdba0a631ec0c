"""One compound's messages, from a moment on: the whole behaviour put together. Pure and seeded."""

from collections.abc import Iterator
from datetime import datetime

from infra.simulate.agenda import Timed, natural, steady
from infra.simulate.bins import Deposits
from infra.simulate.comings import Comings
from infra.simulate.compound import Compound
from infra.simulate.garden import Garden
from infra.simulate.rounds import rounds
from infra.simulate.sights import Sights
from infra.simulate.traffic import Traffic
from infra.simulate.world import World, at_hour, local, working_day

LOAD_HOUR = 7  # a load run begins in the morning peak: the mix has something of everything


def messages(
    compound: Compound,
    start: datetime,
    *,
    until: datetime | None = None,
    rate: float | None = None,
    speed: float = 1.0,
    hour: int | None = None,
) -> Iterator[Timed]:
    """Messages in time order, the same bytes for the same compound, start and pace.

    Without `rate` the day runs as the clock says, `speed` times as fast; with `hour` the
    residents live as if it was that hour of a working day at the start. With `rate` exactly
    that many a second are sent and the day runs as fast as that needs. The time inside a
    payload is always the time of sending. Endless unless `until` is given.
    """
    begin = local(start)
    if hour is None and rate is not None:
        hour = LOAD_HOUR
    virtual = begin if hour is None else working_day(at_hour(begin, hour))
    pace = natural(begin, speed, virtual) if rate is None else steady(begin, rate)
    world = World(compound, begin, virtual)
    sights = Sights(world)
    traffic = Traffic(world, sights)
    deposits = Deposits(world)
    comings = Comings(world, traffic, deposits)
    for part in (deposits, sights, traffic, comings, Garden(world)):
        for process in part.processes():
            world.agenda.start(process)
    for process in rounds(world, deposits):
        world.agenda.start(process)
    return world.agenda.run(pace, until)
