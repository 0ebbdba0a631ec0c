"""What the district's first page shows, made once for all who look at it."""

from collections.abc import Mapping

import msgspec

from projections.alarms.row import Alarm
from projections.console.district import haulalarms
from projections.console.district.boards import Question, Seen
from projections.console.district.plan import Cluster, clusters
from projections.waste_district.asked import board
from projections.waste_district.asked.board import MissedBin, PointNow, RouteNow
from projections.waste_district.register.register import Register


class Today(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    now_ms: int
    routes: tuple[RouteNow, ...]
    missed: tuple[MissedBin, ...]
    points: tuple[PointNow, ...]
    clusters: tuple[Cluster, ...]
    names: Mapping[str, str]  # of compounds
    alarms: tuple[Alarm, ...]


def today(seen: Seen) -> Today:
    points = board.points(seen.kinds, seen.now_ms, seen.told)
    names = compound_names(seen)
    return Today(
        day=seen.today,
        now_ms=seen.now_ms,
        routes=board.routes(seen.kinds, seen.today, seen.now_ms),
        missed=board.missed(seen.kinds, seen.today, seen.now_ms),
        points=points,
        clusters=clusters(points, names),
        names=names,
        alarms=haulalarms.opened(seen.kinds),
    )


TODAY = Question("today", today, "desk")


def compound_names(seen: Seen) -> dict[str, str]:
    """Of all there are; empty where nobody named one."""
    register = Register(seen.kinds)
    found = {key: register.compound(key, seen.now_ms) for key in seen.kinds.get("compound", {})}
    return {key: version.name for key, version in found.items() if version}
