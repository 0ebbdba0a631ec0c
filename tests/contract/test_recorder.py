"""The library's recorder cases against our recorder: FULL sync, one connection, a real file.

`AggregateRecorderTestCase` is for recorders without a notification log and
`optional_test_insert_subscribe` for ones with subscriptions; ours is neither.
"""

import shutil
import tempfile
from pathlib import Path

from core.store.recorder import DurableDatastore, DurableRecorder
from tests.contract import shipped


def new_recorder(case: "TestApplicationRecorder | TestNonInterleaving") -> DurableRecorder:
    directory = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, directory)
    datastore = DurableDatastore(str(Path(directory) / "log.db"), writer=True)
    case.addCleanup(datastore.close)
    recorder = DurableRecorder(datastore)
    recorder.create_table()
    return recorder


class TestApplicationRecorder(shipped.ApplicationRecorderTestCase[DurableRecorder]):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)


class TestNonInterleaving(shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> DurableRecorder:
        return new_recorder(self)
