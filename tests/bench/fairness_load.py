"""Gateways that send frames to a timetable, in a process of their own, and when each frame had
its receipt. One thread, one socket a gateway; frames are made before the clock starts, and how
late the timetable ran is told, so that a generator that cannot keep up is seen."""

import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from core import codec, topics
from core.batch import Head, Journal, Lane
from core.event import Event, source_of
from core.events.door import Opened
from core.keys import Signer
from core.receipt import Receipt
from core.writer import BatchWriter
from tests.bench.loadgen import Misbehaved, connect_packet, varint

EVENTS = 10  # in a batch
_READ = 1 << 16
_PATIENCE = 20.0  # seconds for the last receipts
_AT = datetime(2026, 11, 20, tzinfo=UTC)


class Account(msgspec.Struct, frozen=True):
    """How a gateway comes in."""

    compound: str
    gateway: str
    user: str
    password: str
    key: Path


class Order(msgspec.Struct, frozen=True):
    """One phase: batches a second of each gateway, for how long, by which dice."""

    rates: Sequence[float]
    seconds: float
    seed: int


class Outcome(msgspec.Struct, frozen=True):
    """Of one phase, by gateway: frames sent, and the seconds from the sending of each that was
    answered to the first receipt that covers it. `late`: the timetable's worst delay."""

    sent: Sequence[int]
    waits: Sequence[Sequence[float]]
    late: float


class Answers:
    """What a broker sends to one gateway, in whatever pieces, and which frames it answers."""

    def __init__(self) -> None:
        self._came = bytearray()
        self._went: dict[int, float] = {}  # batch number → when
        self._answered = 0
        self.waits: list[float] = []

    @property
    def sent(self) -> int:
        return len(self._went)

    @property
    def settled(self) -> bool:
        return self._answered == self.sent

    def went(self, now: float) -> None:
        """The next frame."""
        self._went[self.sent + 1] = now

    def hear(self, read: bytes, now: float) -> None:
        self._came += read
        while (body := self._packet()) is not None:
            topic = int.from_bytes(body[:2], "big")
            committed = msgspec.json.decode(body[2 + topic :], type=Receipt).committed
            for number in range(self._answered + 1, committed + 1):
                self.waits.append(now - self._went[number])
            self._answered = max(self._answered, committed)

    def _packet(self) -> bytes | None:
        """Variable header and payload of the next PUBLISH that is whole."""
        length = shift = 0
        for at in range(1, min(5, len(self._came))):
            length |= (self._came[at] & 0x7F) << shift
            shift += 7
            if self._came[at] < 0x80:
                if len(self._came) < at + 1 + length:
                    return None
                body = bytes(self._came[at + 1 : at + 1 + length])
                del self._came[: at + 1 + length]
                return body
        return None


class Frames:
    """A gateway's journal, as the packets it sends."""

    def __init__(self, account: Account, signer: Signer) -> None:
        self._source = source_of(account.compound, account.gateway, "door-1")
        self._writer = BatchWriter(Journal(signer.public, 1, Lane.URGENT), signer, Head())
        topic = topics.topic(account.compound, account.gateway, topics.UP).encode()
        self._head = len(topic).to_bytes(2, "big") + topic

    def packets(self, count: int) -> list[bytes]:
        return [self._packet() for _ in range(count)]

    def _packet(self) -> bytes:
        first = self._writer.head.last + 1
        events = [self._event(record) for record in range(first, first + EVENTS)]
        (batch,) = self._writer.batches([codec.encode(one) for one in events], _AT)
        self._writer.advance([batch])
        body = self._head + batch.frame
        return b"\x30" + varint(len(body)) + body

    def _event(self, record: int) -> Event:
        moment = f"2026-11-20T08:{record // 60 % 60:02d}:{record % 60:02d}.000Z"
        return Event(
            id=f"door-1:{record}",
            source=self._source,
            type=Opened.TYPE,
            subject="door/1",
            time=moment,
            recordedtime=moment,
            data=Opened(cause="grant", native={"record": record}),
        )


class Sender:
    """One gateway's session with the broker."""

    def __init__(self, account: Account, port: int) -> None:
        self._frames = Frames(account, Signer.load_or_create(account.key))
        self._made: deque[bytes] = deque()
        self._unsent = b""
        self.answers = Answers()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = f"{account.compound}-up"
        self.socket.sendall(connect_packet(name, account.user, account.password))
        if self.socket.recv(4, socket.MSG_WAITALL) != b"\x20\x02\x00\x00":
            raise Misbehaved(f"{account.user} is not let in")
        topic = topics.topic(account.compound, account.gateway, topics.RECEIPT).encode()
        body = b"\x00\x01" + len(topic).to_bytes(2, "big") + topic + b"\x00"
        self.socket.sendall(b"\x82" + varint(len(body)) + body)
        if self.socket.recv(5, socket.MSG_WAITALL) != b"\x90\x03\x00\x01\x00":
            raise Misbehaved(f"{account.user} may not hear receipts")
        self.socket.settimeout(0)

    def make(self, count: int) -> None:
        self._made += self._frames.packets(count)

    def send(self) -> None:
        self.answers.went(time.perf_counter())
        self._unsent += self._made.popleft()
        self.flush()

    def flush(self) -> None:
        if self._unsent:
            try:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
            except BlockingIOError:
                pass

    def hear(self) -> None:
        try:
            read = self.socket.recv(_READ)
        except BlockingIOError:
            return
        if not read:
            raise Misbehaved("the broker hung up")
        self.answers.hear(read, time.perf_counter())


def serve(accounts: Sequence[Account], port: int, orders: Connection) -> None:
    """Until None is ordered."""
    senders = [Sender(one, port) for one in accounts]
    selector = selectors.DefaultSelector()
    for one in senders:
        selector.register(one.socket, selectors.EVENT_READ, one)
    while (order := orders.recv()) is not None:
        orders.send(_phase(senders, selector, order))
    for one in senders:
        one.socket.close()
    selector.close()


def _phase(senders: Sequence[Sender], selector: selectors.BaseSelector, order: Order) -> Outcome:
    dice = random.Random(order.seed)
    table: list[tuple[float, int]] = []
    for index, rate in enumerate(order.rates):
        # As independent gateways do: at random, not in step.
        at = dice.expovariate(rate) if rate else order.seconds
        while at < order.seconds:
            table.append((at, index))
            at += dice.expovariate(rate)
    table.sort()
    sent = [sum(which == index for _, which in table) for index in range(len(senders))]
    for one, count in zip(senders, sent, strict=True):
        one.make(count)
        one.answers.waits = []
    began = time.perf_counter()
    late = 0.0
    for at, index in table:
        while (now := time.perf_counter() - began) < at:
            _turn(senders, selector, at - now)
        late = max(late, now - at)
        senders[index].send()
    until = time.perf_counter() + _PATIENCE
    while time.perf_counter() < until and not all(one.answers.settled for one in senders):
        _turn(senders, selector, 0.05)
    return Outcome(sent, [one.answers.waits for one in senders], late)


def _turn(senders: Sequence[Sender], selector: selectors.BaseSelector, most: float) -> None:
    for key, _ in selector.select(most):
        key.data.hear()
    for one in senders:
        one.flush()
