"""The thread that reads: what it decodes, what it drops, and how it comes back."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
import pytest

from edge.camera.address import Address
from edge.camera.reader import Open, Pacing, Reader
from edge.camera.seen import Frame, Image
from edge.camera.source import Capture
from tests.fix_broker import eventually
from tests.fix_core import FixedClock

FILE = Address("file", "clip.avi", "clip.avi")
STREAM = Address("stream", "rtsp://u:secret@cam/x", "rtsp://***@cam/x")
BLANK = np.zeros((4, 4, 3), np.uint8)


class Fake:
    """A capture of `count` pictures. `each` is called before one is given."""

    def __init__(
        self, count: int, rate: float = 10.0, each: Callable[[int], None] = lambda _: None
    ) -> None:
        self.grabbed = 0
        self.retrieved = 0
        self.released = False
        self._count, self._rate, self._each = count, rate, each

    def grab(self) -> bool:
        if self.grabbed >= self._count:
            return False
        self._each(self.grabbed)
        self.grabbed += 1
        return True

    def retrieve(self) -> Image | None:
        self.retrieved += 1
        return BLANK if self.grabbed != 3 else None  # the third is damaged

    def rate(self) -> float:
        return self._rate

    def length(self) -> int:
        return self._count

    def release(self) -> None:
        self.released = True


def held(event: threading.Event) -> None:
    event.wait(30)


def opening(*captures: Capture | None) -> Open:
    waiting = iter(captures)
    return lambda: next(waiting, None)


@pytest.fixture
def started() -> Iterator[Callable[..., Reader]]:
    made: list[Reader] = []

    def start(address: Address, open: Open, **pacing: float | bool) -> Reader:
        told = Pacing(fps=10, **pacing) if "fps" not in pacing else Pacing(**pacing)  # type: ignore[arg-type]
        reader = Reader(address, open, told, FixedClock())
        made.append(reader)
        reader.start()
        return reader

    yield start
    for one in made:
        one.stop()


def all_of(reader: Reader) -> list[Frame]:
    found: list[Frame] = []

    def done() -> bool:
        while (frame := reader.take(0.01)) is not None:
            found.append(frame)
        return reader.ended.is_set() and reader.empty

    eventually(done)
    return found


def test_a_file_is_read_whole_and_as_fast_as_it_is_taken(started: Callable[..., Reader]) -> None:
    capture = Fake(50)
    reader = started(FILE, opening(capture), pace=False)
    frames = all_of(reader)
    assert [one.number for one in frames] == [n for n in range(1, 51) if n != 3]
    assert frames[-1].at - frames[0].at == pytest.approx(4.9)
    now = FixedClock().now().timestamp()
    assert frames[-1].at == pytest.approx(now - 0.1)
    assert (reader.counts.read, reader.counts.taken) == (50, 49)
    assert (reader.counts.damaged, reader.counts.dropped) == (1, 0)
    assert capture.released


def test_only_what_is_analysed_is_decoded(started: Callable[..., Reader]) -> None:
    capture = Fake(100, rate=25.0)
    frames = all_of(started(FILE, opening(capture), pace=False, fps=5))
    assert capture.grabbed == 100
    assert capture.retrieved == 20
    assert [one.number for one in frames][:4] == [1, 6, 11, 16]


def test_the_newest_pictures_are_kept_and_the_others_counted(
    started: Callable[..., Reader],
) -> None:
    through = threading.Event()
    clock = FixedClock()

    def each(number: int) -> None:
        clock.move(timedelta(seconds=0.1))
        if number == 19:
            through.set()
            hold.wait(10)

    hold = threading.Event()
    reader = Reader(STREAM, opening(Fake(20, each=each)), Pacing(fps=10), clock)
    reader.start()
    assert through.wait(10)
    eventually(lambda: reader.counts.taken == 18)
    first, second = reader.take(1), reader.take(1)
    assert first is not None
    assert second is not None
    assert [first.number, second.number] == [18, 19]
    assert reader.counts.dropped == 16
    hold.set()
    reader.stop()


def test_a_source_that_goes_is_begun_again(
    started: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.camera.reader._FIRST_S", 0.01)
    one, other = Fake(1), Fake(1)
    reader = started(STREAM, opening(None, one, None, None, other))
    numbers = []
    for _ in range(2):
        frame = reader.take(30)
        assert frame is not None
        numbers.append(frame.number)
    assert numbers == [1, 2]
    assert reader.counts.reconnects >= 1
    assert one.released


def test_a_source_that_hangs_is_left_to_itself(started: Callable[..., Reader]) -> None:
    hold = threading.Event()
    hanging = Fake(5, each=lambda _: held(hold))
    reader = started(STREAM, opening(hanging, Fake(1)), patience_s=0.05)
    frame = eventually(lambda: reader.take(0.02))
    assert frame is not None
    assert frame.number == 1
    assert reader.counts.hung == 1
    hold.set()
    eventually(lambda: hanging.released)
    assert hanging.grabbed == 1


def test_times_never_run_back() -> None:
    clock = FixedClock()
    times = iter([0.1, 0.1, -5.0, 0.1, 6.0])

    def each(number: int) -> None:
        clock.move(timedelta(seconds=next(times)))

    reader = Reader(STREAM, opening(Fake(5, each=each)), Pacing(fps=1000), clock)
    reader.start()
    found: list[Frame] = []

    def through() -> bool:
        if (one := reader.take(0.01)) is not None:
            found.append(one)
        return reader.counts.read == 5

    eventually(through)
    while (one := reader.take(0.05)) is not None:
        found.append(one)
    reader.stop()
    assert [one.at for one in found] == sorted(one.at for one in found)
