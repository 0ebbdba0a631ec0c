"""What the hub says to gateways, over the box's own broker and by its permissions."""

import asyncio
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from core import topics
from core.ingest import Ingest
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from infra.box.layout import GATEWAY
from infra.hub import config as hub_config
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.refusals import Refusals
from tests.fix_broker import COMPOUND, PATIENCE, Nats, client, eventually
from tests.fix_broker import nats as nats
from tests.fix_core import FixedClock
from tests.fix_uplink import HUB, beside, soon

ORDERS = topics.topic(COMPOUND, GATEWAY, f"{topics.COMMAND}/#")


class Ear:
    """A gateway's session that hears orders, with the gateway's own login."""

    def __init__(self, nats: Nats, name: str) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self._client = client(nats, f"uplink-{COMPOUND}", name)
        granted: list[int] = []
        self._client.on_connect = lambda one, *_: one.subscribe(ORDERS, qos=1)
        self._client.on_subscribe = lambda _c, _u, _m, codes, *_: granted.extend(
            one.value for one in codes
        )
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", nats.port)
        self._client.loop_start()
        eventually(lambda: granted)
        assert granted == [1], "the broker refused the subscription"

    def _take(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        leaf = message.topic.rpartition(f"/{topics.COMMAND}/")[2]
        self.heard.put((leaf, bytes(message.payload), message.retain))

    def next(self) -> tuple[str, bytes, bool]:
        return self.heard.get(timeout=PATIENCE)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def link(tmp_path: Path, nats: Nats) -> Iterator[HubLink]:
    settings = hub_config.read(nats.box.hub / "hub.toml")
    store = SQLiteEventStore(tmp_path / "log.db")
    gateways, clock = settings.config.gateways, FixedClock()
    presences = Presences(gateways, clock, time.monotonic())
    ingest = Ingest(store, by_key(gateways))
    yield HubLink(settings, ingest, HUB, clock, presences, Refusals(gateways, clock))
    store.close()


def send(link: HubLink, verb: str, payload: bytes) -> None:
    assert link.send(COMPOUND, GATEWAY, verb, payload, retain=verb == "policy")


def test_what_waited_for_the_broker_and_what_comes_later(link: HubLink, nats: Nats) -> None:
    document = bytes(range(256)) * 3_000  # larger than one read of anybody

    async def scenario() -> None:
        ear = await asyncio.to_thread(Ear, nats, "gateway")
        send(link, "policy", b"1")
        send(link, "policy", document)
        async with beside(link.run()):
            assert await asyncio.to_thread(ear.next) == ("policy", document, False)
            await asyncio.to_thread(send, link, "open", b"now")
            assert await asyncio.to_thread(ear.next) == ("open", b"now", False)
        ear.close()
        late = await asyncio.to_thread(Ear, nats, "late")
        assert await asyncio.to_thread(late.next) == ("policy", document, True)
        with pytest.raises(queue.Empty):
            late.heard.get(timeout=0.5)  # an order is not kept for who comes later (I9)
        late.close()

    asyncio.run(scenario())


def test_a_policy_published_while_the_broker_was_away(link: HubLink, nats: Nats) -> None:
    async def scenario() -> None:
        async with beside(link.run()):
            await soon(lambda: link.connected)
            await asyncio.to_thread(nats.kill)
            await soon(lambda: not link.connected)
            await asyncio.to_thread(send, link, "policy", b"new")
            await asyncio.to_thread(nats.start)
            ear = await asyncio.to_thread(Ear, nats, "gateway")
            leaf, payload, _ = await asyncio.to_thread(ear.next)
            assert (leaf, payload) == ("policy", b"new")
            ear.close()

    asyncio.run(scenario())


def test_a_gateway_hears_only_its_own(link: HubLink, nats: Nats) -> None:
    """The login of one gateway subscribes to another's orders in vain."""
    one = client(nats, f"uplink-{COMPOUND}", "curious")
    codes: list[int] = []
    foreign = topics.topic("c02", GATEWAY, f"{topics.COMMAND}/#")
    one.on_connect = lambda session, *_: session.subscribe(foreign, qos=1)
    one.on_subscribe = lambda _c, _u, _m, granted, *_: codes.extend(c.value for c in granted)
    one.connect("127.0.0.1", nats.port)
    one.loop_start()
    eventually(lambda: codes)
    assert codes == [0x80]
    one.disconnect()
    one.loop_stop()
