"""Which lifts a trip is made of, worked out again from the vehicle's days."""

from collections.abc import Sequence

from projections.days import next_day
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.lifts.hauled import Hauled
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.register.register import Register
from projections.waste_district.rows.trips import Trip


class Custody:
    """Remembers the days it was asked about: make one a page."""

    def __init__(self, kinds: Kinds, register: Register) -> None:
        self._hauled = Hauled(Held(kinds), register)

    def lifted(self, vehicle: str, day: str) -> Sequence[Resolved]:
        """All of that day, in order of time."""
        return self._hauled.resolved(vehicle, day)

    def of(self, trip: Trip) -> Sequence[Resolved]:
        """From its first lift to its last one, which may have been after midnight. Told by time:
        weighbridges and lifters number their events each for itself."""
        return [
            one
            for day in (trip.day, next_day(trip.day))
            for one in self.lifted(trip.vehicle, day)
            if trip.kind == "collection" and trip.opened_ms <= one.lift.ms <= trip.last_ms
        ]
