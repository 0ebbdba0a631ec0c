"""Discrete-event simulation: processes that wait in virtual time and say something.

A process is a generator. It yields seconds to wait, or a function that builds a message; the
message is built when it is sent, so record numbers rise in the order of sending and the time
inside a payload is the time of sending at any speed.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from devices.adapter import Message

Build = Callable[[datetime], Message]
Process = Iterator[float | Build]
Pace = Callable[[float, int], datetime]  # virtual seconds, messages so far → time of sending


class Timed(msgspec.Struct, frozen=True):
    """One message and when it is sent (aware). `fault` names what was done to it, if anything."""

    at: datetime
    topic: str
    payload: bytes
    fault: str = ""


class Agenda:
    """What happens next. `now` is virtual Unix time."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._queue: list[tuple[float, int, Process]] = []
        self._started = 0

    def start(self, process: Process, after: float = 0.0) -> None:
        self._push(self.now + after, process)

    def run(self, pace: Pace, until: datetime | None = None) -> Iterator[Timed]:
        """Messages in time order and earlier than `until`; endless without it, as long as a
        process is left."""
        sent = 0
        queue = self._queue
        while queue:
            self.now, _, process = heapq.heappop(queue)
            at = pace(self.now, sent)
            if until is not None and at >= until:
                return
            for step in process:
                if isinstance(step, int | float):
                    self._push(self.now + step, process)
                    break
                at = pace(self.now, sent)
                if until is not None and at >= until:
                    return
                sent += 1
                message = step(at)
                yield Timed(at, message.topic, message.payload)

    def _push(self, when: float, process: Process) -> None:
        # The count keeps processes due at the same instant in the order they were put off.
        self._started += 1
        heapq.heappush(self._queue, (when, self._started, process))


def natural(start: datetime, speed: float = 1.0, begin: datetime | None = None) -> Pace:
    """As it would happen, `speed` times as fast; virtual time starts at `begin`."""
    origin = (begin or start).timestamp()

    def pace(now: float, _sent: int) -> datetime:
        return start + timedelta(seconds=(now - origin) / speed)

    return pace


def steady(start: datetime, rate: float) -> Pace:
    """`rate` messages a second, whatever the hour would bring by itself."""

    def pace(_now: float, sent: int) -> datetime:
        return start + timedelta(seconds=sent / rate)

    return pace
