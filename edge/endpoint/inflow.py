"""The way in of one connection: PUBLISH packets to intake, acknowledgements back when settled.

This is the path that every device message takes, so the loop in `take` keeps to locals and makes
nothing but the Delivery itself for a plain QoS 0 or QoS 1 message on a topic seen before. All
else goes through `_special`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from edge.delivery import Answer, Delivery
from edge.endpoint import codec
from edge.endpoint.budget import OVERHEAD
from edge.endpoint.codec import V5
from edge.endpoint.inbound import Inbound
from edge.endpoint.message import deadline, passed_on
from edge.endpoint.outlet import Outlet
from edge.endpoint.packets import Publish, Will
from edge.endpoint.pending import Pending
from edge.endpoint.reasons import ProtocolError, Reason, breach
from edge.endpoint.session import Session
from edge.endpoint.settlements import Settled
from edge.endpoint.topics import is_name

if TYPE_CHECKING:
    from edge.endpoint.context import Context

_NAMES, _LONG = 256, 128  # topics remembered per connection, and of what length


class Inflow:
    """One connection's messages between socket and intake; the Link of its deliveries.

    Outlives the connection until all is settled: what was received from a client that is gone
    becomes durable, and is shown to others, all the same.
    """

    def __init__(self, context: "Context", session: Session, version: int, outlet: Outlet) -> None:
        self._context = context
        self._session = session
        self._outlet = outlet
        self._v5 = version == V5
        self._version = version
        self._identity = session.access.identity
        self.rate = context.rate(session.access)
        self._names: dict[bytes, str] = {}
        self._aliases: dict[int, str] = {}
        self._pending = Pending(
            self, session.incoming, reasons=self._v5, stored=self._stored, closed=self._closed
        )
        self._batch: list[Delivery] = []
        self._listed = 0  # of the batch, already pending
        self._size = 0
        self._left = 0
        self.stalled = False  # a PUBLISH is there that may not be read yet

    @property
    def room(self) -> int:
        """Messages that may still be unsettled. An MQTT 5 client that sends more QoS > 0 than it
        was granted is told so instead, so that its QoS 0 has as much room again."""
        limit = self._context.endpoint.receive_maximum
        return (2 * limit if self._v5 else limit) - len(self._pending)

    def begin(self, now: float) -> None:
        self.stalled = False
        self._left = min(self.rate.available(now), self.room)

    def take(self, data: bytes, at: int) -> int:
        """Read PUBLISH packets from `at` on, as many as are whole and granted. Where it stopped."""
        end, v5, client = len(data), self._v5, self._identity
        names, append, limit = self._names, self._batch.append, self._context.endpoint.max_packet
        left = first = self._left
        size = others = 0
        try:
            while at + 2 <= end:
                head = data[at]
                if head & 0xF0 != 0x30:
                    break
                length = data[at + 1]
                start = at + 2
                stop = start + length
                if length > 127:
                    second = data[start] if start < end else 128
                    start += 1
                    stop = start + (length & 127 | second << 7)
                    if second > 127 or not second or stop - at > limit:
                        span = codec.frame(data, at, limit, self._version)
                        if span is None:
                            break
                        start, stop = span
                if stop > end:
                    break
                if left <= 0:
                    self.stalled = True
                    break
                if length > 4 and (head == 0x32 or head == 0x30 or head == 0x3A):
                    after = start + 2 + (data[start] << 8 | data[start + 1])
                    topic = names.get(data[start + 2 : after])
                    if topic is not None and after + 3 <= stop:
                        packet = 0
                        if head != 0x30:
                            packet = data[after] << 8 | data[after + 1]
                            after += 2
                        if v5:
                            after += 1
                        if (packet or head == 0x30) and not (v5 and data[after - 1]):
                            got = Delivery(topic, data[after:stop], self, packet, client=client)
                            append(got if head != 0x3A else replace(got, aged=True))
                            size += stop - after
                            left -= 1
                            others += head == 0x30
                            at = stop
                            continue
                size += self._special(head, data[start:stop])
                left -= 1
                others += 1  # it counts itself, before it may be answered
                at = stop
        finally:
            self._size += size
            self._left = left
            self.rate.take(first - left)
            self._pending.unacked += first - left - others
        if v5 and self._pending.unacked > self._context.endpoint.receive_maximum:
            raise ProtocolError(
                Reason.RECEIVE_MAXIMUM_EXCEEDED, f"over {self._context.endpoint.receive_maximum}"
            )
        return at

    def flush(self, *, delayed: bool = False) -> None:
        """Hand over what was taken, in one call."""
        batch = self._batch
        if not batch:
            return
        self._list()
        self._batch, self._listed = [], 0
        size, self._size = self._size, 0
        counters, count = self._context.counters, len(batch)
        counters.messages += count
        if delayed:
            self.rate.delayed += count
            counters.throttled += count
        self._context.budget.charge(size + count * OVERHEAD)
        self._context.deliver(batch)

    def last_will(self, will: Will) -> None:
        """A will is a message like any other, but that nobody waits for its acknowledgement."""
        self._size += self._add(
            0, Publish(will.topic, will.payload, will.qos, will.retain, properties=will.properties)
        )
        self._batch[-1] = replace(self._batch[-1], will=True)
        self.flush()

    def released(self, packet: int) -> bool:
        """PUBREL of a QoS 2 message: its packet id is free. False when it was not in use."""
        durable = self._session.incoming.get(packet)
        if durable is None:
            return False
        if not durable:
            raise breach("PUBREL before PUBREC")
        del self._session.incoming[packet]
        self._pending.unacked = max(0, self._pending.unacked - 1)
        return True

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        """From any thread; see edge.delivery.Link."""
        self._context.settlements.put(self, settled)

    def apply(self, settled: Settled) -> None:
        """On the loop: acknowledge, and let others see what is stored."""
        context = self._context
        acks, freed = self._pending.apply(settled, listened=context.exchange.tree.count > 0)
        if acks:
            self._outlet.write(acks)
        context.counters.settled += len(settled)
        context.budget.refund(freed)
        if self.stalled and 2 * len(self._pending) <= context.endpoint.receive_maximum:
            self._outlet.roomy()

    def taken_over(self) -> None:
        self._outlet.taken_over()

    def resolve(self, packet: int, answer: int) -> None:
        """A QoS 2 message of this session, sent again here, is settled where it came first."""
        if acks := self._pending.resolve(packet, answer):
            self._outlet.write(acks)

    def _stored(self, delivery: Delivery) -> None:
        self._context.exchange.stored(delivery, self._session)

    def _closed(self, packet: int, answer: int) -> None:
        now_at = self._session.inflow
        if now_at is not None and now_at is not self:
            now_at.resolve(packet, answer)

    def _list(self) -> None:
        """The batch so far stands among what is pending, before what comes next."""
        self._pending.extend(self._batch[self._listed :] if self._listed else self._batch)
        self._listed = len(self._batch)

    def _special(self, head: int, body: bytes) -> int:
        """Any PUBLISH, read with care. Bytes of payload that it adds."""
        publish = codec.decode(head, body, self._version)
        assert isinstance(publish, Publish)
        self._pending.unacked += publish.qos == 1
        topic = self._topic(publish)
        if publish.qos == 2 and publish.packet in self._session.incoming:
            self._list()
            self._say(self._pending.again(publish.packet))
            return 0
        refusal = self._refusal(publish, topic)
        if refusal is not None:
            if not self._v5 or not publish.qos:
                raise refusal
            self._context.counters.refuse(refusal.reason)
            self._list()
            self._pending.unacked += publish.qos == 2
            self._say(self._pending.refuse(publish.packet, publish.qos, refusal.code))
            return 0
        if publish.topic != topic:
            publish = Publish(
                topic,
                publish.payload,
                publish.qos,
                publish.retain,
                packet=publish.packet,
                properties=publish.properties,
            )
        elif publish.properties.topic_alias is None and len(topic) <= _LONG:
            if len(self._names) >= _NAMES:
                self._names.clear()
            self._names[topic.encode()] = topic
        return self._add(publish.packet, publish)

    def _add(self, packet: int, publish: Publish) -> int:
        topic, payload, properties = publish.topic, publish.payload, publish.properties
        tail = passed_on(properties)
        expires = deadline(properties.message_expiry, self._context.now())
        if (
            publish.qos < 2
            and not publish.retain
            and not tail
            and expires is None
            and (packet or not publish.qos)
        ):
            self._batch.append(
                Delivery(topic, payload, self, packet, client=self._identity, aged=publish.dup)
            )
            return len(payload)
        if publish.qos == 2 and packet:
            self._session.incoming[packet] = False
            self._pending.unacked += 1
        self._batch.append(
            Inbound(
                topic,
                payload,
                self,
                packet,
                client=self._identity,
                aged=publish.dup,
                qos=publish.qos,
                retain=publish.retain,
                tail=tail,
                expires=expires,
            )
        )
        return len(payload)

    def _say(self, acks: bytes) -> None:
        if acks:
            self._outlet.write(acks)

    def _topic(self, publish: Publish) -> str:
        """The topic, by its alias if so; a new alias is remembered."""
        topic, properties = publish.topic, publish.properties
        if properties.subscription_ids:
            raise breach("subscription identifier from a client")
        if properties.response_topic is not None and not is_name(properties.response_topic):
            raise breach("wildcard in the response topic, or none at all")
        alias = properties.topic_alias
        if alias is not None and alias > self._context.endpoint.topic_alias_max:
            raise ProtocolError(Reason.TOPIC_ALIAS_INVALID, f"topic alias {alias}")
        if not topic and alias is not None:
            if alias not in self._aliases:
                raise ProtocolError(Reason.TOPIC_ALIAS_INVALID, f"topic alias {alias} is unknown")
            return self._aliases[alias]
        if not topic and self._v5:
            raise breach("neither topic nor alias")
        if not is_name(topic):
            raise ProtocolError(Reason.TOPIC_INVALID, "wildcard in a topic, or none at all")
        if alias is not None:
            self._aliases[alias] = topic
        return topic

    def _refusal(self, publish: Publish, topic: str) -> ProtocolError | None:
        if len(topic) > self._context.endpoint.max_topic:
            return ProtocolError(Reason.TOPIC_INVALID, f"topic of {len(topic)} characters")
        if not self._session.access.publish.permits(topic):
            code = Reason.TOPIC_INVALID if topic.startswith("$") else Reason.NOT_AUTHORIZED
            return ProtocolError(code, "publishing to this topic")
        if publish.properties.payload_format:
            try:
                publish.payload.decode()
            except UnicodeDecodeError:
                return ProtocolError(Reason.PAYLOAD_FORMAT_INVALID, "payload is not UTF-8")
        return None
