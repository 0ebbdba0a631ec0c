"""views.db: rows and positions of all views in one SQLite file that never is the log's.

Everything here can be folded again from the log, so commits need not reach the disk at
once (synchronous=NORMAL): after a power cut rows and position are older, and agree.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.errors import EnvironmentFault, FatalError
from core.store.queries import queries
from projections.state import CompoundRows, Touched, ViewState
from projections.view import Change, View

_SQL = queries(Path(__file__).with_name("store.sql"))


class ViewStore:
    """Owns views.db through one connection, used by the runner's thread only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(_SQL["create_rows"])
            self._db.execute(_SQL["create_positions"])
            if ("leaf",) not in self._db.execute(_SQL["select_columns"]).fetchall():
                self._db.execute(_SQL["add_leaf"])
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"{path}: cannot be opened: {error}. Views can be folded again: move the file "
                "away and start."
            ) from error

    def load(self, view: View) -> ViewState:
        """The view as committed last; empty and at position 0 if its version is another.
        EnvironmentFault when its rows are not ones we wrote."""
        state = ViewState(view)
        found = self._db.execute(_SQL["select_position"], (view.name,)).fetchone()
        if found is None or found[1] != view.version:
            self.drop(view)
            return state
        state.position = found[0]
        decoders = {kind: msgspec.json.Decoder(row) for kind, row in view.kinds.items()}
        try:
            for compound, kind, key, value in self._db.execute(_SQL["select_rows"], (view.name,)):
                rows = state.compounds.setdefault(compound, CompoundRows())
                rows.apply(Change(kind, key, decoders[kind].decode(value)))
        except (sqlite3.Error, msgspec.MsgspecError, KeyError) as error:
            raise EnvironmentFault(
                f"{self._path}: rows of {view.name} cannot be read: {error}. "
                "Run `menwei rebuild`; if that fails too, move the file away and start."
            ) from error
        return state

    def save(self, state: ViewState, touched: Touched, leaf: bytes) -> None:
        """Changed rows, the position and the hash of the batch there, one transaction.
        FatalError if it can not be."""
        view = state.view
        gone: list[tuple[str, str, str, str]] = []
        rows: list[tuple[str, str, str, str, bytes, int]] = []
        for (compound, kind, key), position in touched.items():
            row = state.row(compound, kind, key)
            if row is None:
                gone.append((view.name, compound, kind, key))
            else:
                value = msgspec.json.encode(row)
                rows.append((view.name, compound, kind, key, value, position))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_SQL["upsert_row"], rows)
            self._db.executemany(_SQL["delete_row"], gone)
            self._db.execute(
                _SQL["upsert_position"], (view.name, view.version, state.position, leaf)
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise FatalError(f"views {self._path}: {error}") from error

    def drop(self, view: View) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(_SQL["delete_rows"], (view.name,))
            self._db.execute(_SQL["delete_position"], (view.name,))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise FatalError(f"views {self._path}: {error}") from error

    def position(self, view: View) -> int:
        """Where the stored view stands; 0 if there is none of this version."""
        found = self._db.execute(_SQL["select_position"], (view.name,)).fetchone()
        return found[0] if found and found[1] == view.version else 0

    def leaf(self, view: View) -> bytes:
        """Hash of the batch at the view's position; empty if none was kept."""
        found = self._db.execute(_SQL["select_leaf"], (view.name,)).fetchone()
        return found[0] if found else b""

    def replace(self, view: View, fresh: "ViewStore") -> None:
        """Put the rows and position of `fresh` in the place of this view's, in one transaction."""
        rows = [(view.name, *row) for row in fresh.dump(view)]
        position = fresh.position(view)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(_SQL["delete_rows"], (view.name,))
            self._db.executemany(_SQL["upsert_row"], rows)
            self._db.execute(
                _SQL["upsert_position"], (view.name, view.version, position, fresh.leaf(view))
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise FatalError(f"views {self._path}: {error}") from error

    def dump(self, view: View) -> Iterable[tuple[str, str, str, bytes, int]]:
        """Every stored row in key order: what a rebuild must reproduce byte for byte."""
        return self._db.execute(_SQL["dump_rows"], (view.name,))

    def close(self) -> None:
        self._db.close()
