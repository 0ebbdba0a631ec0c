"""`menwei audit rebuild-tree`: the tree from what is stored, held against what was signed."""

import contextlib
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from core.errors import BadProof
from core.folder import claim
from core.store.open import open_log
from core.tlog import checkpoint, checkpoints
from core.tlog.head import TreeHead
from core.tlog.levels import Levels
from core.tlog.rebuilding import Rebuilt, rebuilt
from infra.audit.check import log_verifier
from infra.audit.key import own_key
from infra.audit.place import SignedLog, signed_log
from infra.progress import counted


def rebuild_tree(data: Path, config: Path | None, keys: Sequence[str], *, mend: bool) -> int:
    """0: what is stored is what was signed, and so are the tiles; 1: it is not, or was mended."""
    place = signed_log(data, config)
    trusted = [*map(log_verifier, keys)] or [own_key(place)]
    with contextlib.ExitStack() as held:
        if mend:
            held.enter_context(claim(place.folder))
        try:
            newest = checkpoints.last(place.life.checkpoints)
            if newest is None:
                print("nothing is signed yet")
                return 0
            raw = newest.checkpoint.encode()
            head = checkpoint.opened(raw, place.life.origin, trusted).head
        except BadProof as bad:
            return _finding(f"the newest checkpoint does not hold, {bad}.")
        return _compared(place, head, mend=mend)


def _compared(place: SignedLog, head: TreeHead, *, mend: bool) -> int:
    console = Console(stderr=True)
    with (
        closing(open_log(place.where)) as log,
        closing(Levels(place.life.folder, writes=mend)) as levels,
    ):
        with counted("hashing", head.size, console) as told:
            found = rebuilt(log, levels, head.size, mend=False, told=told)
        if found.missing is not None or found.frontier.root() != head.root:
            return _not_signed(found, head)
        if found.tile is None:
            print(f"{head.origin}: {head.size} batches are what was signed")
            return 0
        said = f"{head.origin}: {head.size} batches are what was signed, but tiles are damaged, "
        said += f"level {found.tile[0]} from hash {found.tile[1]} (position {found.position}) on"
        if not mend:
            return _finding(f"{said}. With --mend they are written anew.")
        with counted("hashing", head.size, console) as told:
            rebuilt(log, levels, head.size, mend=True, told=told)
        levels.sync()
        return _finding(f"{said}. They are written anew.")


def _not_signed(found: Rebuilt, head: TreeHead) -> int:
    if found.missing is None and found.tile is None:
        where = "the tiles have the same hashes as the store: both were changed, or the checkpoint"
    else:
        where = f"the first position that differs is {found.position}"
        if found.missing is not None:
            where += f" ({found.missing.detail})"
    return _finding(
        f"{head.origin}: what is stored is NOT what was signed of {head.size} batches; {where}. "
        "Change nothing; docs/recovery.md says what to do."
    )


def _finding(text: str) -> int:
    print(f"menwei: {text}", file=sys.stderr)
    return 1
