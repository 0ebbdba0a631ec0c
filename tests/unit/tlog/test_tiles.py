"""Which tiles a tree has, and one way to name each (C2SP tlog-tiles)."""

import pytest

from core.errors import BadProof
from core.tlog.tiles import Tile, covering, nodes, tile_of, tiles
from core.tlog.tree import leaf_hash, node_hash, root_of


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(3, 999, 255), "tile/3/999.p/255"),
        (Tile(0, 1_000), "tile/0/x001/000"),
        (Tile(1, 1_234_067), "tile/1/x001/x234/067"),
        (Tile(1, 1_234_067, 8), "tile/1/x001/x234/067.p/8"),
        (Tile(7, 5), "tile/7/005"),
    ],
)
def test_a_tile_has_one_name(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile_of(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000",
        "tile/8/000", "tile/64/000", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/x000/000", "tile/0/001/000",
        "tile/0/x001/x000", "tile/0/x1/000", "/tile/0/000", "tile/0/000/", "tile/0/000\n",
        "tile/0/٠٠٠", "tile/0/000.p/٣", "tile/data/000", "tile/0/../000", "Tile/0/000",
    ],
)  # fmt: skip
def test_what_is_no_name(path: str) -> None:
    with pytest.raises(BadProof, match="tile"):
        tile_of(path)


def test_the_tiles_of_a_tree_of_70000_leaves() -> None:
    found = list(tiles(70_000))
    assert found[:273] == [Tile(0, index) for index in range(273)]
    assert found[273:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles(0)) == []


@pytest.mark.parametrize("since", [0, 1, 255, 256, 300, 65_536, 69_999, 70_000])
def test_what_grew_and_what_was_there_are_all(since: int) -> None:
    """What the smaller tree had as it is now does not come again; all else does."""
    grown = set(tiles(70_000))
    assert sorted(tiles(70_000, since)) == sorted(grown - set(tiles(since)))


def test_the_tile_that_covers_a_hash() -> None:
    assert covering(0, 69_999, 70_000) == Tile(0, 273, 112)
    assert covering(0, 5, 70_000) == Tile(0, 0)
    assert covering(1, 272, 70_000) == Tile(1, 1, 17)


def test_nodes_of_a_partial_tile_are_the_complete_ones() -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(5)]
    found = nodes(Tile(0, 0, 5), b"".join(leaves))
    pairs = [node_hash(*leaves[:2]), node_hash(*leaves[2:4])]
    assert [list(level) for level in found] == [leaves, pairs, [root_of(leaves[:4])]]
    with pytest.raises(BadProof, match="159 bytes"):
        nodes(Tile(0, 0, 5), b"".join(leaves)[:-1])
