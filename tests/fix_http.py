"""The HTTP intake before a real intake with real files: its commits can be held back, and it can
die between a commit and the answer."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.http.config import Device, Http, Resolved, resolve
from edge.http.dialogs import Dialogs
from edge.http.server import Server
from edge.notes import Notes
from edge.place import Place
from tests.fix_broker import PATIENCE
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig

_T = TypeVar("_T")
SECRET = "open-sesame-1001"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 16 + b"\xff\xd9"


def settings(folder: Path, **told: Any) -> Resolved:
    """A port of the system's choice; device `cam` with SECRET, unless others are told."""
    (folder / "cam.password").write_text(f"{SECRET}\n")
    told = {"port": 0, "devices": {"cam": Device(password_file="cam.password")}, **told}
    return resolve(folder / "edge.toml", "http", Http(**told), media=True)


class Dead:
    """A link nobody is behind any more."""

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        pass


class HttpAgent:
    """`commit` cleared: nothing is made durable meanwhile. `answers` False: what is made durable is
    told to nobody, as if the process died in between."""

    def __init__(
        self,
        folder: Path,
        clock: FixedClock,
        resolved: Resolved,
        *,
        dialogs: Dialogs | None = None,
        spool: Any = None,
    ) -> None:
        self.rig = EdgeRig(folder, clock)
        self.counters = Counters()
        self.notes = Notes(folder / "notes.db")
        self.commit, self.answers = threading.Event(), True
        self.commit.set()
        self.groups: list[Sequence[Delivery]] = []
        self.throttled: list[tuple[str, int]] = []
        self._arrived: SimpleQueue[Sequence[Delivery] | None] = SimpleQueue()
        self.place = Place(
            self.notes, resolved.secrets, clock, ZoneInfo("Asia/Shanghai"), lambda _: None,
            lambda _: (),
        )  # fmt: skip
        self.server = Server(
            resolved, self._arrived.put, self._slowed, self.place, self.notes, self.counters, spool
        )
        self._dialogs = dialogs
        self._loop = asyncio.new_event_loop()
        self._threads = [
            threading.Thread(target=one) for one in (self._loop.run_forever, self._take)
        ]

    def __enter__(self) -> "HttpAgent":
        for one in self._threads:
            one.start()
        self.call(self.server.start())
        if self._dialogs is not None:
            assert self.server._context is not None
            self.server._context.dialogs = self._dialogs
        return self

    def __exit__(self, *_: object) -> None:
        self.commit.set()
        if self._loop.is_running():
            self.call(self.server.stop())
        self.halt()

    def halt(self) -> None:
        """As if killed: nothing is said to anybody."""
        if self._loop.is_closed():
            return
        self.commit.set()
        self.call(self._cut())
        self._arrived.put(None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for one in self._threads:
            one.join(PATIENCE)
        self._loop.close()
        self.notes.close()
        self.rig.close()

    async def _cut(self) -> None:
        """Every connection, as a kernel does for a process that died."""
        for connection, task in list(self.server._open.items()):
            connection.abort()
            task.cancel()
        await self.server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def client(self, auth: Any = ("cam", SECRET)) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=auth, timeout=PATIENCE, trust_env=False)

    def post(self, path: str, content: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client() as client:
            return client.post(path, content=content, headers=named)

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def ids(self) -> list[str]:
        return [event.id for event in self.rig.events()]

    def reasons(self) -> list[str]:
        return [one.reason for one in self.rig.held()]

    def refused(self) -> Mapping[str, int]:
        return self.server.counters.refused

    def _slowed(self, client: str, count: int, _waited: float, _rate: int) -> None:
        self.throttled.append((client, count))

    def _take(self) -> None:
        while (group := self._arrived.get()) is not None:
            self.commit.wait(PATIENCE)
            self.groups.append(group)
            if not self.answers:
                group = [msgspec.structs.replace(one, link=Dead()) for one in group]
            self.rig.intake.take(group)


Agents = Callable[..., HttpAgent]


@pytest.fixture
def agents(tmp_path: Path, clock: FixedClock) -> Iterator[Agents]:
    with contextlib.ExitStack() as stack:

        def make(*, dialogs: Dialogs | None = None, spool: Any = None, **told: Any) -> HttpAgent:
            resolved = settings(tmp_path, **told)
            made = HttpAgent(tmp_path, clock, resolved, dialogs=dialogs, spool=spool)
            return stack.enter_context(made)

        yield make


@pytest.fixture
def agent(agents: Agents) -> HttpAgent:
    return agents()


def raw(agent: HttpAgent, *pieces: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", agent.server.port), PATIENCE)
    for one in pieces:
        made.sendall(one)
    return made


def heard(line: socket.socket) -> bytes:
    """Until they hang up."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            found += piece
    line.close()
    return found


BEARER = f"Host: gw\r\nAuthorization: Bearer {SECRET}\r\n".encode()
