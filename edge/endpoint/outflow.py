"""The way out of one connection: how a message is written for this client."""

from collections.abc import Callable
from math import ceil

from edge.endpoint import build, wire
from edge.endpoint.codec import V5
from edge.endpoint.message import Outgoing

WINDOW = 64  # unacknowledged messages to one client, whatever more it would take


class Outflow:
    """Owns the topic aliases towards one client. `blocked` while it does not read."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        version: int,
        receive_maximum: int = 65_535,
        maximum_packet: int = 0,
        aliases: int = 0,
    ) -> None:
        self.write = write
        self.version = version
        self.window = min(receive_maximum, WINDOW)
        self.blocked = False
        self._maximum = maximum_packet  # 0: no bound
        self._aliases: dict[str, int] = {}
        self._free = aliases

    def publish(self, outgoing: Outgoing, packet: int, now: float, *, dup: bool = False) -> bool:
        """False when the client takes no packet of this size (§3.1.2.11.4: as if it were sent)."""
        message = outgoing.message
        topic, tail, fresh = message.topic, message.tail, 0
        if self.version == V5:
            head = b""
            if message.expires is not None:
                head += b"\x02" + wire.u32(max(0, ceil(message.expires - now)))
            for one in outgoing.ids:
                head += b"\x0b" + wire.varint(one)
            alias = self._aliases.get(topic, 0)
            if alias:
                topic = ""
            elif self._free:
                alias = fresh = len(self._aliases) + 1
            if alias:
                head += b"\x23" + wire.u16(alias)
            tail = head + tail
        flags = outgoing.retain | outgoing.qos << 1 | dup << 3
        data = build.publish(topic, message.payload, flags, packet, tail, self.version)
        if self._maximum and len(data) > self._maximum:
            return False
        if fresh:
            self._aliases[message.topic] = fresh
            self._free -= 1
        self.write(data)
        return True
