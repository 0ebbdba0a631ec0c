"""What the hub says to gateways and has not got an acknowledgement for. Bounded."""

import threading
from collections import deque

import msgspec

ORDERS = 256  # that wait; more people than that do not press at once
STALE = 10.0  # seconds; an order older than that is not given any more (I9)


class Message(msgspec.Struct, frozen=True):
    topic: str
    payload: bytes
    retain: bool
    put: float


class Outgoing:
    """Of what is retained the newest of each topic waits, of orders those that are young. Any
    thread; `now` is any clock that only goes forward."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Message] = {}
        self._orders: deque[Message] = deque()

    def put(self, topic: str, payload: bytes, now: float, *, retain: bool) -> bool:
        """False when there is no room for another order."""
        message = Message(topic, payload, retain, now)
        with self._lock:
            if retain:
                self._kept[topic] = message
                return True
            self._drop_stale(now)
            if len(self._orders) >= ORDERS:
                return False
            self._orders.append(message)
            return True

    def next(self, now: float) -> Message | None:
        """Orders first: somebody stands at the door."""
        with self._lock:
            self._drop_stale(now)
            if self._orders:
                return self._orders[0]
            return next(iter(self._kept.values()), None)

    def done(self, message: Message) -> None:
        """The broker has it; what replaced it meanwhile stays."""
        with self._lock:
            if self._orders and self._orders[0] is message:
                self._orders.popleft()
            elif self._kept.get(message.topic) is message:
                del self._kept[message.topic]

    def _drop_stale(self, now: float) -> None:
        while self._orders and now - self._orders[0].put > STALE:
            self._orders.popleft()
