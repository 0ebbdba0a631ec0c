"""What a vehicle did on a day, worked out from the rows: its facts, its routes, its lifts.

Facts that name it only by its plate are kept under what stands for that (`plates.unregistered`), so
that whose they are follows from the register as it is known now. A shift that goes over midnight is
judged with the facts of both days.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from core.events.register import Scale
from projections.days import DAY_MS, next_day, previous_day, start_of
from projections.waste_district.held import Rows
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.gather import NOTHING, facts_of, haul_key
from projections.waste_district.lifts.lift import Resolved, resolve
from projections.waste_district.lifts.shifts import begins_ms, over_ms
from projections.waste_district.lifts.weights import awaits, with_tares
from projections.waste_district.register.plates import unregistered
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Facts, Haul, Tare
from projections.waste_district.rows.register import Vehicle

_ORDER = attrgetter("ms", "id", "source")
_PLACE = attrgetter("ms", "lat", "lon")
_DOUBLE_MS = EVIDENCE.double.within_s * 1000


def vehicle_known_as(name: str, day: str, register: Register) -> str:
    """The vehicle of which a haul kept under that name tells: itself, or who has that plate."""
    return register.vehicle_of(name, start_of(day) + DAY_MS // 2) or name


def plates_of(name: str, rows: Rows) -> set[str]:
    """What stood for the vehicle by every plate that it ever had."""
    row = rows.get("vehicle", name, Vehicle)
    return {unregistered(one.plate_ref) for one in row.versions} - {""} if row else set()


class Hauled:
    """Remembers the days it was asked about: make a new one when rows may have changed."""

    def __init__(self, rows: Rows, register: Register) -> None:
        self._rows = rows
        self._register = register
        self._facts: dict[tuple[str, str], Facts] = {}
        self._resolved: dict[tuple[str, str], Sequence[Resolved]] = {}

    def hauls(self, vehicle: str, day: str) -> list[Haul]:
        """Under its name and under its plates; none of a plate that is a vehicle's on that day."""
        return [
            haul
            for name in (vehicle, *sorted(plates_of(vehicle, self._rows) - {vehicle}))
            if vehicle_known_as(name, day, self._register) == vehicle
            if (haul := self._rows.get("haul", haul_key(name, day), Haul))
        ]

    def facts(self, vehicle: str, day: str) -> Facts:
        found = self._facts.get((vehicle, day))
        if found is None:
            found = _together(facts_of(one) for one in self.hauls(vehicle, day))
            if any(map(awaits, found.lifts)):
                found = with_tares(found, self._tares(vehicle, day))
            self._facts[vehicle, day] = found
        return found

    def _tares(self, vehicle: str, day: str) -> list[Tare]:
        """Of that day and of those beside it."""
        return [
            tare
            for one in (previous_day(day), day, next_day(day))
            for haul in self.hauls(vehicle, one)
            for tare in facts_of(haul).tares
        ]

    def planned(self, vehicle: str, day: str) -> tuple[Planned, ...]:
        """Routes that lifts of that day may be on: its own, and its neighbours' over midnight."""
        start = start_of(day)
        before = self._register.routes(vehicle, previous_day(day))
        after = self._register.routes(vehicle, next_day(day))
        return (
            *(one for one in before if over_ms(one) >= start),
            *self._register.routes(vehicle, day),
            *(one for one in after if begins_ms(one) < start + DAY_MS),
        )

    def resolved(self, vehicle: str, day: str) -> Sequence[Resolved]:
        """Its lifts of that day, in order of time."""
        found = self._resolved.get((vehicle, day))
        if found is None:
            found = self._resolved[vehicle, day] = self._resolve(vehicle, day)
        return found

    def _resolve(self, vehicle: str, day: str) -> Sequence[Resolved]:
        facts = self.facts(vehicle, day)
        if not facts.lifts:
            return ()
        planned = self.planned(vehicle, day)
        days = [day]
        if self.together(vehicle, previous_day(day)):
            days.insert(0, previous_day(day))
        if self.together(vehicle, day):
            days.append(next_day(day))
        if len(days) > 1:
            facts = _together(self.facts(vehicle, one) for one in days)
        known = self._register.vehicle(vehicle, facts.lifts[-1].ms)
        found = resolve(
            facts,
            planned,
            known.categories[0] if known and known.categories else "",
            self._register,
            known.scale if known else Scale(),
        )
        if len(days) == 1:
            return found
        start = start_of(day)
        return [one for one in found if start <= one.lift.ms < start + DAY_MS]

    def together(self, vehicle: str, day: str) -> bool:
        """Whether that day and the next cannot be told one without the other: something was lifted
        on a shift of the other day, or lifts just before and after midnight may be one."""
        here = self.hauls(vehicle, day)
        there = self.hauls(vehicle, next_day(day))
        if not any(one.lifts for one in here) or not any(one.lifts for one in there):
            return False
        last = max(one.last_lift_ms for one in here)
        first = min(one.first_lift_ms for one in there if one.lifts)
        if first - last <= _DOUBLE_MS:
            return True
        before = self._register.routes(vehicle, day)
        after = self._register.routes(vehicle, next_day(day))
        return any(first <= over_ms(one) for one in before) or any(
            begins_ms(one) <= last for one in after
        )


def _together(parts: Iterable[Facts]) -> Facts:
    found = [one for one in parts if one is not NOTHING]
    if len(found) < 2:
        return found[0] if found else NOTHING
    return Facts(
        lifts=tuple(sorted((one for part in found for one in part.lifts), key=_ORDER)),
        reads=tuple(sorted((one for part in found for one in part.reads), key=_ORDER)),
        fixes=tuple(sorted((one for part in found for one in part.fixes), key=_PLACE)),
        tares=tuple(sorted((one for part in found for one in part.tares), key=_ORDER)),
    )
