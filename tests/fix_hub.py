"""A hub's inside without a network: log, runner and desk over files in tmp_path."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import codec
from core.batch import Head, Journal
from core.catalog import CATALOG
from core.clock import SystemClock, rfc3339
from core.errors import FatalError
from core.event import Data, Event, Origin, source_of
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.keystore import KeyStore
from core.media.retention import Retention
from core.media.store import MediaStore
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.tlog.integrator import Integrator
from core.tlog.log import TransparencyLog
from core.tlog.published import Published
from core.trust import Gateway, by_key
from core.writer import BatchWriter
from projections.late import LateBatches
from projections.media.index import MediaIndex
from projections.media.register import MediaRegister
from projections.runner import Runner
from projections.safe_community.view import SAFE_COMMUNITY
from projections.store_sqlite import SQLiteViewStore
from projections.view import View
from projections.view_follower import ViewFollower
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.accounts import Accounts
from projections.web.archive import Archive
from projections.web.desk import Desk, Uplinks
from projections.web.fixity import Fixity
from projections.web.live import Live
from projections.web.media_events import MediaEvents
from projections.web.recent import Recent

VIEWS = (SAFE_COMMUNITY, WASTE_SORTING)
ORIGIN = "menwei/rig"
LARGEST = 3_000_000  # bytes of a picture
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class HubRig:
    """Feed it facts of a pretend gateway; `settle` folds them."""

    def __init__(self, folder: Path, views: Sequence[View] = VIEWS) -> None:
        self.folder = folder
        self.log = SQLiteEventStore(folder / "log.db")
        self.store = SQLiteViewStore(folder / "views.db")
        self.index = MediaIndex(folder / "media" / "index.db")
        self.register = MediaRegister(folder / "media" / "index.db")
        followers = [ViewFollower(view, self.store, self.log, CATALOG) for view in views]
        self.late = LateBatches(self.store, self.log)
        self.runner = Runner(self.log, [*followers, self.index, self.late], CATALOG)
        self.clock = SystemClock()
        self.signer = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
        gateway = Gateway(compound="c01", name="gw01", key=self.signer.public.hex())
        self.writer = BatchWriter(Journal(self.signer.public, 1), self.signer, Head())
        self.keys = KeyStore(folder / "keys.db")
        self.fatal: list[FatalError] = []
        (folder / "tlog").mkdir(exist_ok=True)
        self.hub_key = Signer.load_or_create(folder / "hub.key")
        self.own = OwnJournal(self.log, self.hub_key, self.clock, self.keys)
        self.tlog = TransparencyLog(folder / "tlog", ORIGIN, self.hub_key, self.clock)
        self.integrator = Integrator(self.tlog, self.log)
        self.ingest = Ingest(self.log, by_key([gateway]), self.own)
        self.accounts = Accounts(folder / "accounts.db", self.clock)
        self.archive = Archive(
            MediaStore(folder / "media", LARGEST),
            self.register,
            Retention({}),
            by_key([gateway]).whose,
            MediaEvents(self.own.append, self.clock),
            self.clock,
            Recent(self.index.position, self.log.head()),
        )
        turns = folder / "media" / "fixity.json"
        self.desk = Desk(
            log=self.log,
            runner=self.runner,
            late=self.late,
            live=Live(),
            accounts=self.accounts,
            catalog=CATALOG,
            uplinks=Uplinks,
            clock=self.clock,
            append=self.own.append,
            unseal=self.own.unseal,
            fatal=self.fatal.append,
            gateways=lambda: {"c01/gw01": True},
            refusals=lambda: (),
            data=folder,
            tlog=self.tlog,
            media=self.archive,
            fixity=Fixity(self.archive, turns, timedelta(days=7)),
        )
        self._count = 0

    def event(
        self, data: Data, subject: str, *, at: datetime = NOW, origin: Origin = "live"
    ) -> Event:
        self._count += 1
        device = subject.partition("/")[2]
        return Event(
            id=f"test:{device}:1:{self._count}",
            source=source_of("c01", "gw01", device),
            type=data.TYPE,
            subject=subject,
            time=rfc3339(at),
            recordedtime=rfc3339(at),
            origin=origin,
            data=data,
        )

    def add(self, events: Sequence[Event]) -> int:
        """Through a signed batch and the real ingest; the position it got."""
        batches = self.writer.batches([codec.encode(event) for event in events], NOW)
        arrivals = [Arrival("c01", "gw01", batch.frame) for batch in batches]
        receipts = self.ingest.accept(arrivals, self.clock.now())
        assert not any(receipt.refused for receipt in receipts), receipts
        self.writer.advance(batches)
        return receipts[-1].position

    def settle(self) -> None:
        while self.runner.step():
            pass

    def sign(self) -> Published:
        """All that is stored."""
        while self.integrator.step(self.log.head()):
            pass
        self.tlog.publish()
        found = self.tlog.published()
        assert found is not None
        return found

    def start(self) -> threading.Thread:
        """The runner on its own thread, as in a hub."""
        thread = threading.Thread(target=self.runner.run, name="runner")
        thread.start()
        return thread

    def close(self) -> None:
        self.runner.stop()
        self.store.close()
        self.register.close()
        self.index.close()
        self.accounts.close()
        self.keys.close()
        self.tlog.close()
        self.log.close()


@pytest.fixture
def hub_rig(tmp_path: Path) -> Iterator[HubRig]:
    rig = HubRig(tmp_path)
    yield rig
    rig.close()
