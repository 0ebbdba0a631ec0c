"""A vehicle's trips of one day: what it brought where, and what became of the difference.

Pure, and linear in what the vehicle did: a haul is settled again with every few lifts that come.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from projections.days import day_of
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.lifts.zeros import of_lifter
from projections.waste_district.loads.gaps import Explained, delivered, some, whole
from projections.waste_district.loads.loads import PAUSE_MS, Load, loads
from projections.waste_district.loads.mixed import mixed
from projections.waste_district.loads.scales import Scales, kept_tare
from projections.waste_district.loads.tickets import facility_of, ticket_key
from projections.waste_district.loads.tolerance import TOLERANCE
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import VehicleVersion
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Gap, Part, Trip

_replace = msgspec.structs.replace


def trips(
    vehicle: str,
    day: str,
    resolved_by_day: Mapping[str, Sequence[Resolved]],
    tickets: Sequence[Ticket],
    register: Register,
) -> tuple[Trip, ...]:
    """Those that began on `day`, given its neighbours' lifts too and the tickets of all three
    days in order of time. A load is open while the vehicle's own facts do not say that it was
    left: how long ago it was lifted is asked when the row is read (`standing`)."""
    found = [one for one in loads(vehicle, resolved_by_day, tickets) if day_of(one.begun_ms) == day]
    if not found:
        return ()
    asked = any(kept_tare(one) for load in found for one in load.lifts)
    zero_g = of_lifter(resolved_by_day.get(day, ()), register) if asked else 0
    if abs(zero_g) <= EVIDENCE.zero.over_g:  # noise
        zero_g = 0
    made = []
    for n, load in enumerate(found, 1):
        known = register.vehicle(vehicle, load.begun_ms)
        scales = Scales(known, zero_g, register)
        row = _trip(load, (vehicle, day, n), known, register)
        if load.taken is not None:
            row = _transferred(row, load, load.taken, scales)
        else:
            row = _collected(row, load, scales, register)
        made.append(_left(row) if load.over else row)
    return tuple(made)


def standing(trip: Trip, mark_ms: int) -> Trip:
    """As it is to be read when the district is known until `mark_ms`: a load that was still under
    way when its row was written may have been left somewhere without a ticket."""
    return _left(trip) if mark_ms > trip.last_ms + PAUSE_MS else trip


def _left(trip: Trip) -> Trip:
    """Somewhere without a ticket, unless one is known."""
    if trip.outcome != "open":
        return trip
    gaps = tuple(
        _replace(one, name="not-delivered") if one.name == "under-way" else one for one in trip.gaps
    )
    return _replace(trip, outcome="undelivered", gaps=gaps)


def _trip(
    load: Load, place: tuple[str, str, int], known: VehicleVersion | None, register: Register
) -> Trip:
    """What holds of any load. `place`: vehicle, day and number."""
    vehicle, day, n = place
    ticket = load.ticket or (load.refused[-1] if load.refused else None)
    return Trip(
        vehicle=vehicle,
        day=day,
        n=n,
        kind="transfer" if load.taken else "collection",
        carrier=known.carrier if known else "",
        category=_stream(load, place, known, register),
        opened_ms=load.begun_ms,
        closed_ms=ticket.ms if ticket else 0,
        last_ms=load.last_ms,
        ticket=_key(ticket),
        site=facility_of(ticket, register) if ticket else "",
        origin=facility_of(load.taken, register) if load.taken else "",
        taken=_key(load.taken),
        outcome="delivered" if load.ticket else "refused" if ticket else "open",
        refused=tuple(_key(one) for one in load.refused),
        ends=_ends(load),
        position=max(
            max((one.lift.position for one in load.lifts), default=0),
            max((word.position for one in _tickets(load) for word in one.words), default=0),
        ),
    )


def _stream(
    load: Load, place: tuple[str, str, int], known: VehicleVersion | None, register: Register
) -> str:
    """What most of its lifts were meant for; without lifts what the vehicle is for, and what the
    ticket says where it is for several."""
    meant = Counter(one.stream for one in load.lifts if one.counted and one.stream)
    if meant:
        return meant.most_common(1)[0][0]
    vehicle, day, _ = place
    planned = {one.category for one in register.routes(vehicle, day)} - {""}
    for found in (planned, set(known.categories) if known else set()):
        if len(found) == 1:
            return found.pop()
    return next((one.category for one in _tickets(load) if one.category), "")


def _tickets(load: Load) -> list[Ticket]:
    return [one for one in (load.taken, *load.refused, load.ticket) if one is not None]


def _key(ticket: Ticket | None) -> str:
    return ticket_key(ticket.site, ticket.ticket_no) if ticket else ""


def _ends(load: Load) -> tuple[str, ...]:
    lifts = [one.lift.id for one in load.lifts if one.counted]
    words = [one.words[0].id for one in _tickets(load)]
    return (*lifts[:1], *lifts[1:][-1:], *words)


# --- collected ----------------------------------------------------------------------------------


def _collected(row: Trip, load: Load, scales: Scales, register: Register) -> Trip:
    real = [one for one in load.lifts if one.counted]
    wrong = [one for one in real if "wrong-stream" in one.flags]
    parts = _parts(real)
    mass_g = sum(one.net_g for one in parts)
    nobodys_g = sum(one.net_g for one in parts if not one.compound)
    received_g, tolerance_g, gaps = _received(load, real, mass_g, scales)
    taken = load.ticket
    wrong_g = sum(one.net_g for one in wrong)
    return _replace(
        row,
        lifts=len(real),
        doubles=sum(bool(one.double_of) for one in load.lifts),
        lifted_g=mass_g - nobodys_g,
        received_g=received_g,
        tolerance_g=tolerance_g,
        parts=parts,
        gaps=some((Gap(name="unidentified", grams=-nobodys_g), *gaps)),
        wrong_g=wrong_g,
        wrong_lifts=len(wrong),
        mixed=mixed(
            row.category,
            wrong_lifts=len(wrong),
            wrong_g=wrong_g,
            lifted_g=mass_g,
            facility=register.facility(row.site, taken.ms) if taken else None,
            taken_as=taken.category if taken else "",
        ),
    )


def _parts(real: Sequence[Resolved]) -> tuple[Part, ...]:
    whose: dict[tuple[str, str], list[Resolved]] = {}
    for one in real:
        whose.setdefault((one.compound, one.category), []).append(one)
    return tuple(
        Part(
            compound=compound,
            category=category,
            net_g=sum(one.net_g for one in found),
            lifts=len(found),
            unweighed=sum(not one.weighed for one in found),
            presumed_g=sum(one.net_g for one in found if one.by == "place"),
        )
        for (compound, category), found in sorted(whose.items())
    )


def _received(
    load: Load, real: Sequence[Resolved], mass_g: int, scales: Scales
) -> tuple[int, int, tuple[Gap, ...]]:
    """(what the facility took in, what the scales may be off by, the gaps between)."""
    ticket = load.ticket
    if ticket is None:
        return 0, 0, whole("refused" if load.refused else "under-way", mass_g)
    fault = scales.fault(ticket, mass_g)
    if fault is not None:
        return 0, 0, whole(fault, mass_g)
    assert ticket.net_g is not None
    if not real:
        return ticket.net_g, 0, whole("no-lifts", -ticket.net_g)
    known = Explained(
        unweighed_g=_unweighed(real, mass_g, ticket.net_g),
        zero_g=scales.zero_g * sum(map(kept_tare, real)),
        tolerance_g=scales.tolerance(real, (ticket,)),
    )
    return ticket.net_g, known.tolerance_g, delivered(mass_g, ticket.net_g, known)


def _unweighed(real: Sequence[Resolved], mass_g: int, received_g: int) -> int:
    weighed = sum(one.weighed for one in real)
    if not weighed:
        return received_g
    many = len(real) - weighed
    return mass_g * many * TOLERANCE.unweighed_percent // (weighed * 100)


# --- transferred --------------------------------------------------------------------------------


def _transferred(row: Trip, load: Load, taken: Ticket, scales: Scales) -> Trip:
    ticket = load.ticket
    unknown = scales.fault(taken, 0)
    left_g = came_g = tolerance_g = 0
    if unknown is None:
        left_g = taken.net_g or 0
    if ticket is None:
        gaps = whole("refused" if load.refused else "under-way", left_g)
    elif (fault := scales.fault(ticket, left_g)) is not None:
        gaps = whole(fault, left_g)
    else:
        came_g = ticket.net_g or 0
        if unknown is not None:
            gaps = whole(unknown, -came_g)
        else:
            tolerance_g = scales.tolerance((), (taken, ticket))
            gaps = delivered(left_g, came_g, Explained(tolerance_g=tolerance_g))
    return _replace(row, lifted_g=left_g, received_g=came_g, tolerance_g=tolerance_g, gaps=gaps)
