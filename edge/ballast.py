"""A file that holds room for bad times: given up when the disk is full, so that what is urgent
can still be written and the agent can always start."""

import logging
import os
from pathlib import Path

log = logging.getLogger("edge.journal")

_MOST = 16_000_000  # bytes
_SHARE = 8  # of the file system, at most one part in so many


class Ballast:
    """Owns the file `ballast`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

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

    def take(self) -> None:
        """Once there is room for four times of it."""
        place = os.statvfs(self._path.parent)
        size = min(_MOST, place.f_blocks * place.f_frsize // _SHARE)
        if not self.given_up or place.f_bavail * place.f_frsize < 4 * size:
            return
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, size)
            finally:
                os.close(handle)
        except OSError:
            self._path.unlink(missing_ok=True)
