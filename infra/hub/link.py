"""The hub's MQTT side: frames in, receipts out, states heard. Thin; no decisions.

Frames that arrive while a commit runs wait and share the next one: group commit across
gateways. Nothing is acknowledged by MQTT; a receipt is the only answer that counts. While the
store is away there is none: gateways stop at their windows, what waits here is bounded, and the
frames that were under way are asked for again until the store says what became of them.
"""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import aiomqtt
import msgspec

from core import receipt, topics
from core.clock import Clock
from core.errors import DiskFull, Unavailable
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.receipt import Receipt
from core.tasks import end
from core.tlog.standing import Standing
from core.trust import Gateway
from infra.hub.config import Settings
from infra.hub.outgoing import Outgoing
from infra.hub.presence import Presences, State
from infra.hub.proving import Proving
from infra.hub.refusals import Refusals
from infra.hub.waiting import Waiting
from projections.web.desk import Uplinks

log = logging.getLogger("hub.link")

_AWAY = (0.2, 2.0)  # seconds between looks for a store that is away or full
_BACKOFF = (1.0, 30.0)
_BREATH = 0.1  # seconds between two turns of answering what gateways ask of the log
_T = TypeVar("_T")
_Answer = tuple[Arrival, str, bytes]  # to whom, why it was refused, the signed receipt


class HubLink:
    """Owns the broker session and the frames that wait. Runs on the event loop; commits run on
    a worker thread, one at a time."""

    def __init__(
        self,
        settings: Settings,
        ingest: Ingest,
        signer: Signer,
        clock: Clock,
        presences: Presences,
        refusals: Refusals,
        proving: Proving | None = None,
    ) -> None:
        """`proving` answers gateways that ask what the log holds; without it they hear nothing."""
        self._settings = settings
        self._ingest = ingest
        self._signer = signer
        self._clock = clock
        self._presences = presences
        self._refusals = refusals
        self._proving = proving
        self._arrived = asyncio.Event()
        self._asked = asyncio.Event()
        self._group: list[Arrival] = []  # being decided, or not answered yet
        self._outgoing = Outgoing()
        self._said = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None  # once it runs
        self.waiting = Waiting({(one.compound, one.name) for one in settings.config.gateways})
        self.connected = False
        self.store_away = False  # nothing is taken: no answer, or no room

    def enrolled(self, gateways: Sequence[Gateway]) -> None:
        """Who is listened to from now on. Event loop only."""
        self.waiting.enrolled = frozenset((one.compound, one.name) for one in gateways)
        self._presences.enrolled(gateways, time.monotonic())
        self._refusals.enrolled(gateways)

    def uplinks(self) -> Uplinks:
        """For who watches."""
        found = self.waiting.depths()
        return Uplinks(
            frames={lane: one.frames for lane, one in found.items()},
            bytes={lane: one.bytes for lane, one in found.items()},
            dropped={lane: one.dropped for lane, one in found.items()},
            away=self.store_away,
        )

    def send(self, compound: str, gateway: str, verb: str, payload: bytes, *, retain: bool) -> bool:
        """To one gateway, at least once, when there is a broker. Any thread. False when too many
        wait; an order that waits too long is dropped, of what is retained the newest stays."""
        topic = topics.topic(compound, gateway, f"{topics.COMMAND}/{verb}")
        if not self._outgoing.put(topic, payload, time.monotonic(), retain=retain):
            return False
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._said.set)
        return True

    async def run(self) -> None:
        """For ever; cancel to stop. What is fatal in a commit comes out of here (I8)."""
        pause = _BACKOFF[0]
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                async with self._client() as client:
                    for leaf in (topics.UP, topics.STATE):
                        await client.subscribe(topics.everyone(leaf), qos=0)
                    self.connected = True
                    pause = _BACKOFF[0]
                    log.info("listening to gateways")
                    await self._session(client)
            except aiomqtt.MqttError as error:
                log.warning("broker lost: %s; again in about %.0f s", error, pause)
            finally:
                self.connected = False
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, _BACKOFF[1])

    def _client(self) -> aiomqtt.Client:
        broker = self._settings.config.broker
        return aiomqtt.Client(
            broker.host,
            broker.port,
            identifier="menwei-hub",
            username=broker.username or None,
            password=self._settings.broker.password or None,
            tls_context=self._settings.broker.tls,
            protocol=aiomqtt.ProtocolVersion.V311,
            keepalive=20,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            queue_type=_handed_to(self._take),
        )

    async def _session(self, client: aiomqtt.Client) -> None:
        committing = asyncio.create_task(self._commit(client), name="hub-commit")
        listening = asyncio.create_task(_until_lost(client), name="hub-listen")
        saying = asyncio.create_task(self._say(client), name="hub-say")
        showing = asyncio.create_task(self._show(client), name="hub-show")
        parts = (committing, listening, saying, showing)
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = await end(*parts)
        errors = [one for one in ended if isinstance(one, Exception)]
        # A lost connection may not hide what is fatal (I8).
        errors.sort(key=lambda one: isinstance(one, aiomqtt.MqttError))
        raise errors[0] if errors else aiomqtt.MqttError("the session ended")

    async def _say(self, client: aiomqtt.Client) -> None:
        """QoS 1: what a broker has acknowledged is its to deliver; what it has not is said again
        in the next session."""
        while True:
            self._said.clear()
            while (message := self._outgoing.next(time.monotonic())) is not None:
                await client.publish(message.topic, message.payload, qos=1, retain=message.retain)
                self._outgoing.done(message)
            await self._said.wait()

    async def _show(self, client: aiomqtt.Client) -> None:
        """Proofs to those who asked; what is lost on the way is asked for again."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._proving is not None and self._proving.asked:
                answers = await whole(asyncio.to_thread(self._proving.answers))
                for topic, payload in answers:
                    await client.publish(topic, payload, qos=0)
                await asyncio.sleep(_BREATH)

    def _take(self, message: aiomqtt.Message) -> None:
        """One message off the wire, on the event loop. Raises nothing: it may hold anything."""
        payload = message.payload
        try:
            compound, gateway, leaf = topics.split(message.topic.value)
        except ValueError:
            return
        if not isinstance(payload, bytes):
            return
        if leaf == topics.STATE:
            self._state(compound, gateway, payload, retained=message.retain)
        else:
            for one in self.waiting.add(Arrival(compound, gateway, payload)):
                self._refusals.add(one.compound, one.gateway, "busy")
            self._arrived.set()

    def _state(self, compound: str, gateway: str, payload: bytes, *, retained: bool) -> None:
        try:
            state = msgspec.json.decode(payload, type=State)
        except (msgspec.MsgspecError, RecursionError):
            self._refusals.add(compound, gateway, "state")
            return
        now = asyncio.get_running_loop().time()
        if not self._presences.heard(compound, gateway, state, now, retained=retained):
            self._refusals.add(compound, gateway, "unknown-gateway")
        elif not retained and self._proving is not None:
            self._ask(self._proving, compound, gateway, state, now)

    def _ask(self, proving: Proving, compound: str, gateway: str, state: State, now: float) -> None:
        try:
            told = msgspec.json.decode(state.tree, type=Standing)
        except (msgspec.MsgspecError, RecursionError):
            self._refusals.add(compound, gateway, "tree")
            return
        if proving.heard(compound, gateway, told, now):
            self._asked.set()

    async def _commit(self, client: aiomqtt.Client) -> None:
        pause = _AWAY[0]
        while True:
            if not self._group:
                await self._arrived.wait()
                self._group = self.waiting.take()
                if not self.waiting:
                    self._arrived.clear()
            try:
                answers = await whole(asyncio.to_thread(self._decide, self._group))
            except (DiskFull, Unavailable) as trouble:
                log.error("nothing is taken, again in %.1f s: %s", pause, trouble)
                self.store_away = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, _AWAY[1])
                continue
            self.store_away, pause = False, _AWAY[0]
            for arrival, reason, payload in answers:
                if reason:
                    self._refusals.add(arrival.compound, arrival.gateway, reason)
                topic = topics.topic(arrival.compound, arrival.gateway, topics.RECEIPT)
                await client.publish(topic, payload, qos=0)
            self._group = []  # a session that ended before has its answers said again

    def _decide(self, group: Sequence[Arrival]) -> list[_Answer]:
        """Commits, then signs what is to be said of it. On the worker thread."""
        receipts = self._ingest.accept(group, self._clock.now())
        said = _last_words(group, receipts)
        if self._proving is not None:
            for arrival, answer in said:
                if not answer.refused:
                    self._proving.committed(arrival.compound, arrival.gateway, answer)
        return [
            (arrival, answer.refused, receipt.sign(answer, self._signer))
            for arrival, answer in said
        ]


def _handed_to(take: Callable[[aiomqtt.Message], None]) -> type[asyncio.Queue[aiomqtt.Message]]:
    """What the client believes to be its queue: taking messages out of a real one would cost
    two tasks for each, which is as much as all that is done with a small frame."""

    class Handed(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            take(item)

    return Handed


async def _until_lost(client: aiomqtt.Client) -> None:
    """Ends with MqttError when the connection does; every message went another way."""
    async for _ in client.messages:
        raise AssertionError("a message came through the queue")


async def whole(work: Coroutine[Any, Any, _T]) -> _T:
    """A task that ends meanwhile waits for `work`, however often it is cancelled: the next of
    its kind may not run beside it, and what is fatal in it is not lost."""
    running = asyncio.ensure_future(work)
    ending = False
    while not running.done():
        try:
            await asyncio.wait([running])  # leaves the work alone when it is cancelled
        except asyncio.CancelledError:
            ending = True
    found = running.result()
    if ending:
        raise asyncio.CancelledError
    return found


def _last_words(
    group: Sequence[Arrival], receipts: Sequence[Receipt]
) -> list[tuple[Arrival, Receipt]]:
    """Receipts are cumulative: of each journal the newest is enough, refusals all count."""
    newest: dict[tuple[str, str, str], int] = {}
    for index, (arrival, answer) in enumerate(zip(group, receipts, strict=True)):
        if not answer.refused:
            newest[arrival.compound, arrival.gateway, answer.journal] = index
    keep = set(newest.values())
    return [
        (arrival, answer)
        for index, (arrival, answer) in enumerate(zip(group, receipts, strict=True))
        if answer.refused or index in keep
    ]
