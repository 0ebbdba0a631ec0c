"""A person has looked, and decides that the log as it was told is to be believed from here on.

Only while the agent does not run: it reads the state when it starts. In another history nothing
counts as proven, so nothing is given up before the hub has proven it in the one that is trusted.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from core import durable
from core.errors import BadProof, ConfigError
from core.events.logproof import Trusted
from core.tlog.head import TreeHead
from edge.witness import state, words
from edge.witness.judge import Pin
from edge.witness.state import FILE, State


class Decision(msgspec.Struct, frozen=True):
    """What was believed, and what is from now on; None: nothing, the next that is shown. Where the
    hub's key had signed nothing of what was refused, what was believed stays."""

    reason: str
    known: TreeHead | None
    trusted: TreeHead | None


def trust(folder: Path, pin: Pin, name: str, detail: str, now: datetime) -> Decision:
    """ConfigError where nothing is refused, or the configuration names another log."""
    try:
        before = state.read(folder)
    except BadProof:
        before = words.unreadable(folder, name, now)
        beside = folder / f"checkpoint-unreadable-{now:%Y%m%dT%H%M%SZ}.json"
        durable.keep(beside, (folder / FILE).read_bytes(), 0o600)
    if not before.refused:
        raise ConfigError(f"{folder}: nothing is refused here; there is nothing to decide.")
    known, told = before.head, before.told_head
    trusted = told or known
    if told is not None and pin.origin not in ("", told.origin):
        raise ConfigError(
            f"key `uplink.log_origin`: the hub's log is {told.origin} now. Put that name there, "
            "or leave the key out, and decide again."
        )
    said = Trusted(
        reason=before.refused,
        detail=detail,
        origin=trusted.origin if trusted else "",
        known_size=known.size if known else 0,
        known_root=known.root.hex() if known else "",
        trusted_size=trusted.size if trusted else 0,
        trusted_root=trusted.root.hex() if trusted else "",
    )
    after = msgspec.structs.replace(before, refused="")
    if told is not None:
        after = State(checkpoint=before.told, witnessed=True, words=before.words)
    state.keep(folder, after.saying(words.word(name, said, now)))
    return Decision(before.refused, known, trusted)
