"""The PostgreSQL that the table speaks of: the wheel's, or another server by its URL.

Settings are PostgreSQL's own defaults but for those docs/postgresql.md recommends, which is the
same for both sides of every comparison.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core.postgres.database import Database, parse
from tests.fix_postgres import _GIVEN, Server, create_database, drop_database

_SETTINGS = {"shared_buffers": "128MB", "max_wal_size": "4GB", "wal_compression": "off"}
_NUMBERS = itertools.count(1)


class BenchServer:
    """`pids`: its postmaster, for CPU and memory; none where the server is not ours to see."""

    def __init__(self, url: str, pids: tuple[int, ...]) -> None:
        self.url, self.pids = url, pids
        with psycopg.connect(url) as asking:
            self.version = _one(asking, "SHOW server_version")
            self.timescale = bool(
                _one(asking, "SELECT count(*) FROM pg_available_extensions "
                     "WHERE name = 'timescaledb'") != "0"
            )  # fmt: skip

    @property
    def name(self) -> str:
        return f"PostgreSQL {self.version}{', TimescaleDB' if self.timescale else ''}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh one's URL; dropped afterwards."""
        url = create_database(self.url, f"menwei_bench_{next(_NUMBERS)}")
        try:
            yield url
        finally:
            drop_database(url, self.url)


@contextmanager
def server() -> Iterator[BenchServer]:
    if _GIVEN:
        yield BenchServer(_GIVEN, _postmaster(_GIVEN))
        return
    with Server(_SETTINGS) as ours:
        yield BenchServer(ours.url(), (ours.pid,))


def database(url: str) -> Database:
    return parse(url)


def parameters(url: str) -> dict[str, str]:
    """As the library wants them."""
    found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    return {
        "POSTGRES_DBNAME": found["dbname"],
        "POSTGRES_HOST": found.get("host", "127.0.0.1"),
        "POSTGRES_PORT": found.get("port", "5432"),
        "POSTGRES_USER": found.get("user", "postgres"),
        "POSTGRES_PASSWORD": found.get("password", "none"),
    }


def relation_bytes(url: str, table: str) -> int:
    """A table with its indexes and its large values."""
    with psycopg.connect(url) as asking:
        row = asking.execute(sql.SQL("SELECT pg_total_relation_size(%s)"), (table,)).fetchone()
    assert row is not None
    return int(row[0])


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def _postmaster(url: str) -> tuple[int, ...]:
    """Of a server on this machine, found by a backend's parent."""
    import psutil

    with psycopg.connect(url) as asking:
        backend = int(_one(asking, "SELECT pg_backend_pid()"))
        try:
            process = psutil.Process(backend)
            if "postgres" in process.name():
                return (process.ppid(),)
        except psutil.NoSuchProcess:
            pass
    return ()
