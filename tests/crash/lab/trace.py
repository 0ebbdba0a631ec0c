"""What a disk was told, in order: the record that crash states are made from.

Files are inodes, because a name can be deleted and made again while the old file's blocks are
still what a power cut leaves behind.
"""

from collections.abc import Iterator
from typing import Any

import msgspec


class Create(msgspec.Struct, frozen=True):
    inode: int
    name: str


class Unlink(msgspec.Struct, frozen=True):
    name: str


class SyncFolder(msgspec.Struct, frozen=True):
    """Names made and removed so far are durable."""


class Write(msgspec.Struct, frozen=True):
    inode: int
    offset: int
    data: bytes


class Truncate(msgspec.Struct, frozen=True):
    inode: int
    size: int


class Sync(msgspec.Struct, frozen=True):
    """What was written to the file so far is durable."""

    inode: int


class Mark(msgspec.Struct, frozen=True):
    """Not the disk's: something the world was told at this point."""

    what: Any


Op = Create | Unlink | SyncFolder | Write | Truncate | Sync | Mark


class Trace:
    """Grows while a script runs on a `LabVfs`; one folder of files."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self._inodes: dict[str, int] = {}
        self._next = 0

    def __iter__(self) -> Iterator[Op]:
        return iter(self.ops)

    def __len__(self) -> int:
        return len(self.ops)

    def mark(self, what: Any) -> None:
        self.ops.append(Mark(what))

    def opened(self, name: str) -> tuple[int, bool]:
        """The file's inode; True when it was made by this."""
        found = self._inodes.get(name)
        if found is not None:
            return found, False
        self._next += 1
        self._inodes[name] = self._next
        self.ops.append(Create(self._next, name))
        return self._next, True

    def unlinked(self, name: str, *, synced: bool) -> None:
        if self._inodes.pop(name, None) is None:
            return
        self.ops.append(Unlink(name))
        if synced:
            self.ops.append(SyncFolder())

    def count(self) -> dict[str, int]:
        """Calls by kind, for reports."""
        kinds: dict[str, int] = {}
        for op in self.ops:
            name = type(op).__name__
            kinds[name] = kinds.get(name, 0) + 1
        return kinds
