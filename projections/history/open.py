"""Where the history is kept, decided once: at the first start against a database."""

import logging
from collections.abc import Sequence
from pathlib import Path

from core import codec
from core.batch import parse
from core.catalog import Catalog
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.postgres.migrate import migrate
from core.store.port import Log
from projections.follower import Item
from projections.history import timescale
from projections.history.follower import Batch, History
from projections.history.postgres import PostgresHistory
from projections.history.reader import PostgresReader, SQLiteReader
from projections.history.sink import HistoryReader, Keep, Sink
from projections.history.sqlite import SQLiteHistory
from projections.history.timescale import TimescaleHistory

_LOG = logging.getLogger("history")
_MIGRATIONS = Path(__file__).with_name("migrations")
_KIND = "SELECT to_regclass('history.events') IS NOT NULL, to_regclass('history.kept') IS NOT NULL"


def open_history(
    where: Path | Database,
    keep: Keep | None = None,
    name: str = "history",
    *,
    hypertable: bool = True,
    batch: Batch | None = None,
) -> History:
    """`where`: history.db's path, or a database, which is migrated. `hypertable` False: plain
    tables even where TimescaleDB could be had. `batch`: how a batch is read again (see History)."""
    keep = keep or Keep()
    if isinstance(where, Path):
        return History(SQLiteHistory(where, name, keep), name, batch)
    return History(_sink(where, keep, name, hypertable=hypertable), name, batch)


def open_reader(where: Path | Database, name: str = "history") -> HistoryReader:
    """Nothing is opened before the first question."""
    if isinstance(where, Path):
        return SQLiteReader(where, name)
    return PostgresReader(where, name)


def batches(log: Log, catalog: Catalog) -> Batch:
    """How a history reads a batch of this log again."""

    def read(position: int) -> Sequence[Item]:
        found = log.read(position - 1, 1, 1)
        if not found or found[0].id != position:
            return ()
        return codec.recorded(parse(found[0].state), position, catalog)

    return read


def _sink(database: Database, keep: Keep, name: str, *, hypertable: bool) -> Sink:
    if _with_timescale(database, hypertable):
        migrate(database, "history_timescale", _MIGRATIONS / "timescale")
        timescale.set_policies(database, keep)
        return TimescaleHistory(database, name, keep)
    migrate(database, "history_plain", _MIGRATIONS / "plain")
    return PostgresHistory(database, name, keep)


def _with_timescale(database: Database, wanted: bool) -> bool:
    """A database stays what it began as: to change over, drop the schema `history` and the two
    rooms' lines in menwei.migrations, and let it load anew."""
    with told("looking for the history"), database.connect(Role.OWNER) as owning:
        found = owning.execute(_KIND).fetchone()
        assert found is not None
        there, hyper = found
        if not there:
            return wanted and timescale.available(owning)
        if wanted and not hyper and timescale.installed(owning):
            _LOG.warning(
                "%s has TimescaleDB, but its history began without and stays in plain tables",
                database,
            )
        return bool(hyper)
