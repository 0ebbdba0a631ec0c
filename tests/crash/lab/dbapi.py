"""The standard library's sqlite3 as our code uses it, spoken over apsw on a VFS of our choice.

So the unchanged journal runs on a disk that records and fails. Only what is used is here:
`isolation_level=None`, positional and named parameters, rows by index and by name.
tests/crash/test_lab_dbapi.py holds it against the real module.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike, fspath
from typing import Any
from weakref import WeakSet

import apsw

from tests.crash.lab.vfs import LabVfs

Parameters = Sequence[Any] | Mapping[str, Any]

_OPERATIONAL = {
    apsw.SQLITE_ERROR, apsw.SQLITE_PERM, apsw.SQLITE_ABORT, apsw.SQLITE_BUSY, apsw.SQLITE_LOCKED,
    apsw.SQLITE_READONLY, apsw.SQLITE_INTERRUPT, apsw.SQLITE_IOERR, apsw.SQLITE_FULL,
    apsw.SQLITE_CANTOPEN, apsw.SQLITE_PROTOCOL, apsw.SQLITE_SCHEMA,
}  # fmt: skip
_CLASSES: dict[int, type[sqlite3.Error]] = {
    **dict.fromkeys(_OPERATIONAL, sqlite3.OperationalError),
    apsw.SQLITE_CONSTRAINT: sqlite3.IntegrityError,
    apsw.SQLITE_MISMATCH: sqlite3.IntegrityError,
    apsw.SQLITE_TOOBIG: sqlite3.DataError,
    apsw.SQLITE_INTERNAL: sqlite3.InternalError,
    apsw.SQLITE_NOTFOUND: sqlite3.InternalError,
    apsw.SQLITE_MISUSE: sqlite3.InterfaceError,
    apsw.SQLITE_RANGE: sqlite3.InterfaceError,
}
_MISUSED = (apsw.BindingsError, apsw.ConnectionClosedError, apsw.CursorClosedError)


def translated(error: apsw.Error) -> sqlite3.Error:
    if isinstance(error, _MISUSED):
        return sqlite3.ProgrammingError(str(error))
    code: int = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
    made = _CLASSES.get(code & 0xFF, sqlite3.DatabaseError)(str(error))
    made.sqlite_errorcode = code
    known = apsw.mapping_extended_result_codes.get(code) or apsw.mapping_result_codes.get(
        code & 0xFF
    )
    made.sqlite_errorname = str(known or "")
    return made


class Row:
    """As sqlite3.Row, which takes none but its own cursors."""

    def __init__(self, names: Sequence[str], values: tuple[Any, ...]) -> None:
        self._names, self._values = names, values

    def keys(self) -> list[str]:
        return list(self._names)

    def __getitem__(self, key: int | str | slice) -> Any:
        if isinstance(key, str):
            wanted = key.lower()
            for name, value in zip(self._names, self._values, strict=True):
                if name.lower() == wanted:
                    return value
            raise IndexError("No item with that key")
        return self._values[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Cursor:
    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.row_factory = connection.row_factory
        self._cursor = connection.raw.cursor()
        self.lastrowid: int | None = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Parameters = ()) -> "Cursor":
        statement = self.connection.rewritten(statement)
        before = self.connection.raw.total_changes()
        try:
            self._cursor.execute(statement, parameters or None)
        except apsw.Error as error:
            raise translated(error) from error
        self._counted(statement, before)
        return self

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> "Cursor":
        before = self.connection.raw.total_changes()
        try:
            self._cursor.executemany(statement, rows)
        except apsw.Error as error:
            raise translated(error) from error
        lastrowid = self.lastrowid
        self._counted(statement, before)
        self.lastrowid = lastrowid
        return self

    def _counted(self, statement: str, before: int) -> None:
        verb = statement.lstrip().split(maxsplit=1)[0].upper() if statement.strip() else ""
        self.rowcount = -1
        if verb in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
            self.rowcount = self.connection.raw.total_changes() - before
        if verb in ("INSERT", "REPLACE"):
            self.lastrowid = self.connection.raw.last_insert_rowid()

    def _row(self, values: tuple[Any, ...]) -> Any:
        if self.row_factory is Row:
            return Row([column[0] for column in self._cursor.getdescription()], values)
        return values

    @property
    def description(self) -> tuple[tuple[Any, ...], ...] | None:
        try:
            return tuple((name, *(None,) * 6) for name, *_ in self._cursor.getdescription()) or None
        except apsw.ExecutionCompleteError:
            return None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            values = next(self._cursor)
        except apsw.Error as error:
            raise translated(error) from error
        return self._row(values)

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for _, row in zip(range(size), self, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self)

    def close(self) -> None:
        # As sqlite3: what an unfinished statement fails with when it is given up is nobody's.
        # (Given up by apsw it would be printed, so it is finished instead.)
        with suppress(apsw.Error):
            for _ in self._cursor:
                pass
        with suppress(apsw.Error):
            self._cursor.close(force=True)

    def __del__(self) -> None:
        if hasattr(self, "_cursor"):
            self.close()


class Connection:
    """`overrides`: PRAGMA name → value put in the place of what is asked for, and hidden when
    it is asked back. That is how a control lies to the assertions of the code under test."""

    def __init__(
        self, database: str, *, uri: bool, timeout: float, vfs: LabVfs, overrides: Mapping[str, str]
    ) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        if uri:
            flags |= apsw.SQLITE_OPEN_URI
        try:
            self.raw = apsw.Connection(database, flags=flags, vfs=vfs.name)
            self.raw.set_busy_timeout(int(timeout * 1000))
        except apsw.Error as error:
            raise translated(error) from error
        self.row_factory: Any = None
        self._plan = vfs.plan
        self._overrides = overrides
        self._checkpoint_pages = int(overrides.get("wal_autocheckpoint", _CHECKPOINT_PAGES))
        self.raw.set_wal_hook(self._committed)

    def _committed(self, raw: apsw.Connection, name: str, pages: int) -> int:
        """SQLite's own automatic checkpoint: its errors are nobody's. (apsw would raise them.)"""
        if 0 < self._checkpoint_pages <= pages:
            with suppress(apsw.Error):
                raw.wal_checkpoint(name, apsw.SQLITE_CHECKPOINT_PASSIVE)
        return apsw.SQLITE_OK

    @property
    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    @property
    def total_changes(self) -> int:
        return self.raw.total_changes()

    def rewritten(self, statement: str) -> str:
        words = statement.replace("=", " = ").replace(";", "").split()
        if len(words) < 2 or words[0].upper() != "PRAGMA":
            return statement
        if words[1].lower() == "wal_autocheckpoint":
            # A run far too short for the product's own threshold gets the laboratory's instead.
            if len(words) > 3 and (int(words[3]) == 0 or words[1].lower() not in self._overrides):
                self._checkpoint_pages = int(words[3])
            return f"SELECT {self._checkpoint_pages}"
        told = self._overrides.get(words[1].lower())
        if told is None:
            return statement
        return f"PRAGMA {words[1]} = {told}" if len(words) > 2 else f"SELECT {_FULL}"

    def cursor(self) -> Cursor:
        try:
            return Cursor(self)
        except apsw.Error as error:
            raise translated(error) from error

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        return self.cursor().execute(statement, parameters)

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> Cursor:
        return self.cursor().executemany(statement, rows)

    def executescript(self, script: str) -> Cursor:
        self.commit()
        return self.cursor().execute(script)

    def commit(self) -> None:
        if self.raw.in_transaction:
            self.execute("COMMIT").close()

    def rollback(self) -> None:
        if self.raw.in_transaction:
            self.execute("ROLLBACK").close()

    def create_function(
        self, name: str, narg: int, func: Callable[..., Any] | None, *, deterministic: bool = False
    ) -> None:
        self.raw.create_scalar_function(name, func, narg, deterministic=deterministic)

    def close(self) -> None:
        # As sqlite3_close: a checkpoint on the way out that fails is left to the next opening.
        with suppress(apsw.IOError, apsw.FullError, apsw.CantOpenError), self._plan.leaving():
            self.raw.close(force=True)

    def __del__(self) -> None:
        if hasattr(self, "_plan"):
            self.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        (self.commit if kind is None else self.rollback)()


_CHECKPOINT_PAGES = 1000  # SQLite's default
_FULL = 2  # what a lied-to `PRAGMA synchronous` answers


class Module:
    """Stands where a module of ours has `sqlite3`."""

    Row = Row

    def __init__(self, vfs: LabVfs, overrides: Mapping[str, str] | None = None) -> None:
        self._vfs, self._overrides = vfs, overrides or {}
        self._made: WeakSet[Connection] = WeakSet()

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(
        self,
        database: "str | PathLike[str]",
        timeout: float = 5.0,
        *,
        isolation_level: str | None = "",
        check_same_thread: bool = True,
        cached_statements: int = 128,
        uri: bool = False,
    ) -> Connection:
        if isolation_level is not None:
            raise sqlite3.NotSupportedError("the laboratory knows isolation_level=None only")
        made = Connection(
            fspath(database), uri=uri, timeout=timeout, vfs=self._vfs, overrides=self._overrides
        )
        self._made.add(made)
        return made

    def abandon(self) -> None:
        """What the end of a process does to connections nobody closed."""
        for one in list(self._made):
            one.close()
