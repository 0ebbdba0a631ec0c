"""What is done at a compound's points, added up by China's day: deposits, violations, inspections,
overflows. Sums and ordered sets, so the order of arrival is no matter.

The district keeps a row a compound and day; a compound's own view one a point and day, and one a
bin and day for its overflows, because which point a bin stands at is the register's to say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from core import weighing
from core.event import Data, Recorded
from core.events.waste import DepositRecorded, DepositViolated, InspectionRecorded, Overflowed
from projections import window
from projections.days import day_of, start_of
from projections.view import Rows
from projections.waste_sorting.rows import Deeds, Seen

TYPES: frozenset[type[Data]] = frozenset(
    (DepositRecorded, DepositViolated, InspectionRecorded, Overflowed)
)
LAST_SEEN = 3  # events kept of each kind of wrong and day
FAULT, OVERFLOW, IMPURE = "faulty-weight", "overflow", "impure"
MILLION = 1_000_000


def key(compound: str, day: str) -> str:
    return f"{compound}|{day}"


def enter(rows: Rows, items: Sequence[Recorded]) -> None:
    """A run's facts of TYPES by compound: each row is put once, however many there are."""
    for name, one in _summed(items, lambda day, item: key(item.compound, day)).items():
        row = rows.get("deeds", name, Deeds) or Deeds(compound=one.compound, day=one.day)
        rows.put("deeds", name, one.onto(row))


def enter_by_subject(rows: Rows, items: Sequence[Recorded], keep: int) -> None:
    """The same by what they are about, in the rows of one compound: the newest `keep`. The day
    comes first in the key, so that what is oldest goes first."""
    for name, one in _summed(items, lambda day, item: f"{day}|{item.event.subject}").items():
        row = rows.get("deeds", name, Deeds)
        if row is not None or window.room(rows, "deeds", name, keep):
            subject = name.partition("|")[2]
            row = row or Deeds(compound=one.compound, day=one.day, subject=subject)
            rows.put("deeds", name, one.onto(row))


def _summed(
    items: Sequence[Recorded], named: Callable[[str, Recorded], str]
) -> Mapping[str, "_Sum"]:
    sums: dict[str, _Sum] = {}
    for item in items:
        day = day_of(item.moment.ms)
        name = named(day, item)
        found = sums.get(name)
        if found is None:
            found = sums[name] = _Sum(item.compound, day)
        found.add(item)
    return sums


class _Sum:
    """Of one run and one day, of what goes into one row."""

    def __init__(self, compound: str, day: str) -> None:
        self.compound, self.day = compound, day
        self._start = start_of(day)
        self._deposits: dict[str, int] = {}
        self._grams: dict[str, int] = {}
        self._violations: dict[str, int] = {}
        self._minutes: dict[str, list[int]] = {}
        self._overflowed: dict[str, int] = {}
        self._evidence: dict[str, list[Seen]] = {}
        self._inspections = self._ppm = self._faulty = 0

    def add(self, item: Recorded) -> None:
        data = item.event.data
        if isinstance(data, DepositRecorded):
            self._deposit(item, data)
        elif isinstance(data, DepositViolated):
            self._violations[data.kind] = self._violations.get(data.kind, 0) + 1
            self._saw(data.kind, item)
        elif isinstance(data, InspectionRecorded):
            self._inspections += 1
            self._ppm += round(data.purity * MILLION)
            self._saw(IMPURE, item)
        elif isinstance(data, Overflowed):
            subject = item.event.subject
            self._overflowed[subject] = self._overflowed.get(subject, 0) + 1
            self._saw(OVERFLOW, item)

    def _deposit(self, item: Recorded, data: DepositRecorded) -> None:
        category = data.category
        net = weighing.net(data.net_g, data.gross_g, data.tare_g)
        self._deposits[category] = self._deposits.get(category, 0) + 1
        if weighing.impossible(data.net_g, data.gross_g, data.tare_g):
            self._faulty += 1
            self._saw(FAULT, item)
        if net is not None:
            self._grams[category] = self._grams.get(category, 0) + net
        point = item.event.subject.removeprefix("point/")
        minute = (item.moment.ms - self._start) // 60_000
        told = self._minutes.get(point)
        if told is None:
            self._minutes[point] = [minute]
        else:
            told.append(minute)

    def _saw(self, what: str, item: Recorded) -> None:
        seen = Seen(ms=item.moment.ms, id=item.event.id, position=item.position)
        self._evidence.setdefault(what, []).append(seen)

    def onto(self, row: Deeds) -> Deeds:
        changes: dict[str, Any] = {}
        if self._minutes:
            changes["deposits"] = _sum(row.deposits, self._deposits)
            changes["deposited_g"] = _sum(row.deposited_g, self._grams)
            changes["minutes"] = _ordered(row.minutes, self._minutes)
            changes["faulty"] = row.faulty + self._faulty
        if self._violations:
            changes["violations"] = _sum(row.violations, self._violations)
        if self._inspections:
            changes["inspections"] = row.inspections + self._inspections
            changes["purity_ppm"] = row.purity_ppm + self._ppm
        if self._overflowed:
            changes["overflowed"] = _sum(row.overflowed, self._overflowed)
        if self._evidence:
            changes["evidence"] = _latest(row.evidence, self._evidence)
        return msgspec.structs.replace(row, **changes)


def _latest(
    known: Mapping[str, tuple[Seen, ...]], more: Mapping[str, Sequence[Seen]]
) -> Mapping[str, tuple[Seen, ...]]:
    merged = {what: newest((*known.get(what, ()), *seen)) for what, seen in more.items()}
    return dict(sorted({**known, **merged}.items()))


def newest(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """The LAST_SEEN of them, oldest first, in whatever order they were told."""
    return tuple(sorted(seen, key=lambda one: (one.ms, one.id))[-LAST_SEEN:])


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    """Keys in order: equal sums are written alike."""
    both = {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
    return dict(sorted(both.items()))


def _ordered(
    known: Mapping[str, tuple[int, ...]], more: Mapping[str, Sequence[int]]
) -> Mapping[str, tuple[int, ...]]:
    merged = {name: tuple(sorted((*known.get(name, ()), *told))) for name, told in more.items()}
    return dict(sorted({**known, **merged}.items()))
