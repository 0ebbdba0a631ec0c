"""A file that holds room for bad times: given up when the disk is full, so that what is urgent
can still be written and the agent can always start."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("edge.journal")

_MOST = 8_000_000  # bytes of each file
_SHARE = 16  # of the file system, at most one part in so many


class Ballast:
    """Owns the files `ballast`, given up for events, and `ballast.last`, lent for making room:
    giving up batches that the hub has needs room of its own first."""

    def __init__(self, folder: Path) -> None:
        self._path, self._last = folder / "ballast", folder / "ballast.last"

    @property
    def given_up(self) -> bool:
        return not self._path.exists()

    def give_up(self) -> bool:
        """True when there was some to give."""
        if self.given_up:
            return False
        log.error("disk full: the ballast is given up. Free space on this file system.")
        self._path.unlink(missing_ok=True)
        return True

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The last of it, for as long as room is being made."""
        self._last.unlink(missing_ok=True)
        try:
            yield
        finally:
            self._fill(self._last, self.size())

    def take(self) -> None:
        """Once there is room for four times of it."""
        size = self.size()
        for path in (self._last, self._path):
            place = os.statvfs(path.parent)
            if not path.exists() and place.f_bavail * place.f_frsize >= 4 * size:
                self._fill(path, size)

    def size(self) -> int:
        """Bytes of each file, by the size of the file system."""
        place = os.statvfs(self._path.parent)
        return min(_MOST, place.f_blocks * place.f_frsize // _SHARE)

    def _fill(self, path: Path, size: int) -> None:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, size)
            finally:
                os.close(handle)
        except OSError:
            path.unlink(missing_ok=True)
