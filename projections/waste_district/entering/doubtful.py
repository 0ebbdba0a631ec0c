"""What entries may well mean, and seldom do: it stops nothing. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from core.events.register import BinEntered, EntryEnded, RouteEntered
from core.events.waste import BinScrapped, BinSwapped, TagRemoved
from core.moment import millis
from projections.days import DAY_MS, at
from projections.waste_district.held import Rows
from projections.waste_district.register.entry import Entry
from projections.waste_district.register.names import listed
from projections.waste_district.register.register import Register
from projections.waste_district.register.versions import holding, last
from projections.waste_district.rows.register import Bin, Route, RouteVersion, Tag

_Doubt = tuple[str, str, str, str]  # word, field, what, remedy
_MONDAY = "2026-01-05"  # any
_WEEK_MS = 7 * DAY_MS


def doubts(rows: Rows, entries: Sequence[Entry]) -> Iterator[Iterator[_Doubt]]:
    """Of each entry. `rows`: the register's, these entered."""
    looked = _Looked(rows, entries)
    return (looked.of(number, one) for number, one in enumerate(entries))


class _Looked:
    def __init__(self, rows: Rows, entries: Sequence[Entry]) -> None:
        self._rows = rows
        self._register = Register(rows)
        self._numbers = {one.id: number for number, one in enumerate(entries)}

    def of(self, number: int, entry: Entry) -> Iterator[_Doubt]:
        ms = millis(entry.valid_from)
        match entry.data:
            case RouteEntered() as data:
                for stop, key in enumerate(data.bins):
                    for word, what, remedy in self._stop(data.category or "", key, ms):
                        yield word, f"bins[{stop}]", f"names {key}, which {what}", remedy
                yield from self._overlaps(number, entry.name, ms)
            case BinEntered() | BinScrapped() | EntryEnded(kind="bin"):
                for name, route in self._routes.get(entry.thing, ()):
                    row = self._rows.get("route", name, Route)
                    asked = route.ms == ms and route.id in self._numbers  # about it itself
                    if asked or row is None or holding(row.versions, ms) is not route:
                        continue
                    for word, what, remedy in self._stop(route.category, entry.thing, ms):
                        yield word, "validFrom", f"stands on route {name}, and then {what}", remedy
            case BinSwapped() as data:
                yield from self._swap(entry.thing, data.replaced_by, ms)
            case TagRemoved() as data:
                tag = self._rows.get("tag", data.uid_hex, Tag)
                said = tag.words if tag else ()
                if not any(one.on and one.bin == entry.thing and one.ms <= ms for one in said):
                    what = f"is of a tag that {entry.thing} never carried until then"
                    yield "never-carried", "uidHex", what, "Look whether it is another one's."
            case _:
                pass

    @cached_property
    def _routes(self) -> Mapping[str, Sequence[tuple[str, RouteVersion]]]:
        """Of a bin, all that ever named it."""
        found: dict[str, list[tuple[str, RouteVersion]]] = defaultdict(list)
        for name in sorted(self._rows.keys("route")):
            row = self._rows.get("route", name, Route)
            for one in row.versions if row else ():
                for key in one.bins:
                    found[key].append((name, one))
        return found

    def _stop(self, category: str, key: str, ms: int) -> Iterator[tuple[str, str, str]]:
        """Word, what is odd about the bin that stands at this stop then, remedy."""
        stands = self._register.in_place(key, ms)
        there = self._register.bin(stands, ms)
        row = self._rows.get("bin", stands, Bin)
        version = last(row.versions, ms) if row else None
        if version is not None and version.ended:
            yield "ended-bin", "has ended, so it is left out", "Enter the route without it."
        elif there is not None and category and there.category not in ("", category):
            what = f"is of {there.category} on a route of {category}"
            yield "other-category", what, "Correct one of them, or leave the route's category out."

    def _swap(self, key: str, by: str, ms: int) -> Iterator[_Doubt]:
        old = self._rows.get("bin", key, Bin)
        was = last(old.versions, ms) if old else None
        now = self._register.bin(by, ms)
        if was and now and was.category and now.category not in ("", was.category):
            what = f"is of {now.category} in the place of {was.category}"
            yield "other-category", "replacedBy", what, "Correct one of them, or end and enter."

    def _overlaps(self, number: int, name: str, ms: int) -> Iterator[_Doubt]:
        mine = self._route(name, ms)
        for other in listed(self._rows, "driven", mine.vehicle) if mine else ():
            held = self._route(other, ms)
            if mine is None or held is None or other == name or held.vehicle != mine.vehicle:
                continue
            later = held.ms == ms and self._numbers.get(held.id, -1) > number  # it says so then
            if not later and _meet(mine, held):
                what = f"is driven by {mine.vehicle} at the same time as {other}"
                yield "overlap", "start", what, "Give them other hours, days or vehicles."

    def _route(self, name: str, ms: int) -> RouteVersion | None:
        row = self._rows.get("route", name, Route)
        return holding(row.versions, ms) if row else None


def _meet(one: RouteVersion, other: RouteVersion) -> bool:
    return any(
        begins < ended + week and began + week < ends
        for begins, ends in _shifts(one)
        for began, ended in _shifts(other)
        for week in (-_WEEK_MS, 0, _WEEK_MS)
    )


def _shifts(route: RouteVersion) -> Iterator[tuple[int, int]]:
    start, end = at(_MONDAY, route.start), at(_MONDAY, route.end)
    for day in route.weekdays:
        ahead_ms = (day - 1) * DAY_MS
        yield start + ahead_ms, (end if end > start else end + DAY_MS) + ahead_ms
