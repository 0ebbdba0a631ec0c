"""Grams and counts by hour and day."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from core.event import Recorded
from projections import window
from projections.view import Rows, added
from projections.waste_sorting.rows import Tonnage

HOURS = 24 * 14
DAYS = 400


def add(
    rows: Rows,
    item: Recorded,
    *,
    into: str = "",
    category: str = "",
    grams: int = 0,
    also: str = "",
) -> None:
    """`grams` to `category` in the tally `into`, and one to the counter `also`, in both the
    hour and the day in which it happened."""
    hour, day = _buckets(item.moment.ms // 3_600_000)
    for kind, bucket, keep in (("hour", hour, HOURS), ("day", day, DAYS)):
        found = rows.get(kind, bucket, Tonnage)
        row = found or Tonnage(bucket=bucket)
        changes: dict[str, object] = {}
        if into:
            tally: Mapping[str, int] = getattr(row, into)
            changes[into] = added(tally, category, grams)
        if also:
            changes[also] = getattr(row, also) + 1
        if found is not None or window.room(rows, kind, bucket, keep):
            rows.put(kind, bucket, msgspec.structs.replace(row, **changes))


@lru_cache(maxsize=1024)
def _buckets(hour: int) -> tuple[str, str]:
    """Keys of the hour and the day of an hour since 1970; China's begin with it."""
    moment = datetime.fromtimestamp(hour * 3600, UTC)
    return window.hour(moment), window.day(moment)
