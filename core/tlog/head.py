"""A tree's head as text: origin, size, root (C2SP tlog-checkpoint v1, note text). Pure."""

import msgspec

from core.errors import BadProof
from core.tlog.lines import decimal, encoded, hash_of
from core.tlog.tree import EMPTY_ROOT


class TreeHead(msgspec.Struct, frozen=True):
    """`origin` is the log's name. Extension lines are the log's own words: kept, not read."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        return "".join(
            f"{line}\n"
            for line in (self.origin, str(self.size), encoded(self.root), *self.extensions)
        )


def parse(text: str) -> TreeHead:
    """BadProof unless it is formed like a checkpoint's text."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise BadProof("checkpoint", "not at least three lines, none of them empty")
    origin, size, root, *extensions = lines
    head = TreeHead(origin, decimal(size), hash_of(root), tuple(extensions))
    if not head.size and head.root != EMPTY_ROOT:
        raise BadProof("root", "an empty tree with another root")
    return head
