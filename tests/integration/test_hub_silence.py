"""A hub beside a real broker: who is silent is said in its own journal, also after the hub was
restarted on what the broker retained; what was refused stands in the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

import orjson
import pytest

from core import codec, topics
from core.batch import parse
from core.catalog import CATALOG
from core.event import Data
from core.events.device import Rejected, SessionClosed, SessionOpened
from core.ingest import Ingest
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, by_key
from infra.hub import config as hub_config
from infra.hub import hub, presence
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.refusals import Refusals
from tests.fix_broker import COMPOUND, PATIENCE, Nats, client, eventually
from tests.fix_core import FixedClock, signer_of
from tests.fix_uplink import beside, soon

NAME = f"{COMPOUND}/gw01"
SILENT = 1.5


Patience = Callable[[float], None]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Patience:
    """Seconds of the field are tenths of them here; told how long nobody may be silent. Until then
    that is for ever."""

    def silent(seconds: float) -> None:
        monkeypatch.setattr(presence, "SILENT", seconds)

    monkeypatch.setattr(presence, "_PAUSE", 0.2)
    monkeypatch.setattr(hub, "LOOK", 0.05)
    silent(inf)
    return silent


class Beating:
    """A gateway's state, as its agent sends it; with a will."""

    def __init__(self, nats: Nats, boot: int) -> None:
        self.boot = boot
        self._topic = topics.topic(COMPOUND, "gw01", topics.STATE)
        self.client = client(nats, f"uplink-{COMPOUND}", f"gw-{boot}")
        self.client.will_set(self._topic, self._state(online=False), qos=1, retain=True)
        self.client.connect("127.0.0.1", nats.port)
        self.client.loop_start()
        eventually(self.client.is_connected)
        self.beat()

    def _state(self, *, online: bool) -> bytes:
        return orjson.dumps({"online": online, "boot": self.boot, "epoch": 5, "backlog": 0})

    def beat(self) -> None:
        told = self.client.publish(self._topic, self._state(online=True), qos=1, retain=True)
        told.wait_for_publish(PATIENCE)

    def send(self, frame: bytes) -> None:
        self.client.publish(topics.topic(COMPOUND, "gw01", topics.UP), frame, qos=0)

    def vanish(self) -> None:
        """The line is cut: no good-bye."""
        sock = self.client.socket()
        assert sock is not None
        self.client.loop_stop()
        sock.close()

    def close(self) -> None:
        self.client.on_disconnect = None
        self.client.loop_stop()
        self.client.disconnect()


class HubSide:
    """What `hub.run` wires, without its web side; may be started again over the same log."""

    def __init__(self, folder: Path, nats: Nats) -> None:
        self.settings = hub_config.read(nats.box.hub / "hub.toml")
        self.store = SQLiteEventStore(folder / "log.db")
        self.keys = KeyStore(folder / "keys.db")
        self.presences: Presences

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        clock, signer = FixedClock(), signer_of(1)
        gateways = (Gateway(compound=COMPOUND, name="gw01", key=signer_of(9).public.hex()),)
        own = OwnJournal(self.store, signer, clock, self.keys)
        self.presences = Presences(gateways, clock, time.monotonic())
        refusals = Refusals(gateways, clock)
        ingest = Ingest(self.store, by_key(gateways), own)
        link = HubLink(self.settings, ingest, signer, clock, self.presences, refusals)
        async with beside(link.run(), hub._notes(self.presences, refusals, own)):
            await soon(lambda: link.connected)
            yield

    def live(self) -> bool | None:
        return self.presences.gateways().get(NAME)

    def said(self) -> list[Data]:
        return [
            CATALOG.read(line).data
            for stored in self.store.read(0, 1000, 1 << 30)
            for line in codec.envelopes(parse(stored.state))
        ]

    def words(self) -> list[tuple[str, int]]:
        """(reason, boot) of the sessions it spoke of."""
        return [
            (one.reason, one.boot)
            for one in self.said()
            if isinstance(one, SessionOpened | SessionClosed)
        ]

    def close(self) -> None:
        self.store.close()
        self.keys.close()


@pytest.fixture
def side(tmp_path: Path, nats: Nats, hasty: Patience) -> Iterator[HubSide]:
    opened = HubSide(tmp_path, nats)
    yield opened
    opened.close()


def test_silence_a_cut_line_and_a_hub_that_was_restarted(
    side: HubSide, nats: Nats, hasty: Patience
) -> None:
    async def scenario() -> None:
        gateway = await asyncio.to_thread(Beating, nats, 3)
        async with side.running():
            await asyncio.to_thread(gateway.beat)
            await soon(lambda: side.words() == [("uplink-back", 3)])
            assert side.live() is True
            last = time.monotonic()
            await asyncio.to_thread(gateway.beat)
            hasty(SILENT)
            await soon(lambda: side.live() is False)
            assert time.monotonic() - last >= SILENT, "one late beat is not silence"
            await soon(lambda: side.words()[1:] == [("silent", 3)])
            hasty(inf)
            await asyncio.to_thread(gateway.beat)
            await soon(lambda: side.words()[2:] == [("uplink-back", 3)])
        # The hub is away; the gateway's connection stands, and no beat comes any more.
        async with side.running():
            assert side.live() is None, "what the broker retained is no sign of life"
            hasty(SILENT)
            await soon(lambda: side.live() is False)
            await soon(lambda: side.words()[3:] == [("silent", 3)])
            hasty(inf)
        newer = await asyncio.to_thread(Beating, nats, 4)
        async with side.running():
            await asyncio.to_thread(newer.beat)
            await soon(lambda: side.live() is True)
            await asyncio.to_thread(gateway.vanish)  # the old will comes now
            await asyncio.sleep(0.5)
            assert side.live() is True
            await asyncio.to_thread(newer.vanish)
            await soon(lambda: side.words()[-1] == ("uplink-lost", 4))
            assert side.live() is False

    asyncio.run(scenario())


def test_refusals_become_durable_and_few(side: HubSide, nats: Nats) -> None:
    async def scenario() -> None:
        gateway = await asyncio.to_thread(Beating, nats, 1)
        async with side.running():
            for _ in range(50):
                gateway.send(b"not a frame")
            await soon(lambda: any(isinstance(one, Rejected) for one in side.said()))
            for _ in range(500):
                gateway.send(b"not a frame either")
            await asyncio.sleep(0.5)
        await asyncio.to_thread(gateway.close)

    asyncio.run(scenario())
    found = [one for one in side.said() if isinstance(one, Rejected)]
    assert len(found) == 1
    assert (found[0].adapter, found[0].reason) == ("hub", "frame")
