"""The waste-sorting view (垃圾分类): rows, fold and how they are shown."""

from typing import Any

import msgspec

from projections.alarms import fold as alarms
from projections.instant import KIND as CLOCK
from projections.instant import Clock
from projections.view import Kinds, View, listed
from projections.waste_sorting.fold import fold
from projections.waste_sorting.rows import Bin, Loads, Point, Tag, Tonnage, Vehicle


def present(rows: Kinds) -> dict[str, Any]:
    """Lists by name, sorted, so that equal rows give equal bytes."""
    loads = rows.get("loads", {}).get("loads")
    return {
        "bins": listed(rows, "bin"),
        "points": listed(rows, "point"),
        "hours": listed(rows, "hour"),
        "days": listed(rows, "day"),
        "loads": msgspec.to_builtins(loads.loads if isinstance(loads, Loads) else ()),
        "vehicles": listed(rows, "vehicle"),
        **alarms.present(rows),
    }


WASTE_SORTING = View(
    name="waste_sorting",
    version=3,
    kinds={
        "bin": Bin,
        "tag": Tag,
        "point": Point,
        "hour": Tonnage,
        "day": Tonnage,
        "loads": Loads,
        "vehicle": Vehicle,
        **alarms.KINDS,
        CLOCK: Clock,
    },
    fold=fold,
    present=present,
)
