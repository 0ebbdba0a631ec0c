"""The library's recorder cases against our recorder: FULL sync, one connection, a real file.

`AggregateRecorderTestCase` is for recorders without a notification log and
`optional_test_insert_subscribe` for ones with subscriptions; ours is neither.
"""

import shutil
import tempfile
import threading
from pathlib import Path

from core.store.recorder import DurableDatastore, DurableRecorder
from tests.contract import shipped


def new_recorder(case: "TestApplicationRecorder | TestNonInterleaving") -> DurableRecorder:
    directory = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, directory)
    datastore = DurableDatastore(str(Path(directory) / "log.db"), writer=True)
    case.addCleanup(datastore.close)
    # Some cases end while a thread of theirs still reads; closing under it would crash.
    case.addCleanup(_join_all_but, frozenset(threading.enumerate()))
    recorder = DurableRecorder(datastore)
    recorder.create_table()
    return recorder


def _join_all_but(before: frozenset[threading.Thread]) -> None:
    for thread in set(threading.enumerate()) - before:
        thread.join(30)


class TestApplicationRecorder(shipped.ApplicationRecorderTestCase[DurableRecorder]):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)


class TestNonInterleaving(shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)
