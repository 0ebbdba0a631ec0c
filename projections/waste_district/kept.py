"""How long the district's days are kept: so that a year can be compared with the one before, and
no longer. What is older is in the log, and in ledgers that were exported.

Which days those are follows from the newest moment that is known, so it does not matter whether
an old day was told before or after: what comes too late for it is not taken in.
"""

from projections.view import Rows
from projections.waste_district import held
from projections.waste_district.days import DAY_MS, day_of, start_of
from projections.waste_district.rows import Mark, Tickets

KEPT_DAYS = 400
_BY_DAY = ("haul", "trip", "deeds", "dispatch", "extra", "day")


def mark_ms(rows: held.Rows) -> int:
    """Until when the district is known; 0: nothing is."""
    mark = rows.get("mark", "mark", Mark)
    return mark.ms if mark else 0


def oldest_ms(newest_ms: int) -> int:
    """Before it nothing is kept."""
    return start_of(day_of(newest_ms)) - KEPT_DAYS * DAY_MS


def thin(rows: Rows, newest_ms: int) -> None:
    first = day_of(oldest_ms(newest_ms))
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
