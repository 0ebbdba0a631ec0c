"""The `os` of a module of ours that writes a small file beside its database: recorded and failed
like what SQLite asks of the disk."""

import errno
import os
from pathlib import Path
from typing import Any

from tests.crash.lab.trace import Write
from tests.crash.lab.vfs import Fault, LabVfs

_CODES = {Fault.EIO: errno.EIO, Fault.ENOSPC: errno.ENOSPC}


class TracedOs:
    def __init__(self, vfs: LabVfs) -> None:
        self._vfs = vfs
        self._files: dict[int, tuple[int, str]] = {}  # handle → inode, name

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        self._fail("open", path.name)
        handle = os.open(path, flags, mode)
        inode = self._vfs.trace.opened(path.name)[0] if self._vfs.trace is not None else 0
        self._files[handle] = (inode, path.name)
        return handle

    def pwrite(self, handle: int, data: bytes, offset: int) -> int:
        inode, name = self._files[handle]
        fault = self._fail("write", name)
        if fault is Fault.SHORT:
            data = data[: len(data) // 2]
        written = os.pwrite(handle, data, offset)
        if self._vfs.trace is not None:
            self._vfs.trace.ops.append(Write(inode, offset, data))
        return written

    def _fail(self, kind: str, name: str) -> Fault | None:
        fault = self._vfs.plan.next(kind, name)
        if fault in _CODES:
            code = _CODES[fault]
            raise OSError(code, os.strerror(code), name)
        return fault
