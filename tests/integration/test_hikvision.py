"""A simulated terminal behind digest on a socket, followed by the real line; and its own posts."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from core.event import source_of
from core.events.device import GapDetected
from core.events.journal import Conflicted
from devices.hikvision.follow import follow
from devices.hikvision.isapi import JPEG, Device, Sent
from devices.hikvision.served import Served
from devices.hikvision.simulate import Holder, Terminal
from devices.wire import LineLost, Source
from edge.delivery import Delivery
from edge.durable_link import DurableLink
from edge.lines.asking import HttpLine
from edge.lines.config import Follower
from edge.notes import Notes
from edge.records import gaps_of
from tests.fix_broker import PATIENCE
from tests.fix_core import START, FixedClock
from tests.fix_edge import COMPOUND, GATEWAY, EdgeRig

LOOK = PATIENCE
MAC, KEY = "02:5e:10:aa:00:07", "025e10aa0007"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOLDER = Holder(employee="R-2048", name="李小雨", card="8800126053")


class Scene:
    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(START)
        self.rig = EdgeRig(folder, self.clock)
        self.notes = Notes(folder / "notes.db")
        device = Device(MAC, "DS-K1T671M0001")
        self.served = Served(device, self.clock.now, password="secret", beat_s=0.05, retry_s=0.01)
        self._terminal = Terminal(MAC, "South gate", "127.0.0.1", 100, Random(1))
        self._seconds = 0

    def granted(self, *, remembered_only: bool = False) -> Sent:
        self._seconds += 1
        at = (START + timedelta(seconds=self._seconds)).astimezone(SHANGHAI)
        made = Sent(self._terminal.granted(at, HOLDER, "face", "in").payload, {"Picture.jpg": JPEG})
        if remembered_only:
            self.served.device.happened(made)
        else:
            self.served.happened(made)
        return made

    def line(self, password: str = "secret") -> HttpLine:
        asked = Source(
            device="south", kind="hikvision", url=f"http://127.0.0.1:{self.served.port}",
            user="admin",
        )  # fmt: skip
        follower = Follower(
            asked=asked, follow=follow, password=password, tls=None, basic=False, pictures=False
        )

        def take(deliveries: Sequence[Delivery]) -> None:
            self.rig.intake.take(list(deliveries))

        return HttpLine(follower, DurableLink(take), self.notes, None, self.clock, self._gaps)

    def _gaps(self, device: str) -> Sequence[tuple[int, int]]:
        with self.rig.journal.reading() as c:
            return gaps_of(c, source_of(COMPOUND, GATEWAY, device))

    def serials(self) -> list[int]:
        told = (one.data.native["serialNo"] for one in self.rig.events("access.granted.v1"))
        return sorted(int(one) for one in told)

    async def close(self) -> None:
        await self.served.stop()
        self.notes.close()
        self.rig.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(LOOK):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_a_terminal_that_is_followed(tmp_path: Path) -> None:
    async def run() -> None:
        scene = Scene(tmp_path)
        await scene.served.start()
        for _ in range(40):
            scene.granted(remembered_only=True)
        line = scene.line()
        following = asyncio.create_task(follow(line))
        try:
            await until(lambda: scene.serials() == list(range(101, 141)))
            await until(lambda: scene.served.listening == 1)
            scene.granted()
            await until(lambda: 141 in scene.serials())
            scene.granted(remembered_only=True)
            scene.granted()
            await until(lambda: scene.serials() == list(range(101, 144)))
            scene.served.hang_up()
            with pytest.raises(LineLost):
                await asyncio.wait_for(following, LOOK)
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError, LineLost):
                await following
            await line.close()
        assert scene.rig.events(Conflicted.TYPE) == []
        assert len(scene.rig.events(GapDetected.TYPE)) == 1
        assert scene.rig.counters.conflicts == 0
        pictured = [one for one in scene.rig.events("access.granted.v1") if one.data.media]
        assert {one.data.native["serialNo"] for one in pictured} == {141, 143}
        await scene.close()

    asyncio.run(run())


def test_a_wrong_password_is_told_and_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        scene = Scene(tmp_path)
        await scene.served.start()
        line = scene.line(password="wrong")
        with pytest.raises(LineLost, match="refuses user 'admin'"):
            await asyncio.wait_for(follow(line), LOOK)
        await line.close()
        await scene.close()

    asyncio.run(run())


def test_what_it_posts_is_posted_until_it_is_taken(tmp_path: Path) -> None:
    async def run() -> None:
        scene = Scene(tmp_path)
        bodies: list[bytes] = []
        talks: set[asyncio.Task[None]] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            bodies.append(await reader.readexactly(length))
            status = "503 Busy" if len(bodies) == 1 else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/hikvision/south"
        assert await scene.served.post(url, scene.granted()) == 200
        server.close()
        await asyncio.wait_for(asyncio.gather(*talks), LOOK)
        await server.wait_closed()
        first, second = bodies
        assert (b"isDataRetransmission" in first, b"isDataRetransmission" in second) == (
            False,
            True,
        )
        assert b'name="event_log"' in first
        assert first.count(b"\xff\xd8\xff") == 1
        assert await scene.served.post(url, scene.granted(), tries=1) == 0
        await scene.close()

    asyncio.run(run())
