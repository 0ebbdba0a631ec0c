"""What entries say of each other and of what is entered already: whom they name, and the tag or
plate that two carry at once.

Pure but for the findings it is given. Owns nothing: it enters into rows of its own.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import get_args

import msgspec

from core.event import Event, Recorded, parse_source, source_of
from core.events.register import EntryKind
from core.moment import millis, moment_of
from core.ownjournal import GATEWAY
from core.policy.findings import Findings
from projections.state import CompoundRows
from projections.view import DISTRICT, Kinds
from projections.waste_district import held
from projections.waste_district.entering.doubtful import doubts
from projections.waste_district.entering.entries import enter
from projections.waste_district.entering.naming import Names, keyed, unknown
from projections.waste_district.register.entry import OF_BINS, Entry
from projections.waste_district.register.plates import carried, unregistered, vehicles_of
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import Tag, Vehicle

FIRST = "2000-01-01T00:00:00.000Z"  # written before everything else
_LAST = "2999-01-01T00:00:00.000Z"  # of two for one moment what is said now stands
# Not the hauls, which nothing is settled for here, nor the edition: what is planned by entries that
# may yet be refused is remembered nowhere.
_ASKED = frozenset(get_args(EntryKind)) | {"tag", "named", "at", "near", "driven", "plate"}
_LEAVES = "Enter from when it is no longer there (untag, scrap or end), or correct it."
_BINDS = frozenset({"bin", "tag", "untag"})
_PLATED = frozenset({"vehicle"})
_HANDS_ON = "Enter from when the other has it no longer (end, or an entry without), or correct it."


class Said(msgspec.Struct, frozen=True):
    """An entry, where it stands, and where its mistakes go."""

    findings: Findings
    key: str
    entry: Entry
    file: str = ""

    @property
    def place(self) -> str:
        return f"{self.key} of {self.file}" if self.file else self.key


def entered(kinds: Kinds, events: Iterable[Event]) -> Kinds:
    """The register's rows with these words, in their order; a copy."""
    rows = CompoundRows(DISTRICT)
    rows.kinds = {kind: dict(found) for kind, found in kinds.items() if kind in _ASKED}
    for number, event in enumerate(events, start=1):
        compound, gateway, device = parse_source(event.source)
        moment = moment_of(event.time, event.recordedtime, event.timequality)
        item = Recorded(event, number, 0, gateway, number, compound, gateway, device, moment)
        enter(rows, item)
    return {kind: found for kind, found in rows.kinds.items() if kind in _ASKED}


def whole(kinds: Kinds, said: Sequence[Said]) -> list[Entry]:
    """The entries with every bin by its key, as far as it is known."""
    names = Names(held.Held(kinds), (one.entry for one in said))
    return [keyed(one.entry, names) for one in said]


def crossed(kinds: Kinds, said: Sequence[Said]) -> list[Entry]:
    """`whole`, with every mistake and doubt about them among their findings. `kinds`: the
    register's rows, as what is said now finds them."""
    entries = whole(kinds, said)
    before = held.Held(kinds)
    names = Names(before, entries)
    for one, entry in zip(said, entries, strict=True):
        for field, what, remedy in unknown(entry, names):
            one.findings.error(f"{one.key}.{field}", what, remedy)
    told = list(zip(said, entries, strict=True))
    _told_twice(told)
    told = [(one, entry) for one, entry in told if entry.of != "bin" or entry.compound]
    after = held.Held(entered(kinds, (event_of(entry, _LAST) for _, entry in told)))
    _on_two_bins(before, after, told)
    _on_two_vehicles(before, after, told)
    for (one, _), found in zip(told, doubts(after, [entry for _, entry in told]), strict=True):
        for word, field, what, remedy in found:
            one.findings.warn(word, f"{one.key}.{field}", what, remedy)
    return entries


def event_of(entry: Entry, written: str) -> Event:
    """As if it was said then."""
    return Event(
        id=entry.id,
        source=source_of(entry.compound, GATEWAY, "register"),
        type=entry.data.TYPE,
        subject=entry.subject,
        time=written,
        recordedtime=written,
        timequality="gateway",
        data=entry.data,
    )


_Told = Sequence[tuple[Said, Entry]]
_Both = tuple[int, Sequence[str]]  # from when, who


def _told_twice(told: _Told) -> None:
    """Of the same thing for the same moment, otherwise."""
    first: dict[tuple[str, str, int], tuple[str, Said]] = {}
    for one, entry in told:
        if entry.kind in OF_BINS:
            continue
        thing = (entry.of, entry.thing, millis(entry.valid_from))
        known, other = first.setdefault(thing, (entry.id, one))
        if known != entry.id:
            one.findings.error(
                one.key,
                f"says something else of {entry.subject} from the same moment than {other.place}",
                "Leave one of them, or give each its own validFrom.",
            )


def _on_two_bins(before: held.Rows, after: held.Rows, told: _Told) -> None:
    """Tags that are on more bins at once than they were."""
    was = Register(before)
    for uid in sorted(after.keys("tag")):
        tag = after.get("tag", uid, Tag)
        if tag is None or tag == before.get("tag", uid, Tag):
            continue
        spans = ((one.ms, one.bins) for one in tag.versions)
        both = _both(spans, partial(was.bins_of_tag, uid))
        if both is not None:
            _blame(told, _BINDS, both, "uidHex", f"puts tag {uid} on", _LEAVES)


def _on_two_vehicles(before: held.Rows, after: held.Rows, told: _Told) -> None:
    """Plates that more vehicles have at once than had them."""
    changed = {entry.thing for _, entry in told if entry.of == "vehicle"}
    rows = (after.get("vehicle", name, Vehicle) for name in changed)
    plates = {one.plate_ref for row in rows if row for one in row.versions if one.plate_ref}
    for name in sorted(map(unregistered, plates)):
        spans = ((one.ms, one.vehicles) for one in carried(after, name))
        both = _both(spans, partial(vehicles_of, before, name))
        if both is not None:
            _blame(told, _PLATED, both, "plateRef", "gives its plate to", _HANDS_ON)


def _both(spans: Iterable[_Both], before: Callable[[int], Collection[str]]) -> _Both | None:
    """The first of several who were not together there before."""
    for ms, who in spans:
        if len(who) > 1 and not {*who} <= {*before(ms)}:
            return ms, who
    return None


def _blame(
    told: _Told, kinds: Collection[str], both: _Both, field: str, does: str, remedy: str
) -> None:
    """The newest of what was said of these up to then."""
    ms, things = both
    said = [
        (since, at)
        for at, (_, entry) in enumerate(told)
        if entry.kind in kinds
        and entry.thing in things
        and (since := millis(entry.valid_from)) <= ms
    ]
    if said:
        one, entry = told[max(said)[1]]
        other = next(name for name in things if name != entry.thing)
        what = f"{does} {entry.thing} while {other} carries it"
        one.findings.error(f"{one.key}.{field}", what, remedy)
