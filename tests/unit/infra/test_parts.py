"""Child processes under supervision: started again when they die, ended when told, never left."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from infra import parts
from infra.parts import Part
from tests.fix_broker import PATIENCE
from tests.fix_uplink import soon

WAITS = "import time; print('up', flush=True); time.sleep(60)"


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_PAUSES", (0.01, 0.02))


def said(capsys: pytest.CaptureFixture[str]) -> Callable[[str], bool]:
    """Whether the text has come out by now."""
    heard: list[str] = []

    def has(text: str) -> bool:
        heard.append(capsys.readouterr().out)
        return text in "".join(heard)

    return has


def test_what_dies_is_started_again(capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        part = Part("hub", python("print('up', flush=True); raise SystemExit(1)"))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: part.restarts >= 3)
        await part.stop()
        await asyncio.wait_for(watching, PATIENCE)

    asyncio.run(scenario())
    assert capsys.readouterr().out.count("hub          up\n") >= 3


@pytest.mark.parametrize("code", [2, 3])
def test_what_starting_again_can_not_change_is_given_up(code: int) -> None:
    part = Part("hub", python(f"raise SystemExit({code})"))
    assert asyncio.run(part.watch()) == code
    assert part.restarts == 0


def test_what_is_killed_is_started_again(capsys: pytest.CaptureFixture[str]) -> None:
    has = said(capsys)

    async def scenario() -> None:
        part = Part("edge", python(WAITS))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: has("up"))
        first = part.pid
        assert first is not None
        psutil.Process(first).kill()
        await soon(lambda: part.restarts == 1 and part.pid != first)
        await part.stop()
        assert await asyncio.wait_for(watching, PATIENCE) == 0
        assert part.pid is not None
        assert not psutil.pid_exists(part.pid)

    asyncio.run(scenario())


def test_stopping_is_asked_for_nicely(capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit(0)))\n"
        + WAITS
    )
    has = said(capsys)

    async def scenario() -> None:
        part = Part("edge", python(program))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: has("up"))
        await part.stop()
        await part.stop()  # twice is fine
        assert await asyncio.wait_for(watching, PATIENCE) == 0

    asyncio.run(scenario())
    assert has("edge         bye\n")


def test_what_does_not_stop_is_killed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_PATIENCE", 0.05)
    has = said(capsys)

    async def scenario() -> None:
        part = Part("edge", python(f"import signal; signal.signal(15, signal.SIG_IGN)\n{WAITS}"))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: has("up"))
        await part.stop()
        assert await asyncio.wait_for(watching, PATIENCE) == 0

    asyncio.run(scenario())


def test_stopped_between_two_starts_stays_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_PAUSES", (0.5,))

    async def scenario() -> None:
        part = Part("edge", python("raise SystemExit(1)"))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: part.restarts == 1)
        pid = part.pid
        await part.stop()
        assert await asyncio.wait_for(watching, PATIENCE) == 0
        assert part.pid == pid  # nothing was started after it

    asyncio.run(scenario())


def test_stopped_while_it_is_being_started() -> None:
    async def scenario() -> None:
        part = Part("edge", python(WAITS))
        watching = asyncio.create_task(part.watch())
        await asyncio.sleep(0)
        await part.stop()
        assert await asyncio.wait_for(watching, PATIENCE) == 0
        assert part.pid is not None
        assert not psutil.pid_exists(part.pid)

    asyncio.run(scenario())


def test_a_line_without_end_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    has = said(capsys)

    async def scenario() -> None:
        part = Part("hub", python(f"print('x' * 300_000); {WAITS}"))
        watching = asyncio.create_task(part.watch())
        await soon(lambda: has("hub          up\n"))
        assert part.restarts == 0
        await part.stop()
        await asyncio.wait_for(watching, PATIENCE)

    asyncio.run(scenario())


def test_bytes_that_are_no_text_come_through(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("hub", python(r"import sys; sys.stdout.buffer.write(b'\xff\xfe!\n'); sys.exit(2)"))
    assert asyncio.run(part.watch()) == 2
    assert capsys.readouterr().out == "hub          ��!\n"


def test_a_parent_that_is_killed_takes_it_along(tmp_path: Path) -> None:
    """Even a part that ignores every signal it may ignore."""
    child = tmp_path / "pid"
    inner = (
        "import os, pathlib, signal, time\n"
        "signal.signal(15, signal.SIG_IGN); signal.signal(1, signal.SIG_IGN)\n"
        f"pathlib.Path({str(child)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    outer = (
        "import asyncio, sys\nfrom infra.parts import Part\n"
        f"asyncio.run(Part('x', [sys.executable, '-I', '-S', '-c', {inner!r}]).watch())"
    )

    async def scenario() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", outer, cwd=Path(__file__).parents[3]
        )
        await soon(lambda: child.exists() and child.read_text())
        pid = int(child.read_text())
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await soon(lambda: not psutil.pid_exists(pid) or zombie(pid))

    asyncio.run(scenario())


def zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
