"""The session at a broker that a house runs already: at least once, acknowledged after the commit.

Our own client over the endpoint's codec: paho needs 50 µs to receive and acknowledge a message,
and aiomqtt acknowledges before anything could be stored. One durable session for each gateway
(clean session off): what arrives while we are away waits in the broker. MQTT 3.1.1, which every
broker speaks; subscribed with QoS 1, so nothing comes with QoS 2.
"""

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import Sequence
from typing import Any, TypeVar

from core.broker import Broker
from core.errors import MenweiError
from core.strictjson import MAX_BYTES
from edge.delivery import Answer, Deliver, Delivery
from edge.endpoint import build, codec
from edge.endpoint.codec import V311
from edge.endpoint.packets import (
    Connack,
    Connect,
    Disconnect,
    Filter,
    Pingreq,
    Publish,
    Suback,
    Subscribe,
)
from edge.endpoint.reasons import ProtocolError, malformed
from edge.endpoint.valve import Hold, Valve
from edge.endpoint.wire import MAX_STRING, MAX_VARINT
from edge.unsettled import Unsettled

log = logging.getLogger("edge.mqtt")

_UNSETTLED = 10_000, 16_000_000  # messages, bytes on their way to disk; more wait in the socket
_KEEP_ALIVE = 30  # seconds
_PATIENCE = 10.0  # seconds a broker has to answer
_BACKOFF = (1.0, 30.0)  # seconds, first and longest, jittered
_CONTROL = 70_000  # bytes of a packet other than PUBLISH
_LARGEST = MAX_VARINT + 5  # of a PUBLISH
_PAYLOAD = MAX_BYTES + 1  # that is kept of one: enough for the intake to see that it is oversized
_KEPT = 5 + 2 + MAX_STRING + 2 + _PAYLOAD  # of a packet, so that so much of its payload is there
_TOPICS = 4096  # remembered as text
_SUBACK_FAILURE = 0x80
_BACKLOG = 10.0  # seconds of a session in which a message may have waited at the broker

_A = TypeVar("_A", Connack, Suback)


class _Refused(MenweiError):
    """The broker is there and says no."""


class _Session(asyncio.Protocol):
    """One connection, and the Link of what came on it. A packet id belongs to its connection:
    acknowledging an old one on a new connection could acknowledge a message that is not stored
    yet; the old one comes again instead and is told as a duplicate."""

    def __init__(self, deliver: Deliver, unsettled: Unsettled) -> None:
        self._deliver, self._unsettled = deliver, unsettled
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._valve = Valve(self._read, _needed)
        self._cut: Delivery | None = None  # the beginning of a packet that is too large
        self._skipped = 0  # bytes of it still to come
        self._topics: dict[bytes, str] = {}
        self.answers: asyncio.Queue[Connack | Suback] = asyncio.Queue()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self._heard = self._since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._valve.open(transport)
        self._unsettled.resume = self._resume

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._valve.shut()
        if not self.lost.done():
            self.lost.set_result(str(exc) if exc else "closed by the broker")

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        if self._skipped:
            data = self._skip(data)
        if data:
            self._valve.received(data)

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        acks = b"".join([b"\x40\x02" + packet.to_bytes(2) for packet, _ in settled if packet])
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is there to tell
            self._loop.call_soon_threadsafe(self._settled, acks, len(settled))

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def abort(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)
        self._valve.shut()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        self._valve.shut()
        if self._transport is not None:
            self._transport.close()

    @property
    def held(self) -> bool:
        """It is not read from, and so cannot be heard."""
        return bool(self._valve.holds)

    @property
    def silent(self) -> bool:
        return not self.held and self._loop.time() - self._heard > 1.5 * _KEEP_ALIVE

    def _settled(self, acks: bytes, count: int) -> None:
        if acks and self._transport is not None:
            self._transport.write(acks)
        self._unsettled.settled(count)

    def _resume(self) -> None:
        self._heard = self._loop.time()
        self._valve.release(Hold.ROOM)

    def _read(self, data: bytes) -> int:
        """How much of it is done with."""
        got: list[Delivery] = []
        try:
            at = self._packets(data, got)
        except ProtocolError as error:
            self.abort(str(error))
            return len(data)
        if got:
            self._hand_over(got)
        return at

    def _hand_over(self, got: list[Delivery]) -> None:
        self._unsettled.add(got)
        if self._unsettled.full:
            self._valve.hold(Hold.ROOM)
        self._deliver(got)

    def _packets(self, data: bytes, got: list[Delivery]) -> int:
        """Whole packets, as many as there is room for. Where it stopped."""
        at, end, left = 0, len(data), self._unsettled.left
        while len(got) < left and (span := _frame(data, at)) is not None:
            head, (start, stop) = data[at], span
            if stop > end:
                if end - at < _KEPT:
                    break
                self._cut, self._skipped = self._publish(head, data, start, end), stop - end
                return end
            if head & 0xF0 == 0x30:
                got.append(self._publish(head, data, start, stop))
            else:
                packet = codec.decode(head, data[start:stop], V311)
                if isinstance(packet, Connack | Suback):
                    self.answers.put_nowait(packet)
            at = stop
        return at

    def _skip(self, data: bytes) -> bytes:
        """What comes after the packet that is too large, which is handed over at its end."""
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        if not self._skipped and self._cut is not None:
            cut, self._cut = self._cut, None
            self._hand_over([cut])
        return data[skipped:]

    def _publish(self, head: int, data: bytes, start: int, stop: int) -> Delivery:
        """A topic that is no text keeps its message: set aside with a mark, not lost."""
        after = start + 2 + (data[start] << 8 | data[start + 1]) if stop - start > 1 else stop + 1
        body = after + 2 if head & 6 else after
        if body > stop:
            raise malformed("a PUBLISH shorter than its topic")
        raw = data[start + 2 : after]
        topic = self._topics.get(raw)
        if topic is None:
            if len(self._topics) >= _TOPICS:
                self._topics.clear()
            topic = self._topics[raw] = raw.decode("utf-8", "replace")
        packet = data[after] << 8 | data[after + 1] if head & 6 else 0
        payload = data[body : min(stop, body + _PAYLOAD)]
        aged = self._heard - self._since < _BACKLOG
        return Delivery(topic, payload, self, packet, head & 1 == 1, aged=aged)


def _frame(data: bytes, at: int) -> tuple[int, int] | None:
    publish = at < len(data) and data[at] & 0xF0 == 0x30
    return codec.frame(data, at, _LARGEST if publish else _CONTROL, V311)


def _needed(head: bytes) -> int:
    """Bytes of the packet in front that have to be there before it is looked at."""
    try:
        span = _frame(head, 0)
    except ProtocolError:
        return 1  # nothing of it: it is refused as soon as it is read
    return len(head) + 1 if span is None else min(span[1], _KEPT)


class DeviceLink:
    """Owns the session. `run` is a task of the agent's loop."""

    def __init__(
        self,
        broker: Broker,
        password: str,
        subscribe: Sequence[str],
        client_id: str,
        deliver: Deliver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._broker, self._password, self._tls = broker, password, tls
        self._subscribe, self._client_id = tuple(subscribe), client_id
        self._deliver = deliver
        self._unsettled = Unsettled(*_UNSETTLED)
        self.connected = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current: _Session | None = None

    def publish(self, topic: str, payload: bytes) -> None:
        """To a device, from any thread. QoS 0: a broker must not keep it for one that is away,
        because a command that comes late must not be acted on (I9)."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._publish, topic, payload)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._current is not None and self.connected:
            self._current.send(build.encode(Publish(topic, payload, 0), V311))

    async def run(self) -> None:
        """For ever: connect, listen, connect again. Cancel to stop: the session stays at the
        broker, and what is not acknowledged comes again."""
        pause = _BACKOFF[0]
        while True:
            try:
                why = await self._session()
                pause = _BACKOFF[0]
                log.warning("device broker at %s lost: %s", self._address, why)
            except (OSError, TimeoutError, _Refused) as error:
                log.warning("device broker at %s: %s", self._address, str(error) or "no answer")
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, _BACKOFF[1])

    @property
    def _address(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"

    async def _session(self) -> str:
        """Why it ended."""
        loop, broker = asyncio.get_running_loop(), self._broker
        await self._unsettled.room()
        async with asyncio.timeout(_PATIENCE):
            _, session = await loop.create_connection(
                lambda: _Session(self._deliver, self._unsettled),
                broker.host,
                broker.port,
                ssl=self._tls,
            )
        try:
            await self._introduce(session)
            self._loop, self._current = loop, session
            self.connected = True
            log.info("listening to devices at %s", self._address)
            return await self._alive(session)
        finally:
            self.connected = False
            session.send(build.encode(Disconnect(), V311))
            session.close()

    async def _introduce(self, session: _Session) -> None:
        broker = self._broker
        connect = Connect(
            version=V311,
            client_id=self._client_id,
            clean=False,
            keep_alive=_KEEP_ALIVE,
            username=broker.username or None,
            password=self._password.encode() if broker.username else None,
        )
        session.send(build.encode(connect, V311))
        answer = await _answer(session, Connack)
        if answer.reason:
            raise _Refused(f"refuses the connection: return code {answer.reason}")
        filters = tuple(Filter(topic, 1) for topic in self._subscribe)
        session.send(build.encode(Subscribe(1, filters), V311))
        granted = (await _answer(session, Suback)).reasons
        refused = [
            one.topic
            for one, code in zip(filters, granted, strict=False)
            if code == _SUBACK_FAILURE
        ]
        if refused or len(granted) != len(filters):
            raise _Refused(f"refuses subscriptions: {', '.join(refused)}")

    async def _alive(self, session: _Session) -> str:
        while True:
            done, _ = await asyncio.wait([session.lost], timeout=_KEEP_ALIVE / 2)
            if done:
                return session.lost.result()
            if session.silent:
                session.abort("silent")
            session.send(build.encode(Pingreq(), V311))


async def _answer(session: _Session, kind: type[_A]) -> _A:
    """The next answer, which must be of this kind. While we do not read it may stand behind
    messages, and the broker's patience is not ours to measure."""
    asking = asyncio.ensure_future(session.answers.get())
    either: list[asyncio.Future[Any]] = [asking, session.lost]
    try:
        while True:
            done, _ = await asyncio.wait(
                either, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                break
            if not session.held:
                raise TimeoutError
    finally:
        asking.cancel()
    if not asking.done():
        raise _Refused(session.lost.result())
    found = asking.result()
    if not isinstance(found, kind):
        raise _Refused(f"answers with {type(found).__name__}")
    return found
