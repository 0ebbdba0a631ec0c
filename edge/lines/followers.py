"""Devices that are asked: one task each, begun again after pauses that grow."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from core.tasks import end
from devices.registry import FAULTS
from devices.wire import LineLost
from edge.lines.config import Follower

if TYPE_CHECKING:
    from edge.lines.asking import HttpLine  # an HTTP client: loaded with the first line

log = logging.getLogger("edge.lines")

_BACKOFF = (1.0, 60.0)  # seconds, first and longest, jittered
_SETTLED = 120.0  # a line that lasted so long begins with the shortest pause again
_UNAUTHORIZED = 401

State = Literal["asking", "connected", "refused", "unreachable", "lost", "broken"]
_MEANS: Mapping[int, State] = {0: "unreachable", _UNAUTHORIZED: "refused"}  # of a status


class Standing(msgspec.Struct):
    """How it stands with one device; for whoever looks. `asking`: it has not answered yet;
    `refused`: it does not take our user or password; `lost`: it answered, and then it was nothing;
    `broken`: what is needed to ask it is not there."""

    device: str
    kind: str
    begun: int = 0  # how often the line was begun
    why: str = ""  # it is not there; empty while nothing is wrong
    state: State = "asking"
    since: datetime | None = None  # of the state
    _last: State = "lost"  # what it comes to where this is the end of it

    def heard(self, status: int, now: datetime) -> None:
        """An answer; `status` 0: none."""
        if 0 < status < 400:
            self._last, self.why = "lost", ""
            self._turn("connected", now)
        else:
            self._last = _MEANS.get(status, "lost")

    def lost(self, why: str, now: datetime) -> None:
        self.why = why
        self._turn(self._last, now)

    def begin(self) -> None:
        self.begun += 1
        self._last = "lost"

    def _turn(self, state: State, now: datetime) -> None:
        if state != self.state:
            self.state, self.since = state, now


class Followers:
    """Owns who is asked; on one loop. One device that is gone, or whose answers nobody foresaw, is
    nothing to the others."""

    def __init__(
        self, followers: Sequence[Follower], line: "Callable[[Follower], HttpLine]"
    ) -> None:
        self._line = line
        self._asked = {one.asked.device: one for one in followers}
        self._standing = {name: Standing(name, one.asked.kind) for name, one in self._asked.items()}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._fatal: asyncio.Future[None] | None = None  # while it runs

    @property
    def standing(self) -> list[Standing]:
        return list(self._standing.values())

    def asked(self, device: str) -> Follower | None:
        """As it is asked now."""
        return self._asked.get(device)

    async def run(self) -> None:
        """Until it is cancelled, or something fatal."""
        self._fatal = asyncio.get_running_loop().create_future()
        try:
            for one in self._asked.values():
                self._begin(one)
            await self._fatal
        finally:
            self._fatal.cancel()
            await end(*self._tasks.values())

    async def ask(self, follower: Follower) -> None:
        """From here on; before `run`, from its start. How it was asked before ends first."""
        device = follower.asked.device
        await self.leave(device)
        self._asked[device] = follower
        self._standing[device] = Standing(device, follower.asked.kind)
        if self._fatal is not None and not self._fatal.done():
            self._begin(follower)

    async def leave(self, device: str) -> None:
        """It is asked no more when this returns."""
        self._asked.pop(device, None)
        self._standing.pop(device, None)
        task = self._tasks.pop(device, None)
        if task is not None:
            await end(task)

    def broken(self, device: str, kind: str, why: str) -> None:
        """To be told of, and not asked."""
        self._standing[device] = Standing(device, kind, why=why, state="broken")

    def _begin(self, follower: Follower) -> None:
        device = follower.asked.device
        task = asyncio.create_task(
            self._run(follower, self._standing[device]), name=f"source {device}"
        )
        task.add_done_callback(self._ended)
        self._tasks[device] = task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self._fatal is not None and not self._fatal.done():
            self._fatal.set_exception(error)

    async def _run(self, follower: Follower, standing: Standing) -> None:
        wait = _BACKOFF[0]
        loop = asyncio.get_running_loop()
        while True:
            standing.begin()
            began, before = loop.time(), standing.why
            line = self._line(follower)
            line.heard = lambda status, line=line: standing.heard(status, line.now())  # type: ignore[misc]
            try:
                await follower.follow(line)
                why = "it ended"
            except LineLost as lost:
                why = str(lost)
            except FAULTS as error:  # ours, on an answer nobody foresaw
                why = f"fault: {type(error).__name__}"
                log.exception("%s %s", standing.kind, standing.device)
            finally:
                await line.close()
            if loop.time() - began > _SETTLED:
                wait = _BACKOFF[0]
            standing.lost(why, line.now())
            if why != before:
                log.warning("%s %s: %s", standing.kind, standing.device, why)
            await asyncio.sleep(wait * random.uniform(0.7, 1.3))  # noqa: S311
            wait = min(wait * 2, _BACKOFF[1])
