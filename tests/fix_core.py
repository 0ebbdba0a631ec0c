"""Core under test: a clock that stands still, keys from fixed seeds, stores in tmp_path."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import codec
from core.batch import Batch, Head, Header, Journal, Lane, parse, seal
from core.event import Event, source_of
from core.events.door import Opened
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.keystore import KeyStore
from core.store.port import EventStore
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, by_key
from core.writer import BatchWriter

SEED = int(os.environ.get("MENWEI_TEST_SEED", "20261121"))
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
COMPOUND = "jinxiu"


class FixedClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


def signer_of(seed: int) -> Signer:
    """Always the same key for the same seed (0..255)."""
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def door_opened(record: int, gateway: str = "gw-1", compound: str = COMPOUND) -> Event:
    """What a gateway has for a door controller's record number `record`."""
    return Event(
        id=f"door-1:{record}",
        source=source_of(compound, gateway, "door-1"),
        type=Opened.TYPE,
        subject="door/1",
        time="2026-11-21T16:00:00.000+08:00",
        recordedtime="2026-11-21T08:00:00.500Z",
        data=Opened(cause="grant", native={"record": record}),
    )


class Enrolled:
    """A gateway the hub trusts: writes its journal's batches and sends them as they are."""

    def __init__(
        self,
        name: str,
        seed: int,
        *,
        epoch: int = 1,
        lane: Lane = Lane.ALL,
        head: Head | None = None,
    ) -> None:
        self.signer = signer_of(seed)
        self.gateway = Gateway(compound=COMPOUND, name=name, key=self.signer.public.hex())
        self.journal = Journal(self.signer.public, epoch, lane)
        self.writer = BatchWriter(self.journal, self.signer, head or Head())

    def events(self, count: int) -> list[Event]:
        """The next `count` events; asking again gives the same ones."""
        first = self.writer.head.last + 1
        return [door_opened(first + step, self.gateway.name) for step in range(count)]

    def batch(self, count: int = 2) -> Batch:
        """The journal's next batch of `count` events, committed."""
        (made,) = self.writer.batches([codec.encode(e) for e in self.events(count)], START)
        self.writer.advance([made])
        return made

    def batches(self, count: int, events: int = 2) -> list[Batch]:
        return [self.batch(events) for _ in range(count)]

    def next_header(self, count: int = 2) -> Header:
        """The header of the batch that may come next: for tests that bend one field of it."""
        head = self.writer.head
        return Header(
            journal=self.journal,
            number=head.number + 1,
            first=head.last + 1,
            last=head.last + count,
            previous=head.hash,
            written_us=round(START.timestamp() * 1_000_000),
        )

    def forged(
        self, header: Header | None = None, lines: bytes | None = None, count: int = 2
    ) -> Batch:
        """A batch with this gateway's true signature over whatever the test says; not committed."""
        plain = codec.lines(self.events(count)) if lines is None else lines
        return seal(header or self.next_header(count), plain, self.signer)

    def arrival(self, batch: Batch) -> Arrival:
        return Arrival(COMPOUND, self.gateway.name, batch.frame)


def trusting(store: EventStore, gateways: Sequence[Enrolled]) -> Ingest:
    return Ingest(store, by_key(one.gateway for one in gateways))


def verified(frames: Sequence[bytes]) -> list[Batch]:
    """One journal's frames as batches, after every signature, number and link has been checked."""
    found: list[Batch] = []
    for frame in frames:
        batch = parse(frame)
        batch.check_signature()
        before = found[-1].head() if found else Head()
        assert batch.header.number == before.number + 1
        assert batch.header.first == before.last + 1
        assert batch.header.previous == before.hash
        assert len(codec.envelopes(batch)) == batch.header.last - batch.header.first + 1
        found.append(batch)
    return found


def with_header(frame: bytes, offset: int, value: bytes) -> bytes:
    return frame[:offset] + value + frame[offset + len(value) :]


def changed(header: Header, **fields: object) -> Header:
    return msgspec.structs.replace(header, **fields)


def pytest_report_header() -> str:
    return f"seed {SEED} (MENWEI_TEST_SEED)"


@pytest.fixture
def seed() -> int:
    return SEED


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def signer() -> Signer:
    return signer_of(1)


@pytest.fixture
def gateway() -> Enrolled:
    return Enrolled("gw-1", seed=1)


@pytest.fixture
def neighbour() -> Enrolled:
    return Enrolled("gw-2", seed=2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteEventStore]:
    opened = SQLiteEventStore(tmp_path / "log.db")
    yield opened
    opened.close()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    opened = KeyStore(tmp_path / "keys" / "keys.db")
    yield opened
    opened.close()
