"""A compound's month as the Beijing rules on household waste want it kept (art. 35-37): of what
kind, how much, by whom it was transported and where to. Nobody types any of it.

A line is what one vehicle took along on one trip, of one kind; it names every event it follows
from. Pure on rows: the rows as of a position give the ledger as it was known there.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from projections import days
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.kept import mark_ms
from projections.waste_district.loads.custody import Custody
from projections.waste_district.loads.misread import Misread, looked_at
from projections.waste_district.loads.trips import standing
from projections.waste_district.register.register import Register
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Part, Trip

# `line`: all of it came or went; `name` and `street` are the compound's own.
Field = Literal[
    "line", "quantity", "transporter", "destination", "outcome", "lifts", "unweighed",
    "presumed", "mixed", "trip", "ticket", "events", "name", "street",
]  # fmt: skip


class Source(msgspec.Struct, frozen=True, gc=False):
    """An event that a line follows from, and where it stands in the log. `id` is unique with
    `source` only."""

    id: str
    source: str
    position: int


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`quantity_g` is what the lifter weighed; `unweighed` lifts had no weight, `presumed_g` of it
    is from bins known by place alone. `trip`: {vehicle}/{day}/{n}, as its page and route have it.
    Without a destination it was not delivered, as far as is known."""

    category: str
    quantity_g: int
    carrier: str
    transporter: str
    facility: str
    destination: str
    day: str
    trip: str
    ticket: str
    outcome: Literal["open", "delivered", "refused", "undelivered"]
    lifts: int
    unweighed: int = 0
    presumed_g: int = 0
    mixed: bool = False
    events: tuple[Source, ...] = ()


class Total(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """All lines of the month that are alike in the four things the rules ask for."""

    category: str
    quantity_g: int
    transporter: str
    destination: str
    lifts: int
    unweighed: int
    trips: int
    first: int  # numbers of lines, counted from 1
    last: int


class Change(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """What a line said in the revision before, and what it says now; empty where there was, or is,
    none. Grams as digits. `events`: those that were not known then."""

    trip: str
    category: str
    field: Field
    was: str
    now: str
    events: tuple[Source, ...] = ()


class Ledger(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`revision` 0 is a draft, which nobody may hold anybody to. `position`: the log's, up to which
    it was made."""

    compound: str
    name: str
    street: str
    month: str
    revision: int = 0
    position: int = 0
    quantity_g: int = 0
    totals: tuple[Total, ...] = ()
    lines: tuple[Line, ...] = ()
    changes: tuple[Change, ...] = ()


def ledger(kinds: Kinds, compound: str, month: str) -> Ledger:
    """`month`: YYYY-MM. Trips over midnight belong to the day of their first lift."""
    register = Register(kinds)
    custody = Custody(kinds, register)
    of_month = days.month_days(month)
    known = register.compound(compound, days.start_of(of_month[-1]))
    known_ms = mark_ms(Held(kinds))
    misread = Misread(kinds, register, looked_at(kinds, of_month[0], of_month[-1]))
    lines = sorted(
        (
            _line(
                register,
                misread.corrected(standing(trip, known_ms)),
                part,
                _sources(kinds, custody, trip, part),
            )
            for trip in kinds.get("trip", {}).values()
            if isinstance(trip, Trip) and trip.kind == "collection" and trip.day[:7] == month
            for part in trip.parts
            if part.compound == compound
        ),
        key=_order,
    )
    return Ledger(
        compound=compound,
        name=known.name if known else "",
        street=known.street if known else "",
        month=month,
        quantity_g=sum(one.quantity_g for one in lines),
        totals=tuple(_totals(lines)),
        lines=tuple(lines),
    )


def changes(was: Ledger, now: Ledger) -> tuple[Change, ...]:
    """All that a later revision says otherwise."""
    told: tuple[tuple[Field, str, str], ...] = (
        ("name", was.name, now.name),
        ("street", was.street, now.street),
    )
    return (
        *(
            Change(trip="", category="", field=field, was=old, now=new)
            for field, old, new in told
            if old != new
        ),
        *(change for pair in _pairs(was, now) for change in _changed(*pair)),
    )


def _line(register: Register, trip: Trip, part: Part, events: tuple[Source, ...]) -> Line:
    at = trip.closed_ms or trip.opened_ms
    taken = trip.outcome == "delivered"
    carrier = register.carrier(trip.carrier, at)
    facility = register.facility(trip.site, at) if taken else None
    return Line(
        category=part.category,
        quantity_g=part.net_g,
        carrier=trip.carrier,
        transporter=carrier.name if carrier and carrier.name else trip.carrier,
        facility=trip.site if taken else "",
        destination=facility.name if facility and facility.name else trip.site if taken else "",
        day=trip.day,
        trip=trip.key.replace("|", "/"),
        ticket=trip.ticket,
        outcome=trip.outcome,
        lifts=part.lifts,
        unweighed=part.unweighed,
        presumed_g=part.presumed_g,
        mixed=bool(trip.mixed),
        events=events,
    )


def _sources(kinds: Kinds, custody: Custody, trip: Trip, part: Part) -> tuple[Source, ...]:
    """Every lift of the compound and kind on that trip, then every word about its tickets."""
    lifted = (
        Source(one.lift.id, one.lift.source, one.lift.position)
        for one in custody.of(trip)
        if one.counted and (one.compound, one.category) == (part.compound, part.category)
    )
    held = Held(kinds)
    said = (
        Source(word.id, word.source, word.position)
        for key in trip.tickets
        if (ticket := held.get("ticket", key, Ticket))
        for word in ticket.words
    )
    return (*lifted, *said)


def _order(line: Line) -> tuple[object, ...]:
    """Alike ones together, so that a total can name its lines; inside of it by time."""
    return *_alike(line), line.day, line.trip


def _alike(line: Line) -> tuple[str, ...]:
    return line.category, line.carrier, line.facility


def _totals(lines: Sequence[Line]) -> Iterator[Total]:
    at = 0
    for _, group in groupby(lines, _alike):
        found = list(group)
        yield Total(
            category=found[0].category,
            quantity_g=sum(one.quantity_g for one in found),
            transporter=found[0].transporter,
            destination=found[0].destination,
            lifts=sum(one.lifts for one in found),
            unweighed=sum(one.unweighed for one in found),
            trips=len({one.trip for one in found}),
            first=at + 1,
            last=at + len(found),
        )
        at += len(found)


def _pairs(was: Ledger, now: Ledger) -> Iterator[tuple[Line | None, Line | None]]:
    """A line is known again by its ticket, else by any of its events: numbers of trips move when
    one becomes known late, and a ticket may itself come after the ledger left."""
    gone, came = dict(enumerate(was.lines)), dict(enumerate(now.lines))
    for names in (_ticket, _evidence):
        at = {name: number for number, one in gone.items() for name in names(one)}
        for number, one in tuple(came.items()):
            same = next((at[name] for name in names(one) if at.get(name) in gone), None)
            if same is not None:
                yield gone.pop(same), came.pop(number)
    yield from ((one, None) for one in gone.values())
    yield from ((None, one) for one in came.values())


def _ticket(line: Line) -> tuple[tuple[str, ...], ...]:
    return ((line.ticket, line.category),) if line.ticket else ()


def _evidence(line: Line) -> tuple[tuple[str, ...], ...]:
    return tuple((one.id, one.source, line.category) for one in line.events)


def _changed(was: Line | None, now: Line | None) -> Iterator[Change]:
    line = now or was
    assert line is not None
    known = set(was.events if was else ())
    events = tuple(one for one in (now.events if now else ()) if one not in known)
    told: list[tuple[Field, str, str]] = [
        ("line", str(was.quantity_g) if was else "", str(now.quantity_g) if now else "")
    ]
    if was and now:
        pairs = zip(_said(was), _said(now), strict=True)
        told = [(field, before, after) for (field, before), (_, after) in pairs if before != after]
        if was.events != now.events:
            told.append(("events", str(len(was.events)), str(len(now.events))))
    for field, before, after in told:
        yield Change(
            trip=line.trip,
            category=line.category,
            field=field,
            was=before,
            now=after,
            events=events,
        )


def _said(line: Line) -> tuple[tuple[Field, str], ...]:
    return (
        ("quantity", str(line.quantity_g)),
        ("transporter", _named(line.transporter, line.carrier)),
        ("destination", _named(line.destination, line.facility)),
        ("outcome", line.outcome),
        ("lifts", str(line.lifts)),
        ("unweighed", str(line.unweighed)),
        ("presumed", str(line.presumed_g)),
        ("mixed", "mixed" if line.mixed else ""),
        ("trip", line.trip),
        ("ticket", line.ticket),
    )


def _named(name: str, key: str) -> str:
    """Two may have one name."""
    return name if name == key else f"{name} ({key})"
