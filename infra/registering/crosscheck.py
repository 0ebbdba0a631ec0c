"""What entries say of each other: whom they name, and which tag two bins carry at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from core.event import Event, Recorded, source_of
from core.events.register import (
    BinEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.events.waste import BinSwapped
from core.moment import millis, moment_of
from core.ownjournal import GATEWAY
from infra.registering.files import Said
from projections.state import CompoundRows
from projections.view import DISTRICT
from projections.waste_district.entering.entries import enter
from projections.waste_district.register.entry import OF_BINS, Entry
from projections.waste_district.rows.register import Tag, TagWord

_WRITTEN = "2000-01-01T00:00:00.000Z"  # all at once: the later in order stands
_ENTER = "Enter it, in this file or another one that is given, or correct the name."


class Names:
    """What is entered, by files and at the hub."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._things: dict[str, set[str]] = defaultdict(set)
        self._bins: dict[str, set[str]] = defaultdict(set)  # bare name → keys
        self._places: dict[str, set[str]] = defaultdict(set)  # point → compounds
        for one in entries:
            if one.kind not in OF_BINS and one.kind != "end":
                self._things[one.kind].add(one.thing)
            if one.kind == "bin":
                self._bins[one.name].add(one.thing)
            if one.kind == "point":
                self._places[one.name].add(one.compound)

    def has(self, kind: str, name: str) -> bool:
        return name in self._things[kind]

    def bin(self, told: str, compound: str = "") -> str:
        """Its key; empty where there is none, or several have that name."""
        if "/" in told or compound:
            key = told if "/" in told else f"{compound}/{told}"
            return key if key in self._things["bin"] else ""
        found = self._bins.get(told, set())
        return next(iter(found)) if len(found) == 1 else ""

    def several(self, told: str) -> bool:
        return len(self._bins.get(told, ())) > 1

    def compounds_of(self, point: str) -> set[str]:
        return self._places[point]


def crossed(said: Sequence[Said], known: Sequence[Entry]) -> list[Entry]:
    """The entries with every bin by its key. Mistakes are among the findings of their files."""
    names = Names([*(one.entry for one in said), *known])
    found = [_whole(one, names) for one in said]
    for one, entry in zip(said, found, strict=True):
        for field, what, remedy in _unknown(entry, names):
            one.file.findings.error(f"{one.key}.{field}", what, remedy)
    _told_twice(said, found)
    places = {entry.id: one for one, entry in zip(said, found, strict=True)}
    for uid, words in _bound_twice([*known, *found]):
        word = next((one for one in reversed(words) if one.id in places), None)
        if word is not None:  # else the hub has it so, and no file says it again
            one = places[word.id]
            other = next(one.bin for one in words if one.bin != word.bin)
            one.file.findings.error(
                f"{one.key}.uidHex",
                f"puts tag {uid} on {word.bin} while {other} carries it",
                "Enter from when it is no longer there (untag, scrap or end), or correct it.",
            )
    return found


def _whole(said: Said, names: Names) -> Entry:
    """With every bin by its key, as far as it is known."""
    entry, data = said.entry, said.entry.data
    if entry.of == "bin" and not entry.compound:
        key = names.bin(entry.name)
        field = "bin" if entry.kind in OF_BINS else "name"
        if key:
            entry = msgspec.structs.replace(entry, compound=key.partition("/")[0])
        else:
            said.file.findings.error(f"{said.key}.{field}", *_no_bin(entry.name, names))
    if isinstance(data, RouteEntered):
        bins = tuple(names.bin(one) or one for one in data.bins)
        entry = msgspec.structs.replace(entry, data=msgspec.structs.replace(data, bins=bins))
    if isinstance(data, BinSwapped):
        other = names.bin(data.replaced_by, entry.compound) or names.bin(data.replaced_by)
        changed = msgspec.structs.replace(data, replaced_by=other or data.replaced_by)
        entry = msgspec.structs.replace(entry, data=changed)
    return entry


def _no_bin(name: str, names: Names) -> tuple[str, str]:
    if names.several(name):
        return f"{name} is a bin of several compounds", "Write compound/name."
    return f"names bin {name}, which nobody entered", _ENTER


def _unknown(entry: Entry, names: Names) -> Iterator[tuple[str, str, str]]:
    """Field, what is wrong, remedy."""
    data = entry.data
    named: list[tuple[str, str, str]] = []  # field, kind, name
    match data:
        case PointEntered():
            named.append(("compound", "compound", data.compound))
        case BinEntered():
            named += [("compound", "compound", data.compound), ("point", "point", data.point)]
            owners = names.compounds_of(data.point)
            if owners and data.compound not in owners:
                what = f"point {data.point} is of compound {min(owners)}"
                yield "point", what, "Correct the point or the compound."
        case VehicleEntered():
            named.append(("carrier", "carrier", data.carrier))
        case WeighbridgeEntered():
            named.append(("facility", "facility", data.facility))
        case RouteEntered():
            named += [("vehicle", "vehicle", data.vehicle), ("facility", "facility", data.facility)]
            for at, one in enumerate(data.bins):
                if not names.bin(one):
                    yield f"bins[{at}]", *_no_bin(one, names)
        case BinSwapped():
            if not names.bin(data.replaced_by):
                yield "replacedBy", *_no_bin(data.replaced_by, names)
            elif data.replaced_by == entry.thing:
                yield "replacedBy", "is the bin itself", "Name the bin that stands there now."
        case _:
            pass
    if entry.kind in OF_BINS and entry.compound:
        named.append(("bin", "bin", entry.thing))
    elif entry.kind == "end" and (entry.of != "bin" or entry.compound):
        named.append(("name", entry.of, entry.thing))
    for field, kind, name in named:
        if name and not names.has(kind, name):
            yield field, f"names {kind} {name}, which nobody entered", _ENTER


def _told_twice(said: Sequence[Said], found: Sequence[Entry]) -> None:
    """Of the same thing for the same moment, otherwise."""
    first: dict[tuple[str, str, int], tuple[str, Said]] = {}
    for one, entry in zip(said, found, strict=True):
        if entry.kind in OF_BINS:
            continue
        thing = (entry.of, entry.thing, millis(entry.valid_from))
        known, other = first.setdefault(thing, (entry.id, one))
        if known != entry.id:
            one.file.findings.error(
                one.key,
                f"says something else of {entry.subject} from the same moment than "
                f"{other.key} of {other.file.path}",
                "Leave one of them, or give each its own validFrom.",
            )


def _bound_twice(entries: Sequence[Entry]) -> Iterator[tuple[str, list[TagWord]]]:
    """Tags that two bins carry at once, and the words that put them there, at the first moment at
    which they do."""
    rows = CompoundRows(DISTRICT)
    for number, one in enumerate(entries, start=1):
        if one.of == "bin" and one.compound:
            enter(rows, _recorded(one, number))
    for uid in sorted(rows.keys("tag")):
        tag = rows.get("tag", uid, Tag)
        if tag is None:
            continue
        for ms, together in groupby(tag.versions, key=attrgetter("ms")):
            (*_, last) = together
            if len(last.bins) > 1:
                before = [one for one in tag.words if one.on and one.ms <= ms]
                yield uid, [one for one in before if one.bin in last.bins]
                break


def _recorded(entry: Entry, number: int) -> Recorded:
    """As if it stood in the log, behind those before it."""
    event = Event(
        id=entry.id,
        source=source_of(entry.compound, GATEWAY, "register"),
        type=entry.data.TYPE,
        subject=entry.subject,
        time=_WRITTEN,
        recordedtime=_WRITTEN,
        timequality="gateway",
        data=entry.data,
    )
    moment = moment_of(event.time, event.recordedtime, event.timequality)
    return Recorded(event, number, 0, GATEWAY, number, entry.compound, GATEWAY, "register", moment)


def counted(entries: Iterable[Entry]) -> Mapping[str, int]:
    """By kind, in the order in which they are sent."""
    found: dict[str, int] = defaultdict(int)
    for one in entries:
        found[one.kind] += 1
    return found
