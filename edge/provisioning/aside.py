"""What was set aside, read while the intake goes on writing it: a connection of its own for each
look, which can do nothing but read."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from core import keystore
from core.event import Media
from core.store.queries import queries
from core.store.recorder import storage_error
from edge import quarantine

_SQL = queries(Path(quarantine.__file__).with_name("quarantine.sql"))
_NEWEST = 2**62  # beyond every row


class Row(msgspec.Struct, frozen=True):
    """`row` names it here for ever. `kept`: its bytes are; `resolved`: since when it is decoded."""

    row: int
    sha256: bytes
    topic: str
    adapter: str
    reason: str
    detail: str
    first: str
    last: str
    count: int
    size: int
    kept: bool
    resolved: str
    media: tuple[Media, ...]


class Sum(msgspec.Struct, frozen=True):
    """Different messages, how often they came, and how many of them are decoded by now."""

    reason: str
    adapter: str
    rows: int
    count: int
    resolved: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Rows below `before`; an empty reason or adapter is any. `all`: also what is decoded."""

    reason: str = ""
    adapter: str = ""
    before: int = 0
    all: bool = False


class AsideFile:
    """quarantine.db and keys.db of one folder, to be looked at from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path, self._keys = folder / "quarantine.db", folder / "keys.db"

    def page(self, asked: Asked, limit: int) -> list[Row]:
        """Newest first."""
        reason, adapter = asked.reason, asked.adapter
        with self._reading() as db:
            found = db.execute(
                _SQL["page"],
                (asked.before or _NEWEST, reason, reason, adapter, adapter, asked.all, limit),
            ).fetchall()
        return [_row(one) for one in found]

    def rows(self, rows: Sequence[int]) -> list[Row]:
        with self._reading() as db:
            found = [db.execute(_SQL["one"], (row,)).fetchone() for row in rows]
        return [_row(one) for one in found if one is not None]

    def sums(self) -> list[Sum]:
        with self._reading() as db:
            return [Sum(*one) for one in db.execute(_SQL["sums"])]

    def raw(self, row: Row) -> tuple[bytes | None, bool]:
        """Its bytes and whether they are all of them; None where they were not kept, or are erased
        with their month's key."""
        with self._reading() as db:
            found = db.execute(_SQL["raw"], (row.row,)).fetchone()
        key = keystore.look(self._keys, f"quarantine:{row.first[:7]}")
        if found is None or found[0] is None or key is None:
            return None, False
        plain = quarantine.opened(key, found[0], row.sha256)
        return plain, hashlib.sha256(plain).digest() == row.sha256

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as db:
                yield db
        except sqlite3.Error as error:
            raise storage_error(f"quarantine {self._path}", error) from error


def _row(found: tuple[int, bytes, str, str, str, str, str, str, int, int, int, str, str]) -> Row:
    return Row(*found[:10], bool(found[10]), found[11], quarantine.untold(found[12]))
