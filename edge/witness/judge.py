"""Whether what the hub shows of its log continues what it showed before. Pure.

Every receipt that comes here is signed by the hub, proof and all, so what does not hold is the
hub's own contradiction and nobody else's. Only an answer to what this gateway said last is held
against the hub: one to an older question may have been late, or played again by somebody.
"""

from collections.abc import Sequence

import msgspec

from core.errors import BadProof, Refused
from core.receipt import Receipt
from core.tlog import checkpoint, inclusion, note
from core.tlog.checkpoint import Checkpoint
from core.tlog.head import TreeHead
from core.tlog.lines import hash_of
from core.tlog.tree import check_consistency, check_inclusion
from edge.witness.state import Shown, State


class Log(msgspec.Struct, frozen=True):
    """Who is believed: the log's key, as pinned, and its name; empty where it is not known yet,
    and the key's word for it is taken."""

    origin: str
    key: bytes


class Pin(msgspec.Struct, frozen=True):
    """What the configuration says of the log; `origin` is empty where it does not name it."""

    key: bytes
    origin: str = ""

    def log(self, state: State) -> Log:
        """A log goes on under the name it is known by, whatever becomes of the hub's key."""
        return Log(self.origin or (state.head.origin if state.head else ""), self.key)


class Contradiction(Refused):
    """`told` is the checkpoint, when it is the hub's own word; it can be shown to anybody."""

    def __init__(self, reason: str, detail: str, told: Checkpoint | None = None) -> None:
        super().__init__(reason, detail)
        self.told = told


def judged(state: State, found: Receipt, log: Log, ours: str | None) -> State:
    """What is believed after `found`; `state` itself when nothing is new or it answers an older
    question. `ours`: the hash of the batch it speaks of, None when it is not kept any more.
    BadProof: not formed like a proof. Contradiction: the hub's word against its own."""
    proof = inclusion.parse(found.proof.encode())
    told = checkpoint.parse(proof.checkpoint)
    steps = [hash_of(one) for one in found.consistency]
    _check_word(told, log)
    if not _continues(state.head, told, found.since, steps):
        return state
    shown = _shown(state, found, told, proof.index, ours)
    try:
        leaf = bytes.fromhex(found.hash)
        check_inclusion(proof.index, told.head.size, leaf, proof.path, told.head.root)
    except (BadProof, ValueError) as bad:
        raise Contradiction("not-included", f"batch {found.committed}: {bad}", told) from bad
    same = state.head == told.head
    return msgspec.structs.replace(
        state,
        checkpoint=state.checkpoint if same else told.encode().decode(),
        witnessed=True,
        proven={**state.proven, found.journal: shown},
    )


def _check_word(told: Checkpoint, log: Log) -> None:
    """That the hub signed it, for the log we know."""
    head = told.head
    key = checkpoint.log_key(head.origin, log.key)
    if not any(map(key.made, told.note.signatures)):
        raise Contradiction("key", f"a checkpoint of {head.origin} by another key")
    try:
        note.opened(told.note, (key,))
    except BadProof as bad:
        raise Contradiction("signature", bad.detail) from bad
    if log.origin not in ("", head.origin):
        raise Contradiction("origin", f"the log is {log.origin}, told of {head.origin}", told)


def _continues(
    known: TreeHead | None, told: Checkpoint, since: int, steps: Sequence[bytes]
) -> bool:
    """False when it answers what we said before we knew more."""
    head = told.head
    if known is not None and head.size == known.size:
        if head.root != known.root:
            raise Contradiction("forked", f"two roots of {head.size} leaves", told)
        return True
    if since != (known.size if known else 0):
        return False
    if known is None:
        return True
    if head.size < known.size:
        raise Contradiction("rolled-back", f"{known.size} leaves are {head.size} now", told)
    if not steps:
        raise Contradiction("withheld", f"no proof from {known.size} to {head.size} leaves", told)
    try:
        check_consistency(known.size, head.size, steps, known.root, head.root)
    except BadProof as bad:
        raise Contradiction("inconsistent", str(bad), told) from bad
    return True


def _shown(state: State, found: Receipt, told: Checkpoint, index: int, ours: str | None) -> Shown:
    """The newest of ours that is shown, this one included."""
    shown = Shown(found.committed, found.hash, found.position)
    before = state.proven.get(found.journal, Shown(0, "", 0))
    if ours not in (None, shown.hash) or (
        before.number == shown.number and before.hash != shown.hash
    ):
        raise Contradiction("batch", f"another batch {shown.number} than ours", told)
    moved = (shown.number > before.number) != (shown.position > before.position)
    if before.number == shown.number:
        moved = shown.position != before.position
    if index != shown.position - 1 or moved:
        detail = f"batch {shown.number} at {shown.position}, proof of {index + 1}"
        raise Contradiction("position", detail, told)
    return max(before, shown, key=lambda one: one.number)
