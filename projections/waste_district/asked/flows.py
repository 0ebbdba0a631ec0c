"""The balance as a Sankey: streams of bins → streams of vehicles → facilities, and the gaps.

What flows into a vehicle's stream flows out of it again, to the gram, and so mixed transport is
what crosses over between the first two. A gap that is below nothing flows in: more came out than
anybody put in.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from projections.waste_district.loads.shares import Share
from projections.waste_district.rows.trips import Gap, Trip


class Flow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`source` and `target`: `bins/{category}`, `vehicles/{category}`, `facility/{facility}` or
    `gap/{name}`; category `nobody` where it is not known whose bins they were."""

    source: str
    target: str
    grams: int
    gap: bool = False


class Flows:
    def __init__(self) -> None:
        self._mass: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._gaps: defaultdict[tuple[str, str], int] = defaultdict(int)  # out of whom, which

    def collected(self, trip: Trip, place: str, found: Sequence[Share]) -> None:
        vehicles = f"vehicles/{trip.category}"
        for one in found:
            bins = f"bins/{one.category if one.part.compound else 'nobody'}"
            self._mass[bins, vehicles] += one.mass_g
            self._mass[vehicles, f"facility/{place}"] += one.received_g
            # What nobody can be named for stands as a source of its own instead.
            self._gap(vehicles, (gap for gap in one.gaps if gap.name != "unidentified"))

    def transferred(self, trip: Trip, place: str, gaps: Iterable[Gap]) -> None:
        station = f"facility/{trip.origin}"
        self._mass[station, f"facility/{place}"] += trip.received_g
        self._gap(station, gaps)

    def drawn(self) -> tuple[Flow, ...]:
        found = [
            Flow(source=source, target=target, grams=grams)
            for (source, target), grams in sorted(self._mass.items())
            if grams > 0
        ]
        for (node, name), grams in sorted(self._gaps.items()):
            gap = f"gap/{name}"
            if grams > 0:
                found.append(Flow(source=node, target=gap, grams=grams, gap=True))
            elif grams < 0:
                found.append(Flow(source=gap, target=node, grams=-grams, gap=True))
        return tuple(found)

    def _gap(self, node: str, gaps: Iterable[Gap]) -> None:
        for one in gaps:
            self._gaps[node, one.name] += one.grams
