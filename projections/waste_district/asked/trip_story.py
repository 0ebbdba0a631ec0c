"""One trip with everything it follows from: its lifts with their evidence, the words about its
tickets, how its balance was said before. Pure on rows."""

import msgspec

from projections.days import next_day
from projections.view import Kinds
from projections.waste_district.asked.balance import explained
from projections.waste_district.asked.bin_story import LiftTold, told
from projections.waste_district.asked.findings import of_trip
from projections.waste_district.held import Held
from projections.waste_district.loads.custody import Custody
from projections.waste_district.loads.misread import Misread, looked_at
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Revision, Revisions, Trip


class TripStory(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`tickets`: as it went from hand to hand, those of who refused it too; `ticket`: the one that
    it was left with."""

    trip: Trip
    lifts: tuple[LiftTold, ...] = ()
    ticket: Ticket | None = None
    tickets: tuple[Ticket, ...] = ()
    revisions: tuple[Revision, ...] = ()
    findings: tuple[Finding, ...] = ()


def trip_story(kinds: Kinds, key: str) -> TripStory | None:
    """`key`: {vehicle}|{day}|{n}. None where there is no such trip."""
    held = Held(kinds)
    trip = held.get("trip", key, Trip)
    if trip is None:
        return None
    register = Register(kinds)
    misread = Misread(kinds, register, looked_at(kinds, trip.day, next_day(trip.day)))
    ((trip, gaps),) = explained(kinds, [misread.corrected(trip)])
    trip = msgspec.structs.replace(trip, gaps=gaps)
    lifts = tuple(told(one, trip.vehicle) for one in Custody(kinds, register).of(trip))
    return TripStory(
        trip=trip,
        lifts=lifts,
        ticket=held.get("ticket", trip.ticket, Ticket) if trip.ticket else None,
        tickets=tuple(one for key in trip.tickets if (one := held.get("ticket", key, Ticket))),
        revisions=tuple(_revisions(kinds, trip)),
        findings=tuple(of_trip(kinds, misread, trip, {(one.id, one.source) for one in lifts})),
    )


def _revisions(kinds: Kinds, trip: Trip) -> list[Revision]:
    """Of its ticket, and of one that turned out to be another load's, oldest first."""
    return sorted(
        (
            one
            for row in kinds.get("revision", {}).values()
            if isinstance(row, Revisions)
            for one in row.revisions
            if trip.ticket == row.ticket or trip.key == one.trip
        ),
        key=lambda one: one.position,
    )
