"""What is known of pictures, read from the index: rows of any thread, as of the last page."""

import re
import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.errors import Unavailable
from core.media.store import SHA256
from core.store.queries import queries

SQL = queries(Path(__file__).with_name("index.sql"))
NAMED = 20  # events shown of those that name a picture
_HEX = re.compile(SHA256)
# `awaited`: an event names it and it has not come.
State = Literal["kept", "held", "removed", "damaged", "missing", "awaited"]


class Owner(msgspec.Struct, frozen=True):
    compound: str
    gateway: str
    device: str
    stored: str


class Hold(msgspec.Struct, frozen=True):
    case: str
    until: str
    actor: str
    since: str


class Named(msgspec.Struct, frozen=True):
    """An event that names it."""

    position: int
    event: str
    compound: str
    subject: str
    device: str
    type: str
    at: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: times by the hub's clock, `problem` as found last, not yet repaired."""

    sha256: str
    bytes: int = 0
    content: str = ""
    stored: str = ""
    position: int = 0
    removed: str = ""
    removed_by: str = ""
    removed_why: str = ""
    problem: str = ""
    viewed: int = 0
    exported: int = 0
    owners: tuple[Owner, ...] = ()
    holds: tuple[Hold, ...] = ()
    named: tuple[Named, ...] = ()

    def held(self, now: datetime) -> bool:
        return any(not one.until or parse_rfc3339(one.until) > now for one in self.holds)

    def state(self, now: datetime) -> State:
        if self.removed:
            return "removed"
        if not self.stored:
            return "awaited"
        if self.problem in ("damaged", "missing"):
            return "damaged" if self.problem == "damaged" else "missing"
        return "held" if self.held(now) else "kept"

    @property
    def compound(self) -> str:
        """Whose it is: of who brought it first, else of who spoke of it first."""
        first: Sequence[Owner | Named] = self.owners or self.named
        return first[0].compound if first else ""


def is_sha256(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


class MediaRegister:
    """Owns a read-only connection; any thread, one question at a time."""

    def __init__(self, path: Path) -> None:
        """The index is there: who writes it opened it before."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def entry(self, sha256: str) -> Entry | None:
        """None where neither a gateway brought it nor an event speaks of it."""
        rows = self._rows("select_file", sha256)
        named = tuple(Named(*row) for row in self._rows("select_named", sha256, NAMED))
        if not rows and not named:
            return None
        fields = dict(zip(Entry.__struct_fields__, rows[0], strict=False)) if rows else {}
        return Entry(
            **{"sha256": sha256, **fields},
            owners=tuple(Owner(*row) for row in self._rows("select_owners", sha256)),
            holds=tuple(Hold(*row) for row in self._rows("select_holds", sha256)),
            named=named,
        )

    def listed(self, compound: str, before: tuple[str, str], limit: int) -> Sequence[str]:
        """Hashes of a compound's, newest first, below (stored, sha256)."""
        return [row[0] for row in self._rows("select_listed", compound, *before, limit)]

    def of_subject(
        self, compound: str, subjects: tuple[str, str], most: int
    ) -> Sequence[tuple[str, str]]:
        """(hash, event that names it) of the newest about either of two things."""
        rows = self._rows("select_of_subject", compound, *subjects, most)
        return [(row[0], row[1]) for row in rows]

    def aged(self, until: datetime, after: str, limit: int) -> Sequence[str]:
        """Hashes, ascending, of what was stored by then and stands."""
        return [row[0] for row in self._rows("select_aged", rfc3339(until), after, limit)]

    def removed(self, after: int, limit: int) -> Sequence[tuple[str, int]]:
        """(hash, position) of what was removed, in the log's order."""
        return [(row[0], row[1]) for row in self._rows("select_removed", after, limit)]

    def walk(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """(hash, bytes) of what stands, ascending."""
        return [(row[0], row[1]) for row in self._rows("select_walk", after, limit)]

    def total(self) -> tuple[int, int]:
        """How many stand, and their bytes."""
        found = self._rows("select_total")[0]
        return found[0], found[1]

    def close(self) -> None:
        self._db.close()

    def _rows(self, name: str, *values: object) -> Sequence[tuple]:  # type: ignore[type-arg]
        try:
            with self._lock:
                return self._db.execute(SQL[name], values).fetchall()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the index of pictures does not answer: {error}") from error
