"""What vehicles tell of their day into the rows: lifts, tags that were read, where they were.

Facts are sets: by (ms, id, source), each once, whatever the order in which they come. They stay
packed small, because most of them are only looked at again when something new is told of that very
day, and ledgers and bins' stories ask for them as long as their days are kept.
"""

import zlib
from collections.abc import Collection, Sequence
from typing import TypeVar

import msgspec

from core.event import Data, Recorded
from core.events.vehicle import Positioned
from core.events.waste import BinCollected, BinIdentified, BinTared
from projections.days import day_of, next_day, previous_day
from projections.view import Rows
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.register.names import enlist
from projections.waste_district.register.plates import unregistered
from projections.waste_district.rows.hauls import Facts, Fix, Haul, Lift, Read, Tare
from projections.waste_district.rows.register import Tag

TYPES: frozenset[type[Data]] = frozenset((BinCollected, BinIdentified, BinTared, Positioned))
FIX_MS = 60_000  # one fix is kept of as long: the first
TAGS = 100_000  # a district has a tenth; a reader in a street sees more that are nobody's

_replace = msgspec.structs.replace
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Facts).decode
_PACKING = 1  # a fifth of the plain; more effort gains little
NOTHING = Facts()
FactT = TypeVar("FactT", Lift, Read, Tare)


def haul_key(vehicle: str, day: str) -> str:
    return f"{vehicle}|{day}"


def of_haul(key: str) -> tuple[str, str]:
    """Vehicle and day."""
    vehicle, _, day = key.partition("|")
    return vehicle, day


def facts_of(haul: Haul | None) -> Facts:
    return _decode(zlib.decompress(haul.facts)) if haul and haul.facts else NOTHING


def packed(facts: Facts) -> bytes:
    return zlib.compress(_encode(facts), _PACKING)


def late(lift: Lift) -> bool:
    return lift.late_s > EVIDENCE.file.late_s


def vehicle_of(item: Recorded) -> str:
    """As it is called; else by its plate, whose vehicle the register knows (`hauled`); else the
    device it has on board."""
    event = item.event
    told = str(getattr(event.data, "vehicle", ""))
    if not told and event.subject.startswith("vehicle/"):
        told = event.subject
    by_plate = unregistered(getattr(event.data, "vehicle_ref", ""))
    return as_key(told.removeprefix("vehicle/")) or by_plate or as_key(item.device)


def as_key(told: str) -> str:
    """A vehicle's name as devices tell it, to stand in keys, whose parts `|` divides. No name of
    the register has what stands there instead."""
    return told.replace("|", "¦")


class _Told:
    """Of one vehicle and day."""

    def __init__(self) -> None:
        self.lifts: list[Lift] = []
        self.reads: list[Read] = []
        self.fixes: list[Fix] = []
        self.tares: list[Tare] = []


class Gathering:
    """Owns what was heard and does not stand in the rows yet: each haul is put once, however much
    was told of it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._told: dict[tuple[str, str], _Told] = {}

    def hear(self, item: Recorded) -> str:
        """Key of the haul it is about."""
        event, moment = item.event, item.moment
        name = vehicle_of(item), day_of(moment.ms)
        told = self._told.get(name)
        if told is None:
            told = self._told[name] = _Told()
        data = event.data
        if isinstance(data, BinCollected):
            told.lifts.append(_lift(item, data))
        elif isinstance(data, BinIdentified):
            told.reads.append(Read(moment.ms, event.id, event.source, item.position, data.uid_hex))
        elif isinstance(data, Positioned):
            told.fixes.append(Fix(moment.ms, data.lat, data.lon))
        elif isinstance(data, BinTared) and data.tare_g is not None and event.correlationid:
            told.tares.append(
                Tare(moment.ms, event.id, event.source, item.position, data.collection, data.tare_g)
            )
        return haul_key(*name)

    def put(self) -> Collection[str]:
        """Keys of the hauls that know more than before: an empty bin may have been weighed on the
        other side of midnight."""
        told, self._told = self._told, {}
        known: list[str] = []
        for (vehicle, day), more in told.items():
            if not _taken(self._rows, vehicle, day, more):
                continue
            days = (previous_day(day), day, next_day(day)) if more.tares else (day,)
            known += [haul_key(vehicle, one) for one in days]
        return known


def _lift(item: Recorded, data: BinCollected) -> Lift:
    event = item.event
    named = data.bin or (event.subject if event.subject.startswith("bin/") else "")
    return Lift(
        ms=item.moment.ms,
        id=event.id,
        source=event.source,
        position=item.position,
        late_s=(item.moment.late_ms or 0) // 1000,
        uid=data.uid_hex,
        bin=named,
        category=data.category or "",
        gross_g=data.gross_g,
        tare_g=data.tare_g,
        net_g=data.net_g,
        lat=data.lat,
        lon=data.lon,
        refused=data.refused_reason,
    )


def _taken(rows: Rows, vehicle: str, day: str, told: _Told) -> bool:
    key = haul_key(vehicle, day)
    haul = rows.get("haul", key, Haul)
    known = facts_of(haul)
    facts = Facts(
        lifts=_each_once(known.lifts, told.lifts),
        reads=_each_once(known.reads, told.reads),
        fixes=_thinned(known.fixes, told.fixes),
        tares=_each_once(known.tares, told.tares),
    )
    if facts == known:
        return False
    if haul is None:
        haul = Haul(vehicle=vehicle, day=day)
        enlist(rows, "day", day, vehicle)  # what is kept under a plate is looked for there too
    for uid in {*(one.uid for one in told.lifts), *(one.uid for one in told.reads)} - {""}:
        _read_by(rows, uid, vehicle)
    rows.put("haul", key, with_times(_replace(haul, facts=packed(facts)), facts))
    return True


def with_times(haul: Haul, facts: Facts) -> Haul:
    """What can be known of the facts without unpacking them."""
    lifts = facts.lifts
    heard = (facts.lifts, facts.reads, facts.fixes, facts.tares)  # each in order of time
    return _replace(
        haul,
        last_ms=max((group[-1].ms for group in heard if group), default=0),
        first_lift_ms=lifts[0].ms if lifts else 0,
        last_lift_ms=lifts[-1].ms if lifts else 0,
        lifts=len(lifts),
    )


def _each_once(known: Sequence[FactT], more: Sequence[FactT]) -> tuple[FactT, ...]:
    """In order; of one event that came twice, the first that was read."""
    if not more:
        return tuple(known)
    found = {(one.ms, one.id, one.source): one for one in more[::-1]}
    found.update({(one.ms, one.id, one.source): one for one in known})
    return tuple([found[place] for place in sorted(found)])


def _thinned(known: Sequence[Fix], more: Sequence[Fix]) -> tuple[Fix, ...]:
    """The first of every FIX_MS: which those are, the order of arrival does not say."""
    if not more:
        return tuple(known)
    found: dict[int, Fix] = {}
    for one in (*known, *more):
        slot = one.ms // FIX_MS
        kept = found.get(slot)
        if kept is None or (one.ms, one.lat, one.lon) < (kept.ms, kept.lat, kept.lon):
            found[slot] = one
    return tuple(found[slot] for slot in sorted(found))


def _read_by(rows: Rows, uid: str, vehicle: str) -> None:
    """Who ever read it: their days look otherwise when it turns out to be another bin's."""
    row = rows.get("tag", uid, Tag)
    if row is None:
        if len(rows.keys("tag")) >= TAGS:
            return
        row = Tag()
    if vehicle not in row.readers:
        rows.put("tag", uid, _replace(row, readers=tuple(sorted((*row.readers, vehicle)))))
