"""One camera, from its source to what is told of it, on a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable

import cv2
import msgspec

from core.clock import Clock
from core.events.camera import HealthReported
from edge.camera.config import Place
from edge.camera.live import Live
from edge.camera.pipeline import Pipeline
from edge.camera.reader import Counts, Reader
from edge.camera.said import Said
from edge.camera.seen import Frame, Told

_LOG = logging.getLogger(__name__)
_WAIT_S = 0.5  # for a picture; as long takes a stop to be seen

Tell = Callable[[Told], None]
Line = Callable[[], tuple[int, int]]  # events unsent, and those that had to make room


class Watching:
    """`run` is the thread's. Owns the pipeline and the live picture."""

    def __init__(
        self,
        place: Place,
        reader: Reader,
        pipeline: Pipeline,
        live: Live,
        *,
        tell: Tell,
        line: Line,
        clock: Clock,
        health_s: float,
    ) -> None:
        self.name = place.name
        self._reader, self._pipeline, self._live = reader, pipeline, live
        self._tell, self._line, self._clock, self._health_s = tell, line, clock, health_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {place.name}", daemon=True)
        self._finished = False
        self._broken = 0

    def start(self) -> None:
        self._reader.start()
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def finished(self) -> bool:
        """It came to its end in order: told to stop, or a file that is through."""
        return self._finished

    def stop(self) -> None:
        self._stop.set()

    def join(self, within_s: float) -> None:
        self._thread.join(within_s)

    def _run(self) -> None:
        report = _Report(self._health_s)
        while True:
            if self._stop.is_set():
                self._reader.stop()
                if self._reader.empty:
                    break
            frame = self._reader.take(_WAIT_S)
            if frame is None:
                if self._reader.ended.is_set() and self._reader.empty:
                    break
                self._say_missing()
            else:
                self._analyse(frame)
            if report.due():
                self._health(report)
        for told in self._pipeline.end():
            self._tell(told)
        self._health(report)
        self._finished = True

    def _analyse(self, frame: Frame) -> None:
        try:
            for told in self._pipeline.step(frame):
                self._tell(told)
            self._live.step(frame, self._now())
        except cv2.error as error:
            # A picture the library stumbles over, such as one of another size than before.
            self._broken += 1
            if self._broken == 1:
                _LOG.warning("%s: a picture could not be analysed: %s", self.name, error.err)

    def _say_missing(self) -> None:
        for told in self._pipeline.missing(self._now()):
            self._tell(told)

    def _health(self, report: "_Report") -> None:
        counts, pipeline = self._reader.counts, self._pipeline
        unsent, lost = self._line()
        fps, cpu = report.rates(pipeline.analysed, counts)
        data = HealthReported(
            read=counts.read,
            analysed=pipeline.analysed,
            dropped=counts.dropped,
            damaged=counts.damaged + self._broken,
            reconnects=counts.reconnects,
            hung=counts.hung,
            fps=round(fps, 2),
            cpu=round(cpu, 4),
            unsent=unsent,
            lost_events=lost,
            fault=pipeline.fault,
            online=self._reader.connected,
        )
        self._tell(Said(data, self._now()))

    def _now(self) -> float:
        return self._clock.now().timestamp()


class _Report(msgspec.Struct):
    """What the last report said, so that rates are of the time since."""

    every_s: float
    analysed: int = 0
    cpu_s: float = 0.0
    at: float = msgspec.field(default_factory=time.monotonic)
    last: float = msgspec.field(default_factory=time.monotonic)

    def due(self) -> bool:
        return time.monotonic() - self.last >= self.every_s

    def rates(self, analysed: int, counts: Counts) -> tuple[float, float]:
        """Of the thread that calls, together with the reader's."""
        now = time.monotonic()
        passed = max(now - self.last, 1e-3)
        used = time.thread_time() + counts.cpu_s
        fps, cpu = (analysed - self.analysed) / passed, (used - self.cpu_s) / passed
        self.last, self.analysed, self.cpu_s = now, analysed, used
        return fps, max(0.0, cpu)
