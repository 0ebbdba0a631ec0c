"""Where views keep their rows: a port with two backends. All of it can be folded again from the
log, so a commit need not reach the disk at once; but rows and position always agree."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.errors import Unavailable
from core.postgres.database import Database
from projections.snapshots import Snapshot
from projections.state import StoredRow, ViewState
from projections.unread import Mark
from projections.view import View


class Moved(Unavailable):
    """The view does not stand where this commit begins: an earlier commit was done after all, or
    was not, or somebody else folds it. Nothing has changed; read where it stands, and go on."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What changes at once. It is done only while the view stands at `base`."""

    base: int
    position: int
    leaf: bytes
    # Compound → first position folded otherwise now: its rows and marks, and its snapshots from
    # there on, go first. The empty compound stands for marks of nobody known.
    again: Mapping[str, int] = {}
    rows: Sequence[StoredRow] = ()
    gone: Sequence[tuple[str, str, str]] = ()  # compound, kind, key
    marks: Sequence[Mark] = ()  # counts are added to what is there
    snapshots: Sequence[Snapshot] = ()
    thinned: Sequence[tuple[str, int]] = ()  # compound, position of snapshots to be removed


class Folded(msgspec.Struct, kw_only=True):
    """A view folded elsewhere, to be put in place of what is stored. Rows can be read twice."""

    position: int
    leaf: bytes
    rows: Iterable[StoredRow]
    marks: Sequence[Mark] = ()
    snapshots: Iterable[Snapshot] = ()


class ViewStore(Protocol):
    """Used by the runner's thread, but for `nearest`, which any thread may call.

    Unavailable: no answer, and a commit under way may be done or not. DiskFull: no room, nothing
    has changed. FatalError: storage failed.
    """

    def load(self, view: View) -> ViewState:
        """The view as committed last; empty and at position 0 if its version is another.
        EnvironmentFault when its rows are not ones we wrote."""
        ...

    def marks(self, view: View) -> list[Mark]: ...

    def shelf(self, view: View) -> dict[str, list[int]]:
        """Compound → positions of its snapshots, ascending."""
        ...

    def commit(self, view: View, commit: Commit) -> None:
        """All of it or nothing; Moved when the view does not stand at its base."""
        ...

    def nearest(self, view: View, compound: str, upto: int) -> Snapshot | None:
        """The newest snapshot of this version at or before that position."""
        ...

    def drop(self, view: View) -> None:
        """Everything of the view, whatever its version."""
        ...

    def replace(self, view: View, folded: Folded) -> None:
        """Everything of the view, by what `folded` brings, in one transaction."""
        ...

    def position(self, view: View) -> int:
        """Where the stored view stands; 0 if there is none of this version."""
        ...

    def leaf(self, view: View) -> bytes:
        """Hash of the batch at the view's position; empty if none was kept."""
        ...

    def dump(self, view: View) -> Iterator[StoredRow]:
        """Every stored row in key order: what a rebuild must reproduce byte for byte."""
        ...

    def close(self) -> None: ...


def open_views(where: Path | Database) -> ViewStore:
    """EnvironmentFault when it is not ours to use; Unavailable when the database is away."""
    if isinstance(where, Database):
        from projections.store_postgres import PostgresViewStore

        return PostgresViewStore(where)
    from projections.store_sqlite import SQLiteViewStore

    return SQLiteViewStore(where)
