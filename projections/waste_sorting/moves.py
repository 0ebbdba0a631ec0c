"""Whether a fact moves a present state, and which of two was told later."""

from core.event import Recorded
from projections.instant import is_live
from projections.view import Rows
from projections.waste_sorting.rows import Told


def moves(rows: Rows, item: Recorded, since: str) -> bool:
    """Back-filled facts may fill a state that is not known later, never push back a newer one."""
    return is_live(rows, item) or item.moment.at > since


def told(item: Recorded) -> Told:
    return Told(gateway=item.gateway, seen=item.event.recordedtime)


def after(item: Recorded, last: Told) -> bool:
    """Within one gateway the sequence decides; between two their clocks, as one may be late."""
    return item.gateway == last.gateway or item.event.recordedtime >= last.seen
