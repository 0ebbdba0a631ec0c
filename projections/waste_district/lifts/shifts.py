"""Which of a vehicle's routes a moment belongs to."""

from collections.abc import Sequence

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.register.register import Planned
from projections.waste_district.rows.hauls import RouteDay

Shift = tuple[str, int]  # a route is driven on several days
SILENT_MS = EVIDENCE.shift.silent_s * 1000
BEHIND_MS = EVIDENCE.shift.behind_s * 1000
_MARGIN_MS = EVIDENCE.shift.margin_s * 1000


def shift_of(plan: Planned) -> Shift:
    return plan.route, plan.start_ms


def in_shift(plan: Planned, ms: int) -> bool:
    """With the margin on both sides."""
    return begins_ms(plan) <= ms <= over_ms(plan)


def begins_ms(plan: Planned | RouteDay) -> int:
    return plan.start_ms - _MARGIN_MS


def over_ms(plan: Planned | RouteDay) -> int:
    """From when on nothing more is expected of it."""
    return plan.end_ms + _MARGIN_MS


def nearest(planned: Sequence[Planned], ms: int) -> Planned | None:
    """The route it is on, or nearest to in time; of equally near ones the first."""
    return min(planned, key=lambda plan: away_ms(plan, ms), default=None)


def away_ms(plan: Planned, ms: int) -> int:
    return max(0, plan.start_ms - ms, ms - plan.end_ms)
