"""What outlives a connection: subscriptions, what is not acknowledged, what waits (§4.1).

Kept in memory only. Messages wait in order; over a bound the oldest are dropped and counted.
"""

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from edge.endpoint import build
from edge.endpoint.access import Access
from edge.endpoint.codec import V5
from edge.endpoint.counters import Counters
from edge.endpoint.message import Outgoing
from edge.endpoint.outflow import Outflow
from edge.endpoint.packets import Will
from edge.endpoint.properties import Kind
from edge.endpoint.reasons import Reason
from edge.endpoint.tree import Subscription

if TYPE_CHECKING:
    from edge.endpoint.inflow import Inflow


class Store(msgspec.Struct):
    """Bounds of waiting messages: of one session, and of all together."""

    messages: int
    bytes: int
    total: int
    used: int = 0


class _Sent:
    """In flight: PUBLISH sent, or for QoS 2, `released`: PUBREL sent."""

    __slots__ = ("outgoing", "released")

    def __init__(self, outgoing: Outgoing) -> None:
        self.outgoing = outgoing
        self.released = False


class Session:
    def __init__(self, access: Access, store: Store, counters: Counters) -> None:
        self.access = access
        self.expiry = 0  # seconds after the connection's end
        self.gone_at: float | None = None  # when it ends, while nobody is connected
        self.will: Will | None = None
        self.will_at: float | None = None
        self.inflow: Inflow | None = None  # of the last connection
        self.outflow: Outflow | None = None  # of the present one
        self.incoming: dict[int, bool] = {}  # QoS 2 packet id, until PUBREL → durable already
        self.subscriptions: dict[str, Subscription] = {}
        self._store = store
        self._counters = counters
        self._waiting: deque[Outgoing] = deque()
        self._bytes = 0
        self._sent: dict[int, _Sent] = {}
        self._last = 0

    @property
    def key(self) -> tuple[str, str]:
        """A client id belongs to its user: nobody can take over another user's session."""
        return self.access.user, self.access.client_id

    def deliver(self, outgoing: Outgoing, now: float) -> None:
        out = self.outflow
        if not outgoing.qos:
            if out is None or out.blocked:
                self._counters.drop("not-connected" if out is None else "slow")
            elif out.publish(outgoing, 0, now):
                self._counters.routed += 1
            else:
                self._counters.drop("too-large")
        elif out is None or out.blocked or self._waiting or len(self._sent) >= out.window:
            self._wait(outgoing)
        else:
            self._send(out, outgoing, now)

    def attach(self, outflow: Outflow, now: float) -> None:
        """A client is connected again: first what was in flight, in its old order (§4.4)."""
        self.outflow, self.gone_at = outflow, None
        for packet, sent in list(self._sent.items()):
            if sent.released:
                outflow.write(build.ack(Kind.PUBREL, packet, 0, outflow.version))
            elif sent.outgoing.message.expired(now):
                # The standard would let it go out again. A late command must not (I9).
                del self._sent[packet]
                self._counters.drop("expired")
            elif not outflow.publish(sent.outgoing, packet, now, dup=True):
                del self._sent[packet]
                self._counters.drop("too-large")
        self.pump(now)

    def pump(self, now: float) -> None:
        """Send what waits, as far as the client's window goes."""
        out = self.outflow
        while self._waiting and out and not out.blocked and len(self._sent) < out.window:
            outgoing = self._shift()
            if outgoing.message.expired(now):
                self._counters.drop("expired")
            else:
                self._send(out, outgoing, now)

    def acked(self, kind: Kind, packet: int, reason: int, now: float) -> bytes:
        """The client's PUBACK, PUBREC or PUBCOMP; what has to be answered."""
        sent = self._sent.get(packet)
        answer = b""
        if kind is Kind.PUBREC:
            version = self.outflow.version if self.outflow else V5
            if sent is None or sent.outgoing.qos != 2:
                missing = Reason.PACKET_ID_NOT_FOUND if reason < 0x80 else None
                return b"" if missing is None else build.ack(Kind.PUBREL, packet, missing, version)
            if reason >= 0x80:
                del self._sent[packet]
            else:
                sent.released = True
                answer = build.ack(Kind.PUBREL, packet, 0, version)
        elif sent is not None and (kind is Kind.PUBCOMP) == (sent.outgoing.qos == 2):
            del self._sent[packet]
        self.pump(now)
        return answer

    def clear(self) -> None:
        """Its end: nothing waits any longer."""
        for _ in range(len(self._waiting)):
            self._shift()
        self._sent.clear()
        self.incoming.clear()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _send(self, out: Outflow, outgoing: Outgoing, now: float) -> None:
        packet = self._last
        while True:
            packet = packet % 65_535 + 1
            if packet not in self._sent:
                break
        if out.publish(outgoing, packet, now):
            self._last = packet
            self._sent[packet] = _Sent(outgoing)
            self._counters.routed += 1
        else:
            self._counters.drop("too-large")

    def _wait(self, outgoing: Outgoing) -> None:
        store, size = self._store, outgoing.message.size
        if size > min(store.bytes, store.total):
            self._counters.drop("queue-full")
            return
        self._waiting.append(outgoing)
        self._bytes += size
        store.used += size
        while (
            len(self._waiting) > store.messages
            or self._bytes > store.bytes
            or store.used > store.total
        ):
            self._shift()
            self._counters.drop("queue-full")

    def _shift(self) -> Outgoing:
        outgoing = self._waiting.popleft()
        self._bytes -= outgoing.message.size
        self._store.used -= outgoing.message.size
        return outgoing
