"""What outlives a gateway's key: whose journals the older files are, and the secret by which
recorded events are known again. Without the second a new key would take every redelivery for news.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.batch import Journal, Lane
from core.errors import EnvironmentFault
from core.keys import Signer, write_secret
from edge.survey import writers

FILE = "gateway.keys"
_IDENTITY = b"menwei identity v1\n"  # signed: a secret that only this gateway's first key can make


class Former(msgspec.Struct, frozen=True):
    """`keys`: public ones, 64 hex digits, oldest first. `identity`: 64 hex digits."""

    identity: str = ""
    keys: tuple[str, ...] = ()

    def secret(self, signer: Signer) -> bytes:
        return bytes.fromhex(self.identity) or signer.sign(_IDENTITY)[:32]

    def every(self, signer: Signer) -> tuple[bytes, ...]:
        """This gateway's public keys, the newest first."""
        return (signer.public, *(bytes.fromhex(one) for one in reversed(self.keys)))


def read(folder: Path) -> Former:
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Former)
    except FileNotFoundError:
        return Former()
    except (OSError, msgspec.MsgspecError) as error:
        raise EnvironmentFault(f"{path}: cannot be read ({error}). Restore it.") from error


def add(folder: Path, signer: Signer) -> None:
    """`signer` is about to become a former one. Durable when this returns; twice is once."""
    before = read(folder)
    key = signer.public.hex()
    now = Former(
        identity=before.secret(signer).hex(),
        keys=(*(one for one in before.keys if one != key), key),
    )
    write_secret(folder / FILE, msgspec.json.encode(now))


def owner(c: SQLiteCursor, epoch: int, keys: Sequence[bytes]) -> bytes:
    """Which of a gateway's keys, the newest first, wrote the journal file of this epoch; the
    newest for a file that tells nothing."""
    names = set(writers(c))
    return next((one for one in keys if not names.isdisjoint(_names(one, epoch))), keys[0])


def _names(key: bytes, epoch: int) -> set[str]:
    return {Journal(key, epoch, lane).id.hex for lane in Lane}
