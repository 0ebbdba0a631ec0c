"""Ports where devices converse and devices that are asked: an answer only after the commit,
bounded, and no password to whoever stands in the middle."""

import asyncio
import base64
import hashlib
import re
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.errors import DiskFull, FatalError
from devices.adapter import Message
from devices.wire import Converse, Line, LineLost, Place, Source, Talk, Turn
from devices.wire import Line as WireLine
from edge.delivery import Answer, Delivery
from edge.durable_link import DurableLink
from edge.lines.asking import HttpLine
from edge.lines.config import Follower, Listening
from edge.lines.followers import Followers
from edge.lines.ports import Port
from edge.notes import Notes
from edge.place import Place as EdgePlace
from tests.fix_broker import PATIENCE
from tests.fix_core import FixedClock

LOOK = PATIENCE


class Held:
    """An intake that commits when the test says so."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.open = False

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += deliveries
        if self.open:
            self.commit()

    def commit(self, answer: Answer = Answer.STORED) -> None:
        for one in self.taken:
            one.link.settle([(one.packet, answer)])
        self.open = True

    def refusing(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            one.link.settle([(one.packet, Answer.QUOTA)])


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


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    made = Notes(tmp_path / "notes.db")
    yield made
    made.close()


def place(notes: Notes, clock: FixedClock) -> EdgePlace:
    return EdgePlace(notes, {}, clock, ZoneInfo("Asia/Shanghai"), lambda _: None, lambda _: ())


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(LOOK):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


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


def test_no_more_peers_than_are_taken(notes: Notes, clock: FixedClock) -> None:
    async def scene() -> None:
        port = Port(listening("tcp"), place(notes, clock), DurableLink(Held()))
        await port.start()
        lines = [await asyncio.open_connection("127.0.0.1", port.port) for _ in range(3)]
        assert await asyncio.wait_for(lines[2][0].read(), LOOK) == b""
        assert port.refused == 1
        for _, writer in lines:
            writer.close()
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


# -- devices that are asked ------------------------------------------------------------------

Served = Callable[[str, str], tuple[str, bytes]]  # (request line, Authorization) → head, body


async def device(serve: Served) -> tuple[asyncio.Server, int, list[asyncio.Task[None]]]:
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.append(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found = re.search(r"authorization: (.*)\r\n", head, re.IGNORECASE)
                status, body = serve(head.split("\r\n")[0], found[1] if found else "")
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
                writer.write(body)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1], talks


def follower(port: int, *, basic: bool = False) -> Follower:
    async def nothing(_line: Line) -> None: ...

    return Follower(
        asked=Source(device="d1", kind="k", url=f"http://127.0.0.1:{port}", user="admin"),
        follow=nothing, password="secret", tls=None, basic=basic, pictures=False,
    )  # fmt: skip


def asked(
    serve: Served,
    scene: Callable[[HttpLine], Awaitable[None]],
    notes: Notes,
    *,
    basic: bool = False,
) -> None:
    async def run() -> None:
        server, port, talks = await device(serve)
        intake = Held()
        intake.open = True
        made = follower(port, basic=basic)
        line = HttpLine(made, DurableLink(intake), notes, None, FixedClock(), lambda _: [(3, 5)])
        try:
            await scene(line)
        finally:
            await line.close()
            server.close()
            await asyncio.wait_for(asyncio.gather(*talks), LOOK)
            await server.wait_closed()

    asyncio.run(run())


def digest(request: str, told: str) -> tuple[str, bytes]:
    """A device that wants RFC 2617 digest."""
    if not told.startswith("Digest "):
        return '401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"', b""
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', told))
    method, target, _ = request.split()
    assert said["uri"] == target
    ha1 = hashlib.md5(b"admin:r:secret").hexdigest()
    ha2 = hashlib.md5(f"{method}:{target}".encode()).hexdigest()
    want = hashlib.md5(f"{ha1}:n1:{said['nc']}:{said['cnonce']}:auth:{ha2}".encode()).hexdigest()
    return ("200 OK", b"in") if said["response"] == want else ("401 No", b"wrong")


def basic(_request: str, told: str) -> tuple[str, bytes]:
    right = "Basic " + base64.b64encode(b"admin:secret").decode()
    if told == right:
        return "200 OK", b"in"
    return '401 No\r\nWWW-Authenticate: Basic realm="r"', b"no"


def test_digest(notes: Notes) -> None:
    async def scene(line: HttpLine) -> None:
        for _ in range(2):
            answer = await line.ask("GET", "/a?x=1")
            assert (answer.status, answer.body) == (200, b"in")
        async with line.stream("GET", "/events") as streamed:
            assert b"".join([piece async for piece in streamed.chunks()]) == b"in"

    asked(digest, scene, notes)


def test_a_password_is_not_said_to_who_asks_for_it_in_the_clear(notes: Notes) -> None:
    async def refused(line: HttpLine) -> None:
        assert (await line.ask("GET", "/")).status == 401

    async def allowed(line: HttpLine) -> None:
        assert (await line.ask("GET", "/")).body == b"in"

    said: list[str] = []

    def listened(request: str, told: str) -> tuple[str, bytes]:
        said.append(told)
        return basic(request, told)

    asked(listened, refused, notes)
    assert said == [""]
    asked(basic, allowed, notes, basic=True)


def test_an_address_of_its_own_stays_on_its_host(notes: Notes) -> None:
    seen: list[str] = []

    def serve(request: str, _told: str) -> tuple[str, bytes]:
        seen.append(request)
        return "200 OK", b"x" * 100

    async def scene(line: HttpLine) -> None:
        port = line.source.url.rpartition(":")[2]
        await line.ask("POST", f"http://192.0.2.9:{port}/sub?Idx=1", b"<x/>", "text/xml")
        with pytest.raises(LineLost, match="more than 50 bytes"):
            await line.ask("GET", "/", most=50)
        line.keep("last", "7")
        assert (line.note("last"), notes.get("k:d1:last")) == ("7", "7")
        assert line.gaps() == [(3, 5)]
        picture = line.picture(b"jpeg", "scene")
        assert (picture.sha256, picture.bytes) == (hashlib.sha256(b"jpeg").hexdigest(), 4)

    asked(serve, scene, notes)
    assert seen[0] == "POST /sub?Idx=1 HTTP/1.1"


def test_followers_begin_again_and_do_not_disturb_each_other(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.lines.followers._BACKOFF", (0.005, 0.01))
    turns = {"lost": 0, "fault": 0, "good": 0}

    async def lost(_line: Line) -> None:
        turns["lost"] += 1
        raise LineLost("away")

    async def fault(_line: Line) -> None:
        turns["fault"] += 1
        raise KeyError("unforeseen")

    async def good(line: Line) -> None:
        turns["good"] += 1
        await line.pause(3600)

    async def full(_line: Line) -> None:
        await until(lambda: min(turns["lost"], turns["fault"]) >= 3)
        raise DiskFull("as if")

    def one(name: str, follow: Callable[[Line], Awaitable[None]]) -> Follower:
        async def wrapped(line: Line) -> None:
            await follow(line)

        source = Source(device=name, kind=name, url="http://127.0.0.1:1")
        return Follower(
            asked=source, follow=wrapped, password="", tls=None, basic=False, pictures=False
        )

    async def scene() -> None:
        link = DurableLink(Held())

        def line(follower: Follower) -> HttpLine:
            return HttpLine(follower, link, notes, None, FixedClock(), lambda _: ())

        made = Followers(
            [one("lost", lost), one("fault", fault), one("good", good), one("full", full)], line
        )
        with pytest.raises(DiskFull):  # what is fatal is not begun again
            await asyncio.wait_for(made.run(), LOOK)
        assert turns["good"] == 1
        assert [standing.why for standing in made.standing[:2]] == ["away", "fault: KeyError"]

    asyncio.run(scene())


def test_what_is_refused_is_asked_for_again(notes: Notes) -> None:
    """Its record is not noted as taken, though the refusal is on record."""

    async def scene() -> None:
        intake = Held()
        nowhere = HttpLine(
            follower(9), DurableLink(intake.refusing), notes, None, FixedClock(), lambda _: ()
        )
        with pytest.raises(LineLost, match="no room"):
            await nowhere.tell([Message("t", b"record 17")])
        await nowhere.close()
        server, port, talks = await device(lambda _request, _told: ("200 OK", b"x" * 9))
        line = HttpLine(
            follower(port), DurableLink(intake.refusing), notes, None, FixedClock(), lambda _: ()
        )
        async with line.stream("GET", "/alerts"):
            await line.tell([Message("t", b"motion")])  # hanging up would lose what is urgent
        with pytest.raises(LineLost):
            async with line.stream("GET", "http://[broken"):
                pass
        await line.close()
        server.close()
        await asyncio.wait_for(asyncio.gather(*talks), LOOK)
        await server.wait_closed()

    asyncio.run(scene())


def test_who_is_asked_changes_while_others_are_not_disturbed(notes: Notes) -> None:
    """Two devices with passwords; only the one that is told of anew is begun anew."""
    closed: list[str] = []

    class Line(HttpLine):
        async def close(self) -> None:
            closed.append(self.source.device)
            await super().close()

    def one(name: str, port: int, password: str) -> Follower:
        async def follow(line: WireLine) -> None:
            if (await line.ask("GET", "/")).status == 401:
                raise LineLost("refused")
            await line.pause(3600)

        source = Source(device=name, kind="k", url=f"http://127.0.0.1:{port}", user="admin")
        return Follower(
            asked=source, follow=follow, password=password, tls=None, basic=False, pictures=False
        )

    async def scene() -> None:
        server, port, talks = await device(digest)
        link = DurableLink(Held())

        def line(follower: Follower) -> HttpLine:
            return Line(follower, link, notes, None, FixedClock(), lambda _: ())

        made = Followers([one("a", port, "secret")], line)

        def state(name: str) -> str:
            return next((s.state for s in made.standing if s.device == name), "nobody")

        running = asyncio.create_task(made.run())
        await until(lambda: state("a") == "connected")
        await made.ask(one("b", port, "wrong"))
        await until(lambda: state("b") == "refused")
        assert made.standing[1].why == "refused"
        closed.clear()
        await made.ask(one("b", port, "secret"))
        await until(lambda: state("b") == "connected")
        assert (made.standing[1].why, made.standing[1].begun) == ("", 1)
        await made.ask(one("c", 1, "secret"))
        await until(lambda: state("c") == "unreachable")
        assert "ConnectError" in made.standing[2].why
        made.broken("d", "k", "no file")
        await made.leave("b")
        await made.leave("c")
        assert [(s.device, s.state, s.begun) for s in made.standing] == [
            ("a", "connected", 1),
            ("d", "broken", 0),
        ]
        assert set(closed) <= {"b", "c"}
        assert not running.done()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert "a" in closed
        server.close()
        await asyncio.wait_for(asyncio.gather(*talks), LOOK)
        await server.wait_closed()

    asyncio.run(scene())


def test_talks_are_typed() -> None:
    talk: Talk = Echo(object(), "peer")  # type: ignore[arg-type]
    assert talk.received(b"x") == []
