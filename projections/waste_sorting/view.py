"""The waste-sorting view (垃圾分类): rows, fold and how they are shown."""

from typing import Any

import msgspec

from projections.alarms import fold as alarms
from projections.instant import KIND as CLOCK
from projections.instant import Clock
from projections.view import Kinds, View, listed
from projections.waste_sorting.fold import fold
from projections.waste_sorting.forecast import forecasts
from projections.waste_sorting.participation import participants
from projections.waste_sorting.rows import (
    Bin,
    Deeds,
    Level,
    Lift,
    Lifts,
    Loads,
    Month,
    Point,
    Profile,
    Tag,
    Tonnage,
    Vehicle,
)


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
        "forecasts": msgspec.to_builtins(forecasts(rows)),
        "participants": participants(rows),
        **alarms.present(rows),
    }


WASTE_SORTING = View(
    name="waste_sorting",
    version=5,
    kinds={
        "bin": Bin,
        "profile": Profile,
        "level": Level,
        "lift": Lift,
        "lifts": Lifts,
        "tag": Tag,
        "point": Point,
        "deeds": Deeds,
        "month": Month,
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
