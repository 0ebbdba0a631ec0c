"""Frames that wait for the next commit: urgent ones first, and never more than memory holds.

A frame's lane is read from its header before anything is checked: it decides only whose turn
it is. What finds no room is dropped here and sent again by its gateway, which has no receipt.
"""

from collections import deque

from core.batch import Lane
from core.ingest import Arrival

GROUP = 128  # frames in one commit
GROUP_BYTES = 1_000_000  # of one commit, so that the next urgent frame waits briefly
LANE_FRAMES = 4096
LANE_BYTES = 32_000_000
_BULK_SHARE = GROUP // 8  # of a commit, kept for bulk however much is urgent
_LANE_AT = 7  # offset in the frame, see core.batch


class Waiting:
    """Owns the two queues. Within one lane frames stay in the order they came."""

    def __init__(self) -> None:
        self._urgent = _Queue()
        self._bulk = _Queue()

    def __len__(self) -> int:
        return len(self._urgent.frames) + len(self._bulk.frames)

    def add(self, arrival: Arrival) -> bool:
        """False when its lane is full."""
        bulk = arrival.frame[_LANE_AT : _LANE_AT + 1] == bytes([Lane.BULK])
        return (self._bulk if bulk else self._urgent).add(arrival)

    def take(self) -> list[Arrival]:
        """The next commit's frames; at least one if any waits."""
        share = min(_BULK_SHARE, len(self._bulk.frames))
        group: list[Arrival] = []
        left = self._urgent.take(group, GROUP - share, GROUP_BYTES)
        self._bulk.take(group, GROUP, left)
        return group


class _Queue:
    def __init__(self) -> None:
        self.frames: deque[Arrival] = deque()
        self._bytes = 0

    def add(self, arrival: Arrival) -> bool:
        size = self._bytes + len(arrival.frame)
        if len(self.frames) >= LANE_FRAMES or size > LANE_BYTES:
            return False
        self._bytes = size
        self.frames.append(arrival)
        return True

    def take(self, group: list[Arrival], most: int, room: int) -> int:
        """Moves frames into `group` until it holds `most` or `room` bytes are used; what is
        left of the room. A group is never empty for want of room."""
        while self.frames and len(group) < most:
            size = len(self.frames[0].frame)
            if group and size > room:
                break
            group.append(self.frames.popleft())
            self._bytes -= size
            room -= size
        return room
