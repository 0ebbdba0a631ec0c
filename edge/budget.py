"""How much room the journal has, and who may use it. Pure: the caller brings the figures.

Urgent events are written as long as the disk takes them. Bulk events stop when what is left
is the urgent lane's reserve; batches the hub has receipted make room before that.
"""

import msgspec

from edge.journal import Space


class Budget(msgspec.Struct, frozen=True):
    """Bytes: the most the journal file may hold, and how much of that is for urgent only."""

    most: int
    reserve: int


class Room(msgspec.Struct, frozen=True):
    bulk: bool  # bulk events may be written
    prune: bool  # the oldest receipted batches are to be given up


def room(budget: Budget, space: Space, disk_free: int) -> Room:
    """`disk_free`: bytes the file system still has; what is free inside the file counts too."""
    left = min(budget.most - space.used, disk_free + space.free)
    return Room(bulk=left > budget.reserve, prune=left <= 2 * budget.reserve)
