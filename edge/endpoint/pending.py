"""What one connection waits to acknowledge, in order of receipt."""

from array import array
from collections import deque
from collections.abc import Callable, Sequence
from sys import byteorder

from edge.delivery import Answer, Delivery, Link
from edge.endpoint.budget import OVERHEAD
from edge.endpoint.inbound import Inbound

# Four bytes: type, length, packet id. With a reason code five, and another length.
_PUBACK, _PUBREC = 0x4002_0000, 0x5002_0000
_PUBACK_WHY, _PUBREC_WHY = 0x40_0300_0000, 0x50_0300_0000


class Pending:
    """Owns the order: acknowledgements leave in it (§4.6), in whichever intake settles.

    `incoming` is the session's: QoS 2 packet ids until PUBREL, and whether each is durable.
    """

    def __init__(
        self,
        link: Link,
        incoming: dict[int, bool],
        *,
        reasons: bool,
        stored: Callable[[Delivery], None],
        closed: Callable[[int, int], None],
    ) -> None:
        self._link = link
        self._incoming = incoming
        self._reasons = reasons  # MQTT 5: an acknowledgement can say why not
        self._stored = stored
        self._closed = closed  # a QoS 2 message was settled
        self._queue: deque[Delivery] = deque()
        self._held: dict[int, list[int]] = {}  # answers that came before their turn
        self._again: set[int] = set()  # QoS 2, sent again while the first is not durable
        self.unacked = 0  # as MQTT 5 counts them against the receive maximum

    def __len__(self) -> int:
        return len(self._queue)

    def extend(self, batch: Sequence[Delivery]) -> None:
        self._queue.extend(batch)

    def refuse(self, packet: int, qos: int, reason: int) -> bytes:
        """Not handed over: answered when all before it is. What can be sent now."""
        self._silent(packet, qos)
        return self._answer(packet, reason)

    def again(self, packet: int) -> bytes:
        """A QoS 2 message whose packet id is in use already: PUBREC once more, not before the
        first is durable. What can be sent now."""
        self._silent(packet, 2)
        if self._incoming.get(packet):
            return self._answer(packet, Answer.STORED)
        self._again.add(packet)
        return b""

    def resolve(self, packet: int, answer: int) -> bytes:
        """The first of a message that was sent again here is settled. What can be sent now."""
        if packet not in self._again:
            return b""
        self._again.discard(packet)
        return self._answer(packet, answer)

    def apply(self, settled: Sequence[tuple[int, Answer]], *, listened: bool) -> tuple[bytes, int]:
        """(acknowledgements, bytes freed). While nobody listens only special ones are shown on."""
        queue, held, stored = self._queue, self._held, self._stored
        acks: list[int] = []
        freed = 0
        for packet, answer in settled:
            if held or not queue or queue[0].packet != packet:
                held.setdefault(packet, []).append(answer)
                freed += self._advance(acks)
                continue
            delivery = queue.popleft()
            freed += len(delivery.payload) + OVERHEAD
            if type(delivery) is Delivery and not answer:
                if packet:
                    acks.append(_PUBACK | packet)
                if listened:
                    stored(delivery)
            else:
                self._close(delivery, answer, acks)
                freed += self._advance(acks)
        return self._written(acks), freed

    def _silent(self, packet: int, qos: int) -> None:
        self._queue.append(Inbound("", b"", self._link, ~packet, qos=qos, silent=True))

    def _answer(self, packet: int, answer: int) -> bytes:
        self._held.setdefault(~packet, []).append(answer)
        acks: list[int] = []
        self._advance(acks)
        return self._written(acks)

    def _advance(self, acks: list[int]) -> int:
        """Close what is first and has its answer, and so on. Bytes freed."""
        freed = 0
        while self._held and self._queue:
            answers = self._held.get(self._queue[0].packet)
            if answers is None:
                break
            delivery = self._queue.popleft()
            answer = answers.pop(0)
            if not answers:
                del self._held[delivery.packet]
            if delivery.packet >= 0:
                freed += len(delivery.payload) + OVERHEAD
            self._close(delivery, answer, acks)
        return freed

    def _close(self, delivery: Delivery, answer: int, acks: list[int]) -> None:
        packet, qos, silent = delivery.packet, 1, False
        if isinstance(delivery, Inbound):
            qos, silent = delivery.qos, delivery.silent
            packet = ~packet if silent else packet
        if packet:
            reason = answer if self._reasons else 0
            if qos == 1:
                acks.append(_PUBACK_WHY | packet << 8 | reason if reason else _PUBACK | packet)
            else:
                acks.append(_PUBREC_WHY | packet << 8 | reason if reason else _PUBREC | packet)
                if not reason:
                    self.unacked += 1  # until PUBREL; `_written` takes it off for all alike
                if not silent:
                    self._settle_second(packet, answer, reason)
        if not silent and not answer:
            self._stored(delivery)

    def _settle_second(self, packet: int, answer: int, reason: int) -> None:
        if reason:
            self._incoming.pop(packet, None)
        elif packet in self._incoming:
            self._incoming[packet] = True
        if packet in self._again:
            self._again.discard(packet)
            self._held.setdefault(~packet, []).append(answer)
        self._closed(packet, answer)

    def _written(self, acks: list[int]) -> bytes:
        self.unacked = max(0, self.unacked - len(acks))
        if not acks:
            return b""
        if max(acks) > 0xFFFF_FFFF:
            return b"".join(one.to_bytes(5 if one > 0xFFFF_FFFF else 4, "big") for one in acks)
        packed = array("I", acks)
        if byteorder == "little":
            packed.byteswap()
        return packed.tobytes()
