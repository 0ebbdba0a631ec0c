"""Devices that publish as fast as they are let, on one thread: what is measured is the other side.

Everything is encoded before the clock starts, one buffer of PUBLISH packets a connection; then
the loop only moves bytes. At QoS 1 a PUBACK has four bytes and comes in the order of its
PUBLISH (MQTT 3.1.1 §4.6), so while the clock runs they are counted by length; afterwards
`Connection.acknowledged` reads them, and refuses what is not in order.

`python -m tests.bench.loadgen` measures the generator alone, against a sink that does nothing.
"""

import argparse
import selectors
import socket
import struct
import sys
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from multiprocessing import get_context

from tests.bench.intake_mix import Device, Spoken, compound

_ACK = 4
_IDS = 65_535
_READ = 1 << 16


class Misbehaved(Exception):
    """The other side said what it may not, or nothing at all."""


def connect_packet(client: str, user: str = "", password: str = "", keepalive: int = 600) -> bytes:
    """MQTT 3.1.1 CONNECT, clean session."""
    flags = 0x02 | (0xC0 if user else 0)
    body = _text("MQTT") + bytes((4, flags)) + struct.pack(">H", keepalive) + _text(client)
    if user:
        body += _text(user) + _text(password)
    return b"\x10" + varint(len(body)) + body


def publish_packet(topic: str, payload: bytes, packet: int) -> bytes:
    """MQTT 3.1.1 PUBLISH at QoS 1."""
    head = _text(topic) + struct.pack(">H", packet)
    return b"\x32" + varint(len(head) + len(payload)) + head + payload


def packet_id(index: int) -> int:
    """Of a connection's message number `index`: 1..65535, round and round."""
    return index % _IDS + 1


def varint(value: int) -> bytes:
    made = bytearray()
    while True:
        value, low = divmod(value, 128)
        made.append(low | 0x80 if value else low)
        if not value:
            return bytes(made)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


class Connection:
    """One device's session: what it will say, how much of it is out, and what came back."""

    def __init__(self, spoken: Sequence[Spoken]) -> None:
        self.ids = [one.id for one in spoken]
        self.ends = array("Q", [0])  # ends[n]: bytes of the first n messages
        wire = bytearray()
        for index, one in enumerate(spoken):
            wire += publish_packet(one.topic, one.payload, packet_id(index))
            self.ends.append(len(wire))
        self.wire = memoryview(bytes(wire))
        self.sent = 0  # bytes
        self.answers = bytearray()
        self.socket: socket.socket | None = None

    @property
    def acked(self) -> int:
        return len(self.answers) // _ACK

    @property
    def complete(self) -> bool:
        return self.acked == len(self.ids)

    def acknowledged(self) -> list[str]:
        """Ids of the acknowledged messages; Misbehaved when the answers are no PUBACKs in order."""
        count = self.acked
        due = b"".join(struct.pack(">BBH", 0x40, 2, packet_id(index)) for index in range(count))
        if bytes(self.answers[: count * _ACK]) != due:
            raise Misbehaved("PUBACKs out of order, or something else among them")
        return self.ids[:count]

    def open(self, port: int, client: str, user: str = "", password: str = "") -> None:
        made = socket.create_connection(("127.0.0.1", port), timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.sendall(connect_packet(client, user, password))
        answer = made.recv(4, socket.MSG_WAITALL)
        if answer[:2] != b"\x20\x02" or answer[3] != 0:
            raise Misbehaved(f"CONNACK {answer.hex()}")
        made.settimeout(0)
        self.socket = made

    def push(self, limit: int) -> None:
        """Send up to the end of message number `limit`, as far as the socket takes it."""
        stop = self.ends[min(limit, len(self.ids))]
        if stop > self.sent and self.socket is not None:
            try:
                self.sent += self.socket.send(self.wire[self.sent : stop])
            except BlockingIOError:
                pass

    def pull(self) -> int:
        """Bytes of answers that have come."""
        assert self.socket is not None
        try:
            read = self.socket.recv(_READ)
        except BlockingIOError:
            return 0
        if not read:
            raise Misbehaved("the connection was closed")
        self.answers += read
        return len(read)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class Load:
    """All connections, on one selector. Owns their sockets until `close`."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self.connections = connections
        self._selector = selectors.DefaultSelector()

    @classmethod
    def of(cls, devices: Sequence[Device], each: int) -> "Load":
        """One connection a device, `each` messages on it."""
        return cls([Connection(list(device.says(each))) for device in devices])

    @property
    def acked(self) -> int:
        return sum(one.acked for one in self.connections)

    def open(self, port: int, user: str = "", password: str = "") -> None:
        for number, one in enumerate(self.connections):
            one.open(port, f"load-{number}", user, password)
            assert one.socket is not None
            self._selector.register(one.socket, selectors.EVENT_READ, one)

    def close(self) -> None:
        for one in self.connections:
            one.close()
        self._selector.close()

    def saturate(self, window: int, until: float, room: Callable[[], int] | None = None) -> None:
        """Keep `window` messages of every connection unanswered until the monotonic time
        `until`, or until all is said.

        `room`: how many messages altogether may have been sent by now, where an answer says
        nothing about the side that is measured (a broker stands between).
        """
        for one in self.connections:
            one.push(self._limit(one, window, room))
        while (now := time.monotonic()) < until:
            ready = self._selector.select(min(0.005, until - now))
            for key, _ in ready:
                one = key.data
                one.pull()
                one.push(self._limit(one, window, room))
            if room is not None or not ready:
                # Nobody answered, or there is new room: also for those that wait to send.
                for one in self.connections:
                    one.push(self._limit(one, window, room))
                if all(one.complete for one in self.connections):
                    return

    def pace(self, rate: float, until: float) -> list[float]:
        """One message after the other at `rate` a second over all connections, whatever comes
        back; seconds from each message's send to its answer."""
        order = len(self.connections)
        began = time.monotonic()
        sent: list[array[float]] = [array("d") for _ in self.connections]
        answered = [one.acked for one in self.connections]
        first = list(answered)
        place = {id(one): index for index, one in enumerate(self.connections)}
        waits: list[float] = []
        number = 0
        while True:
            now = time.monotonic()
            if now >= until and len(waits) >= number:
                return waits
            if now >= until + 10:
                raise Misbehaved(f"{number - len(waits)} messages never answered")
            while now < until and number < (now - began) * rate:
                index = number % order
                one = self.connections[index]
                sent[index].append(time.perf_counter())
                one.push(first[index] + len(sent[index]))
                number += 1
            due = began + (number + 1) / rate - time.monotonic()
            for key, _ in self._selector.select(max(0.0, min(due, 0.01))):
                one = key.data
                one.pull()
                at = time.perf_counter()
                index = place[id(one)]
                while answered[index] < one.acked:
                    waits.append(at - sent[index][answered[index] - first[index]])
                    answered[index] += 1

    def drain(self, patience: float = 20.0) -> None:
        """Send what is cut off in the middle, and wait for all answers that are still due."""
        limit = time.monotonic() + patience
        due = {id(one): bisect_right(one.ends, one.sent) - 1 for one in self.connections}
        for one in self.connections:
            if one.ends[due[id(one)]] < one.sent:
                due[id(one)] += 1
        while any(one.acked < due[id(one)] for one in self.connections):
            if time.monotonic() > limit:
                raise Misbehaved("not everything that was sent was acknowledged")
            for one in self.connections:
                one.push(due[id(one)])
            for key, _ in self._selector.select(0.05):
                key.data.pull()

    def acknowledged(self) -> list[str]:
        return [name for one in self.connections for name in one.acknowledged()]

    @staticmethod
    def _limit(one: Connection, window: int, room: Callable[[], int] | None) -> int:
        limit = one.acked + window
        return limit if room is None else min(limit, room())


def sink(listener: socket.socket, connections: Sequence[Connection]) -> None:
    """Acknowledges whatever comes, by its length: the other side at no cost."""
    acks = [
        b"".join(struct.pack(">BBH", 0x40, 2, packet_id(index)) for index in range(len(one.ids)))
        for one in connections
    ]
    with selectors.DefaultSelector() as selector:
        for number in range(len(connections)):
            accepted, _ = listener.accept()
            accepted.recv(4096)
            accepted.sendall(b"\x20\x02\x00\x00")
            selector.register(accepted, selectors.EVENT_READ, [number, 0, 0])
        while selector.get_map():
            for key, _ in selector.select():
                state = key.data
                number, taken, answered = state
                read = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
                if not read:
                    selector.unregister(key.fileobj)
                    continue
                taken += len(read)
                count = bisect_right(connections[number].ends, taken) - 1
                key.fileobj.sendall(  # type: ignore[union-attr]
                    acks[number][answered * _ACK : count * _ACK]
                )
                state[1:] = [taken, count]


def alone(connections: int, each: int, window: int) -> tuple[float, float]:
    """Messages a second of the generator against a sink, and its CPU seconds a message."""
    load = Load.of(compound(connections, "sink", 7), each)
    with socket.create_server(("127.0.0.1", 0), backlog=connections) as listener:
        other = get_context("fork").Process(target=sink, args=(listener, load.connections))
        other.start()
        load.open(listener.getsockname()[1])
        began, used = time.monotonic(), time.process_time()
        load.saturate(window, began + 60)
        took, used = time.monotonic() - began, time.process_time() - used
        done = len(load.acknowledged())
        load.close()
        other.join(10)
    return done / took, used / done


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.bench.loadgen")
    options.add_argument("--connections", type=int, default=24)
    options.add_argument("--each", type=int, default=25_000)
    options.add_argument("--window", type=int, default=128)
    chosen = options.parse_args()
    rate, cost = alone(chosen.connections, chosen.each, chosen.window)
    print(f"{rate:.0f} messages/s, {cost * 1e6:.2f} µs of CPU each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
