"""Roles and passwords on real servers: made by who may, named when he may not, shown nowhere."""

import logging
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.errors import EnvironmentFault, Unavailable
from core.postgres.database import Database, Role, login, parse
from core.postgres.migrate import migrate
from core.store.postgres import MIGRATIONS, PostgresEventStore, PostgresLog
from tests.contract.rows import A, batch
from tests.fix_core import START
from tests.fix_postgres import Server, create_database

SECRET = "r0t-und-grün"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """Wants passwords."""
    with Server(password=SECRET) as server:
        yield server


def place(server: Server, user: str, password: str = "", name: str = "postgres") -> str:
    secret = f":{password}" if password else ""
    return f"postgresql://{user}{secret}@127.0.0.1:{server.port}/{name}"


def admin(server: Server, *statements: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as asking:
        for statement in statements:
            asking.execute(statement.encode())


def test_a_wrong_password_is_refused_and_not_shown(
    guarded: Server, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = SECRET[::-1]
    with caplog.at_level(logging.DEBUG), pytest.raises(EnvironmentFault) as caught:
        PostgresEventStore(parse(place(guarded, "postgres", wrong)))
    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "password authentication failed" in said
    assert wrong not in said


def test_no_password_at_all_is_said(guarded: Server) -> None:
    with pytest.raises(EnvironmentFault, match="no password supplied"):
        parse(place(guarded, "postgres")).connect(Role.READ)


def test_a_password_file_serves_and_may_change_while_we_run(
    guarded: Server, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    url = create_database(guarded.url())
    store = PostgresEventStore(parse(url.replace(f":{SECRET}", ""), secret))
    store.append([batch(A, 1)], START)
    admin(guarded, "ALTER ROLE postgres PASSWORD 'another'")
    guarded.password = "another"
    try:
        with store._writer.connection() as connection:
            connection.close()
        with pytest.raises(Unavailable, match="password authentication failed"):
            store.append([batch(A, 2)], START)
        secret.write_text("another", encoding="utf-8")
        assert list(store.append([batch(A, 2)], START)) == [2]
        secret.unlink()
        with store._writer.connection() as connection:
            connection.close()
        with pytest.raises(Unavailable, match="password_file"):
            store.append([batch(A, 3)], START)
    finally:
        store.close()
        admin(guarded, f"ALTER ROLE postgres PASSWORD '{SECRET}'")
        guarded.password = SECRET


def test_an_owner_who_may_make_roles_makes_them(mortal: Server) -> None:
    admin(mortal, "CREATE ROLE gate LOGIN CREATEROLE", "CREATE DATABASE menwei OWNER gate")
    database = parse(place(mortal, "gate", name="menwei"))
    store = PostgresEventStore(database)
    assert list(store.append([batch(A, 1)], START)) == [1]
    log = PostgresLog(database)
    assert log.head() == 1
    log.close()
    store.close()


def test_an_owner_who_may_not_is_told_what_an_administrator_must_run(mortal: Server) -> None:
    admin(mortal, "CREATE ROLE gate LOGIN", "CREATE DATABASE menwei OWNER gate")
    database = parse(place(mortal, "gate", name="menwei"))
    with pytest.raises(EnvironmentFault) as caught:
        PostgresEventStore(database)
    said = str(caught.value)
    assert "gate@127.0.0.1" in said
    script = said.partition("administrator run: ")[2]
    assert "CREATE ROLE" in script
    admin(mortal, *(one for one in script.split(";") if one.strip()))
    PostgresEventStore(database).close()


def test_a_login_that_may_not_make_the_schema_is_told(mortal: Server) -> None:
    admin(mortal, "CREATE ROLE guest LOGIN CREATEROLE")
    with pytest.raises(EnvironmentFault, match="permission denied for database"):
        PostgresEventStore(parse(place(mortal, "guest")))


def test_logins_of_their_own_have_their_role_and_cannot_leave_it(mortal: Server) -> None:
    url = mortal.create("menwei")
    migrate(parse(url), "log", MIGRATIONS)
    admin(
        mortal,
        "CREATE ROLE taker LOGIN IN ROLE menwei_ingest",
        "CREATE ROLE folder LOGIN IN ROLE menwei_project",
    )
    logins = {
        Role.INGEST: login(place(mortal, "taker", name="menwei")),
        Role.PROJECT: login(place(mortal, "folder", name="menwei")),
    }
    database = Database(login(place(mortal, "taker", name="menwei")), logins)
    store = PostgresEventStore(database)  # nothing to migrate: no owner is needed
    assert list(store.append([batch(A, 1)], START)) == [1]
    store.close()
    with database.connect(Role.PROJECT) as folding:
        folding.execute("RESET ROLE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            folding.execute("SET ROLE menwei_ingest")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            folding.execute("INSERT INTO log.arrivals VALUES (5, 5)")


def test_many_databases_of_one_server_begin_at_once(mortal: Server) -> None:
    """Roles belong to the server: the first to come makes them, the others find them made."""
    urls = [mortal.create(f"menwei_{number}") for number in range(4)]
    faults: list[BaseException] = []

    def start(url: str) -> None:
        try:
            migrate(parse(url), "log", MIGRATIONS)
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    threads = [threading.Thread(target=start, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"),
     ("default_transaction_read_only", "on"), ("data_sync_retry", "on")],
)  # fmt: skip
def test_a_server_that_would_lose_something_is_refused_at_the_start(
    setting: str, value: str
) -> None:
    refused = pytest.raises(EnvironmentFault, match=f"{setting} is {value}")
    with Server({setting: value}) as server, refused:
        PostgresEventStore(parse(server.url()))


def test_a_database_in_another_encoding_is_refused(mortal: Server) -> None:
    admin(mortal, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(EnvironmentFault, match="UTF8"):
        PostgresEventStore(parse(place(mortal, "postgres", name="latin")))


def test_a_standby_is_refused_at_the_start_and_serves_who_reads(mortal: Server) -> None:
    (mortal.data / "standby.signal").touch()
    mortal.stop()
    mortal.configure({"hot_standby": "on"})
    mortal.start()
    with pytest.raises(EnvironmentFault, match="standby"):
        PostgresEventStore(parse(mortal.url()))
    with pytest.raises((EnvironmentFault, Unavailable)):
        migrate(parse(mortal.url()), "log", MIGRATIONS)


def test_a_server_that_comes_back_with_worse_settings_is_given_nothing(mortal: Server) -> None:
    store = PostgresEventStore(parse(mortal.create("menwei")))
    store.append([batch(A, 1)], START)
    mortal.stop()
    mortal.configure({"fsync": "off"})
    mortal.start()
    for _ in range(2):
        with pytest.raises(Unavailable, match="fsync is off, must be on"):
            store.append([batch(A, 2)], START)
    assert len(store.read(0, 9, 1)) == 1
    mortal.stop()
    mortal.configure({"fsync": "on"})
    mortal.start()
    assert list(store.append([batch(A, 2)], START)) == [2]
    store.close()
