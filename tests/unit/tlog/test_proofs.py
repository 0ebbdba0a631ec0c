"""Proofs equal the naive recursion of RFC 6962 and lead to its roots: every one of the small
trees, ten thousand of trees of up to a million leaves."""

import hashlib
import random
from collections.abc import Callable

import pytest

from core.errors import BadProof
from core.tlog import frontier, proofs
from core.tlog.tiles import Tile, cached, reader
from core.tlog.tree import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    hashes,
    leaf_hash,
    root_of,
)
from tests.fix_core import SEED
from tests.fix_tlog import NaiveTree

SMALL = 256
LARGE = 1_000_000
TREES = 10_000


def leaf(index: int) -> bytes:
    return leaf_hash(index.to_bytes(4, "big"))


@pytest.fixture(scope="module")
def small() -> NaiveTree:
    return NaiveTree(leaf)


def node_of(tree: NaiveTree, size: int) -> proofs.Node:
    """Asked for a node that the tree of `size` leaves has not, it fails."""

    def node(level: int, index: int) -> bytes:
        assert (index + 1) << level <= size
        return tree.root(index << level, (index + 1) << level)

    return node


def test_every_consistency_of_256_leaves(small: NaiveTree) -> None:
    pairs = 0
    for size2 in range(1, SMALL + 1):
        node, root2 = node_of(small, size2), small.root(0, size2)
        for size1 in range(1, size2 + 1):
            path = proofs.consistency(node, size1, size2)
            assert path == small.subproof(size1, 0, size2, known=True)
            check_consistency(size1, size2, path, small.root(0, size1), root2)
            pairs += 1
    assert pairs == 32_896


def test_every_inclusion_of_256_leaves(small: NaiveTree) -> None:
    for size in range(1, SMALL + 1):
        node, root = node_of(small, size), small.root(0, size)
        assert proofs.root(node, size) == root == root_of([leaf(at) for at in range(size)])
        for index in range(size):
            path = proofs.inclusion(node, index, size)
            assert path == small.path(index, 0, size)
            check_inclusion(index, size, leaf(index), path, root)


@pytest.fixture(scope="module")
def levels() -> list[bytes]:
    """A million leaves, and of every higher tile level its hashes."""
    grown, made = frontier.Frontier(), [bytearray() for _ in range(3)]
    for first in range(0, LARGE, 50_000):
        grown, new = grown.extended([leaf(at) for at in range(first, first + 50_000)])
        for level, fresh in enumerate(new):
            made[level] += b"".join(fresh)
    return [bytes(level) for level in made]


def reading(levels: list[bytes]) -> Callable[[Tile], bytes]:
    def read(tile: Tile) -> bytes:
        at = tile.index * 256
        return levels[tile.level][at * 32 : (at + tile.width) * 32]

    return read


def test_ten_thousand_trees_of_up_to_a_million_leaves(levels: list[bytes]) -> None:
    """Through tiles, as the hub has them: one file a level."""
    rng = random.Random(SEED)
    large = NaiveTree(lambda index: levels[0][index * 32 : index * 32 + 32], remembered=16)

    nodes = cached(reading(levels))
    for _ in range(TREES):
        size2 = rng.randrange(1, LARGE + 1)
        size1, index = rng.randrange(1, size2 + 1), rng.randrange(size2)
        node, root = reader(nodes, size2), large.root(0, size2)
        path = proofs.inclusion(node, index, size2)
        assert path == large.path(index, 0, size2)
        check_inclusion(index, size2, leaf(index), path, root)
        path = proofs.consistency(node, size1, size2)
        assert path == large.subproof(size1, 0, size2, known=True)
        check_consistency(size1, size2, path, large.root(0, size1), root)


def test_a_frontier_read_back_has_the_same_root(levels: list[bytes]) -> None:
    for size in (1, 255, 256, 257, 65_535, 65_536, 65_537, 300_001):
        found = frontier.read(reading(levels), size)
        leaves = hashes(levels[0][: size * 32])
        assert found.root() == root_of(leaves)
        assert found.extended([])[0].root() == found.root()


def test_what_has_no_proof() -> None:
    node = node_of(NaiveTree(leaf), 8)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(BadProof, match="index"):
            proofs.inclusion(node, index, size)
    for size1, size2 in ((9, 8), (-1, 8)):
        with pytest.raises(BadProof, match="size"):
            proofs.consistency(node, size1, size2)
    assert proofs.consistency(node, 8, 8) == proofs.consistency(node, 0, 8) == []
    assert proofs.root(node, 0) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_a_proof_from_nothing_proves_nothing() -> None:
    with pytest.raises(BadProof, match="size"):
        check_consistency(0, 8, [], EMPTY_ROOT, leaf(0))
    with pytest.raises(BadProof, match="there is no proof"):
        check_consistency(4, 8, [], leaf(0), leaf(0))
    with pytest.raises(BadProof, match="against itself"):
        check_consistency(8, 8, [leaf(0)], leaf(0), leaf(0))
    with pytest.raises(BadProof, match="two roots"):
        check_consistency(8, 8, [], leaf(0), leaf(1))
