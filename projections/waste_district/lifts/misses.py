"""Bins that should have been lifted and were not, once nobody is expected to come any more."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from projections.waste_district.lifts.shifts import begins_ms, over_ms
from projections.waste_district.lifts.swapped import Swap
from projections.waste_district.rows.hauls import (
    Extra,
    Finding,
    Haul,
    Missed,
    RouteDay,
    bin_on_route,
)


def misses(
    hauls: Sequence[Haul], pairs: Sequence[Swap], extras: Mapping[str, Extra], known_ms: int
) -> Iterator[Finding]:
    """`extras`: by day, what was lifted by who had not to; `known_ms`: until when the district is
    known. A vehicle that lifted nothing all day is one finding of its own, not one a bin."""
    swapped = _Swapped(pairs, hauls, extras)
    for haul in hauls:
        for route in haul.routes if haul.lifts else ():
            over = over_ms(route) < known_ms
            for one in route.missed:
                if (one.passed_ms or over) and not swapped.lifted(haul, route, one.bin):
                    yield _finding(haul, route, one)
            if over:
                for key in swapped.left(haul, route):
                    yield _finding(haul, route, Missed(bin=key))


def _finding(haul: Haul, route: RouteDay, one: Missed) -> Finding:
    return Finding(
        kind="missed-bin",
        key=bin_on_route(route.route, haul.day, one.bin),
        day=haul.day,
        compound=one.bin.partition("/")[0],
        vehicle=haul.vehicle,
        bin=one.bin,
        ms=one.passed_ms or route.end_ms,
        detail={"route": route.route, "point": one.point, "passed": int(one.passed_ms > 0)},
    )


class _Swapped:
    """Of two bins that carry each other's tag, one was lifted, or refused, when the other's tag
    was read."""

    def __init__(
        self, pairs: Sequence[Swap], hauls: Sequence[Haul], extras: Mapping[str, Extra]
    ) -> None:
        self._pairs = {key: pair for pair in pairs for key in (pair.first, pair.second)}
        self._read: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        refused = (
            one
            for haul in (hauls if pairs else ())
            for one in haul.findings
            if one.kind == "refused-bin" and one.bin in self._pairs
        )
        for one in (*refused, *(read for pair in pairs for read in pair.reads)):
            self._read[one.day, one.bin].append((one.ms, one.vehicle))
        for day, extra in extras.items() if pairs else ():
            for key, ms, vehicle in extra.lifts:
                if key in self._pairs:
                    self._read[day, key].append((ms, vehicle))

    def lifted(self, haul: Haul, route: RouteDay, key: str) -> bool:
        """By the route's vehicle on its shift, or by another one on that day."""
        pair = self._swapped_on(haul.day, key)
        if pair is None:
            return False
        other = pair.other(key)
        if other in route.done and other not in route.caught_up:
            return True
        since, until = begins_ms(route), over_ms(route)
        return any(
            since <= ms <= until if vehicle == haul.vehicle else ms >= since
            for ms, vehicle in self._read[haul.day, other]
        )

    def left(self, haul: Haul, route: RouteDay) -> Iterator[str]:
        """Bins that only seem to be lifted, because their tags were read at the others."""
        for key in (one for one in route.done if one in self._pairs):
            if self._swapped_on(haul.day, key) and not self.lifted(haul, route, key):
                yield key

    def _swapped_on(self, day: str, key: str) -> Swap | None:
        pair = self._pairs.get(key)
        return pair if pair and pair.days[0] <= day <= pair.days[1] else None
