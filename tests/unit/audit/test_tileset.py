"""The tiles in a pack are enough for every proof, and none of them is there for nothing."""

import random

import pytest

from core.tlog import proofs
from core.tlog.tiles import Tile, cached, reader
from core.tlog.tree import check_inclusion, leaf_hash, root_of
from projections.audit import tileset
from tests.fix_core import SEED, signer_of
from tests.fix_tlog import published

LEAVES = [leaf_hash(b"%d" % one) for one in range(1500)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 1499, 1500])
def test_each_leaf_is_proved_from_them_alone(size: int) -> None:
    log = published(LEAVES[:size], signer_of(9), "menwei/test")
    root = log.checkpoint.head.root
    leaves = random.Random(SEED + size).sample(range(size), min(size, 9))
    held = dict(tileset.written(log, leaves))
    node = reader(cached(held.__getitem__), size)
    assert proofs.root(node, size) == root == root_of(LEAVES[:size])
    for leaf in leaves:
        check_inclusion(leaf, size, LEAVES[leaf], proofs.inclusion(node, leaf, size), root)


def test_one_leaf_takes_its_own_tiles_and_the_right_edge() -> None:
    assert tileset.needed(1500, [300]) == [Tile(0, 1), Tile(0, 5, 220), Tile(1, 0, 5)]
