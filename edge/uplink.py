"""Batches to the hub, receipts back. Only a receipt moves the cursor (DESIGN §1.4).

QoS 0 on purpose: a broker's PUBACK proves nothing we rely on and would cost the broker a
sync per batch. What is lost on the way is missing from the receipts and is sent again.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

import aiomqtt
import orjson

from core import receipt, topics
from core.batch import leaf_hash
from core.errors import BadFrame
from core.receipt import Receipt
from core.tasks import end
from edge.config import Settings
from edge.journal import EdgeJournal
from edge.window import Window

log = logging.getLogger("edge.uplink")

_PAGE = 16  # batches read at once, 2 MB at most
_BACKOFF = (1.0, 60.0)  # seconds, first and longest, jittered
_STATE_EVERY = 10.0


class Uplink:
    """Owns the uplink session and what has been sent on it. One asyncio task."""

    def __init__(
        self, settings: Settings, journal: EdgeJournal, state: Callable[[], dict[str, object]]
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._state = state
        self._hub_key = bytes.fromhex(settings.config.uplink.hub_key)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._window = Window(journal.cursor, settings.config.uplink.resend_s)
        self.connected = False

    @property
    def refused(self) -> str:
        """Reason of the last refusal, empty while batches are taken."""
        return self._window.refused

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
        while self._journal.cursor < self._journal.head.number:
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
        )

    async def _session(self, client: aiomqtt.Client) -> None:
        await client.subscribe(self._topic(topics.RECEIPT), qos=0)
        birth = {**self._presence(online=True), "key": self._journal.journal.key.hex()}
        await client.publish(self._topic(topics.BIRTH), orjson.dumps(birth), qos=1, retain=True)
        self._window.begin(self._journal.cursor)
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
        loop, window = asyncio.get_running_loop(), self._window
        while True:
            self._wake.clear()
            window.expire(loop.time())
            room = min(window.room(self._journal.head.number), _PAGE)
            if room:
                for stored in await asyncio.to_thread(self._journal.read, window.sent, room):
                    if stored.originator_version != window.sent + 1:
                        break  # a receipt has moved the window meanwhile
                    window.went(stored.originator_version, loop.time())
                    await client.publish(self._topic(topics.UP), stored.state, qos=0)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(window.wait(loop.time())):
                    await self._wake.wait()

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if not isinstance(message.payload, bytes):
                continue
            try:
                found = receipt.open_receipt(message.payload, self._hub_key)
            except BadFrame as bad:
                log.error("receipt ignored: %s", bad)
                continue
            # A frame the hub cannot read names no journal; the topic says that it was ours.
            if found.journal in (self._journal.journal.id.hex, ""):
                await self._receipted(found)

    async def _receipted(self, found: Receipt) -> None:
        now = asyncio.get_running_loop().time()
        if found.committed > self._journal.head.number:
            self._refusal(
                "ahead", "the hub holds batches of this journal that this gateway has not", now
            )
            return
        if found.committed > self._window.held and not await self._same(found):
            self._refusal("fork", f"the hub holds another batch {found.committed}", now)
            return
        if found.committed > self._journal.cursor:
            self._journal.move_cursor(found.committed)
            self._moved.set()
        self._window.took(found.committed, now)
        if found.refused == "gap":
            if self._window.gap(found.committed, found.number, now):
                self._rewound(found.committed)
        elif found.refused and (found.number > found.committed or not found.journal):
            self._refusal(found.refused, f"batch {found.number}", now)
        self._wake.set()

    async def _same(self, found: Receipt) -> bool:
        """Whether what the hub holds is what this gateway wrote."""
        stored = await asyncio.to_thread(self._journal.read, found.committed - 1, 1)
        return bool(stored) and leaf_hash(stored[0].state).hex() == found.hash

    def _rewound(self, committed: int) -> None:
        if committed < self._journal.cursor:
            log.error(
                "the hub has lost batches %d to %d, which it had receipted; sending them again",
                committed + 1, self._journal.cursor,
            )  # fmt: skip

    def _refusal(self, reason: str, detail: str, now: float) -> None:
        if self._window.refuse(reason, now):
            log.error("the hub refuses this gateway: %s (%s)", reason, detail)

    async def _beat(self, client: aiomqtt.Client) -> None:
        while True:
            state = {**self._presence(online=True), **self._state()}
            await client.publish(self._topic(topics.STATE), orjson.dumps(state), qos=1, retain=True)
            await asyncio.sleep(_STATE_EVERY)

    def _presence(self, *, online: bool) -> dict[str, object]:
        journal = self._journal
        return {"online": online, "boot": journal.boot, "epoch": journal.journal.epoch}

    def _topic(self, leaf: str) -> str:
        return topics.topic(self._settings.config.compound, self._settings.config.gateway, leaf)
