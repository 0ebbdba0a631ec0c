"""Weighbridges whose zero is off: what they say of empty vehicles, beside what is registered."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from projections.days import DAY_MS, day_of, start_of
from projections.view import Kinds
from projections.waste_district.lifts.weights import zero
from projections.waste_district.loads.scales import stored_tare
from projections.waste_district.loads.tickets import brought_by
from projections.waste_district.loads.tolerance import TOLERANCE
from projections.waste_district.register.register import Register
from projections.waste_district.rows.tickets import Ticket

_LIMITS = TOLERANCE.bridge_zero


class Off(msgspec.Struct, frozen=True, gc=False):
    """By how much, and the tickets of the day that say so."""

    grams: int
    tickets: tuple[Ticket, ...]


def weighed(kinds: Kinds, since: str, until: str) -> Iterator[Ticket]:
    """Tickets of these days, both included."""
    first_ms, last_ms = start_of(since), start_of(until) + DAY_MS
    for one in kinds.get("ticket", {}).values():
        if isinstance(one, Ticket) and first_ms <= one.ms < last_ms:
            yield one


def zeros(tickets: Iterable[Ticket], register: Register) -> Mapping[tuple[str, str], Off]:
    """By weighbridge and day. Vehicles that were not weighed empty say nothing."""
    empty: dict[tuple[str, str], list[tuple[Ticket, int, int]]] = {}
    for ticket in tickets:
        if not ticket.weighbridge or not ticket.tare_g or stored_tare(ticket):
            continue
        vehicle = register.vehicle(brought_by(ticket, register), ticket.ms)
        if vehicle is not None and vehicle.tare_g:
            place = ticket.weighbridge, day_of(ticket.ms)
            empty.setdefault(place, []).append((ticket, ticket.tare_g, vehicle.tare_g))
    found: dict[tuple[str, str], Off] = {}
    for place, said in sorted(empty.items()):
        off, many = zero((read, known) for _, read, known in said)
        if many >= _LIMITS.tickets and abs(off) > _LIMITS.over_g:
            found[place] = Off(off, tuple(ticket for ticket, _, _ in said))
    return found
