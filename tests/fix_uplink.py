"""A gateway's uplink in this process, over a real journal and a real broker; asyncio besides."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core import codec
from core.batch import Lane
from core.tasks import end
from core.trust import Gateway
from edge import config as edge_config
from edge import uplink as edge_uplink
from edge import window as edge_window
from edge.carry import Carry
from edge.journal import EdgeJournal
from edge.journals import open_journals
from edge.stream import Damaged
from edge.uplink import Uplink
from infra.hub import link as hub_link
from tests.fix_broker import COMPOUND, Endpoint, Nats
from tests.fix_core import FixedClock, door_opened, signer_of
from tests.fix_edge import GATEWAY, configured

HUB = signer_of(1)
RESEND = 0.3


def enrolled(journal: EdgeJournal) -> list[Gateway]:
    return [Gateway(compound=COMPOUND, name=GATEWAY, key=journal.journal.key.hex())]


async def soon(look: Callable[[], object], within: float = 10.0) -> None:
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

    def __init__(self, folder: Path, broker: Endpoint) -> None:
        settings = edge_config.read(configured(folder, broker, HUB.public, resend_s=RESEND))
        self.journals = open_journals(folder, signer_of(9), FixedClock(), HUB.public)
        self.journal = self.journals.active
        self.urgent = self.journal.streams[Lane.URGENT]
        self.bulk = self.journal.streams[Lane.BULK]
        self.carries: list[Carry] = []
        self.uplink = Uplink(settings, self.journals, dict, self.carries.append, damaged)
        self._records = 0

    def commit(self, batches: int, lane: Lane = Lane.URGENT) -> None:
        for _ in range(batches):
            self._records += 1
            event = door_opened(self._records, GATEWAY, COMPOUND)
            self.journal.commit({lane: [codec.encode(event)]})
        self.uplink.notify()

    @property
    def drained(self) -> bool:
        return not any(stream.pending for stream in self.journals.streams)


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
