"""What an auditor must be told of a tampered pack, and what the verifier tells him.

`mode` is what he holds: the log's key alone (BARE), a policy of witnesses (POLICY), or a checkpoint
that somebody kept (TRUSTED). Where `blind`, a BARE auditor must see nothing: that is what witnesses
are for, and if the control sees it, the trial has not shown that they are needed.
"""

import io
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import NamedTuple

from infra.audit.evidence import Checkpoint, Finding, Key, Policy
from infra.audit.readers import compare
from infra.audit.verifier import Audit
from tests import fix_pack
from tests.fix_pack import HUB2, Files
from tests.tampers.world import World, world

BARE, POLICY, TRUSTED = "bare", "policy", "trusted"
KEPT = 3  # which of the small log's checkpoints somebody kept
_KEY = Key.of(fix_pack.LOG_KEY)
_POLICY = Policy(fix_pack.POLICY)


class Tampered(NamedTuple):
    raw: bytes
    codes: frozenset[str]
    place: dict[str, frozenset[object]]  # of these one, of each
    mode: str = BARE
    blind: bool = False


def found(raw: bytes, mode: str) -> Finding | None:
    """What `menwei audit verify` tells an auditor who holds so much; None if everything holds."""
    policy = _POLICY if mode == POLICY else Policy()
    trusted = [_kept()] if mode == TRUSTED else []
    try:
        audit = Audit(io.BytesIO(raw), _KEY, policy, trusted, lambda *_: None)
        compare(io.BytesIO(raw), audit)
    except Finding as one:
        return one
    return None


@lru_cache
def _kept() -> Checkpoint:
    """Somebody kept one of the small log's checkpoints."""
    one = world()
    text = one.built.text(one.log.sizes[KEPT])
    return Checkpoint(fix_pack.signed(text, [HUB2], one.cosigned), "kept")


def tampered(
    files: Files | bytes, codes: str, mode: str = BARE, *, blind: bool = False, **place: object
) -> Tampered:
    raw = files if isinstance(files, bytes) else fix_pack.packed(files)
    at = {
        name: frozenset(one) if isinstance(one, set) else frozenset({one})
        for name, one in place.items()
    }
    return Tampered(raw, frozenset(codes.split()), at, mode, blind)


def wrong(made: Tampered) -> str:
    """What the verifier said amiss of it; empty when it found it in its place."""
    if made.blind and (early := found(made.raw, BARE)) is not None:
        return f"the control sees it too: {early.told('en')}"
    one = found(made.raw, made.mode)
    if one is None:
        return "not found"
    places = all(one.place.get(name) in allowed for name, allowed in made.place.items())
    return "" if one.code in made.codes and places else f"{one.code}: {one.told('en')}"


Attack = Callable[[World, Random], Tampered]


def flipped(raw: bytes, at: int, rng: Random) -> bytes:
    return raw[:at] + bytes((raw[at] ^ 1 << rng.randrange(8),)) + raw[at + 1 :]
