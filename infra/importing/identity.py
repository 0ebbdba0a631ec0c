"""As whom history enters the log: a gateway named `import` of each compound.

Its key is made from the hub's own, so that there is nothing to enrol, to keep or to lose, and the
hub alone can sign as it. What it seals is under keys of its own file, as a gateway's is; a person
is referred to as by the hub, so that a plate is the one that the register means.
"""

import contextlib
import hashlib
import os
import pwd
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.batch import Journal
from core.errors import EnvironmentFault
from core.keys import Signer
from core.keystore import KeyStore
from core.trust import Gateway
from devices.fields import reveals
from infra.importing.made import GATEWAY

_DOMAIN = b"menwei import v1\n"  # signed: a secret that only the hub's key can make
# Its journals live in the very store they are written to, like the hub's own: they begin once.
_EPOCH = 1


def actor() -> str:
    """Whoever runs this program: on the shell of this machine nobody signs in."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user may have none
        name = str(number)
    return f"shell:{number if reveals(name) else name}"


def signer(hub: Signer, compound: str) -> Signer:
    seed = hashlib.sha256(hub.sign(_DOMAIN + compound.encode())).digest()
    return Signer(Ed25519PrivateKey.from_private_bytes(seed))


def journal(of: Signer) -> Journal:
    return Journal(of.public, _EPOCH)


def gateways(hub: Signer, compounds: Iterable[str]) -> list[Gateway]:
    return [
        Gateway(compound=one, name=GATEWAY, key=signer(hub, one).public.hex()) for one in compounds
    ]


def reference_key(hub: Path, *, running: bool) -> bytes:
    """Of the hub with that folder. Its key store has one writer: while a hub runs, that hub."""
    path = hub / "keys.db"
    if not running:
        with contextlib.closing(KeyStore(path)) as keys:
            return keys.reference_key
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            row: tuple[bytes] = db.execute("SELECT key FROM reference_key").fetchone()
    except sqlite3.Error as error:
        raise EnvironmentFault(f"{path}: the key store cannot be read ({error}).") from error
    return row[0]


def keys(folder: Path, reference: bytes) -> KeyStore:
    """`folder`: the imports'."""
    opened = KeyStore(folder / "keys.db")
    opened.reference_key = reference
    return opened
