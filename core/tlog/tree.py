"""The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1): hashes, and what a proof proves. Pure.

Every hash is 32 bytes. What does not hold is BadProof and names which of the checks failed.
"""

import hashlib
from collections.abc import Sequence

from core.errors import BadProof

HASH = 32  # bytes
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_PROOF = 63  # hashes; of a tree of 2**63 leaves


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def hashes(raw: bytes) -> list[bytes]:
    """As they stand one behind the other in a tile."""
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def split(count: int) -> int:
    """The largest power of two smaller than `count` (> 1): where a tree of it is divided."""
    return 1 << (count - 1).bit_length() - 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, level by level: an odd one at the end goes up as it is."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [node_hash(left, right) for left, right in pairs] + odd
    return level[0]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a tree of `size` leaves has with `leaf` at `index` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProof("index", f"leaf {index} of a tree of {size}")
    _check(leaf, *proof)
    at, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("length", "longer than the tree is high")
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("length", "shorter than the tree is high")
    return root


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """BadProof unless `leaf` is leaf `index` (from 0) of the tree of `size` leaves with `root`."""
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise BadProof("root", f"leaf {index} leads to another root of {size} leaves")


def check_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """BadProof unless the tree `size2` begins with the tree `size1` (RFC 9162 §2.1.4.2).

    Nothing can be proved about an empty tree: every tree begins with it, so who holds none asks
    for no proof, and a proof from size 0 is refused.
    """
    if not 0 < size1 <= size2:
        raise BadProof("size", f"from {size1} to {size2} leaves")
    if size1 == size2:
        if proof:
            raise BadProof("length", "a tree needs no proof against itself")
        if root1 != root2:
            raise BadProof("root", f"two roots of {size1} leaves")
        return
    if not proof:
        raise BadProof("length", "there is no proof")
    _check(root1, *proof)
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    at, last = size1 - 1, size2 - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("length", "longer than the tree is high")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("length", "shorter than the tree is high")
    if old != root1:
        raise BadProof("root", f"leads to another root of {size1} leaves")
    if new != root2:
        raise BadProof("root", f"leads to another root of {size2} leaves")


def _check(*hashes: bytes) -> None:
    if any(len(one) != HASH for one in hashes):
        raise BadProof("hash", "a hash has 32 bytes")
