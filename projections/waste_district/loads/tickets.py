"""Tickets: what facilities say of a load, word by word, and how it stands after all of them
(kinds `ticket` and `weighed`).

Tickets follow from the set of words about their number: neither their order nor how often they came
matters.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import msgspec

from core.event import Data, Recorded
from core.events.custody import LoadAccepted, LoadRefused, TicketCorrected
from core.events.waste import LoadWeighed
from projections.days import day_of, next_day, previous_day
from projections.view import Rows
from projections.waste_district.lifts.gather import as_key, haul_key
from projections.waste_district.lifts.hauled import plates_of, vehicle_known_as
from projections.waste_district.loads.numbers import apart
from projections.waste_district.register.plates import unregistered
from projections.waste_district.register.register import Register
from projections.waste_district.register.versions import told
from projections.waste_district.rows.hauls import Haul
from projections.waste_district.rows.tickets import Ticket, Tickets, Weighing
from projections.waste_district.rows.trips import Trip, trip_key

TYPES: frozenset[type[Data]] = frozenset((LoadWeighed, LoadAccepted, LoadRefused, TicketCorrected))
# Brought by a vehicle that nobody named. What it is, is not known, so its tickets do not make up
# a round of one vehicle.
NOBODY = "-"
LAST_WORDS = 64  # of one ticket; a weighbridge that stutters shall not fill the row

_Word = LoadWeighed | LoadAccepted | LoadRefused | TicketCorrected


def ticket_key(site: str, ticket_no: str) -> str:
    return f"{site}|{ticket_no}"


def weigh(rows: Rows, item: Recorded) -> Collection[str]:
    """Keys of the hauls whose loads may look otherwise now."""
    data = item.event.data
    assert isinstance(data, LoadWeighed | LoadAccepted | LoadRefused | TicketCorrected)
    word = _weighing(item, data)
    site = _site(item, data)
    number = data.ticket_no or f"~{word.vehicle or word.vehicle_ref or item.device}/{word.ms}"
    was = _tickets(rows, ticket_key(site, number))
    words = [one for ticket in was.values() for one in ticket.words]
    if any(_same(one, word) and one.told <= word.told for one in words):
        return ()
    rest = (one for one in words if not _same(one, word))
    said = sorted((*rest, word), key=_by_time)
    now = {ticket_key(site, one.ticket_no): one for one in _standing(site, number, said)}
    register = Register(rows)
    touched: set[str] = set()
    for key in sorted(was.keys() | now.keys()):
        before, after = was.get(key), now.get(key)
        if before == after:
            continue
        if after is not None:
            rows.put("ticket", key, after)
        else:
            rows.drop("ticket", key)
        _list(rows, key, before, after)
        for one in (before, after):
            touched.update(_touched(rows, key, one, register) if one else ())
    return touched


def _tickets(rows: Rows, key: str) -> dict[str, Ticket]:
    """Those of one number, by their keys."""
    first = rows.get("ticket", key, Ticket)
    if first is None:
        return {}
    others = {one: rows.get("ticket", one, Ticket) for one in first.beside}
    return {key: first, **{name: one for name, one in others.items() if one is not None}}


def tickets_of(
    rows: Rows, vehicle: str, days: Iterable[str], register: Register
) -> tuple[Ticket, ...]:
    """Of these days, in order of time: those that name the vehicle, or only a plate that was its
    own then. A plate that nobody registered stands for its vehicle."""
    named = sorted({vehicle, *plates_of(vehicle, rows)} - {""})
    found = [
        ticket
        for name in named
        for day in days
        if (listed := rows.get("weighed", haul_key(name, day), Tickets))
        for key in listed.keys
        if (ticket := rows.get("ticket", key, Ticket))
        if brought_by(ticket, register) == vehicle
    ]
    return tuple(sorted(found, key=lambda one: (one.ms, one.site, one.ticket_no)))


def brought_by(ticket: Ticket, register: Register) -> str:
    """Whose lifts of that day it is held against: a plate is one vehicle's all day."""
    name = ticket.vehicle or _plate(ticket)
    return vehicle_known_as(name, day_of(ticket.ms), register) if name else NOBODY


def facility_of(ticket: Ticket, register: Register) -> str:
    """A site is told as the facility, or known by the weighbridge that stands there."""
    if register.facility(ticket.site, ticket.ms):
        return ticket.site
    bridge = register.weighbridge(ticket.weighbridge, ticket.ms)
    return bridge.facility if bridge and bridge.facility else ticket.site


# --- words --------------------------------------------------------------------------------------


def _site(item: Recorded, data: _Word) -> str:
    if data.site:
        return data.site.removeprefix("facility/")
    bridge = data.weighbridge if isinstance(data, LoadWeighed) else ""
    return bridge.removeprefix("weighbridge/") or item.event.subject.partition("/")[2]


def _weighing(item: Recorded, data: _Word) -> Weighing:
    kind, _, name = item.event.subject.partition("/")
    grams = data if isinstance(data, LoadWeighed | TicketCorrected) else None
    bridge = data.weighbridge if isinstance(data, LoadWeighed) else ""
    return Weighing(
        what=_what(data),
        ms=item.moment.ms,
        told=told(item),
        id=item.event.id,
        source=item.event.source,
        position=item.position,
        vehicle=as_key(
            data.vehicle.removeprefix("vehicle/") or (name if kind == "vehicle" else "")
        ),
        vehicle_ref=unregistered(data.vehicle_ref),
        weighbridge=bridge.removeprefix("weighbridge/") or (name if kind == "weighbridge" else ""),
        category=data.category or "",
        gross_g=grams.gross_g if grams else None,
        tare_g=grams.tare_g if grams else None,
        net_g=grams.net_g if grams else None,
        direction=data.direction if isinstance(data, LoadWeighed) else "in",
        tare_from=data.tare_from if isinstance(data, LoadWeighed) else "",
        reason=data.reason if isinstance(data, LoadRefused | TicketCorrected) else "",
        late_s=(item.moment.late_ms or 0) // 1000,
    )


def _what(data: _Word) -> Literal["weighed", "accepted", "refused", "corrected"]:
    match data:
        case LoadWeighed():
            return "weighed"
        case LoadAccepted():
            return "accepted"
        case LoadRefused():
            return "refused"
        case _:
            return "corrected"


def _same(one: Weighing, other: Weighing) -> bool:
    return (one.id, one.source, one.what, one.ms) == (other.id, other.source, other.what, other.ms)


def _by_time(word: Weighing) -> tuple[int, tuple[str, str, int]]:
    return word.ms, word.told


# --- how a ticket stands ------------------------------------------------------------------------


def _standing(site: str, number: str, words: Sequence[Weighing]) -> list[Ticket]:
    """One, but where the number came again or was given to several vehicles."""
    first, *others = (
        _stands(site, name, tuple(mine[-LAST_WORDS:]))
        for name, mine in apart(number, words).items()
    )
    beside = tuple(ticket_key(site, one.ticket_no) for one in others)
    return [msgspec.structs.replace(first, beside=beside), *others]


def _stands(site: str, ticket_no: str, words: tuple[Weighing, ...]) -> Ticket:
    """Corrections stand over what was weighed, whatever the clocks say; of each the last one."""
    weighed = [one for one in words if one.what == "weighed"]
    corrected = [one for one in words if one.what == "corrected"]
    verdicts = [one for one in words if one.what in ("accepted", "refused")]
    gross, tare, net = _grams((*weighed, *corrected))
    last = verdicts[-1] if verdicts else None
    said = (*weighed, *verdicts, *corrected)
    return Ticket(
        site=site,
        ticket_no=ticket_no,
        words=words,
        ms=(weighed or words)[0].ms,
        vehicle=_last(one.vehicle for one in said),
        weighbridge=_last(one.weighbridge for one in weighed),
        category=_last(one.category for one in said),
        direction="out" if any(one.direction == "out" for one in weighed) else "in",
        gross_g=gross,
        tare_g=tare,
        net_g=net,
        outcome="refused" if last and last.what == "refused" else
        "accepted" if last else "weighed",
        reason=last.reason if last else "",
        corrected=len(corrected),
    )  # fmt: skip


def _grams(words: Sequence[Weighing]) -> tuple[int | None, int | None, int | None]:
    """Gross and tare may come as two words. A net that was told holds until gross or tare are
    told anew; then it follows from these. A tare above the gross gives none."""
    gross: int | None = None
    tare: int | None = None
    net: int | None = None
    for word in words:
        if word.gross_g is not None or word.tare_g is not None:
            gross = word.gross_g if word.gross_g is not None else gross
            tare = word.tare_g if word.tare_g is not None else tare
            net = None
        if word.net_g is not None:
            net = word.net_g
    if net is None and gross is not None and tare is not None and tare <= gross:
        net = gross - tare
    return gross, tare, net


def _last(told_values: Iterable[str]) -> str:
    found = ""
    for value in told_values:
        found = value or found
    return found


def _plate(ticket: Ticket) -> str:
    return _last(one.vehicle_ref for one in ticket.words)


# --- where it is found --------------------------------------------------------------------------


def _place(ticket: Ticket) -> str:
    return haul_key(ticket.vehicle or _plate(ticket) or NOBODY, day_of(ticket.ms))


def _list(rows: Rows, key: str, was: Ticket | None, now: Ticket | None) -> None:
    before, after = _place(was) if was else "", _place(now) if now else ""
    if before == after:
        return
    if before:
        listed = rows.get("weighed", before, Tickets) or Tickets()
        left = tuple(one for one in listed.keys if one != key)
        if left:
            rows.put("weighed", before, Tickets(keys=left))
        else:
            rows.drop("weighed", before)
    if after:
        listed = rows.get("weighed", after, Tickets) or Tickets()
        rows.put("weighed", after, Tickets(keys=tuple(sorted((*listed.keys, key)))))


def _touched(rows: Rows, key: str, ticket: Ticket, register: Register) -> Iterable[str]:
    """A load may have been begun the day before; and one that goes on the next day ends here. Also
    under its plate: whose that is, the same run may still say otherwise."""
    vehicle, day = brought_by(ticket, register), day_of(ticket.ms)
    yield haul_key(vehicle, day)
    yield _place(ticket)
    before = previous_day(day)
    haul = rows.get("haul", haul_key(vehicle, before), Haul)
    if haul is not None and haul.trips:
        last = rows.get("trip", trip_key(vehicle, before, haul.trips), Trip)
        if last is None or last.ticket in ("", key) or last.closed_ms >= ticket.ms:
            yield haul_key(vehicle, before)
    after = haul_key(vehicle, next_day(day))
    if rows.get("haul", after, Haul) is not None:
        yield after
