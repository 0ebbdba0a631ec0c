"""Tiles (C2SP tlog-tiles v1): a Merkle tree cut into files of up to 256 hashes. Pure.

A tile of level L holds hashes of complete subtrees of 256**L leaves. A full tile never changes;
of the last one of a level there are partial tiles, named by their width, one of each size that
was published.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import msgspec

from core.errors import BadProof
from core.tlog.tree import HASH, hashes, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT  # hashes of a full tile
_CACHED = 512  # tiles, 16 kB of hashes and their inner nodes each
Nodes = Callable[["Tile"], Sequence[Sequence[bytes]]]
_PATH = re.compile(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")


class Tile(msgspec.Struct, frozen=True, order=True):
    """Where a tile stands: `width` hashes of level `level`, from `index` × 256 on."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        number = f"{self.index % 1000:03d}"
        rest = self.index // 1000
        while rest:
            number = f"x{rest % 1000:03d}/{number}"
            rest //= 1000
        part = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{self.level}/{number}{part}"


def tile_of(path: str) -> Tile:
    """BadProof("tile", …) unless it is the one way to write a tile's path."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadProof("tile", f"not a tile's path: {path[:80]!r}")
    level, number, width = found.groups()
    index = int(number.replace("x", "").replace("/", ""))
    tile = Tile(int(level), index, int(width) if width else WIDTH)
    if tile.path != path or not 1 <= tile.width <= WIDTH or tile.level > 63 // HEIGHT:
        raise BadProof("tile", f"not a tile's path: {path[:80]!r}")
    return tile


def tiles(size: int, since: int = 0) -> Iterator[Tile]:
    """The tiles of a tree of `size` leaves that one of `since` leaves had not, lowest level first:
    the last one of a level partial, unless it is full."""
    level = 0
    while size:
        first = since // WIDTH
        yield from (Tile(level, index) for index in range(first, size // WIDTH))
        if size % WIDTH and size != since:
            yield Tile(level, size // WIDTH, size % WIDTH)
        size, since, level = size // WIDTH, since // WIDTH, level + 1


def covering(level: int, index: int, size: int) -> Tile:
    """The tile that holds the hash `index` of tile level `level`, in a tree of `size` leaves."""
    held = size >> (level * HEIGHT)
    at = index // WIDTH
    return Tile(level, at, min(WIDTH, held - at * WIDTH))


def cached(read: Callable[[Tile], bytes]) -> Nodes:
    """The nodes of a tile that `read` gives the bytes of; BadProof("tile", …) for bytes of another
    length. Trees of all sizes of one log may share it."""
    return lru_cache(maxsize=_CACHED)(lambda tile: nodes(tile, read(tile)))


def reader(levels: Nodes, size: int) -> Callable[[int, int], bytes]:
    """Nodes of the tree of `size` leaves, for core.tlog.proofs."""

    def node(level: int, index: int) -> bytes:
        high, inner = divmod(level, HEIGHT)
        first = index << inner
        tile = covering(high, first, size)
        return levels(tile)[inner][(first % WIDTH) >> inner]

    return node


def nodes(tile: Tile, raw: bytes) -> Sequence[Sequence[bytes]]:
    """A tile's hashes, and of every level above within it the complete nodes."""
    if len(raw) != tile.width * HASH:
        raise BadProof("tile", f"{tile.path} has {len(raw)} bytes, not {tile.width * HASH}")
    level = hashes(raw)
    found = [level]
    while len(level) > 1:
        level = [
            node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        found.append(level)
    return found
