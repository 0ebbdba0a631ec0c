"""Batches to the hub, receipts back. Only a receipt moves the cursor (DESIGN §1.4).

QoS 0 on purpose: a broker's PUBACK proves nothing we rely on and would cost the broker a
sync per batch. What is lost on the way is missing from the receipts and is sent again.
"""

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Callable

import aiomqtt
import msgspec
import orjson

from core import receipt, topics
from core.errors import BadFrame, DiskFull
from core.policy.signed import signed_by
from core.receipt import Receipt
from core.tasks import end
from edge.cap import Cap
from edge.carry import Carry
from edge.channel import Channel, held_back
from edge.config import Settings
from edge.gate.items import Document, Order
from edge.hubkeys import HubKeys
from edge.journals import Journals
from edge.stream import Damaged
from edge.witness.witness import Witness

log = logging.getLogger("edge.uplink")

_PAGE = 16  # batches read at once, 2 MB at most
_BACKOFF = (1.0, 60.0)  # seconds, first and longest, jittered
_STATE_EVERY = 10.0
POLICY = "policy"  # …/cmd/policy, retained


class Uplink:
    """Owns the uplink session and what has been sent on it. One asyncio task.

    Urgent journals go first: before each bulk batch it is looked whether something urgent
    came, and bulk never has more under way than the hub takes in half a second.
    """

    def __init__(
        self,
        settings: Settings,
        journals: Journals,
        hub_keys: HubKeys,
        state: Callable[[], dict[str, object]],
        carry: Callable[[Carry], None],
        damaged: Callable[[Damaged], None],
        ordered: Callable[[Document | Order], None] = lambda _told: None,
        witness: Witness | None = None,
    ) -> None:
        """`damaged` is told of a batch that reads differently from what was committed; it may
        raise, and what it raises ends the uplink. `ordered` is handed what the hub wants done,
        unread. `witness` judges what the hub shows of its log; without one it is not asked."""
        config = settings.config.uplink
        self._settings = settings
        self._journal = journals.active
        self._state = state
        self._damaged = damaged
        self._ordered = ordered
        self._witness = witness
        self._hub_keys = hub_keys
        self._untaken = b""  # handovers for which there was no room on the disk
        self._strange: Document | None = None  # by a key that the hub may yet hand over to
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._news = asyncio.Event()  # worth a state message before its time
        self._channels = [Channel(one, config.resend_s, carry) for one in journals.streams]
        self._cap = Cap(config.kbyte_s * 1000)
        self.connected = False

    @property
    def refused(self) -> dict[str, str]:
        """Lane → reason of the last refusal; empty while batches are taken."""
        return {
            f"{one.stream.journal.epoch}/{one.stream.journal.lane.name.lower()}": one.window.refused
            for one in self._channels
            if one.window.refused
        }

    def notify(self) -> None:
        """New batches or a receipt; from the loop's own thread."""
        self._wake.set()

    async def run(self) -> None:
        """For ever: connect, send, reconnect with jitter. Cancel to stop."""
        pause = _BACKOFF[0]
        while True:
            try:
                async with self._client() as client:
                    log.info("connected to the hub's broker")
                    pause = _BACKOFF[0]
                    await self._session(client)
            except aiomqtt.MqttError as error:
                log.warning("uplink lost: %s; again in about %.0f s", error, pause)
            finally:
                self.connected = False
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, _BACKOFF[1])

    async def drained(self) -> None:
        """Returns once everything committed so far has its receipt."""
        while any(one.stream.pending for one in self._channels):
            self._moved.clear()
            await self._moved.wait()

    def _client(self) -> aiomqtt.Client:
        config, broker = self._settings.config, self._settings.config.uplink.broker
        return aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=f"{config.compound}-{config.gateway}-up",
            username=broker.username or None,
            password=self._settings.uplink.password or None,
            tls_context=self._settings.uplink.tls,
            protocol=aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(
                self._topic(topics.STATE),
                orjson.dumps(self._presence(online=False)),
                qos=1,
                retain=True,
            ),
            keepalive=20,
            # A batch is one small packet behind another: it may not wait for the acknowledgement
            # of the one before.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    async def _session(self, client: aiomqtt.Client) -> None:
        await client.subscribe(
            [(self._topic(topics.RECEIPT), 0), (self._topic(f"{topics.COMMAND}/#"), 1)]
        )
        key = self._journal.journal.key.hex()
        birth = {**self._presence(online=True), **self._tree(), "key": key}
        await client.publish(self._topic(topics.BIRTH), orjson.dumps(birth), qos=1, retain=True)
        for channel in self._channels:
            channel.begin()
        self.connected = True
        self._wake.set()
        tasks = [
            asyncio.create_task(self._send(client), name="uplink-send"),
            asyncio.create_task(self._receive(client), name="uplink-receive"),
            asyncio.create_task(self._beat(client), name="uplink-state"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = await end(*tasks)
        errors = [one for one in ended if isinstance(one, Exception)]
        # A lost connection may not hide what is fatal (I8).
        errors.sort(key=lambda one: isinstance(one, aiomqtt.MqttError))
        raise errors[0] if errors else aiomqtt.MqttError("the session ended")

    async def farewell(self) -> None:
        """A clean end: says offline itself, because a clean disconnect sends no will."""
        try:
            async with asyncio.timeout(2), self._client() as client:
                await client.publish(
                    self._topic(topics.STATE),
                    orjson.dumps({**self._presence(online=False), "reason": "stop"}),
                    qos=1,
                    retain=True,
                )
        except (aiomqtt.MqttError, TimeoutError):
            log.warning("the hub was not told that this gateway stops")

    async def _send(self, client: aiomqtt.Client) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            now = loop.time()
            ready = [
                one
                for one in self._channels
                if one.room(now) and not held_back(one, self._channels)
            ]
            pauses = [one.wait(now) for one in self._channels]
            if ready:
                capped = 0.0 if ready[0].stream.urgent else self._cap.wait(now)
                if not capped:
                    await self._send_some(client, ready[0])
                    continue
                pauses.append(capped)
            if await self._probe(client):
                continue
            pause = min((one for one in pauses if one is not None), default=_STATE_EVERY)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _send_some(self, client: aiomqtt.Client, channel: Channel) -> None:
        loop = asyncio.get_running_loop()
        limit = min(channel.room(loop.time()), _PAGE if channel.stream.urgent else 1)
        try:
            found = await asyncio.to_thread(channel.next, limit)
        except Damaged as damage:
            self._damaged(damage)
            return
        if not found:
            channel.gone(loop.time())  # or a receipt has moved the window meanwhile
        for stored in found:
            if stored.originator_version != channel.window.sent + 1:
                break
            channel.window.went(stored.originator_version, loop.time())
            self._cap.spend(len(stored.state), loop.time())
            await client.publish(self._topic(topics.UP), stored.state, qos=0)

    async def _probe(self, client: aiomqtt.Client) -> bool:
        now = asyncio.get_running_loop().time()
        for channel in self._channels:
            if number := channel.probe(now):
                for stored in await asyncio.to_thread(channel.stream.read, number - 1, 1):
                    await client.publish(self._topic(topics.UP), stored.state, qos=0)
                return True
        return False

    async def _receive(self, client: aiomqtt.Client) -> None:
        orders = self._topic(topics.COMMAND) + "/"
        async for message in client.messages:
            if not isinstance(message.payload, bytes):
                continue
            topic = message.topic.value
            if topic.startswith(orders):
                verb = topic.removeprefix(orders)
                if verb == topics.HUB_KEYS:
                    await self._follow(message.payload)
                else:
                    self._told(verb, message.payload, retained=message.retain)
                continue
            try:
                found = receipt.open_receipt(message.payload, self._hub_keys.now)
            except BadFrame as bad:
                log.error("receipt ignored: %s", bad)
                continue
            if found.proof:
                await self._shown(found)
                continue
            for channel in self._channels:
                # A frame the hub cannot read names no journal; the topic says that it was ours.
                if found.journal in (channel.stream.journal.id.hex, ""):
                    await self._receipted(channel, found, message.payload)
            self._wake.set()

    def _told(self, verb: str, payload: bytes, *, retained: bool) -> None:
        """Only the policy is for whoever comes later; a retained order is nobody's (I9)."""
        if verb == POLICY:
            if payload and signed_by(payload) not in self._hub_keys.known:
                self._strange = Document(payload)
            elif payload:  # an empty one takes a retained message back
                self._ordered(Document(payload))
        elif not retained:
            self._ordered(Order(verb, payload))

    async def _follow(self, payload: bytes) -> None:
        try:
            followed = bool(payload) and await asyncio.to_thread(self._hub_keys.follow, payload)
        except BadFrame as bad:
            log.error("what tells of the hub's keys is ignored: %s", bad)
            return
        except OSError as full:
            log.error("the hub's new key cannot be kept, tried again soon: %s", full)
            self._untaken = payload
            return
        if followed:
            self._hand_on()

    def _hand_on(self) -> None:
        """A policy whose key was not known when it came: the gate judges it now."""
        strange, self._strange = self._strange, None
        if strange is not None:
            self._ordered(strange)

    async def _receipted(self, channel: Channel, found: Receipt, payload: bytes) -> None:
        same = False
        if channel.news(found):
            try:
                same = await asyncio.to_thread(channel.stream.holds, found)
            except Damaged as damage:
                self._damaged(damage)
                return
        now = asyncio.get_running_loop().time()
        if channel.receipted(found, payload, now, same=same):
            self._moved.set()

    async def _shown(self, found: Receipt) -> None:
        """What is news goes back at once: a checkpoint counts when it is cosigned."""
        witness = self._witness
        if witness is None:
            return
        before = witness.standing()
        try:
            await asyncio.to_thread(witness.heard, found)
        except DiskFull as full:
            log.error("what the hub shows of its log waits: %s", full)
        except Damaged as damage:
            self._damaged(damage)
        after = witness.standing()
        if (after.size, after.refused) != (before.size, before.refused):
            self._news.set()

    async def _beat(self, client: aiomqtt.Client) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            self._news.clear()
            self._hand_on()
            untaken, self._untaken = self._untaken, b""
            await self._follow(untaken)
            now = loop.time()
            if self._witness is not None:
                await asyncio.to_thread(self._witness.look, min(now - before, 2 * _STATE_EVERY))
            before = now
            state = {**self._presence(online=True), "refused_by_hub": self.refused}
            state |= {**self._tree(), **self._state()}
            await client.publish(self._topic(topics.STATE), orjson.dumps(state), qos=1, retain=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STATE_EVERY):
                    await self._news.wait()

    def _presence(self, *, online: bool) -> dict[str, object]:
        journal = self._journal
        return {"online": online, "boot": journal.boot, "epoch": journal.epoch}

    def _tree(self) -> dict[str, object]:
        """What this gateway knows of the hub's log; the hub answers with what is new."""
        if self._witness is None:
            return {}
        return {"tree": msgspec.to_builtins(self._witness.standing())}

    def _topic(self, leaf: str) -> str:
        return topics.topic(self._settings.config.compound, self._settings.config.gateway, leaf)
