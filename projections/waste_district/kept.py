"""Of which days the district was told, until when it is known, and how long days are kept: so
that a year can be compared with the one before, and no longer. What is older is in the log, and
in ledgers that were exported.

All of it follows from the set of days that were told of, so it does not matter in which order
they came: what comes too late for its day is not taken in. One clock that is years ahead makes a
spell of its own; it neither moves until when the district is known nor sends a year away.
"""

from collections.abc import Mapping

from projections.days import day_of, started
from projections.view import Rows
from projections.waste_district import held
from projections.waste_district.rows.kept import Mark, Spell
from projections.waste_district.rows.tickets import Tickets

KEPT_DAYS = 400
_SILENCE = 62  # days without a word end a spell
_BY_DAY = ("haul", "trip", "deeds", "dispatch", "extra", "day")


def mark_of(rows: held.Rows) -> Mark:
    return rows.get("mark", "mark", Mark) or Mark()


def mark_ms(rows: held.Rows) -> int:
    """Until when the district is known; 0: nothing is."""
    return mark_of(rows).ms


def extended(mark: Mark, days: Mapping[int, int]) -> Mark:
    """`days` that were told of: day since 1970 → the newest moment."""
    told = (*mark.spells, *(Spell(day, day, ms) for day, ms in days.items()))
    spells: list[Spell] = []
    for one in sorted(told, key=lambda one: one.first):
        before = spells[-1] if spells else None
        if before is None or one.first - before.last > _SILENCE:
            spells.append(one)
        else:
            last, ms = max(before.last, one.last), max(before.ms, one.ms)
            spells[-1] = Spell(before.first, last, ms)
    longest = max(spells, key=lambda one: (one.last - one.first, one.last), default=None)
    return Mark(ms=longest.ms if longest else 0, spells=tuple(spells))


def oldest_ms(mark: Mark) -> int:
    """Before it nothing is kept: the newest KEPT_DAYS that lie in spells stay."""
    left = KEPT_DAYS
    for one in reversed(mark.spells):
        if one.last - one.first >= left:
            return started(one.last - left)
        left -= one.last - one.first + 1
    return 0


def thin(rows: Rows, oldest_ms: int) -> None:
    first = day_of(oldest_ms)
    for kind in _BY_DAY:
        for key in _older(rows, kind, first):
            rows.drop(kind, key)
    for key in _older(rows, "weighed", first):
        found = rows.get("weighed", key, Tickets)
        for ticket in found.keys if found else ():
            rows.drop("ticket", ticket)
            rows.drop("revision", ticket)
        rows.drop("weighed", key)


def _older(rows: Rows, kind: str, first: str) -> list[str]:
    return [key for key in rows.keys(kind) if _day(key) < first]


def _day(key: str) -> str:
    """Keys are a day, or name one behind whose it is."""
    whose, _, rest = key.partition("|")
    return rest.partition("|")[0] or whose
