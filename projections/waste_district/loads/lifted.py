"""What was lifted, of which compound and kind, as trips tell it. Pure on rows."""

from collections.abc import Iterator

from projections.view import Kinds
from projections.waste_district.rows.trips import Part, Trip


def lifted(kinds: Kinds, since: str, until: str) -> Iterator[tuple[Trip, Part]]:
    """On these days, both included."""
    for trip in kinds.get("trip", {}).values():
        if isinstance(trip, Trip) and trip.kind == "collection" and since <= trip.day <= until:
            for part in trip.parts:
                yield trip, part
