"""Grams and counts by hour and day, and the net of a weighing."""

from collections.abc import Iterable, Mapping

import msgspec

from core.event import Recorded, occurred
from projections import window
from projections.view import Change, Rows
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
) -> Iterable[Change]:
    """`grams` to `category` in the tally `into`, and one to the counter `also`, in both the
    hour and the day in which it happened."""
    moment = occurred(item.event)
    for kind, bucket, keep in (
        ("hour", window.hour(moment), HOURS),
        ("day", window.day(moment), DAYS),
    ):
        found = rows.get(kind, bucket, Tonnage)
        row = found or Tonnage(bucket=bucket)
        changes: dict[str, object] = {}
        if into:
            tally: Mapping[str, int] = getattr(row, into)
            sums = {**tally, category: tally.get(category, 0) + grams}
            changes[into] = dict(sorted(sums.items()))
        if also:
            changes[also] = getattr(row, also) + 1
        if found is None:
            old = set(window.surplus({*rows.keys(kind), bucket}, keep))
            yield from (Change(kind, key, None) for key in sorted(old - {bucket}))
            if bucket in old:
                continue
        yield Change(kind, bucket, msgspec.structs.replace(row, **changes))
