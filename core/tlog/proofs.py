"""Proofs out of a tree's complete nodes (RFC 6962 §2.1.1, §2.1.2).

`Node(level, index)` gives the root of the complete subtree over leaves
`index << level` to `(index + 1) << level`; level 0 are the leaf hashes. What is not complete at
the tree's right edge is computed from those.
"""

from collections.abc import Callable

from core.errors import BadProof
from core.tlog.tree import EMPTY_ROOT, node_hash, split

Node = Callable[[int, int], bytes]


def root(node: Node, size: int) -> bytes:
    return _range(node, 0, size) if size else EMPTY_ROOT


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The path from leaf `index` (from 0) to the root of the first `size` leaves."""
    if not 0 <= index < size:
        raise BadProof("index", f"leaf {index} of a tree of {size}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + split(end - first)
        if index < middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, first, middle))
            first = middle
    return path[::-1]


def consistency(node: Node, size1: int, size2: int) -> list[bytes]:
    """That the first `size2` leaves begin with the first `size1`; nothing for 0 and for itself."""
    if not 0 <= size1 <= size2:
        raise BadProof("size", f"from {size1} to {size2} leaves")
    if size1 in (0, size2):
        return []
    path: list[bytes] = []
    first, end = 0, size2
    while size1 != end:
        middle = first + split(end - first)
        if size1 <= middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, first, middle))
            first = middle
    if first:  # the old tree's last complete part; from 0 on it is the old root, which is known
        path.append(_range(node, first, end))
    return path[::-1]


def _range(node: Node, first: int, end: int) -> bytes:
    """Root over leaves `first` to `end`, where a tree's division puts them: `first` is a multiple
    of the power of two that holds so many."""
    level = (end - first - 1).bit_length()
    if end - first == 1 << level:
        return node(level, first >> level)
    middle = first + split(end - first)
    return node_hash(_range(node, first, middle), _range(node, middle, end))
