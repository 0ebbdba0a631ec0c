"""The history on TimescaleDB: a hypertable whose rollups the database keeps itself.

Continuous aggregates answer in real time: what is not aggregated yet is read from the rows. What
comes late, for hours already aggregated, shows after the next refresh (minutes). The windows of
the refresh policies reach back over all rows that are kept, which costs nothing while nothing
there changed; they end before the retention policy's, because a refresh where rows were dropped
would take the aggregates with them. Rows older than that, from a log that is loaded anew, are
kept for a day: `refresh` then aggregates them too.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import Connection, Cursor

from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.store.queries import queries
from projections.history.postgres import PostgresHistory
from projections.history.rollups import Groups
from projections.history.rows import Row
from projections.history.sink import Keep

_LOG = logging.getLogger("history")
_SQL = {
    name: body.encode() for name, body in queries(Path(__file__).with_name("timescale.sql")).items()
}
_OLDEST = (2, 20)
_AGGREGATES = (
    ("history.passages_hourly", "1 hour", "10 minutes"),
    ("history.deposits_hourly", "1 hour", "10 minutes"),
    ("history.availability_daily", "1 day", "30 minutes"),
)


class TimescaleHistory(PostgresHistory):
    """As on plain PostgreSQL, but for what the database does itself."""

    def prune(self, now: datetime) -> None:
        """The policies of the database do it."""

    def _has_room(self, rows: Sequence[Row]) -> bool:  # noqa: ARG002 - for any rows
        return True

    def _make_room(self, cursor: Cursor[Any], rows: Sequence[Row]) -> None:
        """Chunks are made as rows come."""

    def _group(self, rows: Sequence[Row], groups: Groups) -> None:
        """The database aggregates."""

    def _roll(self, cursor: Cursor[Any], groups: Groups) -> None:
        """The database aggregates."""


def available(connection: Connection[Any]) -> bool:
    """Is there a TimescaleDB that can do what we need? It is created where it is not and this
    login may. The log says why not."""
    with told("looking for TimescaleDB"):
        found = connection.execute(_SQL["extension"]).fetchone()
        if found is None:
            return False
        offered, installed = found
        if _version(installed or offered) < _OLDEST:
            _LOG.warning(
                "TimescaleDB %s is older than %d.%d: the history is kept in plain PostgreSQL",
                installed or offered, *_OLDEST,
            )  # fmt: skip
            return False
    if installed is None and not _created(connection):
        return False
    with told("looking for TimescaleDB"):
        licence = connection.execute(_SQL["licence"]).fetchone()
    if licence is None or licence[0] != "timescale":
        _LOG.warning(
            "TimescaleDB's edition has no columnstore and no continuous aggregates "
            "(timescaledb.license): the history is kept in plain PostgreSQL"
        )
        return False
    return True


def installed(connection: Connection[Any]) -> bool:
    with told("looking for TimescaleDB"):
        found = connection.execute(_SQL["extension"]).fetchone()
    return found is not None and found[1] is not None


def _created(connection: Connection[Any]) -> bool:
    try:
        connection.execute(_SQL["create_extension"])
    except psycopg.OperationalError:
        with told("creating the extension TimescaleDB"):
            raise
    except psycopg.Error as error:
        _LOG.warning(
            "TimescaleDB is there but cannot be created (%s): the history is kept in plain "
            "PostgreSQL. An administrator may run CREATE EXTENSION timescaledb before the first "
            "start.", str(error).partition("\n")[0],
        )  # fmt: skip
        return False
    return True


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def set_policies(database: Database, keep: Keep) -> None:
    """As configured, by the owner, whose jobs they are; nothing is done when they are so."""
    settings = msgspec.json.encode(keep).decode()
    with told("reading the history's policies"), database.connect(Role.READ) as reading:
        if reading.execute(_SQL["select_kept"]).fetchone() == (settings,):
            return
    periods = _periods(keep)
    with (
        told("setting the history's policies"),
        database.connect(Role.OWNER) as owning,
        owning.transaction(),
    ):
        owning.execute(_SQL["lock_kept"])
        for name in ("drop_row_retention", "add_row_retention", "drop_compression",
                     "add_compression"):  # fmt: skip
            owning.execute(_SQL[name], periods)
        for aggregate, ends, every in _AGGREGATES:
            for name in ("drop_refresh", "add_refresh", "drop_retention", "add_retention"):
                owning.execute(
                    _SQL[name], {**periods, "name": aggregate, "ends": ends, "every": every}
                )
        owning.execute(_SQL["delete_kept"])
        owning.execute(_SQL["insert_kept"], (settings,))


def _periods(keep: Keep) -> dict[str, str]:
    return {
        "rows": f"{keep.rows_days} days",
        "window": f"{keep.rows_days - 2} days",  # a chunk is a day, a bucket of China reaches over
        "rollups": f"{keep.rollup_days} days",
        "compress": f"{keep.compress_after_days} days",
    }


def refresh(database: Database) -> None:
    """All that is not aggregated yet, now: after a load from the beginning, and in tests."""
    with told("refreshing the history's aggregates"), database.connect(Role.OWNER) as owning:
        for name, _, _ in _AGGREGATES:
            owning.execute(_SQL["refresh"], (name,))
