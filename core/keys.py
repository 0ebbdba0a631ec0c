"""Ed25519 identities (RFC 8032). The private half stays in one 0600 file on its machine."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core import durable
from core.errors import ConfigError


class Signer:
    """Owns a private key in memory; `public` is the 32-byte identity others pin."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    @classmethod
    def load_or_create(cls, path: Path) -> "Signer":
        """The key at `path`, made on first use. A half-written key can not be left behind:
        it is written beside, synced, then renamed."""
        if path.exists():
            try:
                return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text())))
            except ValueError as error:
                raise ConfigError(
                    f"{path}: not an Ed25519 key (64 hex digits). Restore it from backup; "
                    "a new key is a new gateway."
                ) from error
        private = Ed25519PrivateKey.generate()
        write_secret(path, private.private_bytes_raw().hex())
        return cls(private)


def write_secret(path: Path, content: str | bytes) -> None:
    """A file only its owner can read, durable when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.put(path, content, 0o600)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
