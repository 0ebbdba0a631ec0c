"""The thread that takes pictures from a source, and what it leaves for analysis.

It decodes what is analysed and only moves past the rest. A source that goes away is tried again
after pauses that grow; one that hangs inside the library is left to itself with its thread, and
another thread begins anew. Analysis that is slower than the source gets the newest pictures: what
it could not take is dropped, and counted.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from core.clock import Clock
from edge.camera.address import Address
from edge.camera.seen import Frame
from edge.camera.source import Capture

_LOG = logging.getLogger(__name__)
_KEPT = 2  # pictures that wait: more would only be older
_EARLY = 0.25  # of the time between two: a camera's pictures come with a jitter
_EXACT = 0.01  # ... and a file's do not
_FIRST_S, _LONGEST_S = 1.0, 60.0  # pauses between attempts
_GIVEN_UP = 3  # threads that may hang at once

Open = Callable[[], Capture | None]


class Counts(msgspec.Struct):
    """Since the worker began. `read`: pictures the source gave; `taken`: decoded for analysis;
    `dropped`: of these, how many analysis never saw."""

    read: int = 0
    taken: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    hung: int = 0
    cpu_s: float = 0.0  # of reading and decoding


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    fps: float
    pace: bool = True  # of a file: not faster than it was taken
    repeat: bool = False  # of a file
    patience_s: float = 20.0  # a step that takes longer hangs


class Reader:
    """`take` is for one thread; the rest for any. Owns its threads."""

    def __init__(self, address: Address, open: Open, pacing: Pacing, clock: Clock) -> None:
        self.counts = Counts()
        self.ended = threading.Event()  # a file that does not repeat is through
        self.connected = False
        self._address, self._open, self._pacing, self._clock = address, open, pacing, clock
        self._waiting: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._last_at = 0.0
        self._number = 0
        self._life = 0  # whose thread may still leave something
        self._beat = time.monotonic()
        self._threads: list[threading.Thread] = []
        self._random = random.Random(address.shown)  # noqa: S311 - spreads attempts, no secret

    def start(self) -> None:
        self._life += 1
        self._beat = time.monotonic()
        life = self._life
        thread = threading.Thread(
            target=self._run, args=(life,), name=f"read {self._address.shown}", daemon=True
        )
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def take(self, within_s: float) -> Frame | None:
        """The next picture, waited for that long. A source that hangs is begun anew from here."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(within_s)
            frame = self._waiting.popleft() if self._waiting else None
            self._changed.notify_all()
        if frame is None:
            self._look_after()
        return frame

    @property
    def empty(self) -> bool:
        with self._changed:
            return not self._waiting

    def stop(self, within_s: float = 2.0) -> None:
        """What waits can still be taken. A thread that hangs is left to the end of the process."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._threads:
            self._threads[-1].join(within_s)

    def _look_after(self) -> None:
        late = time.monotonic() - self._beat > self._pacing.patience_s
        if not late or self._stop.is_set() or self.ended.is_set():
            return
        if sum(one.is_alive() for one in self._threads) > _GIVEN_UP:
            return
        self.counts.hung += 1
        self.connected = False
        _LOG.warning("%s hangs: begun anew", self._address.shown)
        self.start()

    def _alive(self, life: int) -> bool:
        self._beat = time.monotonic() if life == self._life else self._beat
        return life == self._life and not self._stop.is_set()

    def _run(self, life: int) -> None:
        pause = _FIRST_S
        while self._alive(life):
            capture = self._open()
            if capture is None:
                if pause == _FIRST_S:
                    _LOG.warning("%s gives no picture", self._address.shown)
                pause = self._wait(life, pause)
                continue
            _LOG.info("%s: connected", self._address.shown)
            self.connected = self._alive(life)
            some = self._read(life, capture)
            capture.release()
            if not self._alive(life):
                return
            self.connected = False
            if self._address.kind == "file" and some and not self._pacing.repeat:
                self.ended.set()
                return
            self.counts.reconnects += 1
            pause = self._wait(life, _FIRST_S if some else pause)

    def _wait(self, life: int, pause: float) -> float:
        """Waits between half of it and all; what comes next is twice as long."""
        until = time.monotonic() + pause * (0.5 + self._random.random() / 2)
        if self._address.kind == "file" and self._pacing.repeat and self.connected:
            return pause
        while self._alive(life) and (left := until - time.monotonic()) > 0:
            self._stop.wait(min(left, 0.5))
        return min(pause * 2, _LONGEST_S)

    def _read(self, life: int, capture: Capture) -> bool:
        """Until the source ends; whether it gave a picture."""
        timing = _Timing(self._address, self._pacing, capture, self._now(), self._stop)
        began = self.counts.read
        used = time.thread_time()
        while self._alive(life) and capture.grab():
            self.counts.read += 1
            self._number += 1
            at = timing.next(self._now())
            if at is not None:
                image = capture.retrieve()
                if image is None:
                    self.counts.damaged += 1
                elif self._alive(life):
                    self._last_at = max(at, self._last_at)
                    self._leave(Frame(self._number, self._last_at, image), life)
            now = time.thread_time()
            self.counts.cpu_s += now - used
            used = now
        return self.counts.read > began

    def _leave(self, frame: Frame, life: int) -> None:
        with self._changed:
            self.counts.taken += 1
            if self._address.kind == "file" and not self._pacing.pace:
                while len(self._waiting) >= _KEPT and self._alive(life):
                    self._changed.wait(0.5)
            while len(self._waiting) >= _KEPT:
                self._waiting.popleft()
                self.counts.dropped += 1
            self._waiting.append(frame)
            self._changed.notify_all()

    def _now(self) -> float:
        return self._clock.now().timestamp()


class _Timing:
    """Which pictures are analysed, and when they were taken."""

    def __init__(
        self, address: Address, pacing: Pacing, capture: Capture, now: float, stop: threading.Event
    ) -> None:
        self._step = 1 / pacing.fps
        self._stop = stop
        self._due = 0.0
        self._count = 0
        self._apart = 0.0  # between two pictures of a file; 0: by the clock
        self._pace = pacing.pace
        self._began = time.monotonic()
        self._base = now
        if address.kind == "file":
            self._apart = 1 / (capture.rate() or 25.0)
            if not pacing.pace:  # through before it could have been taken: it ended now
                self._base = now - capture.length() * self._apart

    def next(self, now: float) -> float | None:
        """When the picture just grabbed was taken, or None if it is not looked at."""
        at = now
        if self._apart:
            at = self._base + self._count * self._apart
            if self._pace:
                self._stop.wait(
                    max(0.0, self._began + self._count * self._apart - time.monotonic())
                )
        self._count += 1
        if at < self._due - (_EXACT if self._apart else _EARLY) * self._step:
            return None
        self._due = at + self._step if at > self._due + self._step else self._due + self._step
        return at
