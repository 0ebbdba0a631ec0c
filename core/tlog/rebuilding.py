"""The tree once more, from what is stored alone, held against the tiles and the checkpoint."""

import itertools
from collections.abc import Callable

import msgspec

from core.tlog.diverged import Diverged
from core.tlog.frontier import Frontier, held
from core.tlog.integrator import BYTES, PAGE, Frames, hashed
from core.tlog.levels import Levels
from core.tlog.tree import HASH, hashes


class Rebuilt(msgspec.Struct, frozen=True):
    """`missing`: the store has not so many batches, or a hole. `tile`: the first hash of the
    tiles that is another one than the store gives, as (level, index)."""

    frontier: Frontier
    missing: Diverged | None = None
    tile: tuple[int, int] | None = None

    @property
    def position(self) -> int:
        """The first that differs."""
        if self.missing is not None:
            return self.missing.position
        level, index = self.tile or (0, 0)
        return (index << 8 * level) + 1


def rebuilt(
    store: Frames, levels: Levels, size: int, *, mend: bool, told: Callable[[int], None]
) -> Rebuilt:
    """Of the first `size` leaves. `mend`: what the store gives is written over what differs; it
    is for the caller to know that the store is right."""
    frontier = Frontier()
    first: tuple[int, int] | None = None
    while frontier.size < size:
        count = min(PAGE, size - frontier.size)
        leaves, missing = hashed(store.frames(frontier.size, count, BYTES), frontier.size)
        if not leaves:
            missing = missing or Diverged("head", frontier.size + 1, "the store ends before")
            return Rebuilt(frontier, missing, first)
        after, new = frontier.extended(leaves)
        for level, fresh in enumerate(new):
            at = held(frontier.size, level)
            if levels.span(level, at, len(fresh)) == (raw := b"".join(fresh)):
                continue
            first = min(first or (64, 0), (level, at + _differs(levels, level, at, raw)))
            if mend:
                levels.write(level, at, fresh)
        frontier = after
        told(frontier.size)
    return Rebuilt(frontier, None, first)


def _differs(levels: Levels, level: int, at: int, raw: bytes) -> int:
    """Of the hashes that should be there, the first that is not."""
    found = hashes(levels.span(level, at, len(raw) // HASH))
    same = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(hashes(raw), found, strict=False)
    )
    return sum(1 for _ in same)
