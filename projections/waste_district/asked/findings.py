"""Everything that is not as it should be, over some days: what the hauls say of their own lifts,
and what only several of them together, their tickets and the register can say.

Pure on rows. Nothing is asked of facts here: hauls keep theirs packed, and a month has thousands.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from projections.days import next_day
from projections.view import Kinds
from projections.waste_district.asked.balance import balanced
from projections.waste_district.asked.conflicts import on_two_bins, on_two_vehicles
from projections.waste_district.asked.silence import silent
from projections.waste_district.asked.unserved import unserved
from projections.waste_district.held import Held
from projections.waste_district.kept import mark_ms
from projections.waste_district.lifts.faults import EVENTS
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.lost import Lost, lost
from projections.waste_district.lifts.misses import Corrected, misses
from projections.waste_district.lifts.swapped import Swap
from projections.waste_district.lifts.weights import said
from projections.waste_district.loads.bridges import weighed, zeros
from projections.waste_district.loads.misread import Misread, looked_at
from projections.waste_district.loads.scales import Scales
from projections.waste_district.loads.tickets import facility_of
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Extra, Finding, Haul
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Gap, Trip


def findings(kinds: Kinds, since: str, until: str) -> list[Finding]:
    """By day, kind and key; both days included."""
    looked = _Looked(kinds, since, until)
    found = [
        *looked.hauls(),
        *looked.missed(),
        *silent(kinds, looked.register, since, until, looked.known_ms),
        *unserved(Held(kinds), looked.register, since, until, looked.known_ms),
        *looked.loads(balanced(kinds, since, until)),
        *looked.tags(),
        *on_two_vehicles(kinds, since, until),
        *_bridges(kinds, looked.register, since, until),
    ]
    return sorted(found, key=lambda one: (one.day, one.kind, one.key))


def missed(kinds: Kinds, since: str, until: str) -> Iterator[Finding]:
    """Bins alone, in no order; both days included."""
    return _Looked(kinds, since, until).missed()


def of_bin(kinds: Kinds, key: str, since: str, until: str) -> Iterator[Finding]:
    """In no order; both days included."""
    looked = _Looked(kinds, since, until)
    for one in (*looked.hauls(), *looked.missed(), *looked.tags()):
        if key == one.bin or key in one.key.split("|"):
            yield one


def of_trip(
    kinds: Kinds, misread: Misread, trip: Trip, lifts: Collection[tuple[str, str]]
) -> list[Finding]:
    """By day, kind and key. `misread`: of its days; `trip`: with its gaps as all that is known now
    explains them; `lifts`: id and source of each."""
    held = Held(kinds)
    hauls = (
        held.get("haul", haul_key(trip.vehicle, day), Haul)
        for day in (trip.day, next_day(trip.day))
    )
    found = [
        *(one for one in _of_hauls(filter(None, hauls), misread) if (one.key, one.source) in lifts),
        *_Loads(kinds, misread).faults(trip, trip.gaps),
    ]
    return sorted(found, key=lambda one: (one.day, one.kind, one.key))


class _Looked:
    """At some days. Nothing is looked for until it is asked for: together it takes long."""

    def __init__(self, kinds: Kinds, since: str, until: str) -> None:
        self._kinds, self._since, self._until = kinds, since, until
        self._wide = looked_at(kinds, since, until)
        self._hauls = [one for one in self._wide if since <= one.day <= until]
        self.register = Register(kinds)
        self._misread = Misread(kinds, self.register, self._wide)
        self.known_ms = mark_ms(Held(kinds))

    def hauls(self) -> Iterator[Finding]:
        return _of_hauls(self._hauls, self._misread)

    def missed(self) -> Iterator[Finding]:
        extras = {
            day: one
            for day, one in self._kinds.get("extra", {}).items()
            if isinstance(one, Extra) and self._since <= day <= self._until
        }
        corrected = Corrected(self._misread.pairs, self._hauls, extras)
        return misses(self._hauls, corrected, self.known_ms)

    def loads(self, trips: Iterable[tuple[Trip, Sequence[Gap]]]) -> Iterator[Finding]:
        loads = _Loads(self._kinds, self._misread)
        return (one for trip, gaps in trips for one in loads.faults(trip, gaps))

    def tags(self) -> Iterator[Finding]:
        since, until = self._since, self._until
        for pair in self._misread.pairs:
            if pair.days[1] >= since and pair.days[0] <= until:
                yield _swapped(pair)
        for one in lost(self._wide):
            if one.until >= since and one.since <= until:
                yield _lost(one)
        yield from on_two_bins(self._kinds, since, until)


def _of_hauls(hauls: Iterable[Haul], misread: Misread) -> Iterator[Finding]:
    slips = misread.lifts
    for haul in hauls:
        for one in haul.findings:
            if one.kind != "wrong-stream" or (one.ms, one.key, one.source) not in slips:
                yield one


# --- loads --------------------------------------------------------------------------------------


class _Loads:
    def __init__(self, kinds: Kinds, misread: Misread) -> None:
        self._held = Held(kinds)
        self._register = misread.register
        self._misread = misread

    def faults(self, trip: Trip, gaps: Sequence[Gap]) -> Iterator[Finding]:
        if trip.outcome == "undelivered":
            grams = sum(one.grams for one in gaps if one.name == "not-delivered")
            yield self._of(trip, "not-delivered", trip.key, grams)
        why = self._misread.mixed(trip)
        if why:
            told: dict[str, str | int] = {"why": why, "stream": trip.category, "site": trip.site}
            told |= {"lifts": trip.wrong_lifts} if why == "bins" else {}
            key = trip.ticket or trip.key
            yield self._of(trip, "mixed-load", key, trip.wrong_g or trip.received_g, told)
        for gap in gaps:
            if gap.name == "no-lifts":
                yield self._of(trip, "no-lifts", trip.ticket, -gap.grams)
            elif gap.name == "unexplained":
                within: dict[str, str | int] = {"tolerance": trip.tolerance_g}
                yield self._of(trip, "gap", trip.ticket, gap.grams, within)
        yield from self._refused(trip)
        yield from self._impossible(trip)

    def _refused(self, trip: Trip) -> Iterator[Finding]:
        """Whoever took it then: what a facility sent away may turn up somewhere else."""
        for key in trip.refused:
            ticket = self._held.get("ticket", key, Ticket)
            if ticket is None:
                continue
            told = {"site": facility_of(ticket, self._register), "reason": ticket.reason}
            one = self._of(trip, "refused-load", key, ticket.net_g or trip.mass_g, told)
            said = [word for word in ticket.words if word.what == "refused"]
            yield replace(
                one, ms=said[-1].ms, events=tuple(word.id for word in said),
                position=said[0].position,
            )  # fmt: skip

    def _impossible(self, trip: Trip) -> Iterator[Finding]:
        """Whether it leaves a gap or not: a load that nobody saw the lifts of leaves none."""
        vehicle = self._register.vehicle(trip.vehicle, trip.opened_ms)
        scales = Scales(vehicle, 0, self._register)
        for key, lifted_g in ((trip.taken, 0), (trip.ticket, trip.mass_g)):
            ticket = self._held.get("ticket", key, Ticket) if key else None
            if ticket is None or scales.fault(ticket, lifted_g) != "impossible-weight":
                continue
            yield self._of(trip, "impossible-weight", key, ticket.net_g or 0, said(ticket))

    def _of(
        self,
        trip: Trip,
        kind: str,
        key: str,
        grams: int,
        told: Mapping[str, str | int] | None = None,
    ) -> Finding:
        compounds = {one.compound for one in trip.parts}
        return Finding(
            kind=kind,
            key=key,
            day=trip.day,
            compound=compounds.pop() if len(compounds) == 1 else "",
            vehicle=trip.vehicle,
            ms=trip.closed_ms or trip.opened_ms,
            grams=grams,
            detail={"trip": trip.key, **(told or {})},
            events=trip.ends,
            position=trip.position,
        )


def _bridges(kinds: Kinds, register: Register, since: str, until: str) -> Iterator[Finding]:
    for (bridge, day), off in zeros(weighed(kinds, since, until), register).items():
        first = off.tickets[0].words[0]
        yield Finding(
            kind="scale-zero",
            key=f"weighbridge/{bridge}|{day}",
            day=day,
            ms=first.ms,
            grams=off.grams,
            detail={"tickets": len(off.tickets)},
            events=tuple(one.words[0].id for one in off.tickets[:EVENTS]),
            position=first.position,
        )


# --- tags ---------------------------------------------------------------------------------------


def _swapped(pair: Swap) -> Finding:
    first = pair.reads[0]
    return Finding(
        kind="swapped-tag",
        key=f"{pair.first}|{pair.second}",
        day=first.day,
        compound=pair.first.partition("/")[0],
        vehicle=first.vehicle,
        bin=pair.first,
        ms=first.ms,
        grams=sum({(one.ms, one.key, one.source): one.grams for one in pair.reads}.values()),
        detail={"other": pair.second, "reads": len(pair.reads), "until": pair.days[1]},
        events=tuple(one.key for one in pair.reads[:EVENTS]),
        position=first.position,
    )


def _lost(one: Lost) -> Finding:
    return Finding(
        kind="lost-tag",
        key=one.bin,
        day=one.since,
        compound=one.bin.partition("/")[0],
        vehicle=one.vehicle,
        bin=one.bin,
        ms=one.ms,
        detail={"days": one.days, "until": one.until},
        events=tuple(lift.id for lift in one.by),
        position=one.by[0].position,
    )
