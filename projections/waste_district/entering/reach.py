"""Hauls that passed a place of which the register says something new.

Lifts that nobody named, or whose tag belongs elsewhere, are judged by which points are near and
which bins stand there; loads by the facility that took them, and by its weighbridge. Who was near a
point follows from where its lifts and fixes were, who was at a facility from the tickets; that is
looked up once a run, however much of it is entered.
"""

from collections.abc import Collection, Iterator

from core.event import Recorded
from projections.days import day_of, previous_day
from projections.valid import since
from projections.view import Rows
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.gather import facts_of, haul_key
from projections.waste_district.register import swaps
from projections.waste_district.register.names import listed
from projections.waste_district.register.near import around, cell
from projections.waste_district.rows.hauls import Facts, Haul
from projections.waste_district.rows.register import Bin, Point, Weighbridge
from projections.waste_district.rows.tickets import Ticket, Tickets


class _Heard:
    """Things of one kind by name, and from when on something else holds of one of them."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.since_ms = 0

    def add(self, names: Collection[str], ms: int) -> None:
        if names:
            self.since_ms = min(self.since_ms, ms) if self.names else ms
            self.names.update(names)


class Reach:
    """Owns what a run says of points, facilities and weighbridges, and from when on."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._points = _Heard()
        self._facilities = _Heard()
        self._bridges = _Heard()

    def hear(self, item: Recorded) -> None:
        """Once it stands in the register."""
        if not self._rows.keys("day"):
            return  # nobody passed anything
        data = item.event.data
        ms = since(item, getattr(data, "valid_from", ""))
        kind, _, name = item.event.subject.partition("/")
        match kind:
            case "point":
                self._points.add({name}, ms)
            case "bin":
                compound = getattr(data, "compound", "") or item.compound
                self._points.add(self._stood_at(f"{compound}/{name}"), ms)
            case "facility":
                self._facilities.add({name}, ms)
            case "weighbridge":
                self._bridges.add({name}, ms)

    def _stood_at(self, key: str) -> set[str]:
        """Points of the bin, and of those in whose place it stands: it may have none of its own."""
        return {
            version.point
            for one in swaps.before(self._rows, key)
            if (row := self._rows.get("bin", one, Bin))
            for version in row.versions
            if version.point
        }

    def keys(self) -> Collection[str]:
        return {*self._near_points(), *self._at_facilities()}

    def _near_points(self) -> Iterator[str]:
        cells = {
            one
            for name in self._points.names
            if (row := self._rows.get("point", name, Point))
            for version in row.versions
            if version.lat is not None and version.lon is not None
            for one in around(version.lat, version.lon, EVIDENCE.place.far_m)
        }
        first = previous_day(day_of(self._points.since_ms))
        for day in self._rows.keys("day") if cells else ():
            for vehicle in listed(self._rows, "day", day) if day >= first else ():
                key = haul_key(vehicle, day)
                haul = self._rows.get("haul", key, Haul)
                if haul is not None and _was_in(facts_of(haul), cells):
                    yield key

    def _at_facilities(self) -> Iterator[str]:
        """Of who brought or fetched a load: on the day of the ticket, or begun the day before."""
        facilities, bridges = self._facilities, self._bridges
        if not facilities.names and not bridges.names:
            return
        there = {*bridges.names, *self._bridges_of(facilities.names)}
        since_ms = min(one.since_ms for one in (facilities, bridges) if one.names)
        first = day_of(since_ms)
        for place in self._rows.keys("weighed"):
            vehicle, _, day = place.rpartition("|")
            if day >= first and any(
                one.ms >= since_ms and (one.site in facilities.names or one.weighbridge in there)
                for one in self._tickets(place)
            ):
                yield from (place, haul_key(vehicle, previous_day(day)))

    def _bridges_of(self, facilities: Collection[str]) -> Iterator[str]:
        """Weighbridges that ever stood at one of these."""
        for name in self._rows.keys("weighbridge"):
            row = self._rows.get("weighbridge", name, Weighbridge)
            if row and any(version.facility in facilities for version in row.versions):
                yield name

    def _tickets(self, place: str) -> Iterator[Ticket]:
        listed_there = self._rows.get("weighed", place, Tickets)
        for key in listed_there.keys if listed_there else ():
            if (ticket := self._rows.get("ticket", key, Ticket)) is not None:
                yield ticket


def _was_in(facts: Facts, cells: Collection[str]) -> bool:
    return any(cell(one.lat, one.lon) in cells for one in facts.fixes) or any(
        one.lat is not None and one.lon is not None and cell(one.lat, one.lon) in cells
        for one in facts.lifts
    )
