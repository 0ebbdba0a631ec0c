"""Grams and counts by hour and day."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import msgspec

from projections import window
from projections.view import Rows, added
from projections.waste_sorting.rows import Tonnage

HOURS = 24 * 14
DAYS = 400

_Tally = Literal["deposited_g", "collected_g", "weighed_g"]
_Counter = Literal["deposits", "violations", "collections"]


class Sum:
    """What a run adds to hours and days: each is put once, however many events speak of it."""

    def __init__(self) -> None:
        self._hours: dict[int, _Part] = {}  # hours since 1970

    def grams(self, ms: int, into: _Tally, category: str, grams: int) -> None:
        tally = self._of(ms).grams
        name = (into, category)
        tally[name] = tally.get(name, 0) + grams

    def count(self, ms: int, what: _Counter) -> None:
        counts = self._of(ms).counts
        counts[what] = counts.get(what, 0) + 1

    def _of(self, ms: int) -> "_Part":
        hour = ms // 3_600_000
        found = self._hours.get(hour)
        if found is None:
            found = self._hours[hour] = _Part()
        return found

    def put(self, rows: Rows) -> None:
        for number, part in self._hours.items():
            hour, day = _buckets(number)
            for kind, bucket, keep in (("hour", hour, HOURS), ("day", day, DAYS)):
                row = rows.get(kind, bucket, Tonnage)
                if row is not None or window.room(rows, kind, bucket, keep):
                    rows.put(kind, bucket, part.onto(row or Tonnage(bucket=bucket)))


class _Part:
    """Of one hour."""

    __slots__ = ("counts", "grams")

    def __init__(self) -> None:
        self.grams: dict[tuple[_Tally, str], int] = {}
        self.counts: dict[_Counter, int] = {}

    def onto(self, row: Tonnage) -> Tonnage:
        tallies: dict[_Tally, Mapping[str, int]] = {}
        for (into, category), grams in self.grams.items():
            tallies[into] = added(tallies.get(into) or getattr(row, into), category, grams)
        counts = {what: getattr(row, what) + more for what, more in self.counts.items()}
        return msgspec.structs.replace(row, **tallies, **counts)


@lru_cache(maxsize=1024)
def _buckets(hour: int) -> tuple[str, str]:
    """Keys of the hour and the day of an hour since 1970; China's begin with it."""
    moment = datetime.fromtimestamp(hour * 3600, UTC)
    return window.hour(moment), window.day(moment)
