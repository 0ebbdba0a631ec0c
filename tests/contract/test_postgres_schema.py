"""Schema = all migrations, and = what the library would make, with ours beside it."""

from typing import Any

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from core.postgres.database import Database, Role
from core.postgres.migrate import migrate
from core.store.postgres import MIGRATIONS

_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull,
       replace(pg_get_expr(adbin, adrelid), 'theirs.', 'log.')
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
WHERE attrelid = to_regclass(%s) AND attnum > 0 ORDER BY attnum
"""
_INDEXES = """
SELECT replace(indexdef, 'theirs.', 'log.') FROM pg_indexes
WHERE schemaname = %s AND tablename = 'stored_events' ORDER BY 1
"""
_OPTIONS = "SELECT reloptions FROM pg_class WHERE oid = to_regclass(%s)"


def theirs(url: str) -> None:
    """The library's own tables, in a schema beside ours."""
    found = conninfo_to_dict(url)
    datastore = PostgresDatastore(
        str(found["dbname"]), str(found["host"]), str(found["port"]), str(found["user"]),
        str(found.get("password", "")), schema="theirs",
    )  # fmt: skip
    PostgresApplicationRecorder(datastore).create_table()
    datastore.close()


def described(connection: Connection[Any], schema: str) -> dict[str, list[Any]]:
    def rows(query: str, value: str) -> list[Any]:
        return connection.execute(query.encode(), (value,)).fetchall()

    return {
        "columns": rows(_COLUMNS, f"{schema}.stored_events"),
        "type": rows(_COLUMNS, f"{schema}.stored_event_uuid"),
        "indexes": rows(_INDEXES, schema),
        "options": rows(_OPTIONS, f"{schema}.stored_events"),
    }


def test_the_librarys_tables_are_as_the_library_makes_them(
    database: Database, database_url: str
) -> None:
    migrate(database, "log", MIGRATIONS)
    with database.connect(Role.OWNER) as owner:
        owner.execute("CREATE SCHEMA theirs")
        theirs(database_url)
        ours, wanted = described(owner, "log"), described(owner, "theirs")
    assert len(wanted["columns"]) == 5
    assert len(wanted["type"]) == 4
    assert len(wanted["indexes"]) == 2
    assert ours == wanted


def test_there_is_nothing_in_the_schema_but_what_the_migrations_say(database: Database) -> None:
    migrate(database, "log", MIGRATIONS)
    with database.connect(Role.OWNER) as owner:
        relations = owner.execute(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'log'::regnamespace "
            "ORDER BY 1"
        ).fetchall()
        functions = owner.execute(
            "SELECT proname, prosecdef FROM pg_proc WHERE pronamespace = 'log'::regnamespace "
            "ORDER BY 1"
        ).fetchall()
        triggers = owner.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger ORDER BY 1"
        ).fetchall()
    assert relations == [
        ("arrivals", "r"), ("arrivals_pkey", "i"),
        ("stored_event_uuid", "c"), ("stored_events", "r"),
        ("stored_events_notification_id_idx", "i"), ("stored_events_notification_id_seq", "S"),
        ("stored_events_pkey", "i"), ("turn", "r"),
    ]  # fmt: skip
    assert functions == [("append", False), ("refuse", False)]
    assert triggers == [("log.arrivals", "append_only"), ("log.stored_events", "append_only")]
