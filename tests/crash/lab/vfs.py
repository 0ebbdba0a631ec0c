"""A SQLite VFS that writes down every call and can fail any of them.

Files are real files below; shared memory is passed through, so several connections and WAL
work as ever. What is recorded is what SQLite asked of the disk, before the operating system.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import apsw

from tests.crash.lab.trace import Sync, SyncFolder, Trace, Truncate, Write

_DURABLE_NAME = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Fault(StrEnum):
    EIO = "EIO"
    ENOSPC = "ENOSPC"
    SHORT = "short write"


_IOERR = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "delete": apsw.SQLITE_IOERR_DELETE,
}


class Plan:
    """Which call fails: the `at`-th of `kind`, counted from 0, and with `lasting` all after it.

    `calls` counts by kind; `after` counts what was asked once the fault had struck, without what
    SQLite does while a connection is closed: who closes is on the way out.
    """

    def __init__(
        self, kind: str = "", at: int = -1, fault: Fault = Fault.EIO, *, lasting: bool = False
    ) -> None:
        self.kind, self.at, self.fault, self.lasting = kind, at, fault, lasting
        self.calls: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.closing = False
        self.struck_closing = False
        self.struck = ""  # file and kind of the call that failed
        self.dead = False  # the process is gone: nothing it does on its way out reaches the disk
        self._turn = threading.Lock()

    def heal(self) -> None:
        self.lasting = False

    @contextmanager
    def leaving(self) -> Iterator[None]:
        before, self.closing = self.closing, True
        try:
            yield
        finally:
            self.closing = before

    def next(self, kind: str, name: str) -> Fault | None:
        if self.dead:
            return None if kind in ("open", "read") else Fault.EIO
        with self._turn:
            number = self.calls[kind]
            self.calls[kind] += 1
            if self.struck and not self.closing:
                self.after[kind] += 1
            if kind != self.kind:
                return None
            if number == self.at or (self.lasting and number > self.at):
                self.struck_closing = self.closing if not self.struck else self.struck_closing
                self.struck = self.struck or f"{kind} {Path(name).name}"
                return self.fault
            return None


class _IoError(apsw.IOError):
    result = apsw.SQLITE_IOERR
    extendedresult = apsw.SQLITE_IOERR


class _CantOpen(apsw.CantOpenError):
    result = extendedresult = apsw.SQLITE_CANTOPEN


class _Full(apsw.FullError):
    result = extendedresult = apsw.SQLITE_FULL


def failure(kind: str, fault: Fault) -> apsw.Error:
    """What SQLite sees; its code decides what SQLite does about it."""
    if fault is not Fault.EIO:
        return _Full("injected: database or disk is full")
    if kind == "open":
        return _CantOpen("injected: unable to open database file")
    error = _IoError(f"injected: disk I/O error at {kind}")
    error.extendedresult = _IOERR[kind]
    return error


class LabVfs(apsw.VFS):
    """Registered under `name` until `unregister`. One thread at a time may write."""

    def __init__(self, name: str, trace: Trace | None = None, plan: Plan | None = None) -> None:
        self.name, self.trace, self.plan = name, trace, plan or Plan()
        super().__init__(name, "")

    def excepthook(self, *_: object) -> bool:
        """SQLite has no use for an error here and goes on; so do we."""
        return True

    def check(self, kind: str, name: str) -> None:
        fault = self.plan.next(kind, name)
        if fault is not None:
            raise failure(kind, fault)

    def xOpen(  # noqa: N802
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.check("open", path or "")
        return _File(self, name, path, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.check("delete", filename)
        super().xDelete(filename, syncdir)
        if self.trace is not None:
            self.trace.unlinked(Path(filename).name, synced=syncdir)


class _File(apsw.VFSFile):
    def __init__(
        self,
        vfs: LabVfs,
        name: str | apsw.URIFilename | None,
        path: str | None,
        flags: list[int],
    ) -> None:
        self._vfs = vfs
        self._name = path or ""
        wanted = flags[0]
        super().__init__("", name, flags)
        self._inode, made = 0, False
        if vfs.trace is not None and path is not None:
            self._inode, made = vfs.trace.opened(Path(path).name)
        # As SQLite's unix VFS: the first sync of a new journal or WAL syncs its folder too.
        self._sync_folder = made and bool(wanted & _DURABLE_NAME)

    def excepthook(self, *_: object) -> bool:
        return True

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._vfs.check("read", self._name)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        fault = self._vfs.plan.next("write", self._name)
        if fault is Fault.SHORT:
            data = bytes(data[: len(data) // 2])
        if fault is None or fault is Fault.SHORT:
            super().xWrite(data, offset)
            if self._inode and self._vfs.trace is not None:
                self._vfs.trace.ops.append(Write(self._inode, offset, bytes(data)))
        if fault is not None:
            raise failure("write", fault)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._vfs.check("truncate", self._name)
        super().xTruncate(size)
        if self._inode and self._vfs.trace is not None:
            self._vfs.trace.ops.append(Truncate(self._inode, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._vfs.check("sync", self._name)
        super().xSync(flags)
        if self._inode and self._vfs.trace is not None:
            self._vfs.trace.ops.append(Sync(self._inode))
            if self._sync_folder:
                self._vfs.trace.ops.append(SyncFolder())
                self._sync_folder = False
