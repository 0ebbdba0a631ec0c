"""Which tiles prove leaves under a checkpoint, and their bytes. Pure."""

from collections.abc import Iterable, Iterator

from core.tlog.published import Published
from core.tlog.tiles import HEIGHT, WIDTH, Tile, covering


def needed(size: int, leaves: Iterable[int]) -> list[Tile]:
    """For every leaf the tiles above it, and the last tile of each level, which the tree's right
    edge is computed from."""
    found: set[Tile] = set()
    level, at = 0, {one // WIDTH for one in leaves}
    while held := size >> (level * HEIGHT):
        at.add((held - 1) // WIDTH)
        found.update(covering(level, index * WIDTH, size) for index in at if index * WIDTH < held)
        at = {index // WIDTH for index in at}
        level += 1
    return sorted(found)


def content(published: Published, tile: Tile) -> bytes:
    first = tile.index * WIDTH
    level = tile.level * HEIGHT
    return b"".join(published.node(level, first + at) for at in range(tile.width))


def written(published: Published, leaves: Iterable[int]) -> Iterator[tuple[Tile, bytes]]:
    for tile in needed(published.size, leaves):
        yield tile, content(published, tile)
