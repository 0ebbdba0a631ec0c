"""The hub's own link to gateways: one commit at a time, and nothing fatal gets lost."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from core import codec, receipt, topics
from core.errors import FatalError
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.receipt import Receipt
from core.store.port import EventStore
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, by_key
from infra.hub import config as hub_config
from infra.hub import link as hub_link
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.refusals import Refusals
from tests.fix_broker import COMPOUND, PATIENCE, Nats, client
from tests.fix_core import FixedClock, verified
from tests.fix_edge import GATEWAY, EdgeProcess, configured
from tests.fix_outage import Fault, Outages
from tests.fix_uplink import HUB, RESEND, Site, beside, enrolled, soon


@pytest.fixture
def settings(nats: Nats) -> hub_config.Settings:
    return hub_config.read(nats.box.hub / "hub.toml")


class SlowIngest(Ingest):
    """Commits when the test lets it; notices if two run at once."""

    def __init__(self, store: EventStore, trust: Sequence[Gateway]) -> None:
        super().__init__(store, by_key(trust))
        self.go = threading.Event()
        self.entered = threading.Event()
        self.most = self._inside = 0
        self.fails = False

    def accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        self._inside += 1
        self.most = max(self.most, self._inside)
        self.entered.set()
        try:
            assert self.go.wait(PATIENCE)
            if self.fails:
                raise FatalError("the disk said no")
            return super().accept(arrivals, received)
        finally:
            self._inside -= 1


def linked(
    settings: hub_config.Settings, ingest: Ingest, signer: Signer
) -> tuple[Presences, Refusals, HubLink]:
    """As the hub wires them."""
    gateways, clock = settings.config.gateways, FixedClock()
    presences = Presences(gateways, clock, time.monotonic())
    refusals = Refusals(gateways, clock)
    return presences, refusals, HubLink(settings, ingest, signer, clock, presences, refusals)


class LinkRig:
    def __init__(self, path: Path, settings: hub_config.Settings, site: Site) -> None:
        self.store = SQLiteEventStore(path)
        self.ingest = SlowIngest(self.store, enrolled(site.journal))
        self.presences, self.refusals, self.link = linked(settings, self.ingest, HUB)


@pytest.fixture
def rig(tmp_path: Path, settings: hub_config.Settings, site: Site) -> Iterator[LinkRig]:
    opened = LinkRig(tmp_path / "link.db", settings, site)
    yield opened
    opened.ingest.go.set()
    opened.store.close()


def test_the_hub_takes_a_backlog(site: Site, rig: LinkRig) -> None:
    async def scenario() -> None:
        rig.ingest.go.set()
        site.commit(500)
        async with beside(rig.link.run(), site.uplink.run()):
            await soon(lambda: site.drained)
            assert rig.presences.gateways() == {f"{COMPOUND}/{GATEWAY}": True}
            assert rig.refusals.counts.keys() <= {"gap"}

    asyncio.run(scenario())
    assert rig.store.head() == 500


def test_two_commits_never_run_at_once(site: Site, rig: LinkRig, nats: Nats) -> None:
    """The broker goes while a commit hangs: the next session waits for it."""

    async def scenario() -> None:
        site.commit(3)
        async with beside(rig.link.run(), site.uplink.run()):
            await soon(rig.ingest.entered.is_set)
            await asyncio.to_thread(nats.kill)
            await asyncio.to_thread(nats.start)
            await soon(lambda: site.uplink.connected)
            site.commit(3)
            await asyncio.sleep(3 * RESEND)
            rig.ingest.go.set()
            await soon(lambda: site.drained)

    asyncio.run(scenario())
    assert rig.ingest.most == 1
    assert rig.store.head() == 6


def test_what_is_fatal_in_a_commit_is_not_lost_with_the_broker(
    site: Site, rig: LinkRig, nats: Nats
) -> None:
    async def scenario() -> None:
        rig.ingest.fails = True
        site.commit(1)
        running = asyncio.create_task(rig.link.run())
        async with beside(site.uplink.run()):
            await soon(rig.ingest.entered.is_set)
            await asyncio.to_thread(nats.kill)
            await asyncio.sleep(0.3)
            rig.ingest.go.set()
            with pytest.raises(FatalError, match="the disk said no"):
                await asyncio.wait_for(running, PATIENCE)

    asyncio.run(scenario())


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_link, "_AWAY", (0.05, 0.2))


@pytest.mark.parametrize("fault", Fault)
def test_a_store_that_goes_away(
    tmp_path: Path, settings: hub_config.Settings, site: Site, looking: None, fault: Fault
) -> None:
    """In the middle of a backlog: the broker's session stays, and when the store is back all is
    there once, long before a gateway would have asked again."""
    store = SQLiteEventStore(tmp_path / "log.db")
    outages = Outages(store, 2, fault, away=3)
    ingest = Ingest(outages, by_key(enrolled(site.journal)))
    _, refusals, link = linked(settings, ingest, HUB)
    sessions: list[bool] = []

    async def scenario() -> None:
        site.commit(200)
        async with beside(link.run(), site.uplink.run()):
            await soon(lambda: link.store_away)
            while link.store_away:
                sessions.append(link.connected)
                await asyncio.sleep(0.01)
            await soon(lambda: site.drained)

    asyncio.run(scenario())
    assert outages.unanswered == 4
    assert all(sessions)
    assert len(verified([one.state for one in store.read(0, 1000, 1 << 30)])) == 200
    assert refusals.counts.keys() <= {"gap"}
    store.close()


def test_what_waits_is_bounded_while_the_store_is_away(
    tmp_path: Path, settings: hub_config.Settings, site: Site, looking: None
) -> None:
    """A gateway without a receipt stops at its window; what it sends again takes no room."""
    store = SQLiteEventStore(tmp_path / "log.db")
    ingest = Ingest(Outages(store, 0, away=1 << 30), by_key(enrolled(site.journal)))
    _, _, link = linked(settings, ingest, HUB)

    async def scenario() -> None:
        site.commit(500)
        async with beside(link.run(), site.uplink.run()):
            await soon(lambda: link.waiting.depths()["urgent"].frames >= 60)
            await asyncio.sleep(4 * RESEND)
            assert link.store_away
            assert link.connected

    asyncio.run(scenario())
    depth = link.waiting.depths()["urgent"]
    assert depth.frames <= 66, "its window, and the one it knocks with"
    assert depth.dropped == 0
    assert store.head() == 0
    store.close()


def test_a_group_without_receipts_is_answered_in_the_next_session(
    site: Site, rig: LinkRig, nats: Nats
) -> None:
    """The broker goes during a commit: its gateways need not send again to be told."""
    heard: list[bytes] = []
    subscribed: list[int] = []
    listener = client(nats, f"uplink-{COMPOUND}")
    listener.on_subscribe = lambda *_: subscribed.append(1)
    listener.on_message = lambda _client, _data, message: heard.append(bytes(message.payload))

    async def scenario() -> None:
        site.commit(1)
        async with beside(rig.link.run()):
            async with beside(site.uplink.run()):
                await soon(rig.ingest.entered.is_set)
            await asyncio.to_thread(nats.kill)
            await asyncio.to_thread(nats.start)
            listener.connect("127.0.0.1", nats.port)
            listener.loop_start()
            listener.subscribe(topics.topic(COMPOUND, GATEWAY, topics.RECEIPT))
            await soon(lambda: subscribed)
            rig.ingest.go.set()
            await soon(lambda: heard)

    asyncio.run(scenario())
    listener.disconnect()
    listener.loop_stop()
    assert receipt.open_receipt(heard[0], HUB.public).committed == rig.store.head() == 1


def test_stopping_drains(nats: Nats, settings: hub_config.Settings, tmp_path: Path) -> None:
    """SIGTERM: the hub holds the farewell and everything before it when the agent has ended."""
    hub_key = Signer.load_or_create(nats.box.hub / "hub.key")
    config = configured(tmp_path / "edge", nats, hub_key.public, resend_s=RESEND)
    edge = EdgeProcess(config, "tests.patient_edge")
    store = SQLiteEventStore(tmp_path / "log.db")

    async def scenario() -> int:
        edge.start()
        key = Signer.load_or_create(tmp_path / "edge" / "gateway.key").public.hex()
        trust = by_key([Gateway(compound=COMPOUND, name=GATEWAY, key=key)])
        presences, _, link = linked(settings, Ingest(store, trust), hub_key)
        async with beside(link.run()):
            await soon(lambda: store.head() >= 1)
            code = await asyncio.to_thread(edge.stop)
            await soon(lambda: presences.gateways() == {f"{COMPOUND}/{GATEWAY}": False})
            return code

    assert asyncio.run(scenario()) == 0
    held = verified([one.state for one in store.read(0, 100, 1 << 30)])
    assert [one.type for one in codec.envelopes(held[-1])] == ["gateway.session.closed.v1"]
    assert "batches wait for the hub" not in edge.said()
    store.close()
