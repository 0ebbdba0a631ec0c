"""Frames that wait for the next commit: urgent ones first, every gateway in its turn, and never
more than memory holds.

Within a lane gateways share by deficit round robin (Shreedhar and Varghese, 1995): in each round
everybody may send as much as anybody else, so that one that sends a hundred times as much waits
behind itself. When a lane's memory is full, who holds less than an equal part of it displaces
the newest frames of who holds most. What is dropped is sent again by its gateway, which has no
receipt.

A frame's lane is read from its header before anything is checked: it decides only whose turn
it is.
"""

from collections import deque
from collections.abc import Collection, Sequence

import msgspec

from core.batch import MAX_FRAME, Lane
from core.ingest import Arrival

# Turns are counted in bytes; to check and store a frame takes the hub as long as this many.
FRAME = 8_000
SHARE = MAX_FRAME + FRAME  # of one gateway and lane in one commit: the longest frame, or 16 short
GROUP = 8 * SHARE  # of one commit, so that the next urgent frame waits briefly
LANE_BYTES = 32_000_000  # what one lane holds
OVERHEAD = 512  # bytes that a waiting frame costs besides its own
GATEWAY_BYTES = 64 * (MAX_FRAME + OVERHEAD)  # of one gateway in one lane: its widest window
_QUANTUM = 2 * FRAME  # what a gateway may send in one round
_LANE_AT = 7  # offset in the frame, see core.batch
_STRANGERS = ("", "")
_Name = tuple[str, str]  # compound, gateway


class Depth(msgspec.Struct, frozen=True):
    """Of one lane: what waits now, and how many frames were dropped since the start."""

    frames: int
    bytes: int
    gateways: int
    dropped: int


class Waiting:
    """Owns the queues. Within one gateway's lane frames stay in the order they came.

    Names that nobody enrolled come from topics, so there may be any number: they share one turn.
    `enrolled` may be replaced; event loop only.
    """

    def __init__(self, enrolled: Collection[_Name]) -> None:
        self.enrolled = frozenset(enrolled)
        self._urgent = _Lane()
        self._bulk = _Lane()

    def __len__(self) -> int:
        return self._urgent.frames + self._bulk.frames

    def add(self, arrival: Arrival) -> Sequence[Arrival]:
        """What is dropped for want of room: nothing as a rule, else the frame itself or others."""
        name = (arrival.compound, arrival.gateway)
        bulk = arrival.frame[_LANE_AT : _LANE_AT + 1] == bytes([Lane.BULK])
        lane = self._bulk if bulk else self._urgent
        return lane.add(name if name in self.enrolled else _STRANGERS, arrival)

    def take(self) -> list[Arrival]:
        """The next commit's frames; at least one if any waits, and one of bulk if that does."""
        group: list[Arrival] = []
        kept = SHARE if self._bulk.frames else 0
        left = self._urgent.take(group, GROUP - kept)
        self._bulk.take(group, left + kept)
        return group

    def depths(self) -> dict[str, Depth]:
        """By lane, for who watches."""
        return {"urgent": self._urgent.depth(), "bulk": self._bulk.depth()}


class _Turn:
    """One gateway's frames in one lane, and what it may still send in this round."""

    __slots__ = ("bytes", "credit", "frames")

    def __init__(self) -> None:
        self.frames: deque[Arrival] = deque()
        self.bytes = 0
        self.credit = _QUANTUM


class _Lane:
    def __init__(self) -> None:
        self.frames = 0
        self._bytes = 0
        self._dropped = 0
        self._turns: dict[_Name, _Turn] = {}  # of those who have frames
        self._round: deque[_Name] = deque()  # the same, next first

    def add(self, name: _Name, arrival: Arrival) -> Sequence[Arrival]:
        """A resend of what this gateway sent last and still waits is as good as taken."""
        turn = self._turns.get(name) or _Turn()
        if turn.frames and turn.frames[-1] == arrival:
            return ()
        size = _size(arrival)
        held = turn.bytes + size
        full = self._bytes + size > LANE_BYTES
        equal = LANE_BYTES // (len(self._turns) + (not turn.frames))
        if held > GATEWAY_BYTES or (full and held > equal):
            self._dropped += 1
            return (arrival,)
        displaced = self._displaced(size, name) if full else ()
        if not turn.frames:
            self._turns[name] = turn
            self._round.append(name)
        turn.frames.append(arrival)
        turn.bytes += size
        self._bytes += size
        self.frames += 1
        return displaced

    def take(self, group: list[Arrival], room: int) -> int:
        """Moves frames into `group` while there is room; what is left of it."""
        taken: dict[_Name, int] = {}
        served: list[_Name] = []  # had their share of this group
        while self._round:
            name = self._round[0]
            turn = self._turns[name]
            had = taken.get(name, 0)
            cost = _cost(turn.frames[0])
            if had + cost > SHARE:
                turn.credit = min(turn.credit + _QUANTUM, SHARE)
                served.append(self._round.popleft())
            elif cost > turn.credit:
                turn.credit = min(turn.credit + _QUANTUM, SHARE)
                self._round.rotate(-1)
            elif cost > room:
                break
            else:
                group.append(self._out(turn, turn.frames.popleft()))
                turn.credit -= cost
                room -= cost
                taken[name] = had + cost
                if not turn.frames:
                    del self._turns[self._round.popleft()]
        self._round.extend(served)
        return room

    def depth(self) -> Depth:
        return Depth(self.frames, self._bytes, len(self._turns), self._dropped)

    def _displaced(self, size: int, comer: _Name) -> list[Arrival]:
        """Makes room for `size` bytes of one who holds less than an equal part: then another
        holds more."""
        displaced: list[Arrival] = []
        while self._bytes + size > LANE_BYTES:
            others = (name for name in self._turns if name != comer)
            most = max(others, key=lambda name: self._turns[name].bytes)
            turn = self._turns[most]
            displaced.append(self._out(turn, turn.frames.pop()))
            self._dropped += 1
            if not turn.frames:
                del self._turns[most]
                self._round.remove(most)
        return displaced

    def _out(self, turn: _Turn, arrival: Arrival) -> Arrival:
        turn.bytes -= _size(arrival)
        self._bytes -= _size(arrival)
        self.frames -= 1
        return arrival


def _size(arrival: Arrival) -> int:
    return len(arrival.frame) + OVERHEAD


def _cost(arrival: Arrival) -> int:
    """What is longer than a frame may be is refused unread."""
    return min(len(arrival.frame), MAX_FRAME) + FRAME
