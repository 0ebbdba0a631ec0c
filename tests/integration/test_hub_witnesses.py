"""The hub's hand over real HTTP: three witnesses, a quorum of two, and all that goes wrong."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.errors import DiskFull
from core.events.witness import Refused
from core.tasks import end
from core.tlog import checkpoint, note, quorum
from core.tlog.cosigner import Cosigner
from core.tlog.note import Signature
from core.tlog.published import Published
from infra.hub import witness_line, witnesses
from infra.hub.witnesses import Witnesses
from infra.witness import server
from infra.witness.witness import Witness
from tests.fix_ports import free_port
from tests.fix_uplink import soon
from tests.fix_witness import LOG_KEY, cosigner, leaves, log_of, settings, submission

NAMES = ("city", "house", "audit")
HANDS = {name: cosigner(f"w.example/{name}", 60 + at) for at, name in enumerate(NAMES)}


class Log:
    """What the hub publishes, and who cosigned it."""

    def __init__(self) -> None:
        self.now: Published | None = None
        self.full = False

    def grow(self, size: int) -> None:
        self.now = log_of(leaves(size))

    def published(self) -> Published | None:
        return self.now

    def cosigned(self, size: int, signatures: Sequence[Signature]) -> None:
        if self.full:
            raise DiskFull("no room")
        assert self.now is not None
        if size < self.now.size:
            return  # of an older one: kept with it, and not looked at here
        whole = note.merged(self.now.checkpoint.note, signatures)
        self.now = Published(checkpoint.parse(whole.encode()), self.now.node)

    def lines(self) -> int:
        assert self.now is not None
        return len(self.now.checkpoint.note.signatures)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@contextlib.asynccontextmanager
async def listening(talk: Talk, port: int) -> AsyncIterator[None]:
    """And gone with all its connections, as a process is."""
    talks: list[asyncio.Task[None]] = []

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(talk(reader, writer)))

    made = await asyncio.start_server(connected, "127.0.0.1", port)
    yield
    made.close()
    await end(*talks)


class House:
    """Witnesses at fixed ports, that may be there or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = Log()
        self.told: list[tuple[str, Refused]] = []
        self.ports = {name: free_port() for name in NAMES}
        lines = [f"log {LOG_KEY.encode()}"]
        for name, port in self.ports.items():
            for at, key in enumerate(HANDS[name].keys):
                url = f"http://127.0.0.1:{port}/"
                lines.append(f"witness {name}{at or ''} {key.encode()} {url}")
        lines += [f"group {name}s all {name} {name}1" for name in NAMES]
        lines.append("group two 2 citys houses audits")
        self.policy = quorum.parse("\n".join([*lines, "quorum two"]).encode())
        self.hub = self.again()

    def again(self) -> Witnesses:
        """The hub, started anew."""
        self.hub = Witnesses(
            self.policy,
            self.log.published,
            self.log.cosigned,
            lambda name, data: self.told.append((name, data)),
            SystemClock(),
        )
        return self.hub

    def witness(self, name: str, hand: Cosigner | None = None) -> Witness:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Witness(settings(folder), hand or HANDS[name], SystemClock())

    @contextlib.asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as opened:
            for name in names:
                await opened.enter_async_context(self._one(name))
            yield

    @contextlib.asynccontextmanager
    async def _one(self, name: str) -> AsyncIterator[None]:
        made = server.Server(self.witness(name))
        async with listening(made.connected, self.ports[name]):
            yield
        made.close()

    @contextlib.asynccontextmanager
    async def asking(self) -> AsyncIterator[Witnesses]:
        parts = [asyncio.create_task(one) for one in self.hub.parts()]
        try:
            yield self.hub
        finally:
            await end(*parts)

    def states(self) -> list[str]:
        return [one.state for one in self.hub.standing().witnesses]


def covered(hub: Witnesses, size: int) -> bool:
    return hub.standing().published == hub.standing().witnessed == size


async def until(there: Callable[[], bool]) -> None:
    await soon(there)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(witnesses, "_LOOK", 0.01)
    monkeypatch.setattr(witnesses, "_REFUSED", 0.01)
    monkeypatch.setattr(witnesses, "_BACKOFF", (0.01,))
    return House(tmp_path)


def run(go: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(go())


def test_every_checkpoint_gets_its_quorum(house: House) -> None:
    async def go() -> None:
        async with house.running(*NAMES), house.asking() as hub:
            for size in (3, 4, 9):
                house.log.grow(size)
                await until(partial(covered, hub, size))
            await until(lambda: all(one.size == 9 for one in hub.standing().witnesses))
            assert house.log.lines() == 7
            found = hub.standing()
            assert (found.published, found.witnessed, found.tail_s) == (9, 9, 0.0)
            assert [(one.name, one.state, one.size) for one in found.witnesses] == [
                (name, "following", 9) for name in NAMES
            ]

    run(go)
    assert house.told == []


def test_one_may_be_away_and_two_may_not(house: House) -> None:
    async def go() -> None:
        house.log.grow(5)
        async with house.running("city"), house.asking() as hub:
            await until(lambda: house.states() == ["following", "away", "away"])
            assert hub.standing().witnessed == 0
            assert hub.standing().tail_s > 0
            async with house.running("audit"):
                await until(lambda: hub.standing().witnessed == 5)
            assert hub.standing().tail_s == 0
            assert house.states()[1] == "away"

    run(go)


def test_after_a_restart_who_cosigned_is_not_asked_again(house: House) -> None:
    async def go() -> None:
        house.log.grow(5)
        async with house.running(*NAMES), house.asking():
            await until(lambda: house.log.lines() == 7)
        house.again()
        async with house.asking() as hub:  # nobody is there
            await until(lambda: hub.standing().witnessed == 5)
            assert house.states() == ["asking"] * 3
        house.again()
        house.log.grow(8)
        async with house.running(*NAMES), house.asking():
            await until(lambda: house.states() == ["following"] * 3)

    run(go)


@pytest.mark.parametrize(("size", "word"), [(9, "inconsistent"), (4, "ahead")])
def test_another_history_is_told_once(house: House, size: int, word: str) -> None:
    fork = log_of(leaves(6, "other", 2))
    house.witness("city").add(submission(0, fork).encode())

    async def go() -> None:
        house.log.grow(size)
        async with house.running(*NAMES), house.asking() as hub:
            await until(lambda: house.states() == [word, "following", "following"])
            await until(lambda: bool(house.told))
            house.log.grow(size + 1 if size > 6 else size)
            await until(lambda: hub.standing().witnessed == hub.standing().published)
            await asyncio.sleep(0.1)

    run(go)
    ((name, data),) = house.told
    assert (name, data.reason, data.size, data.known) == ("city", word, size, 6)


def test_one_that_forgot_is_told_and_asked_on(house: House) -> None:
    async def go() -> None:
        house.log.grow(5)
        async with house.asking():
            async with house.running(*NAMES):
                await until(lambda: house.states() == ["following"] * 3)
            shutil.rmtree(house.folder / "city")
            house.log.grow(8)
            async with house.running(*NAMES):
                await until(lambda: house.states() == ["following"] * 3 and bool(house.told))

    run(go)
    assert [(name, data.reason) for name, data in house.told] == [("city", "forgot")]


def test_a_disk_that_is_full_is_waited_for(house: House) -> None:
    async def go() -> None:
        house.log.grow(5)
        house.log.full = True
        async with house.running(*NAMES), house.asking() as hub:
            await until(lambda: house.states() == ["away"] * 3)
            house.log.full = False
            await until(lambda: hub.standing().witnessed == 5)

    run(go)


@pytest.mark.parametrize(
    ("drips", "says"),
    [
        (b"", "no answer within"),
        (b"HTTP/1.1 200 OK\r\n", "no answer within"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "illegal"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 200_000, "more than"),
    ],
)
def test_whatever_answers_there_does_not_hold_it_up(
    house: House, monkeypatch: pytest.MonkeyPatch, drips: bytes, says: str
) -> None:
    monkeypatch.setattr(witness_line, "_PATIENCE", 0.2)

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(drips)
            await asyncio.Event().wait()
        finally:
            writer.close()

    async def go() -> None:
        house.log.grow(5)
        async with (
            listening(drip, house.ports["city"]),
            house.running("house", "audit"),
            house.asking() as hub,
        ):
            await until(lambda: hub.standing().witnessed == 5 and house.states()[0] == "away")
            await until(lambda: says in hub.standing().witnesses[0].detail)

    run(go)


def test_who_does_not_know_the_log(house: House) -> None:
    async def go() -> None:
        house.log.now = None
        async with house.running(*NAMES), house.asking():
            house.log.grow(3)
            await until(lambda: house.states() == ["following"] * 3)

    run(go)


def test_witnesses_that_are_quicker_than_the_look(house: House) -> None:
    """What is cosigned before the hub looked at it is no tail."""
    house.log.grow(5)

    async def go() -> None:
        async with house.running(*NAMES):
            hub = house.hub
            stand = [asyncio.create_task(hub._stand(one)) for one in hub._witnesses]
            await until(lambda: house.states() == ["following"] * 3)
            await end(*stand)
        async with house.asking() as hub:
            await until(partial(covered, hub, 5))
            assert hub.standing().tail_s == 0

    run(go)
