"""The hub's MQTT side: frames in, receipts out, presence of gateways. Thin; no decisions.

Frames that arrive while a commit runs wait and share the next one: group commit across
gateways. Nothing is acknowledged by MQTT; a receipt is the only answer that counts.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import aiomqtt
import msgspec

from core import receipt, topics
from core.clock import Clock, rfc3339
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.receipt import Receipt
from core.tasks import end
from infra.hub.config import Settings
from projections.web.desk import Refusal

log = logging.getLogger("hub.link")

_GROUP = 128  # frames in one commit
_WAITING = 4096  # frames in memory; more are dropped here and sent again by their gateways
_REFUSALS = 500  # operator lines kept
_BACKOFF = (1.0, 30.0)


class Presence(msgspec.Struct, frozen=True):
    """What the hub reads from a gateway's state topic; other keys are for people."""

    online: bool
    boot: int = 0
    epoch: int = 0  # of the journal whose starts `boot` counts
    reason: str = ""  # "stop": the gateway says good-bye itself, no will


class HubLink:
    """Owns the broker session and the queue of frames. Runs on the event loop; commits run on
    a worker thread, one at a time. `presence` is told when an uplink is
    lost or back within one boot; starts and stops the gateway tells itself."""

    def __init__(
        self,
        settings: Settings,
        ingest: Ingest,
        signer: Signer,
        clock: Clock,
        presence: Callable[[str, str, Presence], None],
    ) -> None:
        self._settings = settings
        self._ingest = ingest
        self._signer = signer
        self._clock = clock
        self._presence = presence
        self._enrolled = {(one.compound, one.name) for one in settings.config.gateways}
        self._waiting: deque[Arrival] = deque()
        self._arrived = asyncio.Event()
        self._refusals: deque[Refusal] = deque(maxlen=_REFUSALS)
        self._online: dict[str, Presence] = {}
        self.refused: dict[str, int] = {}  # reason → frames, since start
        self.connected = False

    def gateways(self) -> Mapping[str, bool]:
        return {name: state.online for name, state in self._online.items()}

    def refusals(self) -> Sequence[Refusal]:
        return tuple(self._refusals)

    async def run(self) -> None:
        """For ever; cancel to stop. What is fatal in a commit comes out of here (I8)."""
        pause = _BACKOFF[0]
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
        )

    async def _session(self, client: aiomqtt.Client) -> None:
        committing = asyncio.create_task(self._commit(client), name="hub-commit")
        listening = asyncio.create_task(self._listen(client), name="hub-listen")
        try:
            await asyncio.wait((committing, listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = await end(committing, listening)
        errors = [one for one in ended if isinstance(one, Exception)]
        # A lost connection may not hide what is fatal (I8).
        errors.sort(key=lambda one: isinstance(one, aiomqtt.MqttError))
        raise errors[0] if errors else aiomqtt.MqttError("the session ended")

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload
            try:
                compound, gateway, leaf = topics.split(message.topic.value)
            except ValueError:
                continue
            if not isinstance(payload, bytes):
                continue
            if leaf == topics.STATE:
                self._state(compound, gateway, payload)
            elif len(self._waiting) < _WAITING:
                self._waiting.append(Arrival(compound, gateway, payload))
                self._arrived.set()
            else:
                self._note(compound, gateway, "busy", "")

    async def _commit(self, client: aiomqtt.Client) -> None:
        while True:
            await self._arrived.wait()
            group = [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]
            if not self._waiting:
                self._arrived.clear()
            receipts = await _whole(
                asyncio.to_thread(self._ingest.accept, group, self._clock.now())
            )
            for arrival, answer in _last_words(group, receipts):
                if answer.refused:
                    self._note(arrival.compound, arrival.gateway, answer.refused, "")
                await client.publish(
                    topics.topic(arrival.compound, arrival.gateway, topics.RECEIPT),
                    receipt.sign(answer, self._signer),
                    qos=0,
                )

    def _state(self, compound: str, gateway: str, payload: bytes) -> None:
        try:
            state = msgspec.json.decode(payload, type=Presence)
        except (msgspec.MsgspecError, RecursionError):
            self._note(compound, gateway, "state", "")
            return
        if (compound, gateway) not in self._enrolled:
            self._note(compound, gateway, "unknown-gateway", "")
            return
        name = f"{compound}/{gateway}"
        known = self._online.get(name)
        if known is not None and (
            (state.epoch, state.boot) < (known.epoch, known.boot) or state == known
        ):
            return  # an old will may not end a newer session
        self._online[name] = state
        same = known is not None and (known.epoch, known.boot) == (state.epoch, state.boot)
        if same and state.reason != "stop":
            self._presence(compound, gateway, state)

    def _note(self, compound: str, gateway: str, reason: str, detail: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1
        if reason == "gap":
            return  # how a gateway learns that the hub missed a frame; nothing for an operator
        log.warning("refused from %s/%s: %s", compound, gateway, reason)
        self._refusals.append(
            Refusal(
                at=rfc3339(self._clock.now()),
                compound=compound,
                gateway=gateway,
                reason=reason,
                detail=detail,
            )
        )


async def _whole(commit: Coroutine[Any, Any, list[Receipt]]) -> list[Receipt]:
    """A session that ends meanwhile waits for the commit, however often it is cancelled: the
    next may not run beside it, and what is fatal in it is not lost."""
    running = asyncio.ensure_future(commit)
    ending = False
    while not running.done():
        try:
            await asyncio.wait([running])  # leaves the commit alone when it is cancelled
        except asyncio.CancelledError:
            ending = True
    receipts = running.result()
    if ending:
        raise asyncio.CancelledError
    return receipts


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
