"""Batches to the hub, receipts back. Only a receipt moves the cursor (DESIGN §1.4).

QoS 0 on purpose: a broker's PUBACK proves nothing we rely on and would cost the broker a
sync per batch. What is lost on the way is missing from the receipts and is sent again.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable

import aiomqtt
import orjson

from core import receipt, topics
from core.batch import leaf_hash
from core.errors import BadFrame
from core.receipt import Receipt
from edge.config import Settings
from edge.journal import EdgeJournal

log = logging.getLogger("edge.uplink")

_WINDOW = 64  # batches sent beyond the cursor
_WINDOW_BYTES = 2_000_000
_BACKOFF = (1.0, 60.0)  # seconds, first and longest, jittered
_BLOCKED = 30.0  # seconds before a refused batch is tried again
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
        self._rewound = -1  # cursor of the last rewind: one lost batch makes many gap refusals
        self._sent = journal.cursor
        self.connected = False
        self.refused = ""  # reason of the last refusal, empty while batches are taken

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
        tls = ssl.create_default_context(cafile=broker.ca_file) if broker.ca_file else None
        return aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=f"{config.compound}-{config.gateway}-up",
            username=broker.username or None,
            password=self._settings.uplink_password or None,
            tls_context=tls,
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
        self._sent = self._journal.cursor
        self.connected = True
        self._wake.set()
        tasks = [
            asyncio.create_task(self._send(client), name="uplink-send"),
            asyncio.create_task(self._receive(client), name="uplink-receive"),
            asyncio.create_task(self._beat(client), name="uplink-state"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

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
        while True:
            self._wake.clear()
            # While refused, one batch at a time knocks until it is taken.
            window = 1 if self.refused else _WINDOW
            room = window - (self._sent - self._journal.cursor)
            size = 0
            if room > 0 and self._sent < self._journal.head.number:
                for stored in await asyncio.to_thread(self._journal.read, self._sent, room):
                    await client.publish(self._topic(topics.UP), stored.state, qos=0)
                    self._sent = stored.originator_version
                    size += len(stored.state)
                    if size > _WINDOW_BYTES:
                        break
                if size > _WINDOW_BYTES:
                    continue
            patience = _BLOCKED if self.refused else self._settings.config.uplink.resend_s
            before = self._journal.cursor
            try:
                async with asyncio.timeout(patience):
                    await self._wake.wait()
            except TimeoutError:
                if self._sent > self._journal.cursor and self._journal.cursor == before:
                    self._sent = self._journal.cursor  # nothing came back: send it again

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if not isinstance(message.payload, bytes):
                continue
            try:
                found = receipt.open_receipt(message.payload, self._hub_key)
            except BadFrame as bad:
                log.error("receipt ignored: %s", bad)
                continue
            if found.journal == self._journal.journal.id.hex:
                await self._receipted(found)

    async def _receipted(self, found: Receipt) -> None:
        if found.committed > self._journal.head.number:
            self._refusal(
                "ahead", "the hub holds batches of this journal that this gateway has not"
            )
            return
        if found.committed > self._journal.cursor:
            stored = await asyncio.to_thread(self._journal.read, found.committed - 1, 1)
            if not stored or leaf_hash(stored[0].state).hex() != found.hash:
                self._refusal("fork", f"the hub holds another batch {found.committed}")
                return
            self._journal.move_cursor(found.committed)
            self._sent = max(self._sent, found.committed)
            self.refused = ""
            self._moved.set()
        if found.refused == "gap":
            if not self.refused and self._rewound != found.committed:
                self._rewound = self._sent = found.committed
        elif found.refused and found.number > found.committed:
            self._refusal(found.refused, f"batch {found.number}")
        self._wake.set()

    def _refusal(self, reason: str, detail: str) -> None:
        if self.refused != reason:
            log.error("the hub refuses this gateway: %s (%s)", reason, detail)
        self.refused = reason

    async def _beat(self, client: aiomqtt.Client) -> None:
        while True:
            state = {**self._presence(online=True), **self._state()}
            await client.publish(self._topic(topics.STATE), orjson.dumps(state), qos=1, retain=True)
            await asyncio.sleep(_STATE_EVERY)

    def _presence(self, *, online: bool) -> dict[str, object]:
        return {"online": online, "boot": self._journal.boot}

    def _topic(self, leaf: str) -> str:
        return topics.topic(self._settings.config.compound, self._settings.config.gateway, leaf)
