"""A log as it was last published: its checkpoint, and the proofs that lead to it."""

import msgspec

from core.errors import BadProof
from core.tlog import proofs
from core.tlog.checkpoint import Checkpoint
from core.tlog.inclusion import LogProof
from core.tlog.proofs import Node


class Published(msgspec.Struct, frozen=True):
    """`node` reads the tree of `checkpoint.head.size` leaves. Leaf `index` is position - 1."""

    checkpoint: Checkpoint
    node: Node

    @property
    def size(self) -> int:
        return self.checkpoint.head.size

    def proof(self, position: int) -> LogProof:
        """Of the batch at `position`; BadProof("index", …) when it is not covered yet."""
        if not 0 < position <= self.size:
            raise BadProof("index", f"position {position} is not under a checkpoint of {self.size}")
        path = proofs.inclusion(self.node, position - 1, self.size)
        return LogProof(position - 1, tuple(path), self.checkpoint.encode())

    def consistency(self, since: int) -> list[bytes]:
        """From a tree of `since` leaves to this one; BadProof("size", …) when it was larger."""
        return proofs.consistency(self.node, since, self.size)
