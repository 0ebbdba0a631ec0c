"""Ids of one file's events, so that a row counts once in it, and beside them those of all files
that were imported before, so that files may overlap. Across files an id is one of a day: a device
that counts from the beginning again does not lose its later records."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.store.queries import queries
from infra.importing.made import Made
from infra.importing.remembered import REMEMBERED
from infra.importing.staging import IDS
from projections.days import DAY_MS

_SQL = queries(Path(__file__).with_name("remembered.sql"))


class Again(msgspec.Struct, frozen=True):
    """An event that is there already: from that row of the file, or from an earlier one (0)."""

    row: int
    same: bool


class Ids:
    """Owns staged.ids until the file is staged; worth nothing without its manifest."""

    def __init__(self, staged: Path, folder: Path) -> None:
        """`staged`: where the file is made; `folder`: the imports', which may not be there."""
        self._path = staged / IDS
        self._path.unlink(missing_ok=True)
        uri = self._path.absolute().as_uri()
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None)
        # Written over if we die: nothing of it has to be durable before it is whole.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-32768"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(_SQL["create_ids"])
        before = folder / REMEMBERED
        self._before = before.exists()
        if self._before:
            self._db.execute("ATTACH ? AS before", (f"{before.absolute().as_uri()}?mode=ro",))
            self._before = bool(self._db.execute(_SQL["any_known"]).fetchone()[0])

    def add(self, made: Sequence[Made]) -> dict[int, Again]:
        """Index in `made` → what it repeats, of those that are not new."""
        found: dict[int, Again] = {}
        if self._before:
            for at, one in enumerate(made):
                row = self._db.execute(_SQL["known"], (one.ms // DAY_MS, one.key)).fetchone()
                if row is not None:
                    found[at] = Again(0, row[0] == one.digest)
        changes = self._db.total_changes
        self._db.execute("BEGIN")
        self._db.executemany(
            _SQL["add_id"], [(one.key, one.ms // DAY_MS, one.digest, one.row) for one in made]
        )
        self._db.execute("COMMIT")
        if self._db.total_changes - changes < len(made):
            self._repeated(made, found)
        return found

    def _repeated(self, made: Sequence[Made], found: dict[int, Again]) -> None:
        seen: set[bytes] = set()
        for at, one in enumerate(made):
            digest, row = self._db.execute(_SQL["id"], (one.key,)).fetchone()
            if row != one.row or one.key in seen:
                found[at] = Again(row, digest == one.digest)
            seen.add(one.key)

    def whole(self) -> None:
        """Durable when this returns."""
        self._db.close()
        handle = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def close(self) -> None:
        self._db.close()
