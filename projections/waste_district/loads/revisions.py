"""What a ticket's balance was said to be before, and why it is said otherwise now (kind
`revision`, by ticket).

Only what was complete can be revised: a load that was weighed, or refused. These rows say what was
known when, so they depend on the order of arrival, as they must.
"""

from collections.abc import Iterable

import msgspec

from core.event import Recorded
from projections.view import Rows
from projections.waste_district.rows.trips import Revision, Revisions, Trip

LAST_REVISIONS = 32

_replace = msgspec.structs.replace


def note(
    rows: Rows, item: Recorded, before: Iterable[Trip], after: Iterable[Trip]
) -> tuple[Trip, ...]:
    """The trips of a haul as they are put, knowing how often they were revised. `item`: what
    came; `before`: its trips as they stood."""
    was = {one.ticket: one for one in before if one.ticket}
    found = []
    for trip in after:
        old = was.get(trip.ticket) if trip.ticket else None
        if old is None:
            found.append(trip)
        elif _complete(old) and _figures(old) != _figures(trip):
            _write(rows, item, old, trip)
            found.append(_replace(trip, revised=old.revised + 1))
        else:
            found.append(_replace(trip, revised=old.revised))
    return tuple(found)


def _complete(trip: Trip) -> bool:
    """A vehicle that was weighed full is still to be weighed empty."""
    return all(one.name != "unweighed-load" for one in trip.gaps)


def _figures(trip: Trip) -> tuple[int, int]:
    return trip.lifted_g, trip.received_g


def _write(rows: Rows, item: Recorded, old: Trip, new: Trip) -> None:
    told = rows.get("revision", new.ticket, Revisions) or Revisions(ticket=new.ticket)
    revision = Revision(
        position=item.position,
        recorded=item.event.recordedtime,
        cause=item.event.id,
        why=item.event.type,
        lifted_was=old.lifted_g,
        lifted_is=new.lifted_g,
        received_was=old.received_g,
        received_is=new.received_g,
    )
    kept = (*told.revisions, revision)[-LAST_REVISIONS:]
    rows.put("revision", new.ticket, _replace(told, revisions=kept))
