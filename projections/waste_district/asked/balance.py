"""The mass balance: bins → vehicle → facility, exact to the gram.

Over any cut: what compounds gave = what facilities took in + the named gaps. What a transfer
station sends on was taken in before, so transfers are a balance of their own: what left a station
= what the next facility took in + gaps; and a station keeps what came and did not leave.

Pure on rows; integers only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isqrt
from typing import Literal, get_args

import msgspec

from projections.days import day_of
from projections.view import Kinds
from projections.waste_district.asked.flows import Flow, Flows
from projections.waste_district.held import Held
from projections.waste_district.kept import mark_ms
from projections.waste_district.loads.bridges import Off, weighed, zeros
from projections.waste_district.loads.gaps import with_zero
from projections.waste_district.loads.scales import stored_tare
from projections.waste_district.loads.shares import Share, shares
from projections.waste_district.loads.trips import standing
from projections.waste_district.register.register import Register
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Gap, GapName, Trip

By = Literal["trip", "day", "stream", "compound", "facility"]
BYS: tuple[By, ...] = get_args(By)
WORST = 50  # trips with the most that nothing explains


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`lifted_g` = `received_g` + `gaps`, which stand with the largest first. `key` empty: of
    nobody, or of no facility."""

    key: str
    lifted_g: int = 0
    received_g: int = 0
    gaps: tuple[Gap, ...] = ()
    tolerance_g: int = 0  # what the scales may be off by
    trips: int = 0
    lifts: int = 0
    unweighed: int = 0
    presumed_g: int = 0  # of lifted_g: from bins known by place alone

    def gap(self, name: GapName) -> int:
        return sum(one.grams for one in self.gaps if one.name == name)


class Station(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A transfer station: what came by collection and by transfer, what left. `kept_g`: is still
    there, or was lost; below nothing where more left than came."""

    facility: str
    received_g: int = 0
    brought_g: int = 0
    taken_g: int = 0
    kept_g: int = 0


class Balance(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`by`: the same mass, cut in five ways. `worst`: trips by what nothing explains."""

    since: str
    until: str
    compound: str = ""
    category: str = ""
    facility: str = ""
    total: Line
    by: Mapping[By, tuple[Line, ...]]
    worst: tuple[Line, ...] = ()
    transferred: Line
    transfers: tuple[Line, ...] = ()
    stations: tuple[Station, ...] = ()
    flows: tuple[Flow, ...] = ()


def balance(
    kinds: Kinds, since: str, until: str, compound: str = "", category: str = "", facility: str = ""
) -> Balance:
    """Days are those of the trips' first lifts, both included."""
    books = _Books(compound, category, facility)
    for trip, gaps in balanced(kinds, since, until):
        if trip.kind == "transfer":
            books.transfer(trip, gaps)
        else:
            books.collection(trip, gaps)
    return books.closed(since, until)


def balanced(kinds: Kinds, since: str, until: str) -> list[tuple[Trip, tuple[Gap, ...]]]:
    """Trips of these days by key, each with its gaps as all that is known now explains them."""
    return explained(
        kinds,
        [
            row
            for _, row in sorted(kinds.get("trip", {}).items())
            if isinstance(row, Trip) and since <= row.day <= until
        ],
    )


def explained(kinds: Kinds, trips: Iterable[Trip]) -> list[tuple[Trip, tuple[Gap, ...]]]:
    """A weighbridge's zero drops out of the net where the vehicle was weighed empty there too."""
    held, register = Held(kinds), Register(kinds)
    known_ms = mark_ms(held)
    found = [(standing(one, known_ms), held.get("ticket", one.ticket, Ticket)) for one in trips]
    tared = [ticket for _, ticket in found if ticket is not None and stored_tare(ticket)]
    off: Mapping[tuple[str, str], Off] = {}
    if tared:
        moments = [ticket.ms for ticket in tared]
        beside = weighed(kinds, day_of(min(moments)), day_of(max(moments)))
        off = zeros(beside, register)
    return [(trip, _with_zero(trip, ticket, off)) for trip, ticket in found]


def _with_zero(
    trip: Trip, ticket: Ticket | None, off: Mapping[tuple[str, str], Off]
) -> tuple[Gap, ...]:
    if ticket is None or not off or not stored_tare(ticket):
        return trip.gaps
    zero = off.get((ticket.weighbridge, day_of(ticket.ms)))
    return with_zero(trip, zero.grams) if zero else trip.gaps


class _Sum:
    """A line in the making."""

    def __init__(self) -> None:
        self.lifted = self.received = self.trips = self.lifts = self.unweighed = 0
        self.presumed = self.squares = 0
        self.gaps: dict[GapName, int] = {}

    def add(self, trip: Trip, found: Sequence[Share], mass_g: int) -> None:
        """`mass_g`: of the whole trip, of which `found` may be a part."""
        mine = 0
        for share in found:
            part = share.part
            mine += share.mass_g
            self.lifted += share.lifted_g
            self.received += share.received_g
            self.lifts += part.lifts
            self.unweighed += part.unweighed
            self.presumed += part.presumed_g if part.compound else 0
            self._gaps(share.gaps)
        self._once(trip.tolerance_g * mine // mass_g if mass_g else trip.tolerance_g)

    def transfer(self, trip: Trip, gaps: Sequence[Gap]) -> None:
        self.lifted += trip.lifted_g
        self.received += trip.received_g
        self._gaps(gaps)
        self._once(trip.tolerance_g)

    def _gaps(self, gaps: Iterable[Gap]) -> None:
        for one in gaps:
            self.gaps[one.name] = self.gaps.get(one.name, 0) + one.grams

    def _once(self, tolerance_g: int) -> None:
        self.trips += 1
        self.squares += tolerance_g * tolerance_g

    def line(self, key: str) -> Line:
        gaps = (Gap(name=name, grams=grams) for name, grams in self.gaps.items() if grams)
        return Line(
            key=key,
            lifted_g=self.lifted,
            received_g=self.received,
            gaps=tuple(sorted(gaps, key=lambda one: (-abs(one.grams), one.name))),
            tolerance_g=isqrt(self.squares),
            trips=self.trips,
            lifts=self.lifts,
            unweighed=self.unweighed,
            presumed_g=self.presumed,
        )


class _Books:
    """Every trip is entered once, on every page that it belongs on."""

    def __init__(self, compound: str, category: str, facility: str) -> None:
        self._cut = compound, category, facility
        self._total, self._transferred = _Sum(), _Sum()
        self._by: dict[By, defaultdict[str, _Sum]] = {one: defaultdict(_Sum) for one in BYS}
        self._transfers: list[Line] = []
        self._stations: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._flows = Flows()

    def collection(self, trip: Trip, gaps: Sequence[Gap]) -> None:
        compound, category, facility = self._cut
        place = trip.site if trip.outcome == "delivered" else ""
        if facility and place != facility:
            return
        whole = shares(trip, gaps)
        found = [
            one
            for one in whole
            if compound in ("", one.part.compound) and category in ("", one.category)
        ]
        if not found:
            return
        mass_g = sum(one.mass_g for one in whole)
        pages = self._by
        for page in (
            self._total, pages["trip"][trip.key], pages["day"][trip.day],
            pages["facility"][place],
        ):  # fmt: skip
            page.add(trip, found, mass_g)
        for key, mine in _grouped(found, lambda one: one.part.compound):
            pages["compound"][key].add(trip, mine, mass_g)
        for key, mine in _grouped(found, lambda one: one.category):
            pages["stream"][key].add(trip, mine, mass_g)
        self._stations[place][0] += sum(one.received_g for one in found)
        self._flows.collected(trip, place, found)

    def transfer(self, trip: Trip, gaps: Sequence[Gap]) -> None:
        """Whose it once was nobody can say any more, so a cut by compound has none."""
        compound, category, facility = self._cut
        place = trip.site if trip.outcome == "delivered" else ""
        if compound or category not in ("", trip.category):
            return
        if facility in ("", trip.origin):
            self._stations[trip.origin][2] += trip.lifted_g
        if facility in ("", place):
            self._stations[place][1] += trip.received_g
        if facility in ("", trip.origin, place):
            self._transferred.transfer(trip, gaps)
            alone = _Sum()
            alone.transfer(trip, gaps)
            self._transfers.append(alone.line(trip.key))
            self._flows.transferred(trip, place, gaps)

    def closed(self, since: str, until: str) -> Balance:
        compound, category, facility = self._cut
        by = {
            name: tuple(page.line(key) for key, page in sorted(pages.items()))
            for name, pages in self._by.items()
        }
        unexplained = [one for one in (*by["trip"], *self._transfers) if one.gap("unexplained")]
        unexplained.sort(key=lambda one: (-abs(one.gap("unexplained")), one.key))
        return Balance(
            since=since,
            until=until,
            compound=compound,
            category=category,
            facility=facility,
            total=self._total.line(""),
            by=by,
            worst=tuple(unexplained[:WORST]),
            transferred=self._transferred.line(""),
            transfers=tuple(self._transfers),
            stations=tuple(
                Station(
                    facility=name,
                    received_g=came,
                    brought_g=brought,
                    taken_g=taken,
                    kept_g=came + brought - taken,
                )
                for name, (came, brought, taken) in sorted(self._stations.items())
                if taken
            ),
            flows=self._flows.drawn(),
        )


def _grouped(
    found: Sequence[Share], key: Callable[[Share], str]
) -> Iterable[tuple[str, list[Share]]]:
    groups: dict[str, list[Share]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups.items()
