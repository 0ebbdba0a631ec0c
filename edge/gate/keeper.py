"""The signed policy on disk: what a gateway that starts without its hub decides by.

Owner: the intake thread. Written beside, synced, renamed, and the folder synced: after a power cut
there is the old document or the new one. If we die before the commit that tells of it, the next
start finds it on disk and tells. A file that is damaged stays as it is and is not decided by; only
a document of the hub that is at least as new as what was in force takes its place.
"""

import logging
from pathlib import Path

from core import durable
from core.errors import FatalError
from core.policy.book import Book
from core.policy.document import sha256
from core.policy.signed import PolicyRefused, one_of, open_book
from edge.hubkeys import HubKeys

log = logging.getLogger("edge.gate")

FILE = "policy.signed"


class Keeper:
    """Owns the file. It knows the version only; what was in force last, the journal knows too."""

    def __init__(self, folder: Path, hub_keys: HubKeys, compound: str) -> None:
        self.path = folder / FILE
        self._hub_keys, self._compound = hub_keys, compound

    def load(self, version: int, digest: str) -> tuple[Book | None, str]:
        """What is on disk, and its digest. `version`, `digest`: what the journal says was adopted;
        PolicyRefused when that is not there, or was replaced by something older."""
        try:
            frame = self.path.read_bytes()
        except FileNotFoundError:
            if version:
                raise PolicyRefused("missing", f"version {version} was in force") from None
            return None, ""
        except OSError as error:
            raise FatalError(f"{self.path}: {error.strerror}") from error
        try:
            key = one_of(self._hub_keys.known, frame)  # kept since before it handed over
            book = self._book(frame, key, version, digest)
        except PolicyRefused as refused:
            raise PolicyRefused("damaged" if refused.reason in _DAMAGE else refused.reason,
                                refused.detail) from refused  # fmt: skip
        return book, sha256(frame)

    def read(self, frame: bytes, version: int, digest: str) -> Book:
        """PolicyRefused for what is not the hub's, older than what is held, or another document
        of the same version."""
        return self._book(frame, self._hub_keys.now, version, digest)

    def _book(self, frame: bytes, hub_key: bytes, version: int, digest: str) -> Book:
        book = open_book(frame, hub_key, self._compound, version)
        if book.policy.version == version and digest and sha256(frame) != digest:
            raise PolicyRefused("other-document", f"version {version} is another document")
        return book

    def keep(self, frame: bytes) -> None:
        """Durable when this returns. DiskFull: the file is the one it was."""
        durable.keep(self.path, frame, 0o600)


_DAMAGE = frozenset({"forged", "malformed", "too-large"})  # of what was whole when it was kept
