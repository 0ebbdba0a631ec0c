"""The library's recorder cases against our recorders: SQLite with FULL sync, one connection, a
real file; PostgreSQL with several connections at once, in a database that migrations made.

`AggregateRecorderTestCase` is for recorders without a notification log and
`optional_test_insert_subscribe` for ones with subscriptions; ours are neither.
"""

import shutil
import tempfile
import threading
from pathlib import Path

import pytest

from core.postgres.database import Database
from core.store import postgres_recorder
from core.store.recorder import DurableDatastore, DurableRecorder
from tests.contract import shipped
from tests.contract.recorders import join_all_but, made_by_migrations


def new_recorder(case: "TestApplicationRecorder | TestNonInterleaving") -> DurableRecorder:
    directory = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, directory)
    datastore = DurableDatastore(str(Path(directory) / "log.db"), writer=True)
    case.addCleanup(datastore.close)
    # Some cases end while a thread of theirs still reads; closing under it would crash.
    case.addCleanup(join_all_but, frozenset(threading.enumerate()))
    recorder = DurableRecorder(datastore)
    recorder.create_table()
    return recorder


class TestApplicationRecorder(shipped.ApplicationRecorderTestCase[DurableRecorder]):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)


class TestNonInterleaving(shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)


class _OnPostgres:
    """A fresh database for every case."""

    database: Database

    @pytest.fixture(autouse=True)
    def _fresh(self, database: Database) -> None:
        self.database = database


class TestPostgresApplicationRecorder(
    _OnPostgres, shipped.ApplicationRecorderTestCase[postgres_recorder.DurableRecorder]
):
    def create_recorder(self) -> postgres_recorder.DurableRecorder:
        return made_by_migrations(self, self.database)


class TestPostgresNonInterleaving(_OnPostgres, shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> postgres_recorder.DurableRecorder:
        return made_by_migrations(self, self.database)
