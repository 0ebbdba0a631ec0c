"""What a ticket's balance was said to be before, and why it is said otherwise now (kind
`revision`, by ticket).

Only what was complete can be revised: a load that was weighed, or refused. These rows say what was
known when, so they depend on the order of arrival, as they must.
"""

from collections.abc import Collection

import msgspec

from core.event import Recorded
from projections.view import Rows
from projections.waste_district.rows.trips import Revision, Revisions, Trip

LAST_REVISIONS = 32

_replace = msgspec.structs.replace
_NOTHING = (0, 0)


def note(
    rows: Rows, item: Recorded, before: Collection[Trip], after: Collection[Trip]
) -> list[Trip]:
    """`after` as they are put, knowing how often they were revised. `item`: what came; `before`:
    the trips of the same hauls as they stood. A ticket that turns out to be another vehicle's
    revises two loads: the one that loses it and the one that gets it."""
    by_ticket = {one.ticket: one for one in before if one.ticket}
    stay = {_whose(one) for one in before} & {_whose(one) for one in after if one.ticket}
    others = {(one.vehicle, one.opened_ms): one for one in before if _whose(one) not in stay}
    found = []
    for trip in after:
        told = by_ticket.get(trip.ticket)
        stays = told is not None and told.vehicle == trip.vehicle
        old = told if stays else others.pop((trip.vehicle, trip.opened_ms), None)
        lost = old if old is not None and old.ticket not in trip.tickets else None
        was, now = _figures(old), _figures(trip)
        revised = old.revised if old is not None else 0
        if (about := told or lost) is not None and _complete(about) and was != now:
            _write(rows, item, about.ticket, trip.key, was, now)
            revised += 1
        found.append(_replace(trip, revised=revised))
    for old in others.values():
        if _complete(old) and _figures(old) != _NOTHING:
            _write(rows, item, old.ticket, old.key, _figures(old), _NOTHING)
    return found


def _whose(trip: Trip) -> tuple[str, str]:
    return trip.vehicle, trip.ticket


def _complete(trip: Trip) -> bool:
    """A vehicle that was weighed full is still to be weighed empty."""
    return bool(trip.ticket) and all(one.name != "unweighed-load" for one in trip.gaps)


def _figures(trip: Trip | None) -> tuple[int, int]:
    """Lifted and received."""
    return (trip.lifted_g, trip.received_g) if trip is not None else _NOTHING


def _write(
    rows: Rows, item: Recorded, ticket: str, trip: str, was: tuple[int, int], now: tuple[int, int]
) -> None:
    told = rows.get("revision", ticket, Revisions) or Revisions(ticket=ticket)
    revision = Revision(
        position=item.position,
        recorded=item.event.recordedtime,
        cause=item.event.id,
        why=item.event.type,
        trip=trip,
        lifted_was=was[0],
        lifted_is=now[0],
        received_was=was[1],
        received_is=now[1],
    )
    kept = (*told.revisions, revision)[-LAST_REVISIONS:]
    rows.put("revision", ticket, _replace(told, revisions=kept))
