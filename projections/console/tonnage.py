"""Tonnage over time: today by the hour, the last month by the day."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from projections.console.bins import ORDER
from projections.console.charts import CATEGORIES, category_names, stacked
from projections.console.snapshots import Sight, row
from projections.console.texts import Words
from projections.waste_district.asked.over_time import Collected
from projections.waste_sorting.rows import Tonnage
from projections.window import CHINA, day, hour

DAYS_SHOWN = 30


def tonnage(sight: Sight, kind: str, bucket: str) -> Tonnage:
    return row(sight.waste, kind, bucket, Tonnage) or Tonnage(bucket=bucket)


def _series(found: Sequence[Mapping[str, int]], names: Mapping[str, str]) -> dict[str, list[float]]:
    """Kilograms by category; categories of which there was nothing are left out."""
    used = {key for one in found for key in one}
    return {
        key: [round(one.get(key, 0) / 1000, 1) for one in found]
        for key in names
        if key in used or key in ORDER
    }


def today_chart(sight: Sight, words: Words) -> dict[str, Any]:
    start = sight.now.astimezone(CHINA).replace(hour=0, minute=0)
    hours = [hour(start + timedelta(hours=n)) for n in range(24)]
    found = [tonnage(sight, "hour", bucket) for bucket in hours]
    names = category_names(words)
    series = _series([one.deposited_g for one in found], names)
    return stacked([one[-2:] for one in hours], series, names, CATEGORIES)


def days_chart(sight: Sight, lifted: Sequence[Collected], words: Words) -> dict[str, Any]:
    """`lifted`: by the district's vehicles, of the same days; where the district does not know the
    compound there is none, and the bars are what was thrown in."""
    days = [day(sight.now - timedelta(days=back)) for back in range(DAYS_SHOWN - 1, -1, -1)]
    found = [tonnage(sight, "day", bucket) for bucket in days]
    names = category_names(words)
    deposited = [one.deposited_g for one in found]
    known = {one.period: one.grams for one in lifted}
    collected = [known.get(bucket, {}) for bucket in days]
    bars = collected if lifted else deposited
    line = ("deposited", deposited) if lifted else ("collected", [one.collected_g for one in found])
    lines = {
        words(f"tonnage.{line[0]}"): [_kg(one) for one in line[1]],
        words("tonnage.weighed"): [_kg(one.weighed_g) for one in found],
    }
    return stacked([one[-5:] for one in days], _series(bars, names), names, CATEGORIES, lines=lines)


def _kg(grams: Mapping[str, int]) -> float:
    return round(sum(grams.values()) / 1000, 1)
