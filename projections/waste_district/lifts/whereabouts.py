"""Where a vehicle was: a lift's own place, else the fix next to it in time."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.register.near import metres
from projections.waste_district.rows.hauls import Facts, Fix, Lift

_MS = attrgetter("ms")
_FIX_MS = EVIDENCE.place.fix_s * 1000
Place = tuple[float, float]  # latitude, longitude


def place_of(lift: Lift, fixes: Sequence[Fix], within_ms: int = _FIX_MS) -> Place | None:
    """`within_ms`: how far in time a fix may be from the lift."""
    if lift.lat is not None and lift.lon is not None:
        return lift.lat, lift.lon
    if not fixes:
        return None
    at = bisect_left(fixes, lift.ms, key=_MS)
    found = min(fixes[max(0, at - 1) : at + 1], key=lambda fix: abs(fix.ms - lift.ms))
    return (found.lat, found.lon) if abs(found.ms - lift.ms) <= within_ms else None


def leaps(facts: Facts) -> Iterator[tuple[int, Lift | None, int]]:
    """Moves that no vehicle makes: when it was at the other place, the lift that says so or none,
    and how many metres away that is."""
    least, per_ms = EVIDENCE.places.least_m, EVIDENCE.places.kmh / 3600.0
    before: tuple[int, float, float] | None = None
    for ms, lat, lon, lift in _seen(facts):
        if before is not None:
            was, was_lat, was_lon = before
            away = metres(was_lat, was_lon, lat, lon)
            if away > least and away > (ms - was) * per_ms:
                yield ms, lift, round(away)
        before = ms, lat, lon


def _seen(facts: Facts) -> list[tuple[int, float, float, Lift | None]]:
    """In order of time; what is alike in that, as it stands in the facts."""
    fixes = ((fix.ms, fix.lat, fix.lon, None) for fix in facts.fixes)
    lifts = (
        (one.ms, one.lat, one.lon, one)
        for one in facts.lifts
        if one.lat is not None and one.lon is not None
    )
    return sorted((*fixes, *lifts), key=lambda seen: seen[:3])
