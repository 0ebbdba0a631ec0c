"""All views of a hub in PostgreSQL, in the schema `views`.

A commit is one statement. It need not reach the disk at once (synchronous_commit=off): after a
crash of the server rows and position are older, and agree; who folds reads where they stand.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from psycopg import Connection

from core.errors import EnvironmentFault
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.postgres.migrate import migrate
from core.postgres.pool import Pool
from core.store.queries import queries
from projections.snapshots import Snapshot
from projections.state import StoredRow, ViewState
from projections.store import Commit, Folded, Moved
from projections.unread import Mark
from projections.view import View

MIGRATIONS = Path(__file__).with_name("migrations")
_SQL = {
    name: query.encode()
    for name, query in queries(Path(__file__).with_name("store_postgres.sql")).items()
}
_SESSION = {"synchronous_commit": "off", "search_path": "pg_catalog", "lock_timeout": "15s"}
_READERS = 4


class PostgresViewStore:
    """One connection for the runner's thread, a few for who asks for snapshots."""

    def __init__(self, database: Database) -> None:
        """EnvironmentFault when the schema is another version's; Unavailable when it is away."""
        self._database = database
        migrate(database, "views", MIGRATIONS)
        self._writer = Pool(self._session, 1)
        self._readers = Pool(self._session, _READERS)

    def _session(self) -> Connection[Any]:
        return self._database.connect(Role.PROJECT, settings=_SESSION)

    def load(self, view: View) -> ViewState:
        state = ViewState(view)
        with self._transaction() as c:
            found = self._stand(c, view)
            if found is None:
                self._clear(c, view)
                c.execute(_SQL["put_stand"], (view.name, view.version, 0, b""))
                return state
            state.position, state.leaf = found
            rows = c.execute(_SQL["select_rows"], (view.name,)).fetchall()
        decoders = {kind: msgspec.json.Decoder(row) for kind, row in view.kinds.items()}
        try:
            for compound, kind, key, value, position in rows:
                row = decoders[kind].decode(value)
                state.of(_meant(compound)).lay(kind, _meant(key), row, position)
        except (msgspec.MsgspecError, KeyError) as error:
            raise EnvironmentFault(
                f"{self._database}: rows of {view.name} cannot be read: {error}. "
                "Run `menwei rebuild`."
            ) from error
        return state

    def marks(self, view: View) -> list[Mark]:
        with self._transaction() as c:
            found = c.execute(_SQL["select_marks"], (view.name,)).fetchall()
        return [Mark(_meant(row[0]), _meant(row[1]), *row[2:]) for row in found]

    def shelf(self, view: View) -> dict[str, list[int]]:
        with self._transaction() as c:
            rows = c.execute(_SQL["select_shelf"], (view.name, view.version)).fetchall()
        found: dict[str, list[int]] = {}
        for compound, position in rows:
            found.setdefault(_meant(compound), []).append(position)
        return found

    def commit(self, view: View, commit: Commit) -> None:
        if not (commit.again or commit.marks or commit.snapshots or commit.thinned):
            with self._writer.connection() as c, told("views"):
                self._move(c, view, commit)
            return
        with self._transaction() as c:
            c.execute(_SQL["lock_stand"], (view.name, view.version))
            for compound, since in commit.again.items():
                name = _kept(compound)
                c.execute(_SQL["delete_rows_of"], (view.name, name))
                c.execute(_SQL["delete_marks_of"], (view.name, name))
                c.execute(_SQL["delete_snapshots_from"], (view.name, name, since))
            self._move(c, view, commit)
            self._note(c, view, commit.marks)
            self._keep(c, view, commit.snapshots)
            for compound, position in commit.thinned:
                c.execute(_SQL["delete_snapshot"], (view.name, _kept(compound), position))

    def _move(self, c: Connection[Any], view: View, commit: Commit) -> None:
        rows, gone = commit.rows, commit.gone
        values = {
            "view": view.name,
            "version": view.version,
            "base": commit.base,
            "position": commit.position,
            "leaf": commit.leaf,
            "compounds": [_kept(row[0]) for row in rows],
            "kinds": [row[1] for row in rows],
            "keys": [_kept(row[2]) for row in rows],
            "values": [row[3].decode() for row in rows],
            "positions": [row[4] for row in rows],
            "gone_compounds": [_kept(row[0]) for row in gone],
            "gone_kinds": [row[1] for row in gone],
            "gone_keys": [_kept(row[2]) for row in gone],
        }
        if c.execute(_SQL["commit"], values).fetchone() != (1,):
            raise Moved(f"{view.name} does not stand at position {commit.base}")

    def _note(self, c: Connection[Any], view: View, marks: Iterable[Mark]) -> None:
        for one in marks:
            row = (_kept(one.compound), _kept(one.type), one.position, one.count, one.catalogue)
            c.execute(_SQL["upsert_mark"], (view.name, *row))

    def _keep(self, c: Connection[Any], view: View, snapshots: Iterable[Snapshot]) -> None:
        for one in snapshots:
            row = (_kept(one.compound), one.position, one.leaf, one.rows)
            c.execute(_SQL["put_snapshot"], (view.name, view.version, *row))

    def nearest(self, view: View, compound: str, upto: int) -> Snapshot | None:
        wanted = (view.name, _kept(compound), upto, view.version)
        with self._readers.connection() as c, told("views"):
            found = c.execute(_SQL["nearest_snapshot"], wanted).fetchone()
        return Snapshot(compound, *found[1:]) if found else None

    def drop(self, view: View) -> None:
        with self._transaction() as c:
            self._clear(c, view)
            c.execute(_SQL["put_stand"], (view.name, view.version, 0, b""))

    def _clear(self, c: Connection[Any], view: View) -> None:
        for query in ("delete_rows", "delete_marks", "delete_snapshots"):
            c.execute(_SQL[query], (view.name,))

    def replace(self, view: View, folded: Folded) -> None:
        with self._transaction() as c:
            self._clear(c, view)
            with c.cursor().copy(_SQL["copy_rows"]) as copying:
                for compound, kind, key, value, position in folded.rows:
                    row = (view.name, _kept(compound), kind, _kept(key), value.decode(), position)
                    copying.write_row(row)
            self._note(c, view, folded.marks)
            self._keep(c, view, folded.snapshots)
            stand = (view.name, view.version, folded.position, folded.leaf)
            c.execute(_SQL["put_stand"], stand)

    def position(self, view: View) -> int:
        with self._transaction() as c:
            found = self._stand(c, view)
        return found[0] if found else 0

    def leaf(self, view: View) -> bytes:
        with self._transaction() as c:
            found = self._stand(c, view)
        return found[1] if found else b""

    def _stand(self, c: Connection[Any], view: View) -> tuple[int, bytes] | None:
        """Position and leaf; None if there is none of this version."""
        found = c.execute(_SQL["select_stand"], (view.name,)).fetchone()
        return (found[1], found[2]) if found and found[0] == view.version else None

    def dump(self, view: View) -> Iterator[StoredRow]:
        with self._transaction() as c:
            found = c.execute(_SQL["select_rows"], (view.name,)).fetchall()
        rows = [
            (_meant(compound), kind, _meant(key), value.encode(), position)
            for compound, kind, key, value, position in found
        ]
        yield from sorted(rows)  # what stands for NUL is sorted elsewhere than NUL

    def close(self) -> None:
        self._writer.close()
        self._readers.close()

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Any]]:
        with self._writer.connection() as c, told("views"), c.transaction():
            yield c


def _kept(text: str) -> str:
    """PostgreSQL's texts hold every character but NUL, which a device's name may hold."""
    if "\0" in text or "\ue000" in text:
        return text.replace("\ue000", "\ue0001").replace("\0", "\ue0000")
    return text


def _meant(text: str) -> str:
    if "\ue000" in text:
        return text.replace("\ue0000", "\0").replace("\ue0001", "\ue000")
    return text
