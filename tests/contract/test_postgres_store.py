"""What the PostgreSQL store has on top of the port: one writer, synced commits, append-only."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from core.errors import EnvironmentFault, FatalError, Unavailable
from core.postgres.database import Database, Role
from core.store import postgres
from core.store.port import Conflict
from core.store.postgres import PostgresEventStore, PostgresLog
from tests.contract.rows import ALL, A, B, batch, run
from tests.fix_core import START

_TABLES = ("log.stored_events", "log.arrivals")


@pytest.fixture
def store(database: Database) -> Iterator[PostgresEventStore]:
    opened = PostgresEventStore(database)
    yield opened
    opened.close()


def asked(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.connect(Role.OWNER) as connection:
        return connection.execute(query.encode()).fetchall()


def test_sixteen_megabytes_in_one_call(store: PostgresEventStore) -> None:
    """128 frames of the largest size; psycopg's pipeline would hang at half a megabyte."""
    many = [
        StoredEvent(A, number, "t", number.to_bytes(2, "big") * 64_000) for number in range(1, 129)
    ]
    assert list(store.append(many, START)) == list(range(1, 129))
    assert [one.state for one in store.read(0, 1_000, ALL)] == [one.state for one in many]


def test_no_position_is_drawn_from_the_sequence(
    store: PostgresEventStore, database: Database
) -> None:
    store.append(run(A, 1, 3), START)
    with pytest.raises(Conflict):
        store.append([batch(B, 1), batch(A, 3)], START)
    assert list(store.append([batch(B, 1)], START)) == [4]
    assert asked(database, "SELECT last_value FROM pg_sequences WHERE schemaname = 'log'") == [
        (None,)
    ]


def test_a_second_writer_is_refused_until_the_first_is_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_SESSION", {**postgres._SESSION, "lock_timeout": "100ms"})
    first = PostgresEventStore(database)
    first.append([batch(A, 1)], START)
    with pytest.raises(EnvironmentFault, match="another process appends"):
        PostgresEventStore(database)
    PostgresLog(database).close()  # who only follows is not in the way
    first.close()
    second = PostgresEventStore(database)
    assert list(second.append([batch(A, 2)], START)) == [2]
    second.close()


def test_the_writing_session_waits_for_the_disk_whatever_the_server_is_set_to_later(
    store: PostgresEventStore, database: Database
) -> None:
    name = asked(database, "SELECT current_database()")[0][0]
    store.append([batch(A, 1)], START)
    asked_to = f"ALTER DATABASE {name} SET synchronous_commit = off"
    with database.connect(Role.OWNER) as owner:
        owner.execute(asked_to.encode())
    with store._writer.connection() as connection:
        (row,) = connection.execute("SHOW synchronous_commit").fetchall()
    assert row == {"synchronous_commit": "on"}


@pytest.mark.parametrize("table", _TABLES)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET {key} = {key}", "DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {}"],
)
def test_the_log_is_append_only_even_for_its_owner(
    store: PostgresEventStore, database: Database, table: str, statement: str
) -> None:
    store.append([batch(A, 1)], START)
    key = "position" if table == "log.arrivals" else "topic"
    with (
        database.connect(Role.OWNER) as owner,
        pytest.raises(psycopg.errors.RestrictViolation, match="append-only"),
    ):
        owner.execute(statement.format(table, key=key).encode())
    assert store.get(A, 1) == batch(A, 1)
    assert store.received_at(1) == START


_ALLOWED = {
    (Role.INGEST, "SELECT"), (Role.INGEST, "INSERT"), (Role.PROJECT, "SELECT"),
}  # fmt: skip


@pytest.mark.parametrize("table", _TABLES)
@pytest.mark.parametrize("role", [Role.INGEST, Role.PROJECT, Role.READ])
def test_a_role_may_do_what_it_must_and_nothing_else(
    store: PostgresEventStore, database: Database, role: Role, table: str
) -> None:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    found = {
        kind
        for kind in kinds
        if asked(database, f"SELECT has_table_privilege('{role}', '{table}', '{kind}')")
        == [(True,)]
    }
    assert found == {kind for kind in kinds if (role, kind) in _ALLOWED}


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (Role.INGEST, "DELETE FROM log.stored_events"),
        (Role.INGEST, "DROP TABLE log.arrivals"),
        (Role.INGEST, "CREATE TABLE log.other ()"),
        (Role.INGEST, "ALTER TABLE log.stored_events DISABLE TRIGGER append_only"),
        (Role.INGEST, "INSERT INTO log.turn DEFAULT VALUES"),
        (Role.PROJECT, "SELECT log.append('{}', '{}', '{}', '{}', 1)"),
        (Role.PROJECT, "INSERT INTO log.arrivals VALUES (9, 9)"),
        (Role.READ, "SELECT count(*) FROM log.stored_events"),
    ],
)
def test_what_a_role_may_not_do_is_refused(
    store: PostgresEventStore, database: Database, role: Role, statement: str
) -> None:
    with (
        database.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_log_may_be_read_in_the_projecting_role_and_not_in_the_reading_one(
    store: PostgresEventStore, database: Database
) -> None:
    store.append([batch(A, 1)], START)
    log = PostgresLog(database)
    assert log.head() == 1
    log.close()
    other = PostgresLog(database, Role.READ)
    with pytest.raises(EnvironmentFault, match="permission denied"):
        other.head()
    other.close()


def test_a_log_that_was_never_made_is_said_to_be_missing(database: Database) -> None:
    log = PostgresLog(database, Role.OWNER)
    with pytest.raises(EnvironmentFault, match="stored_events"):
        log.head()
    log.close()


def test_a_null_in_the_log_is_no_conflict(store: PostgresEventStore) -> None:
    """Only a key that is there already is one."""
    with pytest.raises(FatalError):
        store.append([StoredEvent(UUID(int=1), None, "t", b"")], START)  # type: ignore[arg-type]
    assert store.head() == 0


def test_after_an_outage_the_head_is_what_was_committed(
    store: PostgresEventStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a commit was lost; the batch was not."""
    store.append([batch(A, 1)], START)
    inserting = store._recorder.insert_events

    def lose_the_answer(*given: object, **more: object) -> list[int]:
        inserting(*given, **more)  # type: ignore[arg-type]
        raise Unavailable("gone")

    woken: list[int] = []
    store.subscribe(woken.append)
    monkeypatch.setattr(store._recorder, "insert_events", lose_the_answer)
    with pytest.raises(Unavailable):
        store.append([batch(A, 2)], START)
    monkeypatch.undo()
    assert store.head() == 2
    assert woken == []
    with pytest.raises(Conflict):
        store.append([batch(A, 2)], START)
    assert list(store.append([batch(A, 3)], START)) == [3]
    assert woken == [3]
