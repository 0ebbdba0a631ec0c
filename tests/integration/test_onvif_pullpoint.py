"""A PullPoint followed over a real socket: states told at subscription, changes, renewals, a
device that is switched off, a wrong password, and a subscription left by an earlier life."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from core.event import Draft, Media
from devices import registry
from devices.adapter import Message, Site
from devices.onvif import soap
from devices.onvif.pullpoint import follow
from devices.onvif.simulate import Camera, serving
from devices.wire import Answer, LineLost, Source, Streamed
from tests.fix_broker import PATIENCE

SITE = Site(zone=ZoneInfo("Asia/Shanghai"))
SIGNAL = ("VideoSource/SignalLoss", {"Source": "1"})


class HttpLine:
    """As the gateway's own, without a journal behind it."""

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self.source = Source(device="cam-1", kind="onvif", url=url, user=user)
        self._password = password
        self.told: list[Message] = []
        self.notes: dict[str, str] = {}
        self._client = httpx.AsyncClient(trust_env=False, timeout=15)
        self.heard = asyncio.Event()

    def secret(self) -> str:
        return self._password

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer:
        url = target if target.startswith("http") else self.source.url + target
        try:
            answer = await self._client.request(
                method, url, content=body, headers={"Content-Type": type}
            )
        except httpx.HTTPError as error:
            raise LineLost(str(error)) from error
        return Answer(status=answer.status_code, body=answer.content)

    @asynccontextmanager
    async def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AsyncIterator[Streamed]:
        raise AssertionError("nothing is streamed")
        yield

    async def tell(self, messages: Sequence[Message]) -> None:
        self.told += messages
        self.heard.set()

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def keep(self, key: str, value: str) -> None:
        self.notes[key] = value

    def gaps(self, device: str = "") -> Sequence[tuple[int, int]]:
        return ()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def picture(self, content: bytes, kind: str) -> Media:
        return Media(sha256="", kind=kind, bytes=len(content))

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(0)

    async def close(self) -> None:
        await self._client.aclose()

    def drafts(self) -> list[Draft]:
        made: list[Draft] = []
        for message in self.told:
            outcome = registry.decode(message, SITE)
            assert isinstance(outcome, registry.Decoded), outcome
            made += outcome.drafts
        return made


@asynccontextmanager
async def following(line: HttpLine) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(follow(line))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await line.close()


async def until(task: "asyncio.Task[None]", line: HttpLine, done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():
            assert not task.done(), task.exception()
            line.heard.clear()
            if not done():
                waiting = asyncio.create_task(line.heard.wait())
                await asyncio.wait([waiting, task], timeout=0.2)
                waiting.cancel()


def types(line: HttpLine) -> list[str]:
    return [each.data.TYPE for each in line.drafts()]


def test_changes_are_events_and_states_at_subscription_are_none() -> None:
    async def story(camera: Camera, line: HttpLine) -> None:
        async with following(line) as task:
            await until(task, line, lambda: bool(line.told))
            assert types(line) == []
            camera.change(*SIGNAL, {"State": "false"})
            camera.change(
                "RuleEngine/LineDetector/Crossed", {"Rule": "r"}, {"ObjectId": "5"}, state=False
            )
            await until(task, line, lambda: len(line.drafts()) == 2)
            assert types(line) == ["camera.video.restored.v1", "camera.line.crossed.v1"]
            assert line.drafts()[0].subject == "camera/cam-1"
            camera.switch_off()  # and on again: it has forgotten us, and tells its states anew
            await until(task, line, lambda: camera.subscriptions == 1)
            camera.change(*SIGNAL, {"State": "true"})
            await until(task, line, lambda: len(line.drafts()) == 3)
            assert types(line)[2:] == ["camera.video.lost.v1"]
        assert line.notes["subscription"]

    camera = Camera("admin", "Secret-1")
    camera.skew = timedelta(days=-400)  # its clock is what the token is judged by
    camera.change(*SIGNAL, {"State": "true"})
    with serving(camera) as url:
        asyncio.run(run(story, camera, url, "admin", "Secret-1"))


def test_a_subscription_is_renewed_before_it_runs_out() -> None:
    async def story(camera: Camera, line: HttpLine) -> None:
        async with following(line) as task:
            await until(task, line, lambda: "PullMessages" in camera.asked)
            while "Renew" not in camera.asked:
                camera.change(*SIGNAL, {"State": "true"})
                await until(task, line, lambda: bool(line.told))
                await asyncio.sleep(0.05)
            assert camera.asked.count("CreatePullPointSubscription") == 1

    camera = Camera(lasts_s=2)
    with serving(camera) as url:
        asyncio.run(run(story, camera, url))


def test_what_an_earlier_life_left_is_given_back() -> None:
    async def story(camera: Camera, line: HttpLine) -> None:
        async with following(line) as task:
            await until(task, line, lambda: camera.subscriptions == 1)
            await until(task, line, lambda: "PullMessages" in camera.asked)
        again = HttpLine(line.source.url)
        again.notes = line.notes
        async with following(again) as task:
            await until(task, again, lambda: "Unsubscribe" in camera.asked)
            await until(task, again, lambda: camera.asked[-1] == "PullMessages")
            assert camera.subscriptions == 1

    camera = Camera(places=1)
    camera.change(*SIGNAL, {"State": "false"})
    with serving(camera) as url:
        asyncio.run(run(story, camera, url))


def test_what_waited_there_is_no_less_an_event() -> None:
    async def story(camera: Camera, line: HttpLine) -> None:
        create = "CreatePullPointSubscription"
        asked = soap.request(create, soap.BODIES[create] % 60, None, None)
        _, answer = camera.answer("/onvif/event_service", asked, line.source.url)
        line.notes["subscription"] = msgspec.json.encode(
            soap.subscription(soap.read(answer))
        ).decode()
        camera.change(
            "RuleEngine/LineDetector/Crossed", {"Rule": "r"}, {"ObjectId": "5"}, state=False
        )
        async with following(line) as task:
            await until(task, line, lambda: "Unsubscribe" in camera.asked)
            await until(task, line, lambda: camera.asked[-1] == "PullMessages")
        assert types(line) == ["camera.line.crossed.v1"]

    camera = Camera(places=1)
    with serving(camera) as url:
        asyncio.run(run(story, camera, url))


def test_a_note_that_leads_nowhere_does_not_stand_in_the_way() -> None:
    async def story(camera: Camera, line: HttpLine) -> None:
        line.notes["subscription"] = '{"address":"http://127.0.0.1:1/x"}'
        async with following(line) as task:
            await until(task, line, lambda: camera.subscriptions == 1)

    camera = Camera()
    with serving(camera) as url:
        asyncio.run(run(story, camera, url))


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_ends_the_line(password: str) -> None:
    async def story(_: Camera, line: HttpLine) -> None:
        with pytest.raises(LineLost, match="NotAuthorized"):
            await follow(line)
        await line.close()

    camera = Camera("admin", "Secret-1")
    with serving(camera) as url:
        asyncio.run(run(story, camera, url, "admin", password))


def test_nobody_there() -> None:
    async def story(_: Camera, line: HttpLine) -> None:
        with pytest.raises(LineLost):
            await follow(line)
        await line.close()

    asyncio.run(run(story, Camera(), "http://127.0.0.1:1"))


async def run(story: object, camera: Camera, url: str, user: str = "", password: str = "") -> None:
    assert callable(story)
    await story(camera, HttpLine(url, user, password))
