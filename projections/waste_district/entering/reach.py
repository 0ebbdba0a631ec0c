"""Hauls that passed a place of which the register says something new.

Lifts that nobody named, or whose tag belongs elsewhere, are judged by which points are near and
which bins stand there. Who was near one follows from where its lifts and fixes were; that is
looked up once a run, however many points and bins it enters.
"""

from collections.abc import Collection

from core.event import Recorded
from projections.days import day_of, previous_day
from projections.valid import since
from projections.view import Rows
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.gather import facts_of, haul_key
from projections.waste_district.register.names import listed
from projections.waste_district.register.near import around, cell
from projections.waste_district.rows.hauls import Facts, Haul
from projections.waste_district.rows.register import Bin, Point


class Reach:
    """Owns which points a run says something of, and from when on."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._points: set[str] = set()
        self._since_ms = 0

    def hear(self, item: Recorded) -> None:
        """Once it stands in the register."""
        data = item.event.data
        kind, _, name = item.event.subject.partition("/")
        points = {name} if kind == "point" else set()
        if kind == "bin":
            compound = getattr(data, "compound", "") or item.compound
            row = self._rows.get("bin", f"{compound}/{name}", Bin)
            points = {one.point for one in row.versions if one.point} if row else set()
        if points and self._rows.keys("day"):
            ms = since(item, getattr(data, "valid_from", ""))
            self._since_ms = min(self._since_ms, ms) if self._points else ms
            self._points |= points

    def keys(self) -> Collection[str]:
        cells = {
            one
            for name in self._points
            if (row := self._rows.get("point", name, Point))
            for version in row.versions
            if version.lat is not None and version.lon is not None
            for one in around(version.lat, version.lon, EVIDENCE.place.far_m)
        }
        if not cells:
            return ()
        first = previous_day(day_of(self._since_ms))
        return [
            key
            for day in self._rows.keys("day")
            if day >= first
            for vehicle in listed(self._rows, "day", day)
            if (haul := self._rows.get("haul", key := haul_key(vehicle, day), Haul))
            if _was_in(facts_of(haul), cells)
        ]


def _was_in(facts: Facts, cells: Collection[str]) -> bool:
    return any(cell(one.lat, one.lon) in cells for one in facts.fixes) or any(
        one.lat is not None and one.lon is not None and cell(one.lat, one.lon) in cells
        for one in facts.lifts
    )
