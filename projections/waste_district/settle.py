"""Hauls told anew, as their facts, the tickets and the register are known now.

What is put follows from these alone, never from what stood there before; only revisions compare,
because they are about what was known when.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from core.event import Recorded
from projections.days import DAY_MS, day_of, next_day, previous_day, start_of
from projections.view import Rows
from projections.waste_district import shift_alarms
from projections.waste_district.lifts import extras, zeros
from projections.waste_district.lifts.cover import cover
from projections.waste_district.lifts.faults import faults
from projections.waste_district.lifts.gather import NOTHING, haul_key, of_haul, with_times
from projections.waste_district.lifts.hauled import Hauled, vehicle_known_as
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.revisions import note
from projections.waste_district.loads.tickets import tickets_of
from projections.waste_district.loads.trips import trips
from projections.waste_district.register.names import enlist, strike
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Trip, trip_key

_replace = msgspec.structs.replace
_Name = tuple[str, str]  # vehicle, day
_NO_NEWS: Mapping[str, Sequence[Recorded]] = {}


def settle(
    rows: Rows,
    item: Recorded,
    keys: Collection[str],
    live: Mapping[str, Sequence[Recorded]] = _NO_NEWS,
) -> None:
    """`item`: the newest of what was told. `live`: by haul, what of it is news and may raise and
    end alarms (I9). Days that cannot be told apart are settled together, and so is whose bins
    another one lifted."""
    if not keys:
        return
    settling = _Settling(rows, item, live)
    others = {other for key in sorted(keys) for other in settling.passed_on(key)}
    todo = {name for key in keys for name in settling.beside(settling.named(key))}
    others |= {key for name in sorted(todo) for key in settling.settle(name)}
    for name in sorted({settling.named(key) for key in others}):
        settling.settle(name)  # again, where it was before who made something good of it
    settling.put_trips()


class _Settling:
    def __init__(self, rows: Rows, item: Recorded, live: Mapping[str, Sequence[Recorded]]) -> None:
        self._rows = rows
        self._item = item
        self._live = live
        self._register = Register(rows)
        self._hauled = Hauled(rows, self._register)
        self._tickets: dict[_Name, tuple[Ticket, ...]] = {}
        self._was: dict[str, Trip] = {}  # trips of all that is settled, as they stood before
        self._driven: dict[_Name, Mapping[str, Trip]] = {}  # ... and as they are now

    def named(self, key: str) -> _Name:
        """Whose haul it is."""
        name, day = of_haul(key)
        return vehicle_known_as(name, day, self._register), day

    def passed_on(self, key: str) -> Collection[str]:
        """What is kept under a plate tells of the vehicle that has it, and no more of the plate.
        Keys of others' hauls that look otherwise now."""
        name, day = of_haul(key)
        haul = self._rows.get("haul", key, Haul)
        if haul is None or self.named(key) == (name, day):
            return ()
        self._was |= self._trips((name, day), haul)
        bare = _replace(haul, routes=(), findings=(), zero_g=0, trips=0)
        if not haul.facts:
            self._drop(name, day)
        elif bare != haul:
            self._rows.put("haul", key, bare)
        return extras.lifted(self._rows, name, day, (), (), self._register)

    def beside(self, name: _Name) -> list[_Name]:
        """That day, and those of its neighbours that look otherwise when it does."""
        vehicle, day = name
        before = vehicle, previous_day(day)
        found = [name]
        if self._hauled.together(*before) or self._goes_on(before):
            found.append(before)
        if self._hauled.together(vehicle, day) or self._goes_on(name):
            found.append((vehicle, next_day(day)))
        return found

    def settle(self, name: _Name) -> Collection[str]:
        """Keys of others' hauls that look otherwise now."""
        rows, register, hauled = self._rows, self._register, self._hauled
        vehicle, day = name
        key = haul_key(vehicle, day)
        before = rows.get("haul", key, Haul)
        resolved = hauled.resolved(vehicle, day)
        planned = register.routes(vehicle, day)
        driven = self._drive(name, before)
        if before is None and not driven and not resolved:
            return ()
        facts = hauled.facts(vehicle, day)
        zero_g = zeros.of_lifter(resolved, register)
        left_ms = [one.ms for one in self._around(name) if one.direction == "in"]
        made = extras.made_good(rows, vehicle, day)
        around = hauled.planned(vehicle, day)
        beside = [one for one in around if day_of(one.start_ms) != day]
        now = _replace(
            with_times(before or Haul(vehicle=vehicle, day=day), facts),
            routes=cover(self._on_shift(name, resolved), planned, left_ms, register, made, beside),
            findings=faults(vehicle, day, facts, resolved, planned, zero_g),
            zero_g=zero_g,
            trips=len(driven),
        )
        if facts is NOTHING and not driven:
            self._drop(vehicle, day)
        else:
            enlist(rows, "day", day, vehicle)
            if now != before:
                rows.put("haul", key, now)
        if news := self._live.get(key):
            told = {(one.event.id, one.event.source) for one in news}
            lifted = {
                one.bin
                for one in resolved
                if one.counted and (one.lift.id, one.lift.source) in told
            }
            shift_alarms.settled(rows, news[-1], before, now, driven, lifted)
        return extras.lifted(rows, vehicle, day, resolved, around, register)

    def _drop(self, vehicle: str, day: str) -> None:
        self._rows.drop("haul", haul_key(vehicle, day))
        strike(self._rows, "day", day, vehicle)

    def put_trips(self) -> None:
        """All of them together, because a load may go from one haul to another. Those that are no
        more are dropped."""
        rows, was = self._rows, self._was
        told = [one for driven in self._driven.values() for one in driven.values()]
        for key in was.keys() - {one.key for one in told}:
            rows.drop("trip", key)
        for one in note(rows, self._item, was.values(), told):
            if was.get(one.key) != one:
                rows.put("trip", one.key, one)

    def _drive(self, name: _Name, before: Haul | None) -> list[tuple[Trip | None, Trip]]:
        """Its trips as they were and as they are."""
        vehicle, day = name
        was = self._driven.get(name)
        if was is None:
            was = self._trips(name, before)
            self._was |= was
        told = trips(vehicle, day, self._lifted(name), self._around(name), self._register)
        self._driven[name] = {one.key: one for one in told}
        return [(was.get(one.key), one) for one in told]

    def _trips(self, name: _Name, haul: Haul | None) -> dict[str, Trip]:
        """As they stand."""
        vehicle, day = name
        many = haul.trips if haul else 0
        keys = [trip_key(vehicle, day, n) for n in range(1, many + 1)]
        return {key: one for key in keys if (one := self._rows.get("trip", key, Trip))}

    def _lifted(self, name: _Name) -> dict[str, Sequence[Resolved]]:
        """Of the day, and of its neighbours where a load may go on from one to the other."""
        vehicle, day = name
        before, after = previous_day(day), next_day(day)
        found = {day: self._hauled.resolved(vehicle, day)}
        if self._goes_on((vehicle, before)):
            found[before] = self._hauled.resolved(vehicle, before)
        if self._goes_on(name):
            found[after] = self._hauled.resolved(vehicle, after)
        return found

    def _on_shift(self, name: _Name, resolved: Sequence[Resolved]) -> Sequence[Resolved]:
        """What may have been lifted on the day's routes: those over midnight go on."""
        vehicle, day = name
        for other in (previous_day(day), next_day(day)):
            first = min(day, other)
            if self._hauled.together(vehicle, first):
                resolved = [*resolved, *self._hauled.resolved(vehicle, other)]
        return resolved

    def _goes_on(self, name: _Name) -> bool:
        """Whether what was lifted on that day, or left a transfer station, may still be on the
        vehicle after midnight, and something is known of the next day."""
        vehicle, day = name
        after = vehicle, next_day(day)
        brought = self._brought(name)
        loaded = [one.last_lift_ms for one in self._hauled.hauls(vehicle, day) if one.lifts]
        loaded += [one.ms for one in brought if one.direction == "out"]
        if not loaded or not (self._hauled.hauls(*after) or self._brought(after)):
            return False
        last, midnight = max(loaded), start_of(day) + DAY_MS
        return not any(
            last <= one.ms < midnight and one.direction == "in" and one.outcome != "refused"
            for one in brought
        )

    def _around(self, name: _Name) -> list[Ticket]:
        """Tickets of the day and its neighbours, in order of time."""
        vehicle, day = name
        days = (previous_day(day), day, next_day(day))
        return [ticket for one in days for ticket in self._brought((vehicle, one))]

    def _brought(self, name: _Name) -> tuple[Ticket, ...]:
        found = self._tickets.get(name)
        if found is None:
            vehicle, day = name
            found = tickets_of(self._rows, vehicle, (day,), self._register)
            self._tickets[name] = found
        return found
