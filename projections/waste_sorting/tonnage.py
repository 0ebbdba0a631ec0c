"""Grams and counts by hour and day, and the net of a weighing."""

from collections.abc import Mapping

import msgspec

from core.event import Recorded
from projections import window
from projections.view import Rows, added
from projections.waste_sorting.rows import Tonnage

HOURS = 24 * 14
DAYS = 400


def net(told: int | None, gross: int | None, tare: int | None) -> int | None:
    """As told, else gross without tare; None when that is not known."""
    if told is not None or gross is None or tare is None:
        return told
    return max(0, gross - tare)


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
    at = window.buckets(item.moment)
    for kind, bucket, keep in (
        ("hour", at.hour, HOURS),
        ("day", at.day, DAYS),
    ):
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
