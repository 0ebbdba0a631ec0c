"""Valid time: from when on something holds, as opposed to when it was told."""

from core.event import Recorded
from core.moment import millis

_LATEST = 4_102_444_800_000  # the year 2100


def since(item: Recorded, valid_from: str) -> int:
    """From when on it holds. A device that gives no time, or none of our days, means its own."""
    try:
        found = millis(valid_from) if valid_from else item.moment.ms
    except ValueError:
        return item.moment.ms
    return found if 0 <= found < _LATEST else item.moment.ms
