"""One question asked of the rows and of the rollup: what a rollup saves, and whether they agree.

The benchmark times both; an operator who doubts a figure compares them.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection

from core.postgres.faults import told
from core.store.queries import queries

Source = Literal["rows", "rollup"]
_SQL = queries(Path(__file__).with_name("hourly.sql"))


def passages(
    connection: Connection[Any], source: Source, since: datetime, until: datetime
) -> Sequence[tuple[Any, ...]]:
    """(compound, subject, hour, granted, denied, taken, vehicles) in PostgreSQL, with TimescaleDB
    or without, of all compounds."""
    with told("history"):
        return connection.execute(
            _SQL[f"postgres_{source}"].encode(), {"since": since, "until": until}
        ).fetchall()


def passages_in_file(db: sqlite3.Connection, source: Source) -> Sequence[tuple[Any, ...]]:
    """The same of history.db, of all times; hours are microseconds since 1970."""
    return db.execute(_SQL[f"sqlite_{source}"]).fetchall()
