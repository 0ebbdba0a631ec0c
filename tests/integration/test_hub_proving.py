"""Proofs over a real broker, both sides in this process: asked for, given, believed, cosigned; and
gateways and hubs of before."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from core import topics
from core.batch import parse
from core.clock import SystemClock
from core.ingest import Ingest
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from edge import config as edge_config
from edge import uplink as edge_uplink
from edge.hubkeys import HubKeys
from edge.uplink import Uplink
from edge.witness.witness import Witness
from infra.hub import config as hub_config
from infra.hub import proving as hub_proving
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.proving import Proving
from infra.hub.refusals import Refusals
from tests.fix_broker import COMPOUND, PATIENCE, Nats, client
from tests.fix_core import FixedClock, signer_of
from tests.fix_edge import GATEWAY
from tests.fix_gateway_witness import COSIGNER, MemoryLog
from tests.fix_uplink import HUB, Site, beside, damaged, enrolled, soon


class Both:
    """A gateway with its witness, and a hub whose log is in memory."""

    def __init__(self, folder: Path, nats: Nats, site: Site, *, proving: bool) -> None:
        self.site, self.log = site, MemoryLog()
        config = edge_config.read(folder / "edge" / "edge.toml")
        streams = {one.journal.id.hex: one for one in site.journal.streams.values()}
        self.witness = Witness(
            folder / "edge",
            lambda: config.config.uplink.pin,
            f"{COMPOUND}/{GATEWAY}",
            signer_of(9),
            SystemClock(),
            streams,
            lambda _: None,
        )
        site.uplink = Uplink(
            config,
            site.journals,
            HubKeys(folder / "edge", HUB.public),
            dict,
            site.carries.append,
            damaged,
            witness=self.witness,
        )
        gateways = enrolled(site.journal)
        self.store = SQLiteEventStore(folder / "hub.db")
        ingest = Ingest(self.store, by_key(gateways))
        self.refusals = Refusals(gateways, FixedClock())
        presences = Presences(gateways, FixedClock(), time.monotonic())
        made = Proving(self.log, by_key(gateways), HUB, ()) if proving else None
        settings = hub_config.read(nats.box.hub / "hub.toml")
        self.link = HubLink(settings, ingest, HUB, FixedClock(), presences, self.refusals, made)

    def publish(self) -> None:
        """What the hub has stored, under a checkpoint."""
        for stored in self.store.read(len(self.log.leaves), 1000, 1 << 30):
            self.log.add(parse(stored.state).hash)
        self.log.publish()


@pytest.fixture
def both(tmp_path: Path, nats: Nats, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    monkeypatch.setattr(edge_uplink, "_STATE_EVERY", 0.1)
    monkeypatch.setattr(hub_proving, "_PAUSE", 0.0)
    made = Both(tmp_path, nats, site, proving=True)
    yield made
    made.store.close()


def test_the_hub_proves_and_the_gateway_cosigns(both: Both) -> None:
    async def scenario() -> None:
        async with beside(both.link.run(), both.site.uplink.run()):
            for _ in range(5):
                both.site.commit(10)
                await soon(lambda: both.site.drained)
                both.publish()
                both.log.cosignatures.clear()
                await soon(lambda: both.witness.standing().size == both.log.size)
                await soon(lambda: both.log.cosignatures)
            await soon(lambda: both.site.urgent.proven == 50)

    asyncio.run(scenario())
    tree = both.log.published()
    assert tree is not None
    size, last = both.log.cosignatures[-1]
    assert size == tree.size
    assert COSIGNER.holds(tree.checkpoint.note.text, last)
    assert both.refusals.counts.keys() <= {"gap"}


def test_a_fork_is_told_on_the_state_topic(both: Both, nats: Nats) -> None:
    states: list[dict[str, object]] = []

    async def scenario() -> None:
        watching = client(nats, "hub", "watching")
        subscribed: list[int] = []
        watching.on_subscribe = lambda *_: subscribed.append(1)
        watching.on_message = lambda _c, _u, message: states.append(orjson.loads(message.payload))
        watching.on_connect = lambda one, *_: one.subscribe(
            topics.topic(COMPOUND, GATEWAY, topics.STATE)
        )
        watching.connect("127.0.0.1", nats.port)
        watching.loop_start()
        await soon(lambda: subscribed)
        async with beside(both.link.run(), both.site.uplink.run()):
            both.site.commit(3)
            await soon(lambda: both.site.drained)
            both.publish()
            await soon(lambda: both.witness.standing().size == 3)
            both.log.leaves[0] = bytes(32)
            await soon(lambda: both.witness.refused)
            await soon(lambda: states and "refused" in str(states[-1].get("tree")))
            both.site.commit(5)
            await soon(lambda: both.site.drained)
        watching.loop_stop()

    asyncio.run(scenario())
    tree = next(one["tree"] for one in reversed(states) if "tree" in one)
    assert isinstance(tree, dict)
    assert (tree["refused"], tree["size"]) == ("forked", 3)
    assert "cosignature" not in tree
    assert both.site.urgent.proven == 3


def test_a_word_of_the_log_that_is_none_is_counted_and_the_gateway_is_heard(
    both: Both, nats: Nats
) -> None:
    async def scenario() -> None:
        speaking = client(nats, f"uplink-{COMPOUND}", "speaking")
        speaking.connect("127.0.0.1", nats.port)
        speaking.loop_start()
        async with beside(both.link.run()):
            await soon(lambda: both.link.connected)
            state = {"online": True, "boot": 1, "epoch": 1, "tree": {"size": "many"}}
            topic = topics.topic(COMPOUND, GATEWAY, topics.STATE)
            speaking.publish(topic, orjson.dumps(state)).wait_for_publish(PATIENCE)
            await soon(lambda: both.refusals.counts.get("tree"))
            await soon(lambda: "state" not in both.refusals.counts)
        speaking.loop_stop()

    asyncio.run(scenario())


def test_a_hub_of_before_and_a_gateway_of_now(
    tmp_path: Path, nats: Nats, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_uplink, "_STATE_EVERY", 0.1)
    both = Both(tmp_path, nats, site, proving=False)

    async def scenario() -> None:
        async with beside(both.link.run(), site.uplink.run()):
            site.commit(10)
            await soon(lambda: site.drained)

    asyncio.run(scenario())
    assert (both.witness.refused, site.urgent.proven) == ("", None)
    both.store.close()


def test_a_hub_of_now_and_a_gateway_of_before(both: Both) -> None:
    both.site.uplink._witness = None

    async def scenario() -> None:
        async with beside(both.link.run(), both.site.uplink.run()):
            for _ in range(2):
                both.site.commit(10)
                await soon(lambda: both.site.drained)
                both.publish()

    asyncio.run(scenario())
    assert both.refusals.counts.keys() <= {"gap"}
    assert both.log.cosignatures == []
