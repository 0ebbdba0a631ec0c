"""Ports where devices converse: an answer only after the commit, and bounded."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.errors import FatalError
from devices.adapter import Message
from devices.wire import Converse, Place, Talk, Turn
from edge.delivery import Answer
from edge.durable_link import DurableLink
from edge.lines.config import Listening
from edge.lines.ports import Port
from edge.notes import Notes
from edge.place import Place as EdgePlace
from tests.fix_core import FixedClock
from tests.fix_lines import LOOK, Held, until
from tests.fix_lines import notes as notes


class Echo:
    """Answers each line with itself; `bye` hangs up."""

    def __init__(self, _place: Place, peer: str) -> None:
        self.peer = peer
        self._rest = b""

    def received(self, data: bytes) -> Sequence[Turn]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [
            Turn(messages=[Message("t", line)], answer=line + b"\n", end=line == b"bye")
            for line in lines
        ]


ECHO = Converse(transports=("tcp", "udp"), port=0, open=Echo)


def listening(transport: str, most: int = 2) -> Listening:
    assert transport in ("tcp", "udp")
    return Listening(
        name="x", kind="echo", converse=ECHO, transport="tcp" if transport == "tcp" else "udp",
        host="127.0.0.1", port=0, secrets={}, max_peers=most, idle_s=30.0,
    )  # fmt: skip


def place(notes: Notes, clock: FixedClock) -> EdgePlace:
    return EdgePlace(notes, {}, clock, ZoneInfo("Asia/Shanghai"), lambda _: None, lambda _: ())


def test_tcp_answers_after_the_commit(notes: Notes, clock: FixedClock) -> None:
    async def scene() -> None:
        intake = Held()
        port = Port(listening("tcp"), place(notes, clock), DurableLink(intake))
        await port.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
        writer.write(b"one\ntw")
        await until(lambda: intake.taken)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.05)
        intake.commit()
        assert await asyncio.wait_for(reader.readline(), LOOK) == b"one\n"
        writer.write(b"o\nbye\nnever\n")
        assert await asyncio.wait_for(reader.read(), LOOK) == b"two\nbye\n"
        assert [one.payload for one in intake.taken] == [b"one", b"two", b"bye"]
        writer.close()
        await writer.wait_closed()
        await port.stop()

    asyncio.run(scene())


def test_no_more_peers_than_are_taken_and_who_says_nothing_makes_room(
    notes: Notes, clock: FixedClock
) -> None:
    async def scene() -> None:
        intake = Held()
        intake.open = True
        port = Port(listening("tcp"), place(notes, clock), DurableLink(intake))
        await port.start()
        lines = [await asyncio.open_connection("127.0.0.1", port.port)]
        reader, writer = lines[0]
        writer.write(b"one\n")
        assert await asyncio.wait_for(reader.readline(), LOOK) == b"one\n"
        lines += [await asyncio.open_connection("127.0.0.1", port.port) for _ in range(20)]
        for gone, _ in lines[1:-1]:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(gone.read(), LOOK) == b""
        for reader, writer in (lines[0], lines[-1]):
            writer.write(b"two\n")
            assert await asyncio.wait_for(reader.readline(), LOOK) == b"two\n"
        assert port.refused == 19
        late, other = await asyncio.open_connection("127.0.0.1", port.port)
        assert await asyncio.wait_for(late.read(), LOOK) == b""  # the others speak
        for _, writer in (*lines, (late, other)):
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        await port.stop()

    asyncio.run(scene())


def test_udp_answers_after_the_commit_and_one_peer_waits_for_no_other(
    notes: Notes, clock: FixedClock
) -> None:
    async def scene() -> None:
        intake = Held()
        port = Port(listening("udp"), place(notes, clock), DurableLink(intake))
        await port.start()
        loop = asyncio.get_running_loop()
        one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (one, two):
            each.settimeout(0)
            each.connect(("127.0.0.1", port.port))
        one.send(b"a\n")
        two.send(b"b\n")
        await until(lambda: len(intake.taken) == 2)
        intake.taken[1].link.settle([(intake.taken[1].packet, Answer.STORED)])
        second = {b"a": one, b"b": two}[intake.taken[1].payload]
        first = two if second is one else one
        assert await asyncio.wait_for(loop.sock_recv(second, 99), LOOK) in (b"a\n", b"b\n")
        with pytest.raises(BlockingIOError):
            first.recv(99)
        for _ in range(40):
            first.send(b"flood\n")
        await until(lambda: port.refused >= 40 - 16)
        intake.commit()
        assert await asyncio.wait_for(loop.sock_recv(first, 99), LOOK) in (b"a\n", b"b\n")
        one.close()
        two.close()
        await port.stop()

    asyncio.run(scene())


class Once:
    """As GB/T 28181 does: what is said again is answered from memory."""

    def __init__(self, _place: Place, peer: str) -> None:
        self.said: set[bytes] = set()

    def received(self, data: bytes) -> Sequence[Turn]:
        if data == b"fault":
            raise KeyError(data)
        if data == b"fatal":
            raise FatalError("the journal cannot be read")
        messages = () if data in self.said else (Message("t", data),)
        self.said.add(data)
        return [Turn(messages=messages, answer=b"ok " + data)]


ONCE = Converse(transports=("tcp", "udp"), port=0, open=Once)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_is_refused_is_not_answered_nor_remembered(
    notes: Notes, clock: FixedClock, transport: str
) -> None:
    async def scene() -> None:
        intake = Held()
        line = msgspec.structs.replace(listening(transport), converse=ONCE)
        port = Port(line, place(notes, clock), DurableLink(intake))
        await port.start()
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM

        def one() -> socket.socket:
            made = socket.socket(socket.AF_INET, kind)
            made.settimeout(LOOK)
            made.connect(("127.0.0.1", port.port))
            return made

        peer = one()
        peer.send(b"alarm")
        await until(lambda: intake.taken)
        intake.commit(Answer.QUOTA)
        if transport == "tcp":
            assert await asyncio.to_thread(peer.recv, 99) == b""
            peer.close()
            peer = one()
        else:
            await until(lambda: port._datagrams is not None and not port._datagrams._waiting)
        peer.send(b"alarm")  # again, as nobody answered
        assert await asyncio.to_thread(peer.recv, 99) == b"ok alarm"
        assert [one.payload for one in intake.taken] == [b"alarm", b"alarm"]
        assert port.refused == 1
        peer.close()
        await port.stop()

    asyncio.run(scene())


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_fault_is_one_peers_and_what_is_fatal_everybodys(
    notes: Notes, clock: FixedClock, transport: str
) -> None:
    async def scene() -> None:
        line = msgspec.structs.replace(listening(transport), converse=ONCE)
        port = Port(line, place(notes, clock), DurableLink(Held()))
        await port.start()
        running = asyncio.create_task(port.run())
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        for said in (b"fault", b"fatal"):
            with socket.socket(socket.AF_INET, kind) as peer:
                peer.connect(("127.0.0.1", port.port))
                peer.send(said)
                await until(lambda: port.refused == 1)
        with pytest.raises(FatalError, match="journal"):
            await asyncio.wait_for(running, LOOK)
        await port.stop()

    asyncio.run(scene())


def test_talks_are_typed() -> None:
    talk: Talk = Echo(object(), "peer")  # type: ignore[arg-type]
    assert talk.received(b"x") == []
