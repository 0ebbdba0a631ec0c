"""The log is not what was signed of it: nothing more may be signed until somebody looked."""

from typing import Literal

import msgspec


class Diverged(msgspec.Struct, frozen=True):
    """`what`: head, the log ends before what was signed; leaf, another batch stands there; hole,
    a position is missing; tree, the log's own files do not lead to what was signed."""

    what: Literal["head", "leaf", "hole", "tree"]
    position: int  # the first that differs, as far as is known
    detail: str
