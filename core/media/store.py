"""Pictures and clips by the SHA-256 of their bytes: `ab/cd/<sha256>` under one folder.

A name appears only when the bytes that hash to it are durable, and nothing here ever writes over
it. Dying anywhere leaves the whole file or an unfinished one in `incoming/`, which is gone on with
or thrown away; one that nothing names is in nobody's way. Which events speak of a file is not
known here.
"""

import contextlib
import errno
import hashlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from core import durable
from core.errors import Refused
from core.media.content import HEAD, content_of

SHA256 = r"^[0-9a-f]{64}$"
_NAME = re.compile(SHA256)
_BLOCK = 1 << 20
_INCOMING = "incoming"
_DAMAGED = ".damaged"  # beside the name: what stood there before it was repaired
UNREADABLE = "unreadable"


class Misplaced(Refused):
    """A piece that does not begin where the last one ended: go on from `have`."""

    def __init__(self, have: int) -> None:
        super().__init__("misplaced", f"{have} bytes are here; go on from there")
        self.have = have


class Unlike(Refused):
    """The bytes do not hash to the name they came under. They are thrown away."""


class TooLarge(Refused):
    """More than is taken, or more than was announced."""


class Damaged(Refused):
    """What stands under a name is not it, or nothing stands there; `found` is its hash, or
    `unreadable` where the medium fails."""

    def __init__(self, sha256: str, found: str = "", size: int = 0) -> None:
        what = f"gives back {found}" if found else "is not there"
        super().__init__("damaged" if found else "missing", f"the file of {sha256} {what}")
        self.found, self.size = found, size


class Kept(msgspec.Struct, frozen=True):
    """`repaired`: other bytes had stood under the name, and stand beside it now."""

    bytes: int
    content: str
    repaired: bool = False


class Found(msgspec.Struct, frozen=True):
    """An open file whose bytes were just hashed and are its name's. Close it."""

    sha256: str
    file: IO[bytes]
    bytes: int
    content: str


class MediaStore:
    """Owns its folder; any thread. `largest`: bytes of one file."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder, self._largest = folder, largest
        self._incoming = folder / _INCOMING
        self._lock = threading.Lock()  # pieces of one file come one after the other
        self._durable: set[Path] = set()  # folders known to be, with those above them
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, sha256: str) -> Path:
        """ValueError for what is no hash: nothing a client sends becomes another path."""
        if not _NAME.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def take(self, sha256: str, who: str, offset: int, piece: bytes, total: int) -> Kept | int:
        """How many bytes are here now; `Kept` once all are, durable. `who` sends: two that send
        the same file do not get into each other's way. Misplaced, TooLarge, Unlike, DiskFull:
        nothing stands under the name."""
        target = self.path(sha256)
        if total > self._largest or offset + len(piece) > total:
            raise TooLarge("oversized", f"of at most {min(total, self._largest)} bytes")
        with self._lock, durable.room(self._folder):
            if (already := self._standing(sha256)) is not None:
                self._anchor(target)  # whoever named it may have died before that was durable
                return already
            part = self._incoming / f"{sha256}.{hashlib.sha256(who.encode()).hexdigest()[:16]}"
            have = _append(part, offset, piece)
            if have < total:
                return have
            return self._settle(part, sha256, target)

    def open(self, sha256: str) -> Found:
        """Hashed from its first to its last byte before this returns. Damaged where it is not what
        its name says, or not there."""
        try:
            file = self.path(sha256).open("rb")
        except FileNotFoundError:
            raise Damaged(sha256) from None
        with contextlib.ExitStack() as closing:
            closing.callback(file.close)
            try:
                head = file.read(HEAD)
                file.seek(0)
                found, size = hashed(file)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                raise Damaged(sha256, UNREADABLE) from error
            if found != sha256:
                raise Damaged(sha256, found, size)
            file.seek(0)
            closing.pop_all()
        return Found(sha256, file, size, content_of(head))

    def there(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Whether it was there. Durable when this returns; why it may go, the caller has on
        record."""
        path = self.path(sha256)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        durable.sync_directory(path.parent)
        return True

    def forget_unfinished(self, before: float) -> Sequence[str]:
        """Names of what nobody went on with since that Unix time; it is thrown away."""
        gone = []
        with self._lock:
            for part in self._incoming.iterdir():
                if part.stat().st_mtime < before:
                    part.unlink()
                    gone.append(part.name)
        return gone

    def _standing(self, sha256: str) -> Kept | None:
        try:
            found = self.open(sha256)
        except Damaged:
            return None
        found.file.close()
        return Kept(found.bytes, found.content)

    def _settle(self, part: Path, sha256: str, target: Path) -> Kept:
        """The last piece came: what is on the disk is read back, and only then named."""
        with part.open("rb") as file:
            head = file.read(HEAD)
            file.seek(0)
            found, size = hashed(file)
            if found != sha256:
                part.unlink()
                raise Unlike("unlike", f"what came hashes to {found}")
            try:
                os.fsync(file.fileno())
            except OSError:
                part.unlink()  # what is on the disk is not known: all of it comes again
                raise
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = target.with_name(target.name + _DAMAGED)
        if target.exists():
            target.replace(beside)
        part.rename(target)
        self._anchor(target)
        return Kept(size, content_of(head), beside.exists())

    def _anchor(self, target: Path) -> None:
        """Its name, and the folders that lead to it, are durable when this returns."""
        durable.sync_directory(target.parent)
        if target.parent not in self._durable:
            durable.sync_directory(target.parent.parent)
            durable.sync_directory(self._folder)
            self._durable.add(target.parent)


def hashed(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and length of the rest of it."""
    digest, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def checked(found: Found) -> Iterator[bytes]:
    """Its bytes, hashed once more on their way: the last block leaves only when they are still
    those of its opening. Closes the file. Damaged then ends an answer short of its length."""
    digest, waiting = hashlib.sha256(), b""
    with found.file as file:
        while block := file.read(_BLOCK):
            if waiting:
                yield waiting
            digest.update(block)
            waiting = block
    if digest.hexdigest() != found.sha256:
        raise Damaged(found.sha256, digest.hexdigest(), found.bytes)
    if waiting:
        yield waiting


def _append(part: Path, offset: int, piece: bytes) -> int:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb", buffering=0) as file:
        have = os.fstat(handle).st_size
        if offset != have:
            raise Misplaced(have)
        file.seek(offset)
        left = memoryview(piece)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            os.ftruncate(handle, offset)  # half a piece is none
            raise
    return offset + len(piece)
