"""Which of SQLite's complaints are about the bytes of the file, and which about the machine."""

import sqlite3

from core.errors import FatalError
from core.store.recorder import sqlite_code

# The machine's: no room, no permission, no memory, no file handle, a medium that does not write.
_MACHINE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_ABORT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_MISUSE,
}  # fmt: skip
_READ = {
    sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS,
    sqlite3.SQLITE_IOERR_DATA,
}  # fmt: skip


class Corrupt(FatalError):
    """The file met damage in use: stop, and read it as an auditor would at the next start."""


def damage(error: BaseException) -> bool:
    """True when the file itself cannot be believed. The library wraps errors; so do we."""
    if isinstance(error, Corrupt):
        return True
    code = sqlite_code(error)
    if code:
        return code in _READ or code & 0xFF not in _MACHINE
    return _unreadable(error)


def _unreadable(error: BaseException) -> bool:
    """Python's own complaint about a text that is none, which has no code."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.Error):
            return "decode" in str(cause)
        cause = cause.__cause__
    return False
