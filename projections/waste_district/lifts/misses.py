"""Bins that should have been lifted and were not, once nobody is expected to come any more."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

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


def misses(hauls: Iterable[Haul], corrected: "Corrected", known_ms: int) -> Iterator[Finding]:
    """`known_ms`: until when the district is known. A vehicle that lifted nothing all day is one
    finding of its own, not one a bin."""
    for haul in hauls:
        for told in haul.routes if haul.lifts else ():
            route = corrected.route(haul, told)
            for one in route.missed:
                if one.passed_ms or over_ms(route) < known_ms:
                    yield _finding(haul, route, one)


def _finding(haul: Haul, route: RouteDay, one: Missed) -> Finding:
    """By the lift that went past it, else by the last one: none of them is its own."""
    by = one.by or route.last
    return Finding(
        kind="missed-bin",
        key=bin_on_route(route.route, haul.day, one.bin),
        day=haul.day,
        compound=one.bin.partition("/")[0],
        vehicle=haul.vehicle,
        bin=one.bin,
        ms=one.passed_ms or route.end_ms,
        detail={"route": route.route, "point": one.point, "passed": int(one.passed_ms > 0)},
        events=(by.id,) if by else (),
        position=by.position if by else 0,
    )


class Corrected:
    """Of two bins that carry each other's tag, one was lifted, or refused, when the other's tag
    was read. `extras`: by day, what was lifted by who had not to."""

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

    def route(self, haul: Haul, told: RouteDay) -> RouteDay:
        """With what is known to be missed and lifted."""
        came = {one.bin for one in told.missed if self._lifted(haul, told, one.bin)}
        left = {key for key in told.done if self._swapped_on(haul.day, key)}
        left = {key for key in left if not self._lifted(haul, told, key)}
        if not came and not left:
            return told
        missed = (one for one in told.missed if one.bin not in came)
        return replace(
            told,
            lifted=told.lifted + len(came) - len(left),
            missed=(*missed, *(Missed(bin=key) for key in told.done if key in left)),
            done=(*(key for key in told.done if key not in left), *sorted(came)),
        )

    def _lifted(self, haul: Haul, route: RouteDay, key: str) -> bool:
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

    def _swapped_on(self, day: str, key: str) -> Swap | None:
        pair = self._pairs.get(key)
        return pair if pair and pair.days[0] <= day <= pair.days[1] else None
