"""The growing edge of a tiled Merkle tree: what of each level is not in a full tile yet. Pure."""

from collections.abc import Callable, Sequence

import msgspec

from core.errors import BadProof
from core.tlog.tiles import HEIGHT, WIDTH, Tile
from core.tlog.tree import EMPTY_ROOT, HASH, hashes, root_of


class Frontier(msgspec.Struct, frozen=True):
    """`rows[level]`: the hashes of that tile level behind its last full tile."""

    size: int = 0
    rows: tuple[Sequence[bytes], ...] = ()

    def root(self) -> bytes:
        """Of all leaves: each level is closed by the incomplete tree that those below it make."""
        below: list[bytes] = []
        for row in self.rows:
            if nodes := [*row, *below]:
                below = [root_of(nodes)]
        return below[0] if below else EMPTY_ROOT

    def extended(self, leaves: Sequence[bytes]) -> tuple["Frontier", list[Sequence[bytes]]]:
        """With these leaf hashes behind, and what came new to each level, the lowest first."""
        rows, fresh = list(self.rows), leaves
        new: list[Sequence[bytes]] = []
        while fresh:
            level = len(new)
            new.append(fresh)
            row = [*(rows[level] if level < len(rows) else ()), *fresh]
            whole = len(row) - len(row) % WIDTH
            rows[level : level + 1] = [row[whole:]]
            fresh = [root_of(row[at : at + WIDTH]) for at in range(0, whole, WIDTH)]
        return Frontier(self.size + len(leaves), tuple(rows)), new


def held(size: int, level: int) -> int:
    """How many hashes a tile level has in a tree of `size` leaves."""
    return size >> (level * HEIGHT)


def read(tile: Callable[[Tile], bytes], size: int) -> Frontier:
    """As the tiles have it. BadProof("tile", …) when one of them is too short."""
    rows: list[Sequence[bytes]] = []
    while count := held(size, len(rows)):
        index, width = divmod(count, WIDTH)
        at = Tile(len(rows), index, width)
        raw = tile(at) if width else b""
        if len(raw) != width * HASH:
            raise BadProof("tile", f"{at.path} has {len(raw)} bytes, not {width * HASH}")
        rows.append(hashes(raw))
    return Frontier(size, tuple(rows))
