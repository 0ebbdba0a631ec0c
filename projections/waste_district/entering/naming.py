"""Whom entries name: bins by their keys, and everything else that must be entered too."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from core.events.register import (
    BinEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.events.waste import BinSwapped
from projections.waste_district.held import Rows
from projections.waste_district.register.entry import OF_BINS, Entry
from projections.waste_district.register.names import listed
from projections.waste_district.rows.kinds import KINDS
from projections.waste_district.rows.register import Bin, Point

_MADE = frozenset({"entered", "profiled", "assigned"})  # by such a word a bin is there
_ENTER = "Enter it, together with this or before, or correct the name."


class Names:
    """What is entered, already or now."""

    def __init__(self, rows: Rows, entries: Iterable[Entry]) -> None:
        self._rows = rows
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
        return name in self._things[kind] or self._held(kind, name)

    def _held(self, kind: str, name: str) -> bool:
        row: Any = self._rows.get(kind, name, KINDS[kind])
        if isinstance(row, Bin):
            return any(one.what in _MADE for one in row.words)
        return row is not None and not all(one.ended for one in row.versions)

    def bin(self, told: str, compound: str = "") -> str:
        """Its key; empty where there is none, or several have that name."""
        if "/" in told or compound:
            key = told if "/" in told else f"{compound}/{told}"
            return key if self.has("bin", key) else ""
        found = self._called(told)
        return next(iter(found)) if len(found) == 1 else ""

    def several(self, told: str) -> bool:
        return len(self._called(told)) > 1

    def _called(self, told: str) -> Collection[str]:
        there = listed(self._rows, "named", told)
        return self._bins[told] | {one for one in there if self._held("bin", one)}

    def compounds_of(self, point: str) -> Collection[str]:
        row = self._rows.get("point", point, Point)
        entered = (one.compound for one in (row.versions if row else ()) if not one.ended)
        return self._places[point].union(entered)


def keyed(entry: Entry, names: Names) -> Entry:
    """With every bin by its key, as far as it is known."""
    data = entry.data
    if entry.of == "bin" and not entry.compound and (key := names.bin(entry.name)):
        entry = msgspec.structs.replace(entry, compound=key.partition("/")[0])
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


def unknown(entry: Entry, names: Names) -> Iterator[tuple[str, str, str]]:
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
    if entry.of == "bin" and not entry.compound:
        yield "bin" if entry.kind in OF_BINS else "name", *_no_bin(entry.name, names)
    elif entry.kind in OF_BINS:
        named.append(("bin", "bin", entry.thing))
    elif entry.kind == "end":
        named.append(("name", entry.of, entry.thing))
    for field, kind, name in named:
        if name and not names.has(kind, name):
            yield field, f"names {kind} {name}, which nobody entered", _ENTER
