"""What a vehicle had on it, from the first lift to the ticket it left the load with.

Each day is told with only its neighbours at hand, and still every lift and every ticket must end in
one load, alike whichever of the days is told. So what may have been begun the day before yesterday
ends at midnight (`_going_on`), and nobody looks back further than to yesterday.
"""

from collections.abc import Mapping, Sequence

from projections.days import day_of, start_of
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.tickets import NOBODY
from projections.waste_district.rows.tickets import Ticket

PAUSE_MS = EVIDENCE.load.pause_s * 1000
_OVERNIGHT_MS = EVIDENCE.load.overnight_s * 1000


class Load:
    """One that is being put together."""

    def __init__(self, *, taken: Ticket | None = None) -> None:
        self.taken = taken  # the ticket it left a transfer station with
        self.ticket: Ticket | None = None
        self.refused: list[Ticket] = []
        self.lifts: list[Resolved] = []  # with those that were told twice, or refused
        self.first: Resolved | None = None
        self.last_ms = 0  # of the last lift, or when it left the station
        self.over = False  # something came after it
        self.before: Load | None = None  # that day's load of which no ticket is known

    @property
    def begun_ms(self) -> int:
        if self.first is not None:
            return self.first.lift.ms
        ticket = self.taken or self.ticket or self.refused[0]
        return ticket.ms

    @property
    def mass_g(self) -> int:
        return sum(one.net_g for one in self.lifts)

    def join(self, earlier: "Load") -> None:
        self.first = earlier.first
        self.lifts[:0] = earlier.lifts


def loads(
    vehicle: str,
    resolved_by_day: Mapping[str, Sequence[Resolved]],
    tickets: Sequence[Ticket],
) -> list[Load]:
    """In order of time. A load that was refused is still on the vehicle: it goes on to the
    ticket of who takes it."""
    round_ = _Round(alone=vehicle == NOBODY)
    lifts = [one for day in sorted(resolved_by_day) for one in resolved_by_day[day]]
    at = 0
    for one in lifts:
        while at < len(tickets) and tickets[at].ms <= one.lift.ms:
            round_.weigh(tickets[at])
            at += 1
        round_.lift(one)
    for ticket in tickets[at:]:
        round_.weigh(ticket)
    return round_.loads


class _Round:
    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._now: Load | None = None
        self._day = ""  # of the last lift
        self._early_ms = 0  # that day's first lift, where it may go on with the day before; or 0
        self.loads: list[Load] = []

    def lift(self, one: Resolved) -> None:
        ms = one.lift.ms
        now = self._going_on(ms, PAUSE_MS)
        if not one.counted:
            if now is not None:
                now.lifts.append(one)
            return
        if now is None or now.taken is not None:
            now = self._begin(Load())
            now.before = self._left_over(ms)
        now.first = now.first or one
        now.lifts.append(one)
        now.last_ms = ms
        day = day_of(ms)
        if day != self._day:
            self._day = day
            self._early_ms = ms if ms < start_of(day) + PAUSE_MS else 0

    def weigh(self, ticket: Ticket) -> None:
        now = self._going_on(ticket.ms, _OVERNIGHT_MS)
        if ticket.direction == "out" and not self._alone:
            now = self._begin(Load(taken=ticket))
            now.last_ms = ticket.ms
        elif ticket.outcome == "refused":
            if now is not None:
                now.refused.append(ticket)
            else:
                self._begin(Load()).refused.append(ticket)
                self._end()
        else:
            now = now or self._begin(Load())
            now.ticket = ticket
            self._together(now, ticket)
            self._end()

    def _left_over(self, ms: int) -> Load | None:
        """The load before the one that just began, if it began on the same day and nobody took
        it: only then every day's telling has both."""
        last = self.loads[-2] if len(self.loads) > 1 else None
        if last is None or last.first is None or last.ticket is not None or last.refused:
            return None
        return last if day_of(last.begun_ms) == day_of(ms) else None

    def _together(self, load: Load, ticket: Ticket) -> None:
        """A vehicle may have stood loaded from one shift to the next. Whether it did, what it
        brought says better than any pause."""
        earlier, net_g = load.before, ticket.net_g
        if earlier is None or net_g is None:
            return
        alone = load.mass_g
        if abs(net_g - alone - earlier.mass_g) < abs(net_g - alone):
            load.join(earlier)
            self.loads.remove(earlier)

    def _begin(self, load: Load) -> Load:
        self._end()
        self._now = load
        self.loads.append(load)
        return load

    def _end(self) -> None:
        if self._now is not None:
            self._now.over = True
        self._now = None

    def _going_on(self, ms: int, pause_ms: int) -> Load | None:
        """The load that is still on the vehicle when something happens at `ms`."""
        now = self._now
        if now is not None:
            day = day_of(now.last_ms)
            perhaps_older = now.first is not None and now.first.lift.ms <= self._early_ms
            if ms - now.last_ms > pause_ms or (perhaps_older and day_of(ms) != day):
                self._end()
        return self._now
