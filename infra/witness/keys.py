"""The witness's two private keys: files of its data folder, 0600, made at first use."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from core.errors import ConfigError
from core.keys import Signer, write_secret
from core.tlog.cosigner import Cosigner

_ED25519 = "witness.key"
_ML_DSA = "witness-mldsa44.key"


def load_or_create(name: str, folder: Path) -> Cosigner:
    """ConfigError for a damaged key; never replaced by a new one."""
    return Cosigner(name, Signer.load_or_create(folder / _ED25519), _ml_dsa(folder / _ML_DSA))


def _ml_dsa(path: Path) -> MLDSA44PrivateKey:
    if path.exists():
        try:
            return MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(path.read_text()))
        except ValueError as error:
            raise ConfigError(
                f"{path}: not an ML-DSA-44 seed (64 hex digits). Restore it from backup; "
                "a new key is a new witness."
            ) from error
    private = MLDSA44PrivateKey.generate()
    write_secret(path, private.private_bytes_raw().hex())
    return private
