"""Devices that are asked: begun again, apart from each other, and no password to whoever stands in
the middle."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from core.errors import DiskFull
from devices.adapter import Message
from devices.wire import Line, LineLost, Source
from devices.wire import Line as WireLine
from edge.durable_link import DurableLink
from edge.lines.asking import HttpLine
from edge.lines.config import Follower
from edge.lines.followers import Followers
from edge.notes import Notes
from tests.fix_core import FixedClock
from tests.fix_lines import LOOK, Held, until
from tests.fix_lines import notes as notes

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
