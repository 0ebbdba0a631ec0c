"""Schema = all migrations: numbered SQL files of a room, each applied once and for ever.

A file is one transaction, together with the note that it was applied: killed anywhere, it was
applied or it was not. A file whose first line is `-- no transaction` (for statements that refuse
to run in one) is noted statement by statement; a kill between a statement and its note runs that
statement again, so each of them must be able to (IF NOT EXISTS).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from psycopg import Connection

from core.errors import EnvironmentFault
from core.postgres import roles, settings
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.postgres.statements import statements

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_OUTSIDE = "-- no transaction"
_LOCK = 0x6D656E7765690001  # "menwei", 1: one migration of a database at a time

_NOTES = """
CREATE SCHEMA IF NOT EXISTS menwei;
CREATE TABLE IF NOT EXISTS menwei.migrations (
    room       text        NOT NULL,
    number     integer     NOT NULL,
    name       text        NOT NULL,
    sha256     text        NOT NULL,
    statements integer     NOT NULL,             -- of a file without transaction: how many ran
    applied_at timestamptz,                      -- NULL until all of it is applied
    PRIMARY KEY (room, number)
);
GRANT USAGE ON SCHEMA menwei TO menwei_ingest, menwei_project, menwei_read;
GRANT SELECT ON menwei.migrations TO menwei_ingest, menwei_project, menwei_read;
"""
_NOTE = """
INSERT INTO menwei.migrations (room, number, name, sha256, statements, applied_at)
VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)
ON CONFLICT (room, number) DO UPDATE
SET statements = excluded.statements, applied_at = excluded.applied_at
"""


class Migration(msgspec.Struct, frozen=True):
    number: int
    name: str
    text: str
    sha256: str

    @property
    def outside(self) -> bool:
        return self.text.startswith(_OUTSIDE)


class Note(msgspec.Struct, frozen=True):
    """What the database says of a migration."""

    sha256: str
    statements: int
    applied: bool


def files(folder: Path) -> list[Migration]:
    """In order. ValueError when a name is none of ours or a number is missing or there twice."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"{path}: not number {len(found) + 1:04}_name.sql")
        content = path.read_bytes()
        found.append(
            Migration(
                int(match[1]), match[2], content.decode(), hashlib.sha256(content).hexdigest()
            )
        )
    if not found:
        raise ValueError(f"{folder}: no migrations")
    return found


def migrate(database: Database, room: str, folder: Path) -> None:
    """Applies what is missing. Two processes may call it at once.

    EnvironmentFault when the database is newer than this program, when a file is not the one that
    was applied, when the server is too old or a standby, and when the login may not.
    """
    wanted = files(folder)
    connection = database.connect(Role.OWNER, settings={"synchronous_commit": "on"})
    try:
        settings.demand_primary(settings.read(connection), str(database))
        with told(f"migrating {room}"):
            if not pending(wanted, _notes(connection, room), f"{database}, {room}"):
                return
            # Waited for, however long another process's migration takes.
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            roles.ensure(connection, database)
            with connection.transaction():
                connection.execute(_NOTES)
            notes = _notes(connection, room)
            for one in pending(wanted, notes, f"{database}, {room}"):
                _apply(connection, room, one, notes.get(one.number))
    finally:
        connection.close()


def pending(wanted: Sequence[Migration], notes: Mapping[int, Note], where: str) -> list[Migration]:
    """What is to be applied yet; EnvironmentFault when files and notes tell different stories."""
    if newer := [number for number in notes if number > len(wanted)]:
        raise EnvironmentFault(
            f"{where}: the database is at migration {max(newer)}, this program knows "
            f"{len(wanted)}. Run the version that migrated it, or a newer one."
        )
    for one in wanted:
        note = notes.get(one.number)
        if note is not None and note.sha256 != one.sha256:
            raise EnvironmentFault(
                f"{where}: migration {one.number:04}_{one.name}.sql is not the file that was "
                "applied. Put the released file back; changes go into a new migration."
            )
    return [one for one in wanted if (note := notes.get(one.number)) is None or not note.applied]


def _notes(connection: Connection[Any], room: str) -> dict[int, Note]:
    found = connection.execute("SELECT to_regclass('menwei.migrations') IS NOT NULL").fetchone()
    if not found or not found[0]:
        return {}
    rows = connection.execute(
        "SELECT number, sha256, statements, applied_at IS NOT NULL FROM menwei.migrations "
        "WHERE room = %s", (room,),
    ).fetchall()  # fmt: skip
    return {number: Note(sha256, done, applied) for number, sha256, done, applied in rows}


def _apply(connection: Connection[Any], room: str, one: Migration, note: Note | None) -> None:
    def noted(done: int, *, applied: bool) -> None:
        row = (room, one.number, one.name, one.sha256, done, applied)
        connection.execute(_NOTE, row)

    parts = statements(one.text)
    if not one.outside:
        with connection.transaction():
            for statement in parts:
                connection.execute(statement.encode())
            noted(len(parts), applied=True)
        return
    for done in range(note.statements if note else 0, len(parts)):
        connection.execute(parts[done].encode())
        noted(done + 1, applied=done + 1 == len(parts))
