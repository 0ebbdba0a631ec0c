"""A witness's hand: one name, an Ed25519 and an ML-DSA-44 key (C2SP tlog-cosignature)."""

import struct

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from core.keys import Signer
from core.tlog import note
from core.tlog.note import Signature, SignatureType, VerifierKey

_TIME = struct.Struct(">Q")


class Cosigner:
    """Owns the private keys in memory. `keys` are what others pin."""

    def __init__(self, name: str, ed25519: Signer, ml_dsa: MLDSA44PrivateKey) -> None:
        self.name = name
        self._ed25519 = ed25519
        self._ml_dsa = ml_dsa
        public = ml_dsa.public_key().public_bytes_raw()
        self._post_quantum = VerifierKey(name, SignatureType.COSIGNATURE_ML_DSA_44, public)
        classic = VerifierKey(name, SignatureType.COSIGNATURE_ED25519, ed25519.public)
        self.keys = (classic, self._post_quantum)

    def cosign(self, text: str, when: int) -> tuple[Signature, ...]:
        """One of each key over the checkpoint `text`; `when` in POSIX seconds."""
        message = note.cosigned_message(self.name, text, when)
        body = _TIME.pack(when) + self._ml_dsa.sign(message)
        return (
            note.cosignature(text, self.name, self._ed25519, when),
            Signature(self.name, self._post_quantum.id, body),
        )
