"""When a thing happened, as rows write it, and whether it is still news.

Always UTC, so that text order is time order; the event keeps what its device wrote.
"""

from datetime import UTC

from core.clock import rfc3339
from core.event import Recorded, occurred


def instant(item: Recorded) -> str:
    return rfc3339(occurred(item.event).astimezone(UTC))


def is_live(item: Recorded) -> bool:
    """Back-filled facts count and are listed; they do not move a present state (I9)."""
    return item.event.origin in ("live", "manual")
