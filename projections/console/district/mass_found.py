"""What the page of the mass balance shows, made once for all who ask for the same days."""

from collections.abc import Mapping

import msgspec

from projections.console.district import gaplist, mass_flow
from projections.console.district.boards import Seen
from projections.console.district.gaplist import GapTold, Trips
from projections.console.district.mass_flow import Gave
from projections.console.district.period import Span
from projections.console.district.sankey import Drawing, laid_out
from projections.console.district.today import compound_names
from projections.view import Kinds
from projections.waste_district.asked.balance import Line, balance, balanced
from projections.waste_district.asked.over_time import Collected, collected
from projections.waste_district.loads.shares import shares
from projections.waste_district.register.register import Register


class MassFound(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn and listed is worked out with it, so that the pages only put words to it."""

    total: Line
    streams: Mapping[str, int]  # lifted, by the bins' category
    gaps: tuple[GapTold, ...]
    trips: Trips
    drawing: Drawing
    over: tuple[Collected, ...]
    names: Mapping[str, str]
    facilities: Mapping[str, str]


def found(seen: Seen, span: Span) -> MassFound:
    kinds = seen.kinds
    cut = span.compound, span.category, span.facility
    books = balance(kinds, span.since, span.until, *cut)
    return MassFound(
        total=books.total,
        streams={one.key: one.lifted_g for one in books.by["stream"]},
        gaps=gaplist.told(books),
        trips=gaplist.trips(books, span.gap),
        drawing=laid_out(mass_flow.flow(books.flows, gave(kinds, span), span)),
        over=collected(kinds, span.since, span.until, span.per, *cut),
        names=compound_names(seen),
        facilities=_facilities(seen),
    )


def gave(kinds: Kinds, span: Span) -> Gave:
    """What was weighed at bins, by whose they are and of what kind."""
    found: dict[tuple[str, str], int] = {}
    for trip, gaps in balanced(kinds, span.since, span.until):
        place = trip.site if trip.outcome == "delivered" else ""
        if trip.kind == "transfer" or span.facility not in ("", place):
            continue
        for one in shares(trip, gaps):
            whose = one.part.compound
            if span.compound in ("", whose) and span.category in ("", one.category):
                key = whose, one.category
                found[key] = found.get(key, 0) + one.mass_g
    return found


def _facilities(seen: Seen) -> dict[str, str]:
    register = Register(seen.kinds)
    found = {key: register.facility(key, seen.now_ms) for key in seen.kinds.get("facility", {})}
    return {key: version.name if version else "" for key, version in sorted(found.items())}
