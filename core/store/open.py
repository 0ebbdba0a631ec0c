"""The store that a place holds: a SQLite file by its path, a PostgreSQL database by its login."""

from pathlib import Path

from core.postgres.database import Database, Role
from core.store.port import EventStore, Log
from core.store.postgres import PostgresEventStore, PostgresLog
from core.store.sqlite import SQLiteEventStore, SQLiteLog

Where = Path | Database


def open_store(where: Where) -> EventStore:
    """To append to, by one process at a time. It is made if it is not there."""
    if isinstance(where, Database):
        return PostgresEventStore(where)
    return SQLiteEventStore(where)


def open_log(where: Where, role: Role = Role.PROJECT) -> Log:
    """To follow; it has been made already."""
    if isinstance(where, Database):
        return PostgresLog(where, role)
    return SQLiteLog(where)
