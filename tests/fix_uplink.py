"""A gateway's uplink in this process, over a real journal and a real broker; asyncio besides."""

import asyncio
import os
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from core import codec, receipt, topics
from core.batch import Lane, parse
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from core.tasks import end
from core.trust import Gateway as Trusted
from core.trust import by_key
from edge import config as edge_config
from edge import uplink as edge_uplink
from edge import window as edge_window
from edge.carry import Carry
from edge.hubkeys import HubKeys
from edge.journal import EdgeJournal
from edge.journals import open_journals
from edge.stream import Damaged
from edge.uplink import Uplink
from infra.hub import link as hub_link
from tests.fix_broker import COMPOUND, PATIENCE, Endpoint, Nats
from tests.fix_core import FixedClock, door_opened, signer_of
from tests.fix_edge import GATEWAY, EdgeRig, configured, level, native

HUB = signer_of(1)
RESEND = 0.3


def enrolled(journal: EdgeJournal) -> list[Trusted]:
    return [Trusted(compound=COMPOUND, name=GATEWAY, key=journal.journal.key.hex())]


async def soon(look: Callable[[], object], within: float = PATIENCE) -> None:
    async with asyncio.timeout(within):
        while not look():  # noqa: ASYNC110 - what is waited for has no event to tell it
            await asyncio.sleep(0.01)


def damaged(damage: Damaged) -> None:
    raise damage


@asynccontextmanager
async def beside(*parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """The parts run while the body does; what one of them dies of is the test's failure."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for ended in await end(*tasks):
            if isinstance(ended, Exception):
                raise ended


class Site:
    """The edge's side, in this process: a real journal, the real uplink."""

    def __init__(self, folder: Path, broker: Endpoint, **uplink: object) -> None:
        uplink = {"resend_s": RESEND, **uplink}
        settings = edge_config.read(configured(folder, broker, HUB.public, **uplink))
        self.journals = open_journals(folder, signer_of(9), FixedClock(), HUB.public)
        self.journal = self.journals.active
        self.urgent = self.journal.streams[Lane.URGENT]
        self.bulk = self.journal.streams[Lane.BULK]
        self.carries: list[Carry] = []
        hub_keys = HubKeys(folder, HUB.public)
        self.uplink = Uplink(settings, self.journals, hub_keys, dict, self.carries.append, damaged)
        self._records = 0

    def commit(self, batches: int, lane: Lane = Lane.URGENT, size: int = 0) -> None:
        """`size`: bytes that do not compress, in each batch."""
        for _ in range(batches):
            self._records += 1
            event = door_opened(self._records, GATEWAY, COMPOUND)
            if size:
                native = {**event.data.native, "noise": os.urandom(size // 2).hex()}
                data = msgspec.structs.replace(event.data, native=native)
                event = msgspec.structs.replace(event, data=data)
            self.journal.commit({lane: [codec.encode(event)]})
        self.uplink.notify()

    @property
    def drained(self) -> bool:
        return not any(stream.pending for stream in self.journals.streams)


class Gateway:
    """The edge's side with its intake, so that what is to be written again is. Lives on when its
    folder is copied, put back or renewed."""

    def __init__(self, folder: Path, broker: Endpoint, clock: FixedClock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        configured(folder, broker, HUB.public, resend_s=RESEND)
        self.folder = folder
        self.rig = EdgeRig(folder, clock)
        self._start()

    def record(self, first: int, count: int) -> None:
        for number in range(first, first + count):
            self.rig.take(native(number), level(number))
        self.uplink.notify()

    def restart(self, change: Callable[[Path], None] = lambda _: None) -> None:
        """`change` the folder while nobody runs."""
        self.rig.close()
        change(self.folder)
        self.rig.open()
        self._start()

    @property
    def drained(self) -> bool:
        return not any(stream.pending for stream in self.rig.journals.streams)

    def _start(self) -> None:
        self.rig.begin()
        self.connect()

    def connect(self) -> None:
        """An uplink for the event loop that comes: each test may have several."""
        settings = edge_config.read(self.folder / "edge.toml")
        hub_keys = HubKeys(self.folder, HUB.public)
        self.uplink = Uplink(settings, self.rig.journals, hub_keys, dict, self._carry, damaged)

    def _carry(self, order: Carry) -> None:
        """As the intake's thread does, in turns with everything else."""
        with suppress(RuntimeError):  # ordered before there is a loop: taken at once
            asyncio.get_running_loop().call_soon(self._take, order)
            return
        self._take(order)

    def _take(self, order: Carry) -> None:
        for more in self.rig.intake.take([order]):
            self._carry(more)
        if hasattr(self, "uplink"):
            self.uplink.notify()


Fate = Callable[[Receipt], list[bytes]]


def signed(found: Receipt) -> list[bytes]:
    return [receipt.sign(found, HUB)]


class Hub:
    """A hub that answers every frame at once, and whose receipts meet the `fate` given."""

    def __init__(self, broker: Endpoint, path: Path, trust: Sequence[Trusted]) -> None:
        self._broker = broker
        self.path = path
        self.store = SQLiteEventStore(path)
        self._ingest = Ingest(self.store, by_key(trust))
        self.numbers: list[int] = []  # of every frame that came, in order
        self.lanes: list[Lane] = []
        self.times: list[float] = []
        self.bytes = 0
        self.fate: Fate = signed
        self.drops: Callable[[int], bool] = lambda _number: False
        self.pause = 0.0  # seconds before each answer: a slow link

    async def run(self) -> None:
        user, password = self._broker.login("hub")
        authority = getattr(self._broker, "authority", None)
        context = ssl.create_default_context(cafile=authority) if authority else None
        async with aiomqtt.Client(
            "127.0.0.1", self._broker.port, username=user or None, password=password or None,
            identifier="menwei-hub", protocol=aiomqtt.ProtocolVersion.V311, tls_context=context,
        ) as client:  # fmt: skip
            await client.subscribe(topics.everyone(topics.UP))
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                header = parse(message.payload).header
                self.numbers.append(header.number)
                self.lanes.append(header.journal.lane)
                self.times.append(asyncio.get_running_loop().time())
                self.bytes += len(message.payload)
                if self.drops(header.number):
                    continue
                if self.pause:
                    await asyncio.sleep(self.pause)
                for payload in self.fate(self.take(message.payload)):
                    topic = topics.topic(COMPOUND, GATEWAY, topics.RECEIPT)
                    await client.publish(topic, payload)

    def take(self, frame: bytes) -> Receipt:
        arrival = Arrival(COMPOUND, GATEWAY, frame)
        (answer,) = self._ingest.accept([arrival], FixedClock().now())
        return answer

    def frames(self) -> list[bytes]:
        return [one.state for one in self.store.read(0, 1_000_000, 1 << 40)]

    def ids(self) -> Counter[str]:
        """How often each event is in the log."""
        frames = self.frames()
        return Counter(line.id for frame in frames for line in codec.envelopes(parse(frame)))

    def close(self) -> None:
        self.store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits seconds in the field waits tenths of them here."""
    monkeypatch.setattr(edge_uplink, "_BACKOFF", (0.05, 0.2))
    monkeypatch.setattr(hub_link, "_BACKOFF", (0.05, 0.2))
    monkeypatch.setattr(edge_window, "_BLOCKED", 0.5)


@pytest.fixture
def site(tmp_path: Path, nats: Nats, impatient: None) -> Iterator[Site]:
    opened = Site(tmp_path / "edge", nats)
    yield opened
    opened.journals.close()
