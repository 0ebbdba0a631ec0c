"""The floor under both sides: the same bytes into SQLite and PostgreSQL with nothing around them.

A table of bytes and nothing else: no key, no order, no check, one transaction a group.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import psycopg

from tests.bench.timing import Run, measured

_COPY = "COPY {} ({}) FROM STDIN (FORMAT binary)"


def sqlite_insert(path: Path, rows: Sequence[bytes], group: int, events: int) -> Run:
    """As durable as our log: WAL, synchronous=FULL, one sync a group."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE raw (state BLOB)")
        with measured(events) as run:
            for first in range(0, len(rows), group):
                db.execute("BEGIN")
                db.executemany(
                    "INSERT INTO raw VALUES (?)", ((row,) for row in rows[first : first + group])
                )
                db.execute("COMMIT")
    return run


def copy_bytes(
    url: str, rows: Sequence[bytes], group: int, events: int, pids: Sequence[int] = ()
) -> Run:
    """Binary COPY into a table of one bytea, a transaction a group."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE raw (state bytea)")
        connection.commit()
        with measured(events, pids) as run:
            for first in range(0, len(rows), group):
                with (
                    connection.cursor() as cursor,
                    cursor.copy("COPY raw FROM STDIN (FORMAT binary)") as copy,
                ):
                    copy.set_types(["bytea"])
                    for row in rows[first : first + group]:
                        copy.write_row((row,))
                connection.commit()
    return run


def dumped(url: str, table: str, columns: str, to: Path) -> None:
    """A table's rows as PostgreSQL's own binary COPY gives them."""
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy(
            f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT binary)".encode()
        ) as copy,
        to.open("wb") as file,
    ):
        for block in copy:
            file.write(block)


def load(
    url: str, table: str, columns: str, dump: Path, events: int, pids: Sequence[int] = ()
) -> Run:
    """The dumped rows into an empty table of the same form: parsing and packing cost nothing.
    Its commit need not reach the disk, as the history's own need not."""
    query = _COPY.format(table, columns).encode()
    lazy = "-c synchronous_commit=off"
    with psycopg.connect(url, options=lazy) as connection, measured(events, pids) as run:
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for block in _blocks(dump):
                copy.write(block)
        connection.commit()
    return run


def _blocks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 17):
            yield block
