"""A tree's hashes on disk: one file a tile level, each only ever longer.

A tile of any width is a range of its level's file, so there are no partial tiles to keep or to
remove, and one sync makes a whole checkpoint's tiles durable (a synced file a tile is 3 ms, which
is a tenth as fast). What stands behind the checkpoint's size was never published: who died there
writes it again.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from core import durable
from core.errors import FatalError
from core.tlog.tiles import WIDTH, Tile
from core.tlog.tree import HASH


class Levels:
    """Owns `level-<n>` in its folder, unless it only reads them. One thread writes; any may read
    what was synced."""

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        self._folder = folder
        self._files: list[int] = []
        self._written: set[int] = set()
        with durable.told(folder):
            while (path := self._path(len(self._files))).exists():
                self._files.append(os.open(path, os.O_RDWR if writes else os.O_RDONLY))

    def write(self, level: int, at: int, hashes: Sequence[bytes]) -> None:
        """From hash `at` of its level on; not durable before `sync`. DiskFull: what is there of
        it is written again."""
        with durable.told(self._path(level)):
            if level == len(self._files):
                flags = os.O_RDWR | os.O_CREAT
                self._files.append(os.open(self._path(level), flags, 0o600))
                durable.sync_directory(self._folder)
            raw = b"".join(hashes)
            done = 0
            while done < len(raw):
                done += os.pwrite(self._files[level], raw[done:], at * HASH + done)
            self._written.add(level)

    def sync(self) -> None:
        """FatalError when it fails: the kernel may have dropped what it could not write (I8)."""
        for level in sorted(self._written):
            try:
                os.fsync(self._files[level])
            except OSError as error:
                raise FatalError(f"{self._path(level)}: {error.strerror}") from error
        self._written.clear()

    def read(self, tile: Tile) -> bytes:
        """Shorter than it should be where the file is."""
        return self.span(tile.level, tile.index * WIDTH, tile.width)

    def span(self, level: int, at: int, count: int) -> bytes:
        """So many hashes of a level, from hash `at` on."""
        if level >= len(self._files):
            return b""
        with durable.told(self._path(level)):
            return os.pread(self._files[level], count * HASH, at * HASH)

    def close(self) -> None:
        while self._files:
            os.close(self._files.pop())

    def _path(self, level: int) -> Path:
        return self._folder / f"level-{level}"
