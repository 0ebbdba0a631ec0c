"""views.db: all views of a hub in one SQLite file that never is the log's.

Commits need not reach the disk at once (synchronous=NORMAL): after a power cut rows and position
are older, and agree.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from core.errors import EnvironmentFault, MenweiError, Unavailable
from core.store.queries import queries
from core.store.recorder import sqlite_code, storage_error, transaction
from projections.snapshots import Snapshot
from projections.state import StoredRow, ViewState
from projections.store import Commit, Folded, Moved
from projections.unread import Mark
from projections.view import View

_SQL = queries(Path(__file__).with_name("store.sql"))
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SQLiteViewStore:
    """Owns views.db through one connection that writes; `nearest` reads through others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            with transaction(self._db):
                self._migrate()
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"{path}: cannot be opened: {error}. Views can be folded again: move the file "
                "away and start."
            ) from error

    def _migrate(self) -> None:
        """From nothing, and from every file that was ever released."""
        self._db.execute(_SQL["create_rows"])
        self._db.execute(_SQL["create_positions"])
        if ("leaf",) not in self._db.execute(_SQL["select_columns"]).fetchall():
            self._db.execute(_SQL["add_leaf"])
        if ("unread",) not in self._db.execute(_SQL["select_tables"]).fetchall():
            self._db.execute(_SQL["create_unread"])
            self._db.execute(_SQL["suspect_all"])
        self._db.execute(_SQL["create_snapshots"])

    def load(self, view: View) -> ViewState:
        state = ViewState(view)
        with self._told():
            found = self._stand(view)
            if found is None:
                with transaction(self._db):
                    self._drop(view)
                    self._db.execute(_SQL["put_stand"], (view.name, view.version, 0, b""))
                return state
        state.position, state.leaf = found
        decoders = {kind: msgspec.json.Decoder(row) for kind, row in view.kinds.items()}
        try:
            rows = self._db.execute(_SQL["select_rows"], (view.name,))
            for compound, kind, key, value, position in rows:
                state.of(compound).lay(kind, key, decoders[kind].decode(value), position)
        except (sqlite3.Error, msgspec.MsgspecError, KeyError, TypeError) as error:
            raise EnvironmentFault(
                f"{self._path}: rows of {view.name} cannot be read: {error}. "
                "Run `menwei rebuild`; if that fails too, move the file away and start."
            ) from error
        return state

    def marks(self, view: View) -> list[Mark]:
        with self._told():
            return [Mark(*row) for row in self._db.execute(_SQL["select_marks"], (view.name,))]

    def shelf(self, view: View) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        with self._told():
            for compound, position in self._db.execute(
                _SQL["select_shelf"], (view.name, view.version)
            ):
                found.setdefault(compound, []).append(position)
        return found

    def commit(self, view: View, commit: Commit) -> None:
        with self._told(), transaction(self._db):
            moved = (commit.position, commit.leaf, view.name, view.version, commit.base)
            if self._db.execute(_SQL["move"], moved).rowcount != 1:
                raise Moved(f"{view.name} does not stand at position {commit.base}")
            for compound, since in commit.again.items():
                self._db.execute(_SQL["delete_rows_of"], (view.name, compound))
                self._db.execute(_SQL["delete_marks_of"], (view.name, compound))
                self._db.execute(_SQL["delete_snapshots_from"], (view.name, compound, since))
            self._put(view, commit.rows)
            if commit.gone:
                self._db.executemany(_SQL["delete_row"], [(*key, view.name) for key in commit.gone])
            self._note(view, commit.marks)
            self._keep(view, commit.snapshots)
            for compound, position in commit.thinned:
                self._db.execute(_SQL["delete_snapshot"], (compound, position, view.name))

    def _put(self, view: View, rows: Iterable[StoredRow]) -> None:
        name = view.name
        self._db.executemany(_SQL["upsert_row"], ((*row, name) for row in rows))

    def _note(self, view: View, marks: Iterable[Mark]) -> None:
        for mark in marks:
            self._db.execute(_SQL["upsert_mark"], (view.name, *msgspec.structs.astuple(mark)))

    def _keep(self, view: View, snapshots: Iterable[Snapshot]) -> None:
        for one in snapshots:
            self._db.execute(
                _SQL["put_snapshot"], (view.name, view.version, *msgspec.structs.astuple(one))
            )

    def nearest(self, view: View, compound: str, upto: int) -> Snapshot | None:
        with self._told(), self._reading() as db:
            found = db.execute(
                _SQL["nearest_snapshot"], (view.name, compound, upto, view.version)
            ).fetchone()
        return Snapshot(*found) if found else None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Another connection: this one may be within a transaction of another thread."""
        if str(self._path) == ":memory:":
            yield self._db
            return
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield db

    def drop(self, view: View) -> None:
        with self._told(), transaction(self._db):
            self._drop(view)
            self._db.execute(_SQL["put_stand"], (view.name, view.version, 0, b""))

    def _drop(self, view: View) -> None:
        for query in ("delete_rows", "delete_marks", "delete_snapshots", "delete_stand"):
            self._db.execute(_SQL[query], (view.name,))

    def replace(self, view: View, folded: Folded) -> None:
        with self._told(), transaction(self._db):
            self._drop(view)
            self._put(view, folded.rows)
            self._note(view, folded.marks)
            self._keep(view, folded.snapshots)
            stand = (view.name, view.version, folded.position, folded.leaf)
            self._db.execute(_SQL["put_stand"], stand)

    def position(self, view: View) -> int:
        with self._told():
            found = self._stand(view)
        return found[0] if found else 0

    def leaf(self, view: View) -> bytes:
        with self._told():
            found = self._stand(view)
        return found[1] if found else b""

    def _stand(self, view: View) -> tuple[int, bytes] | None:
        """Position and leaf; None if there is none of this version."""
        found = self._db.execute(_SQL["select_stand"], (view.name,)).fetchone()
        return (found[1], found[2]) if found and found[0] == view.version else None

    def dump(self, view: View) -> Iterator[StoredRow]:
        with self._told():
            yield from self._db.execute(_SQL["dump_rows"], (view.name,))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._meant(error) from error

    def _meant(self, error: sqlite3.Error) -> MenweiError:
        if sqlite_code(error) & 0xFF in _BUSY:  # somebody looks at the file and holds it
            return Unavailable(f"views {self._path}: {error}")
        return storage_error(f"views {self._path}", error)
