"""From the store into the log, position by position, and back again: is what is stored still what
was signed? What does not hold halts the log; nobody signs over it.
"""

from collections.abc import Sequence
from typing import Protocol

from core.tlog.diverged import Diverged
from core.tlog.log import TransparencyLog
from core.tlog.tiles import WIDTH, Tile, covering
from core.tlog.tree import HASH, hashes, leaf_hash, root_of

PAGE = 4_096  # frames
BYTES = 4_000_000
_END = 4  # tiles that are compared before anything is signed


class Frames(Protocol):
    """What it needs of core.store.port.Log."""

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]: ...

    def head(self) -> int: ...


class Integrator:
    """One thread at a time. Unavailable from the store, DiskFull from the log: call again.
    `swept`: the tile of level 0 that `sweep` begins with; whoever is restarted often begins
    elsewhere each time."""

    def __init__(self, log: TransparencyLog, store: Frames, swept: int = 0) -> None:
        self._log = log
        self._store = store
        self._swept = swept
        self._agreed = False  # the end of what is signed was compared with the store

    def step(self, until: int) -> bool:
        """Integrates a page of what is stored up to position `until`: whether there is more."""
        log = self._log
        if not self._agreed:
            self._compare_end()
            self._agreed = True
        if log.halted:
            return False
        if (head := self._store.head()) < log.size:
            log.halt(_too_short(head, log.size))
            return False
        count = min(PAGE, until - log.size)
        if count <= 0:
            return False
        leaves, found = hashed(self._store.frames(log.size, count, BYTES), log.size)
        if found:
            log.halt(found)
            return False
        log.integrate(leaves)
        return bool(leaves) and log.size < until

    def sweep(self) -> bool:
        """Compares the next tile of what is published with what is stored, and with the tiles
        above it: whether there are more until it begins anew."""
        published = self._log.published()
        if published is None or self._log.halted:
            return False
        if self._swept * WIDTH >= published.size:
            self._swept = 0
            return False
        self._compare(covering(0, self._swept * WIDTH, published.size))
        self._swept += 1
        return True

    def _compare_end(self) -> None:
        published = self._log.published()
        if published is None:
            return
        if (head := self._store.head()) < published.size:
            self._log.halt(_too_short(head, published.size))
            return
        last = (published.size - 1) // WIDTH
        for index in range(max(0, last - _END + 1), last + 1):
            self._compare(covering(0, index * WIDTH, published.size))

    def _compare(self, tile: Tile) -> None:
        first, signed = tile.index * WIDTH, hashes(self._log.tile(tile) or b"")
        leaves: list[bytes] = []
        while len(leaves) < tile.width:
            after = first + len(leaves)
            page = self._store.frames(after, tile.width - len(leaves), BYTES)
            more, found = hashed(page, after)
            leaves += more
            if found or not more:
                self._log.halt(found or _too_short(after, self._log.size))
                return
        if found := differing(leaves, signed, first):
            self._log.halt(found)
            return
        while tile.width == WIDTH:
            above = Tile(tile.level + 1, tile.index // WIDTH, tile.index % WIDTH + 1)
            told = self._log.tile(above) or b""
            if root_of(hashes(self._log.tile(tile) or b"")) != told[-HASH:]:
                detail = f"{tile.path} is not what {above.path} says"
                self._log.halt(Diverged("tree", first + 1, detail))
                return
            tile = above


def hashed(page: Sequence[tuple[int, bytes]], after: int) -> tuple[list[bytes], Diverged | None]:
    """Leaf hashes of the positions behind `after`, up to where one is missing."""
    leaves: list[bytes] = []
    for expected, (position, frame) in enumerate(page, after + 1):
        if position != expected:
            detail = f"behind position {expected - 1} comes {position}"
            return leaves, Diverged("hole", expected, detail)
        leaves.append(leaf_hash(frame))
    return leaves, None


def differing(leaves: Sequence[bytes], signed: Sequence[bytes], after: int) -> Diverged | None:
    """The first of the leaves behind position `after` that is another one than was signed."""
    for position, (leaf, told) in enumerate(zip(leaves, signed, strict=False), after + 1):
        if leaf != told:
            detail = f"the batch stored there has the hash {leaf.hex()}, signed was {told.hex()}"
            return Diverged("leaf", position, detail)
    if len(signed) < len(leaves):
        return Diverged("tree", after + len(signed) + 1, "the tile is shorter than it was signed")
    return None


def _too_short(head: int, size: int) -> Diverged:
    return Diverged("head", head + 1, f"the store ends at {head}, {size} positions were signed")
