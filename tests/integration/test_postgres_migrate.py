"""Migrations on a real server: once, whole, resumable after a kill at every statement."""

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from core.errors import EnvironmentFault, Unavailable
from core.postgres.database import Database, Role
from core.postgres.migrate import files, migrate
from core.postgres.statements import statements
from core.store.postgres import MIGRATIONS

_CATALOG = """
SELECT 'column', n.nspname, c.relname || '.' || a.attname || ' ' || format_type(atttypid, atttypmod)
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
WHERE n.nspname IN ('log', 'menwei', 'room') AND attnum > 0
UNION ALL
SELECT 'function', n.nspname, proname || ' ' || md5(prosrc)
FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname IN ('log', 'room')
UNION ALL SELECT 'index', schemaname, indexdef FROM pg_indexes WHERE schemaname IN ('log', 'room')
UNION ALL
SELECT 'grant', table_schema, grantee || ' ' || privilege_type || ' ' || table_name
FROM information_schema.table_privileges WHERE table_schema IN ('log', 'menwei', 'room')
ORDER BY 1, 2, 3
"""


def catalog(database: Database) -> list[tuple[object, ...]]:
    with database.connect(Role.OWNER) as owner:
        return owner.execute(_CATALOG).fetchall()


def notes(database: Database) -> list[tuple[object, ...]]:
    with database.connect(Role.OWNER) as owner:
        return owner.execute(
            "SELECT room, number, statements, applied_at IS NOT NULL FROM menwei.migrations "
            "ORDER BY 1, 2"
        ).fetchall()


def room(folder: Path, *texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts, 1):
        (folder / f"{number:04}_step.sql").write_text(text)
    return folder


class Dying(Exception):
    pass


class Mortal:
    """A database whose migrating session dies, with the server's knowledge, at the n-th of the
    statements that a room's files hold."""

    def __init__(self, database: Database, at: int, *, after: bool) -> None:
        self._database, self._left, self._after = database, at, after
        self.logins = database.logins

    def connect(self, role: Role, **more: Any) -> Connection[Any]:
        connection = self._database.connect(role, **more)
        executing = connection.execute

        def execute(query: Any, *values: Any, **options: Any) -> Any:
            if not isinstance(query, bytes):  # our own book-keeping
                return executing(query, *values, **options)
            self._left -= 1
            if self._left < 0 and not self._after:
                connection.close()
            found = executing(query, *values, **options)
            if self._left < 0:
                connection.close()
            return found

        connection.execute = execute  # type: ignore[method-assign]
        return connection


def killed_and_resumed(database: Database, folder: Path, at: int, *, after: bool) -> None:
    with pytest.raises(Unavailable):
        migrate(Mortal(database, at, after=after), "room", folder)  # type: ignore[arg-type]
    migrate(database, "room", folder)


_WHOLE = (
    "CREATE SCHEMA room; CREATE TABLE room.one (a integer PRIMARY KEY);",
    "CREATE TABLE room.two (b text); INSERT INTO room.one VALUES (1); "
    "GRANT SELECT ON room.two TO menwei_read;",
)
_STATEMENTS = 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(_STATEMENTS))
def test_killed_at_any_statement_it_ends_as_if_it_had_not_been(
    database: Database, tmp_path: Path, at: int, *, after: bool
) -> None:
    folder = room(tmp_path / "room", *_WHOLE)
    killed_and_resumed(database, folder, at, after=after)
    assert notes(database) == [("room", 1, 2, True), ("room", 2, 3, True)]
    with database.connect(Role.OWNER) as owner:
        assert owner.execute("SELECT a FROM room.one").fetchall() == [(1,)]
        assert owner.execute("SELECT b FROM room.two").fetchall() == []


def test_killed_at_any_statement_of_the_log_it_is_the_same_log(
    database: Database, database_url: str
) -> None:
    (one,) = files(MIGRATIONS)
    for at in range(len(statements(one.text))):
        with pytest.raises(Unavailable):
            migrate(Mortal(database, at, after=True), "log", MIGRATIONS)  # type: ignore[arg-type]
        with database.connect(Role.OWNER) as owner:
            assert owner.execute("SELECT to_regnamespace('log')").fetchone() == (None,)
    migrate(database, "log", MIGRATIONS)
    whole = catalog(database)
    migrate(database, "log", MIGRATIONS)
    assert catalog(database) == whole
    assert len(whole) > 20


_OUTSIDE = """-- no transaction
CREATE SCHEMA IF NOT EXISTS room;
CREATE TABLE IF NOT EXISTS room.one (a integer);
CREATE INDEX CONCURRENTLY IF NOT EXISTS one_a ON room.one (a);
"""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(3))
def test_without_a_transaction_it_goes_on_at_the_statement_that_was_not_noted(
    database: Database, tmp_path: Path, at: int, *, after: bool
) -> None:
    folder = room(tmp_path / "room", _OUTSIDE)
    with pytest.raises(Unavailable):
        migrate(Mortal(database, at, after=after), "room", folder)  # type: ignore[arg-type]
    assert notes(database) == ([("room", 1, at, False)] if at else [])
    migrate(database, "room", folder)
    assert notes(database) == [("room", 1, 3, True)]
    with database.connect(Role.OWNER) as owner:
        assert owner.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                             "'room.one_a'::regclass").fetchall() == [(True,)]  # fmt: skip


def test_a_file_that_fails_leaves_nothing_of_itself(database: Database, tmp_path: Path) -> None:
    folder = room(tmp_path / "room", _WHOLE[0], "CREATE TABLE room.two (); SELECT 1/0;")
    with pytest.raises(Exception, match="division by zero"):
        migrate(database, "room", folder)
    assert notes(database) == [("room", 1, 2, True)]
    with database.connect(Role.OWNER) as owner:
        assert owner.execute("SELECT to_regclass('room.two')").fetchone() == (None,)


def test_many_at_once_apply_each_file_once(database: Database, tmp_path: Path) -> None:
    folder = room(tmp_path / "room", *_WHOLE)
    faults: list[BaseException] = []

    def start() -> None:
        try:
            migrate(database, "room", folder)
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.connect(Role.OWNER) as owner:
        assert owner.execute("SELECT a FROM room.one").fetchall() == [(1,)]


def test_a_newer_database_and_a_changed_file_are_refused(
    database: Database, tmp_path: Path
) -> None:
    folder = room(tmp_path / "room", *_WHOLE)
    migrate(database, "room", folder)
    older = room(tmp_path / "older", _WHOLE[0])
    with pytest.raises(EnvironmentFault, match="at migration 2, this program knows 1"):
        migrate(database, "room", older)
    other = room(tmp_path / "other", _WHOLE[0], _WHOLE[1] + "\n")
    with pytest.raises(EnvironmentFault, match=r"0002_step\.sql is not the file"):
        migrate(database, "room", other)


def test_every_role_may_see_what_was_applied(database: Database, tmp_path: Path) -> None:
    migrate(database, "room", room(tmp_path / "room", *_WHOLE))
    for role in (Role.INGEST, Role.PROJECT, Role.READ):
        with database.connect(role) as asking:
            assert asking.execute("SELECT count(*) FROM menwei.migrations").fetchone() == (2,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                asking.execute("DELETE FROM menwei.migrations")
