"""Devices that are asked: one task each, begun again after pauses that grow."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

import msgspec

from core.tasks import end
from devices.registry import FAULTS
from devices.wire import LineLost
from edge.lines.asking import HttpLine
from edge.lines.config import Follower

log = logging.getLogger("edge.lines")

_BACKOFF = (1.0, 60.0)  # seconds, first and longest, jittered
_SETTLED = 120.0  # a line that lasted so long begins with the shortest pause again


class Standing(msgspec.Struct):
    """How it stands with one device; for whoever looks."""

    device: str
    kind: str
    begun: int = 0  # how often the line was begun
    why: str = ""  # it is not there; empty while nothing is wrong


class Followers:
    """Owns who is asked. One device that is gone, or whose answers nobody foresaw, is nothing to
    the others."""

    def __init__(self, followers: Sequence[Follower], line: Callable[[Follower], HttpLine]) -> None:
        self._followers, self._line = followers, line
        self.standing = [Standing(one.asked.device, one.asked.kind) for one in followers]

    async def run(self) -> None:
        """Until it is cancelled, or something fatal."""
        tasks = [
            asyncio.create_task(self._run(one, standing), name=f"source {one.asked.device}")
            for one, standing in zip(self._followers, self.standing, strict=True)
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            await end(*tasks)

    async def _run(self, follower: Follower, standing: Standing) -> None:
        wait = _BACKOFF[0]
        loop = asyncio.get_running_loop()
        while True:
            standing.begun += 1
            began = loop.time()
            line = self._line(follower)
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
            if why != standing.why:
                log.warning("%s %s: %s", standing.kind, standing.device, why)
                standing.why = why
            await asyncio.sleep(wait * random.uniform(0.7, 1.3))  # noqa: S311
            wait = min(wait * 2, _BACKOFF[1])
