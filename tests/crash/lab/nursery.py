"""A process that has imported everything once and forks a life whenever it is told to: a restart
then costs tens of milliseconds, and thousands of real kills fit into minutes.

As a program it reads one JSON list a line ([kind, folder]) and answers with the child's pid;
["reap", pid] waits for it and answers with its status.
"""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO
from unittest.mock import patch

import msgspec

from core.clock import SystemClock
from core.errors import ConfigError, EnvironmentFault, FatalError
from edge import agent
from edge import config as edge_config
from edge.carry import Carry
from edge.delivery import Answer, Delivery
from edge.intake import Intake, Item
from tests.crash.lab import hub_life, witness_life
from tests.fix_broker import PATIENCE

log = logging.getLogger("life")

_LOG = "life.log"


def edge(folder: Path) -> None:
    """`menwei edge`, from the first import on."""
    settings = edge_config.read(folder / "edge.toml")
    asyncio.run(agent.run(settings, SystemClock()))


class _Told:
    """A link whose messages have been acknowledged already."""

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        return None


def early(folder: Path) -> None:
    """The control: an agent that acknowledges before it commits."""
    real, told = Intake.take, _Told()

    def take(self: Intake, items: Sequence[Item]) -> list[Carry]:
        for item in items:
            if isinstance(item, Delivery):
                item.link.settle([(item.packet, Answer.STORED)])
        return real(
            self,
            [
                msgspec.structs.replace(item, link=told) if isinstance(item, Delivery) else item
                for item in items
            ],
        )

    with patch.object(Intake, "take", take):
        edge(folder)


LIVES: dict[str, Callable[[Path], None]] = {
    "edge": edge,
    "early": early,
    "hub": hub_life.run,
    "link": hub_life.link,
    "witness": witness_life.run,
    "hasty-witness": witness_life.hasty,
}


def main() -> None:
    for line in sys.stdin:
        what, argument = json.loads(line)
        if what == "reap":
            _, answer = os.waitpid(argument, 0)
        else:
            answer = _born(LIVES[what], Path(argument))
        print(answer, flush=True)


def _born(live: Callable[[Path], None], folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    told = os.open(folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(told, 1)
    os.dup2(told, 2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    code = 1
    try:
        live(folder)
        code = 0
    except FatalError:
        log.exception("fatal")
        code = 70
    except (ConfigError, EnvironmentFault):
        log.exception("refused")
        code = 3
    finally:
        logging.shutdown()
        os._exit(code)


class Life:
    """One forked process."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self._alive = True

    def kill(self) -> None:
        """SIGKILL; returns once it is gone."""
        if self._alive:
            os.kill(self.pid, 9)
            self.wait()

    def alive(self) -> bool:
        """False once it has ended by itself."""
        if not self._alive:
            return False
        try:
            return "State:\tZ" not in Path(f"/proc/{self.pid}/status").read_text()
        except FileNotFoundError:
            return False

    def wait(self) -> int:
        """Its exit status (negative: the signal), once it has ended."""
        self._alive = False
        return os.waitstatus_to_exitcode(self._nursery.ask("reap", self.pid))


class Nursery:
    """The parent's side. One thread."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.lab.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in: IO[str] = self._process.stdin
        self._out: IO[str] = self._process.stdout

    def born(self, kind: str, folder: Path) -> Life:
        return Life(self, self.ask(kind, str(folder)))

    def ask(self, what: str, argument: str | int) -> int:
        print(json.dumps([what, argument]), file=self._in, flush=True)
        return int(self._out.readline())

    def close(self) -> None:
        self._in.close()
        self._process.wait(PATIENCE)
        self._out.close()

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def said(folder: Path) -> str:
    """The end of what the lives in `folder` logged."""
    path = folder / _LOG
    return "\n".join(path.read_text(errors="replace").splitlines()[-8:]) if path.exists() else ""


if __name__ == "__main__":
    main()
