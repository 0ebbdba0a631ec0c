"""Our session at a house's broker: what comes is bounded, and a pause is no silence."""

import asyncio
from collections.abc import Callable
from itertools import count

import pytest

from core.strictjson import MAX_BYTES
from edge import mqtt
from edge.delivery import Answer, Delivery
from edge.endpoint import build
from edge.endpoint.codec import V311
from edge.endpoint.packets import Publish
from edge.mqtt import _KEPT, _Session
from edge.unsettled import Unsettled
from tests.fix_endpoint import Below


class Socket(Below):
    paused = False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def abort(self) -> None:
        self.closed = True


class Bench:
    """Sessions of one link, and what they have delivered."""

    def __init__(self, messages: int = 10, size: int = 1_000_000) -> None:
        self.got: list[Delivery] = []
        self.unsettled = Unsettled(messages, size)
        self.connect()

    def connect(self) -> None:
        self.session, self.socket = _Session(self.got.extend, self.unsettled), Socket()
        self.session.connection_made(self.socket)

    async def settle(self, count: int) -> None:
        for one in self.got[:count]:
            one.link.settle([(one.packet, Answer.STORED)])
        del self.got[:count]
        await asyncio.sleep(0)

    def say(self, *sizes: int, qos: int = 1) -> None:
        self.session.data_received(b"".join(packet(size, qos) for size in sizes))


_NUMBERS = count(1)


def packet(size: int, qos: int = 1) -> bytes:
    number = next(_NUMBERS) if qos else 0
    return build.encode(Publish("site/a", bytes(size), qos, packet=number), V311)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the loop's clock."""
    passed = 0.0
    time = asyncio.BaseEventLoop.time
    monkeypatch.setattr(asyncio.BaseEventLoop, "time", lambda loop: time(loop) + passed)

    def move(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    return move


def test_no_more_than_so_many_messages_wait_for_the_disk() -> None:
    async def run() -> None:
        bench = Bench(messages=10)
        bench.say(*[5] * 25)
        assert len(bench.got) == 10
        assert bench.socket.paused
        await bench.settle(4)
        assert (len(bench.got), bench.socket.paused) == (6, True)
        await bench.settle(1)
        assert (len(bench.got), bench.socket.paused) == (10, True)
        await bench.settle(10)
        assert (len(bench.got), bench.socket.paused) == (10, True)
        await bench.settle(10)
        assert (len(bench.got), bench.socket.paused) == (0, False)
        assert bench.socket.written.count(b"\x40\x02") == 25

    asyncio.run(run())


def test_no_more_than_so_many_bytes_do() -> None:
    async def run() -> None:
        bench = Bench(messages=1000, size=10_000)
        bench.say(4000)
        bench.say(4000)
        assert not bench.socket.paused
        bench.say(4000)
        assert bench.socket.paused
        await bench.settle(1)
        assert bench.socket.paused
        await bench.settle(1)
        assert not bench.socket.paused

    asyncio.run(run())


def test_a_new_connection_begins_with_what_the_last_one_left() -> None:
    async def run() -> None:
        bench = Bench(messages=10)
        bench.say(*[5] * 8, qos=0)
        bench.session.connection_lost(None)
        bench.connect()
        bench.say(*[5] * 5, qos=0)
        assert len(bench.got) == 10
        assert bench.socket.paused
        await bench.settle(5)  # of the connection before
        assert len(bench.got) == 8
        assert not bench.socket.paused

    asyncio.run(run())


def test_nobody_connects_while_there_is_no_room() -> None:
    async def run() -> None:
        bench = Bench(messages=2)
        bench.say(5, 5)
        waiting = asyncio.ensure_future(bench.unsettled.room())
        bench.session.connection_lost(None)
        await asyncio.sleep(0)
        assert not waiting.done()
        await bench.settle(1)
        await waiting

    asyncio.run(run())


def test_who_is_not_read_cannot_be_silent(later: Callable[[float], None]) -> None:
    async def run() -> None:
        bench = Bench(messages=2)
        bench.say(5, 5)
        later(3600)
        assert not bench.session.silent
        await bench.settle(2)
        assert not bench.session.silent
        later(1.5 * mqtt._KEEP_ALIVE + 0.1)
        assert bench.session.silent
        bench.say(5)
        assert not bench.session.silent

    asyncio.run(run())


@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1, MAX_BYTES + 2, _KEPT, 20_000_000])
@pytest.mark.parametrize("piece", [65_536, 1_000_003])
def test_of_a_large_message_the_beginning_is_kept(size: int, piece: int) -> None:
    async def run() -> None:
        bench = Bench(size=20_000_000)
        data = packet(3) + packet(size) + packet(4)
        most = 0
        for at in range(0, len(data), piece):
            bench.session.data_received(data[at : at + piece])
            most = max(most, len(bench.session._valve.rest))
        assert [len(one.payload) for one in bench.got] == [3, min(size, MAX_BYTES + 1), 4]
        assert bench.got[1].payload == bytes(min(size, MAX_BYTES + 1))
        assert [one.topic for one in bench.got] == ["site/a"] * 3
        first = bench.got[0].packet
        assert [one.packet - first for one in bench.got] == [0, 1, 2]
        assert most < _KEPT

    asyncio.run(run())


def test_a_large_message_is_handed_over_only_at_its_end() -> None:
    """Until then it may not be acknowledged: the broker has not sent it yet."""

    async def run() -> None:
        bench = Bench(size=20_000_000)
        data = packet(5_000_000)
        bench.session.data_received(data[:-1])
        assert bench.got == []
        bench.session.data_received(data[-1:])
        assert len(bench.got) == 1

    asyncio.run(run())


def test_a_large_message_costs_what_its_length_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(size: int) -> int:
        bench = Bench()
        data = packet(size)
        copied = 0
        read = bench.session._valve._read

        def counted(part: bytes) -> int:
            nonlocal copied
            copied += len(part)
            return read(part)

        monkeypatch.setattr(bench.session._valve, "_read", counted)
        for at in range(0, len(data), 1000):
            bench.session.data_received(data[at : at + 1000])
        assert len(bench.got) == 1
        return copied

    assert asyncio.run(run(900_000)) < 1_000_000


def test_anything_else_is_never_large() -> None:
    async def run() -> None:
        bench = Bench()
        bench.session.data_received(b"\x90\xff\xff\x7f")
        assert bench.session.lost.done()
        assert bench.socket.closed

    asyncio.run(run())


def test_any_cutting_of_the_stream_reads_the_same() -> None:
    async def run(piece: int) -> list[int]:
        bench = Bench(messages=100)
        data = b"".join(packet(size, qos) for size in (0, 1, 5, 200) for qos in (0, 1))
        for at in range(0, len(data), piece):
            bench.session.data_received(data[at : at + piece])
        return [len(one.payload) for one in bench.got]

    assert all(asyncio.run(run(piece)) == [0, 0, 1, 1, 5, 5, 200, 200] for piece in range(1, 50))
