"""A real Chromium, the whole web app over a hub rig, and a line between them that can be cut."""

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from projections.console.mount import mount
from projections.view import View
from projections.web.accounts import Role
from projections.web.app import build
from tests.fix_hub import VIEWS, HubRig

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "correct horse battery"
# For whatever a page is waited for: how busy the machine is tells nothing about the page.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


class Line:
    """A TCP relay on a port of its own: cut it and both ends lose each other."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="line")
        self._thread.start()
        self.mend()

    def mend(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(30)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        if others:
            await asyncio.wait(others, timeout=5)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, back}
        self._open |= ends
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        except OSError:
            pass  # one of them hung up
        finally:
            for end in ends:
                end.transport.abort()
            self._open -= ends

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.transport.abort()


class WebRig:
    """The app served on a free port, its runner folding, accounts for every role."""

    def __init__(
        self,
        folder: Path,
        prepare: Callable[[HubRig], None] | None = None,
        views: Sequence[View] = VIEWS,
    ) -> None:
        """`prepare` furnishes the hub before the app is built on it."""
        self.hub = HubRig(folder, views)
        if prepare is not None:
            prepare(self.hub)
        for role in get_args(Role):
            self.hub.accounts.set_password(role, PASSWORD, role)
        app = build(self.hub.desk)
        mount(app, self.hub.desk)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._runner = self.hub.start()
        self._thread.start()
        self.line = Line(self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"

    def folded(self) -> None:
        """Returns once the views hold what the log holds now."""
        head = self.hub.log.head()
        while self.hub.runner.position() < head:
            time.sleep(0.05)

    def close(self) -> None:
        self.line.close()
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the web server does not stop"
        self._socket.close()
        self.hub.runner.stop()
        self._runner.join(60)
        self.hub.close()


def live(page: Page) -> None:
    """Returns once what is done in the page reaches the hub, in the order in which it is done."""
    expect(page.locator(".pulse")).to_have_attribute("data-link", "live")
    page.wait_for_function("window.did_handshake === true")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module, not one a session: while it runs, this thread has a running event loop."""
    path = shutil.which("chromium")
    assert path, "no chromium on this machine"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def web_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    rig = WebRig(tmp_path_factory.mktemp("web"))
    yield rig
    rig.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser nobody has signed in with, in Chinese."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()
