"""A witness under test: keys from fixed seeds, two logs that agree up to a point, and what it
said of them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from core.clock import Clock
from core.tlog import checkpoint
from core.tlog.cosigner import Cosigner
from core.tlog.head import TreeHead
from core.tlog.published import Published
from core.tlog.witness import Submission
from infra.witness.config import Http, Settings
from infra.witness.witness import Witness
from tests.fix_core import signer_of
from tests.fix_tlog import published

ORIGIN = "hub.example/menwei"
NAME = "witness.example/city"
LOG = signer_of(40)
LOG_KEY = checkpoint.log_key(ORIGIN, LOG.public)


def leaves(count: int, fork: str = "", at: int = 0) -> list[bytes]:
    """Leaf hashes; those of another `fork` differ from leaf `at` on."""
    return [
        hashlib.sha256(f"{fork if number >= at else ''}/{number}".encode()).digest()
        for number in range(count)
    ]


def log_of(hashes: Sequence[bytes]) -> Published:
    return published(hashes, LOG, ORIGIN)


def submission(old: int, of: Published) -> Submission:
    """Honestly proved from `old` leaves; without a proof where there can be none."""
    proof = of.consistency(old) if old <= of.size else []
    return Submission(old, tuple(proof), of.checkpoint)


def cosigner(name: str = NAME, seed: int = 41) -> Cosigner:
    return Cosigner(name, signer_of(seed), MLDSA44PrivateKey.from_seed_bytes(bytes([seed]) * 32))


def settings(folder: Path, port: int = 1) -> Settings:
    return Settings(
        name=NAME, folder=folder, http=Http(port=port), logs={ORIGIN: frozenset({LOG_KEY})}
    )


def witness(folder: Path, clock: Clock) -> Witness:
    return Witness(settings(folder), cosigner(), clock)


def head_of(hashes: Sequence[bytes]) -> TreeHead:
    return log_of(hashes).checkpoint.head
