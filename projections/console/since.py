"""From a time to a place in the log: by when the hub received each batch, which only grows."""

from datetime import datetime

from core.store.port import EventStore


def first_since(log: EventStore, at: datetime) -> int:
    """The first position the hub received at `at` or later; one behind the head if there is none.
    A log whose hub's clock was set back gives a place before it."""
    low, high = 1, log.head() + 1
    while low < high:
        middle = (low + high) // 2
        received = log.received_at(middle)
        if received is not None and received < at:
            low = middle + 1
        else:
            high = middle
    return low
