"""Lifts that look like another stream's only because two bins carry each other's tag, and loads
that look mixed for no other reason. It takes several days to see that, so it is asked, not kept:
an alarm of the hour may still call such a load mixed, no list and no ledger does."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from projections.days import DAY_MS, day_of, start_of
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.lifts.swapped import Swap, swaps
from projections.waste_district.loads.mixed import mixed
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Finding, Haul
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Trip

# Evidence of many days is looked for so long before the first and behind the last one, so that one
# day can be asked about alone and is told of as all that is known now says.
_AROUND_MS = 14 * DAY_MS


def looked_at(kinds: Kinds, since: str, until: str) -> list[Haul]:
    """Hauls of these days and of those around them that are evidence too."""
    first, last = day_of(start_of(since) - _AROUND_MS), day_of(start_of(until) + _AROUND_MS)
    return [
        one
        for one in kinds.get("haul", {}).values()
        if isinstance(one, Haul) and first <= one.day <= last
    ]


class Misread:
    """Of some days. Pure on rows."""

    def __init__(self, kinds: Kinds, register: Register, hauls: Sequence[Haul]) -> None:
        self._held = Held(kinds)
        self.register = register
        self.pairs: Sequence[Swap] = swaps(
            (fault for haul in hauls for fault in haul.findings), register
        )
        self._lifts: defaultdict[str, list[Finding]] = defaultdict(list)  # by vehicle
        for pair in self.pairs:
            for read in pair.reads:
                if read.kind == "wrong-stream":
                    self._lifts[read.vehicle].append(read)

    @property
    def lifts(self) -> Collection[tuple[int, str, str]]:
        """Time, key and source: lifters number their events each for itself."""
        return {(one.ms, one.key, one.source) for told in self._lifts.values() for one in told}

    def corrected(self, trip: Trip) -> Trip:
        """As it is to be read: mixed only for what was not misread."""
        why = self.mixed(trip)
        return trip if why == trip.mixed else replace(trip, mixed=why)

    def mixed(self, trip: Trip) -> str:
        """Why the load is mixed transport; empty: it is not."""
        lifts = {
            (one.ms, one.key, one.source): one
            for one in self._lifts.get(trip.vehicle, ())
            if trip.opened_ms <= one.ms <= trip.last_ms
        }
        if trip.mixed != "bins" or not lifts:
            return trip.mixed
        ticket = self._held.get("ticket", trip.ticket, Ticket)
        taken = ticket if trip.outcome == "delivered" else None
        return mixed(
            trip.category,
            wrong_lifts=trip.wrong_lifts - len(lifts),
            wrong_g=trip.wrong_g - sum(one.grams for one in lifts.values()),
            lifted_g=sum(one.net_g for one in trip.parts),
            facility=self.register.facility(trip.site, taken.ms) if taken else None,
            taken_as=taken.category if taken else "",
        )
