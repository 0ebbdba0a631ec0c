"""A hub's inside without a network: log, runner and desk over files in tmp_path."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
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
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, by_key
from core.writer import BatchWriter
from projections.runner import Runner
from projections.safe_community.view import SAFE_COMMUNITY
from projections.store_sqlite import SQLiteViewStore
from projections.view import View
from projections.view_follower import ViewFollower
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.accounts import Accounts
from projections.web.desk import Desk, Uplinks
from projections.web.live import Live

VIEWS = (SAFE_COMMUNITY, WASTE_SORTING)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class HubRig:
    """Feed it facts of a pretend gateway; `settle` folds them."""

    def __init__(self, folder: Path, views: Sequence[View] = VIEWS) -> None:
        self.folder = folder
        self.log = SQLiteEventStore(folder / "log.db")
        self.store = SQLiteViewStore(folder / "views.db")
        followers = [ViewFollower(view, self.store, self.log, CATALOG) for view in views]
        self.runner = Runner(self.log, followers, CATALOG)
        self.clock = SystemClock()
        self.signer = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
        gateway = Gateway(compound="c01", name="gw01", key=self.signer.public.hex())
        self.writer = BatchWriter(Journal(self.signer.public, 1), self.signer, Head())
        self.keys = KeyStore(folder / "keys.db")
        self.fatal: list[FatalError] = []
        self.own = OwnJournal(
            self.log, Signer.load_or_create(folder / "hub.key"), self.clock, self.keys
        )
        self.ingest = Ingest(self.log, by_key([gateway]), self.own)
        self.accounts = Accounts(folder / "accounts.db", self.clock)
        self.desk = Desk(
            log=self.log,
            runner=self.runner,
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

    def start(self) -> threading.Thread:
        """The runner on its own thread, as in a hub."""
        thread = threading.Thread(target=self.runner.run, name="runner")
        thread.start()
        return thread

    def close(self) -> None:
        self.runner.stop()
        self.store.close()
        self.accounts.close()
        self.keys.close()
        self.log.close()


@pytest.fixture
def hub_rig(tmp_path: Path) -> Iterator[HubRig]:
    rig = HubRig(tmp_path)
    yield rig
    rig.close()
