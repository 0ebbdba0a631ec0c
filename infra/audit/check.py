"""`menwei audit check`: does a proof hold? From the files it is given and nothing else."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import BadProof, ConfigError, EnvironmentFault
from core.tlog import checkpoint, inclusion, note
from core.tlog.note import VerifierKey
from core.tlog.quorum import Quorum
from core.tlog.tree import HASH, leaf_hash
from infra.witness.policy import read

_LEAF = re.compile(f"[0-9a-f]{{{2 * HASH}}}")


def check(
    proof: Path, frame: Path | None, leaf: str, keys: Sequence[str], policy: Path | None
) -> int:
    """0: it holds; 1: it does not, and standard error says why."""
    asked = read(policy) if policy else Quorum()
    trusted = [*map(log_verifier, keys), *(party.key for party in asked.logs)]
    if not trusted:
        raise ConfigError("no log is trusted: name its key with --key, or a --policy with one.")
    wanted = _leaf(frame, leaf)
    raw = sys.stdin.buffer.read() if str(proof) == "-" else _bytes(proof)
    try:
        given = inclusion.parse(raw)
        found = inclusion.verified(given, wanted, trusted)
        witnesses = [party.key for party in asked.witnesses.values()]
        cosigned = checkpoint.cosigners(found, witnesses)
    except BadProof as bad:
        print(f"menwei: the proof does not hold, {bad}.", file=sys.stderr)
        return 1
    if not asked.met(cosigned):
        names = ", ".join(sorted(key.name for key in cosigned)) or "nobody"
        print(
            f"menwei: the proof holds, but its checkpoint is cosigned by {names}, which the "
            "policy does not take for enough.",
            file=sys.stderr,
        )
        return 1
    print(f"batch {given.index + 1} of {found.head.size} in {found.head.origin}: the proof holds")
    for key in sorted(cosigned, key=lambda one: one.name):
        print(f"cosigned by {key.name}")
    return 0


def log_verifier(text: str) -> VerifierKey:
    """The key of a log, as --key takes it. ConfigError for anything else."""
    try:
        key = note.verifier_key(text)
    except BadProof as bad:
        raise ConfigError(f"--key: {bad.detail}") from bad
    if key.type != note.SignatureType.ED25519:
        raise ConfigError(f"--key {key.name}: a witness's key. Witnesses stand in the --policy.")
    return key


def _leaf(frame: Path | None, leaf: str) -> bytes:
    if (frame is None) == (not leaf):
        raise ConfigError("name the batch by --frame or by --leaf, one of the two.")
    if frame is not None:
        return leaf_hash(_bytes(frame))
    if not _LEAF.fullmatch(leaf):
        raise ConfigError("--leaf: 64 hex digits, in small letters.")
    return bytes.fromhex(leaf)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"{path}: cannot be read: {error.strerror}.") from error
