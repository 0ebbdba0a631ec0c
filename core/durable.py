"""Files that are there whole, the old one or the new one, whenever the power goes."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull, FatalError


def put(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """In place of what was there, durable when this returns. `mode` as of `open(2)`, less what the
    process masks. OSError: the file is the one it was."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(handle)
    beside.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """A rename or a new file is durable only once its directory is."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def room(path: Path) -> Iterator[None]:
    """DiskFull where there was none for it; whatever else failed as it is."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"{path}: {error.strerror}") from error
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What failed with a file of ours: DiskFull where there was no room, else FatalError (I8)."""
    try:
        with room(path):
            yield
    except OSError as error:
        raise FatalError(f"{path}: {error.strerror}") from error


def keep(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """As `put`, of what the process may not go on without."""
    with told(path):
        put(path, content, mode)
