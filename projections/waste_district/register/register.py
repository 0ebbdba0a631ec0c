"""The register as it is known by some rows, asked by valid time.

Pure. Owns nothing but what it worked out from rows that it was asked about; make a new one when
the register's rows may have changed: once a run, once a page.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from projections.days import DAY_MS, at, weekday
from projections.view import Kinds
from projections.waste_district.held import Held, Rows
from projections.waste_district.register.names import listed
from projections.waste_district.register.near import Spot, Spots
from projections.waste_district.register.plates import vehicles_of
from projections.waste_district.register.versions import holding, last
from projections.waste_district.rows.register import (
    EDITION,
    Bin,
    BinVersion,
    Carrier,
    CarrierVersion,
    Compound,
    CompoundVersion,
    Edition,
    Facility,
    FacilityVersion,
    Point,
    PointVersion,
    Route,
    RouteVersion,
    Tag,
    Vehicle,
    VehicleVersion,
    Weighbridge,
    WeighbridgeVersion,
)

_PLANS = 20_000  # vehicles' days: a month of a district has half of it
_EDITIONS = 4
_SWAPS = 16  # a bin replaced so often in a row is a circle


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A route on one day. `bins`: keys in the order of the stops; one that was swapped goes by
    the bin in its place, one that has ended is left out. `unknown`: stops that cannot be served,
    by the key (else the bare name) of a bin that is not entered for then."""

    route: str
    category: str
    facility: str
    start_ms: int
    end_ms: int
    bins: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class _WorkedOut:
    """What follows from one edition of the register, whoever asks, of whatever store."""

    def __init__(self) -> None:
        self.spots: dict[str, tuple[Spot, ...]] = {}
        self.planned: dict[tuple[str, str], tuple[Planned, ...]] = {}


@lru_cache(maxsize=_EDITIONS)
def _worked_out(_of: str) -> _WorkedOut:
    """A month is folded in thousands of runs with one edition, and its plans cost more than all
    else that is asked. Kept for the editions asked about last: what is folded, and what screens of
    the past show beside it."""
    return _WorkedOut()


class Register:
    """`ms` is always when something happened, not when it was heard of."""

    def __init__(self, rows: Rows | Kinds) -> None:
        self._rows: Rows = Held(rows) if isinstance(rows, Mapping) else rows
        edition = self._rows.get("edition", EDITION, Edition)
        found = _worked_out(edition.of) if edition and edition.of else _WorkedOut()
        self._spots = Spots(self._rows, found.spots)
        self._planned = found.planned

    # --- bins and tags ---------------------------------------------------------------------------

    def bin(self, key: str, ms: int) -> BinVersion | None:
        """None before it was entered and after it ended. One that stands in another's place and
        is entered without its own point stands at the other's."""
        row = self._rows.get("bin", key, Bin)
        if row is None:
            return None
        found = holding(row.versions, ms)
        if found is not None and not found.point and row.instead:
            return self._standing(key, row, found, ms)
        return found

    def _standing(
        self, key: str, row: Bin, found: BinVersion, ms: int, left: int = _SWAPS
    ) -> BinVersion:
        for other in row.instead:
            before = self._rows.get("bin", other, Bin)
            version = last(before.versions, ms) if before else None
            if before is None or version is None or version.replaced_by != key:
                continue
            if not version.point and left:
                version = self._standing(other, before, version, ms, left - 1)
            if version.point:
                category = found.category or version.category
                return msgspec.structs.replace(found, point=version.point, category=category)
        return found

    def resolve(self, told: str, compound: str, ms: int) -> str:
        """Key of the bin that is called so: in that compound, else in the only one that has such
        a bin; empty where none or several do."""
        name = told.removeprefix("bin/")
        if "/" in name:
            return name if self.bin(name, ms) else ""
        own = f"{compound}/{name}"
        if self.bin(own, ms):
            return own
        found = [key for key in listed(self._rows, "named", name) if self.bin(key, ms)]
        return found[0] if len(found) == 1 else ""

    def bin_of_tag(self, uid: str, ms: int) -> str:
        """Key; of several bins the one that the tag was bound to last. Empty: none."""
        row = self._rows.get("tag", uid, Tag)
        found = last(row.versions, ms) if row else None
        return found.bin if found else ""

    def bins_of_tag(self, uid: str, ms: int) -> tuple[str, ...]:
        """All that it is bound to then; more than one is a conflict."""
        row = self._rows.get("tag", uid, Tag)
        found = last(row.versions, ms) if row else None
        return found.bins if found else ()

    def tags_of(self, key: str, ms: int) -> tuple[str, ...]:
        row = self._rows.get("bin", key, Bin)
        if row is None:
            return ()
        return tuple(uid for uid in row.uids if key in self.bins_of_tag(uid, ms))

    def in_place(self, key: str, ms: int) -> str:
        """Key of the bin that stands where this one was entered: itself if it was not swapped, or
        was put back there since."""
        since_ms = 0
        for _ in range(_SWAPS):
            version = self._last(key, ms)
            if version is None or not version.replaced_by or version.swapped_ms < since_ms:
                return key
            key, since_ms = version.replaced_by, version.swapped_ms
        return key

    def _last(self, key: str, ms: int) -> BinVersion | None:
        row = self._rows.get("bin", key, Bin)
        return last(row.versions, ms) if row else None

    def bins_at(self, point: str, ms: int) -> tuple[str, ...]:
        """Keys, sorted."""
        found: set[str] = set()
        for key in listed(self._rows, "at", point):
            version = self._last(key, ms)
            if version is None or version.point != point:
                continue
            stands = self.in_place(key, ms)
            there = self.bin(stands, ms)
            if there is not None and there.point == point:
                found.add(stands)
        return tuple(sorted(found))

    # --- places ----------------------------------------------------------------------------------

    def compound(self, name: str, ms: int) -> CompoundVersion | None:
        row = self._rows.get("compound", name, Compound)
        return holding(row.versions, ms) if row else None

    def point(self, name: str, ms: int) -> PointVersion | None:
        row = self._rows.get("point", name, Point)
        return holding(row.versions, ms) if row else None

    def points_near(
        self, lat: float, lon: float, ms: int, within: float
    ) -> list[tuple[str, float]]:
        """Points and how many metres away they are, nearest first."""
        return self._spots.near(lat, lon, ms, within)

    # --- who drives where ------------------------------------------------------------------------

    def vehicle(self, name: str, ms: int) -> VehicleVersion | None:
        row = self._rows.get("vehicle", name, Vehicle)
        return holding(row.versions, ms) if row else None

    def vehicle_of(self, name: str, ms: int) -> str:
        """What is registered then of who goes by its plate (`plates.unregistered`); empty where
        none, or two, have that plate."""
        found = vehicles_of(self._rows, name, ms)
        return found[0] if len(found) == 1 else ""

    def carrier(self, name: str, ms: int) -> CarrierVersion | None:
        row = self._rows.get("carrier", name, Carrier)
        return holding(row.versions, ms) if row else None

    def facility(self, name: str, ms: int) -> FacilityVersion | None:
        row = self._rows.get("facility", name, Facility)
        return holding(row.versions, ms) if row else None

    def weighbridge(self, name: str, ms: int) -> WeighbridgeVersion | None:
        row = self._rows.get("weighbridge", name, Weighbridge)
        return holding(row.versions, ms) if row else None

    def routes(self, vehicle: str, day: str) -> tuple[Planned, ...]:
        """The vehicle's on that day of China, by when they begin."""
        found = self._planned.get((vehicle, day))
        if found is None:
            made = (self._plan(name, day) for name in listed(self._rows, "driven", vehicle))
            plans = [one[1] for one in made if one and one[0] == vehicle]
            found = tuple(sorted(plans, key=_begin))
            if len(self._planned) >= _PLANS:
                self._planned.clear()
            self._planned[vehicle, day] = found
        return found

    def routes_on(self, day: str) -> tuple[tuple[str, Planned], ...]:
        """Everybody's on that day, with the vehicle: by vehicle and by when they begin."""
        vehicles = sorted(self._rows.keys("driven"))
        return tuple((name, one) for name in vehicles for one in self.routes(name, day))

    def _plan(self, name: str, day: str) -> tuple[str, Planned] | None:
        """With its vehicle; None where it is not driven on that day."""
        row = self._rows.get("route", name, Route)
        stands = _standing_on(day, row.versions) if row else None
        if stands is None or stands.ended or weekday(day) not in stands.weekdays:
            return None
        start, end = at(day, stands.start), at(day, stands.end)
        bins, unknown = self._stops(stands.bins, start)
        plan = Planned(
            route=name,
            category=stands.category,
            facility=stands.facility,
            start_ms=start,
            end_ms=end if end > start else end + DAY_MS,
            bins=bins,
            unknown=unknown,
        )
        return stands.vehicle, plan

    def _stops(self, told: Iterable[str], ms: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Bins that stand at the stops then, and those of which nothing is known for then."""
        bins: dict[str, None] = {}
        unknown: dict[str, None] = {}
        for one in told:
            stands = self.in_place(one if "/" in one else self._entered_as(one), ms)
            version = self._last(stands, ms)
            if version is None:
                unknown[stands] = None
            elif not version.ended:
                bins[stands] = None
        return tuple(bins), tuple(unknown)

    def _entered_as(self, name: str) -> str:
        """Key of the one bin that was ever called so, whether it has been swapped or not; the name
        itself where none or several were."""
        keys = listed(self._rows, "named", name)
        return keys[0] if len(keys) == 1 else name


def _standing_on(day: str, versions: tuple[RouteVersion, ...]) -> RouteVersion | None:
    """The newest that held when the route was to begin. One that ended begins no more when it
    would have begun."""
    found: RouteVersion | None = None
    start = "00:00"
    for one in versions:
        begins = start if one.ended else one.start
        if one.ms <= at(day, begins):
            found, start = one, begins
    return found


def _begin(plan: Planned) -> tuple[int, str]:
    return plan.start_ms, plan.route
