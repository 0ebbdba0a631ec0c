"""A transparency log in memory: leaf hashes in, proofs out, by the naive recursion of RFC 6962."""

from collections.abc import Callable, Sequence

from core.keys import Signer
from core.tlog import checkpoint
from core.tlog.head import TreeHead
from core.tlog.published import Published
from core.tlog.tree import EMPTY_ROOT, node_hash, split


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = split(len(leaves))
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def published(leaves: Sequence[bytes], signer: Signer, origin: str) -> Published:
    head = TreeHead(origin, len(leaves), naive_root(leaves))

    def node(level: int, index: int) -> bytes:
        return naive_root(leaves[index << level : (index + 1) << level])

    return Published(checkpoint.signed(head, signer), node)


class NaiveTree:
    """MTH, PATH and SUBPROOF of RFC 6962 §2.1 as they are written there, over leaves that are
    made when they are asked for; roots of whole subtrees of at least so many leaves are
    remembered, so that it is quick."""

    def __init__(self, leaf: Callable[[int], bytes], remembered: int = 1) -> None:
        self._leaf = leaf
        self._least = remembered
        self._whole: dict[tuple[int, int], bytes] = {}

    def root(self, first: int, end: int) -> bytes:
        count = end - first
        if count == 0:
            return EMPTY_ROOT
        whole = count >= self._least and count & (count - 1) == 0
        if whole and (first, end) in self._whole:
            return self._whole[first, end]
        middle = first + split(count) if count > 1 else end
        found = (
            self._leaf(first)
            if count == 1
            else node_hash(self.root(first, middle), self.root(middle, end))
        )
        if whole:
            self._whole[first, end] = found
        return found

    def path(self, index: int, first: int, end: int) -> list[bytes]:
        if end - first == 1:
            return []
        middle = first + split(end - first)
        if index < middle:
            return [*self.path(index, first, middle), self.root(middle, end)]
        return [*self.path(index, middle, end), self.root(first, middle)]

    def subproof(self, size: int, first: int, end: int, *, known: bool) -> list[bytes]:
        if size == end:
            return [] if known else [self.root(first, end)]
        middle = first + split(end - first)
        if size <= middle:
            return [*self.subproof(size, first, middle, known=known), self.root(middle, end)]
        return [*self.subproof(size, middle, end, known=False), self.root(first, middle)]
