"""The simulated Dahua and ZKTeco devices over loopback HTTP, as their firmware speaks it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import httpx

from devices.adapter import Known
from devices.dahua.follow import follow
from devices.dahua.simulate import JPEG, Server, Terminal
from devices.wire import Answer, LineLost, Request, Source, Streamed
from devices.zkteco import simulate as zkteco
from devices.zkteco.dialog import turn
from tests.fix_broker import PATIENCE
from tests.unit.devices.lines import FakeLine, FakePlace

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class _Streamed:
    def __init__(self, response: httpx.Response) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self._response = response

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except httpx.HTTPError as error:
            raise LineLost(str(error)) from error


class HttpLine(FakeLine):
    """As the other one, but the device is asked by HTTP with digest."""

    def __init__(self, source: Source, client: httpx.AsyncClient) -> None:
        super().__init__(source, lambda _target: (500, b""), NOW)
        self._client = client

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer:
        response = await self._client.request(method, target)
        return Answer(status=response.status_code, body=response.content)

    def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AbstractAsyncContextManager[Streamed]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Streamed]:
            async with self._client.stream(method, target) as response:
                yield _Streamed(response)

        return opened()


async def until(line: FakeLine, count: int) -> None:
    """Until that many events were told; heartbeats are none."""
    for _ in range(round(PATIENCE / 0.01)):
        if len(line.drafts()) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} events were expected, told were {line.told}")


async def dahua(live: str) -> FakeLine:
    """Away, back, and away again: the line with all it was told."""
    terminal = Terminal("south-gate", "02:5e:10:bb:00:05")
    server = Server(terminal, "admin", "geheim-7")
    port = await server.start()
    source = Source(
        device="south-gate", kind="dahua", url=f"http://127.0.0.1:{port}", options={"live": live}
    )
    auth = httpx.DigestAuth("admin", "geheim-7")
    async with httpx.AsyncClient(
        base_url=source.url, auth=auth, timeout=PATIENCE, trust_env=False
    ) as client:
        line = HttpLine(source, client)
        terminal.passed(NOW - timedelta(minutes=30), user="R-1")
        following = asyncio.create_task(follow(line))
        try:
            await until(line, 1)
            seen = terminal.passed(NOW, user="R-2")
            if live == "snap":
                await server.say(terminal.part(terminal.snapped(seen)))
                await server.say(terminal.part(JPEG, "image/jpeg") + terminal.heartbeat())
            else:
                await server.say(terminal.part(terminal.streamed(seen))[:40])
                await server.say(terminal.part(terminal.streamed(seen))[40:])
            await until(line, 2)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        terminal.passed(NOW + timedelta(minutes=1), user="R-3", error=16)
        following = asyncio.create_task(follow(line))
        try:
            await until(line, 3)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await server.stop()
    return line


def test_a_dahua_terminal_is_followed_over_an_outage() -> None:
    drafts = asyncio.run(dahua("events")).drafts()
    assert [(draft.data.TYPE, draft.origin) for draft in drafts] == [
        ("access.granted.v1", "backfill"),
        ("access.granted.v1", "live"),
        ("access.denied.v1", "backfill"),
    ]


def test_its_pictures_come_with_the_other_stream() -> None:
    line = asyncio.run(dahua("snap"))
    told = [message for message in line.told if message.payload != b"Heartbeat"]
    assert [len(message.media) for message in told] == [0, 1, 0]


def test_a_wrong_password_is_a_lost_line() -> None:
    async def refused() -> str:
        terminal = Terminal("south-gate", "02:5e:10:bb:00:05")
        server = Server(terminal, "admin", "geheim-7")
        port = await server.start()
        source = Source(device="south-gate", kind="dahua", url=f"http://127.0.0.1:{port}")
        auth = httpx.DigestAuth("admin", "other")
        try:
            async with httpx.AsyncClient(
                base_url=source.url, auth=auth, timeout=PATIENCE, trust_env=False
            ) as client:
                await follow(HttpLine(source, client))
        except LineLost as lost:
            return str(lost)
        finally:
            await server.stop()
        return ""

    assert "401" in asyncio.run(refused())


def test_a_zkteco_terminal_by_http() -> None:
    place = FakePlace(NOW, {"CRJP260000007": Known()})
    told = FakeLine(Source(device="zk", kind="zkteco", url=""), lambda _: (500, b""), NOW)

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            made = turn(
                Request(
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query)),
                    body=body,
                ),
                place,
            )
            told.told += made.messages
            place.notes |= made.notes
            numbers = {draft.record.number for draft in told.drafts() if draft.record}
            missing = set(range(1, max(numbers, default=0))) - numbers
            place.missing["CRJP260000007"] = [(number, number) for number in sorted(missing)]
            self.send_response(made.reply.status)
            self.send_header("content-length", str(len(made.reply.body)))
            self.end_headers()
            self.wfile.write(made.reply.body)

        do_POST = do_GET  # noqa: N815 - http.server asks for that name

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        call = zkteco.caller("127.0.0.1", server.server_address[1])
        terminal = zkteco.Terminal("CRJP260000007")
        wall = NOW.replace(tzinfo=None)
        terminal.happened(wall, 0, pin="00042")
        terminal.turn(call)
        terminal.happened(wall + timedelta(minutes=1), 23, pin="7")
        terminal.happened(wall + timedelta(minutes=2), 0, pin="00042")
        terminal.forget(1)
        terminal.turn(call)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    first = {draft.record.number: draft for draft in reversed(told.drafts()) if draft.record}
    assert {number: first[number].origin for number in sorted(first)} == {
        1: "live",
        2: "backfill",
        3: "live",
    }
    assert len(terminal.commands) == 1
