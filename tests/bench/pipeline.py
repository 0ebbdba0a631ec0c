"""The hub's processes under load: frames in at one end, rows in views and history at the other.

Each part is a process of its own, as in the product; it says when it is ready, begins when it is
told, and says when its last row is committed. What feeds the hub reads ready frames from a file:
the broker is not in this figure (it is in `visible` and `resident`).
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from multiprocessing import get_context
from multiprocessing.connection import Connection

import msgspec

from core.clock import SystemClock
from core.ingest import Ingest
from infra.hub import interpreter
from infra.hub.waiting import Waiting
from tests.bench import parts
from tests.bench.parts import Load, Place
from tests.bench.timing import Run, measured

_SPAWN = get_context("spawn")
_PATIENCE = 600.0
_LOOK = 0.005
_AHEAD = 1024  # frames that wait, as behind a broker that is ahead of the hub


class Said(msgspec.Struct):
    """By a part: when it was through (monotonic clock, one for all processes) and where."""

    position: int
    at: float
    accepted: float = 0.0


def run(place: Place, load: Load, pids: Sequence[int] = ()) -> tuple[Run, dict[str, Said]]:
    """All parts over `load`, from the first frame to the last row. The run's time ends with the
    slowest part."""
    with ExitStack() as stack:
        hub = stack.enter_context(closing(_Part(_hub, place, load)))
        hub.hear()  # the log is made by who appends
        history = stack.enter_context(closing(_Part(_history, place, load)))
        history.hear()
        with measured(load.events, pids) as spent:
            began = time.monotonic()
            history.tell(0)
            hub.tell(0)
            said = {"hub": hub.hear()}
            history.tell(said["hub"].position)
            said["history"] = history.hear()
            spent.seconds = max(one.at for one in said.values()) - began
            said["hub"].accepted -= began
            for one in said.values():
                one.at -= began
    return spent, said


class _Part:
    """A process and the pipe to it. `close` ends it."""

    def __init__(
        self, main: Callable[[Connection, Place, Load], None], place: Place, load: Load
    ) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=main, args=(theirs, place, load))
        self._process.start()
        theirs.close()

    def tell(self, position: int) -> None:
        self._ours.send(position)

    def hear(self) -> Said:
        if not self._ours.poll(_PATIENCE):
            raise RuntimeError(f"{self._process.name} says nothing")
        said = self._ours.recv()
        assert isinstance(said, Said)
        return said

    def close(self) -> None:
        self._ours.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _hub(pipe: Connection, place: Place, load: Load) -> None:
    """Ingest on one thread, views on another, signing on a third, as `menwei hub` has them."""
    interpreter.share()
    city, clock = load.city(), SystemClock()
    with (
        closing(parts.store_of(place)) as store,
        closing(parts.Views(place, store)) as views,
        closing(parts.Signing(place, store)) as signing,
    ):
        ingest = parts.ingest(store, city)
        folding = threading.Thread(target=views.runner.run)
        pipe.send(Said(0, time.monotonic()))
        pipe.recv()
        folding.start()
        signing.start()
        try:
            waiting = Waiting({(one.compound, one.name) for one in city.gateways})
            for arrival in city.arrivals(load.events):
                if len(waiting) >= _AHEAD:
                    _accept(ingest, waiting, clock)
                assert not waiting.add(arrival), "nothing may be dropped here"
            while len(waiting):
                _accept(ingest, waiting, clock)
            accepted = time.monotonic()
            head = store.head()
            _until(lambda: views.runner.position() >= head, folding)
            signing.finish()
            pipe.send(Said(head, time.monotonic(), accepted))
        finally:
            views.runner.stop()
            folding.join()


def _accept(ingest: Ingest, waiting: Waiting, clock: SystemClock) -> None:
    """One commit, of as many frames as the hub takes together."""
    receipts = ingest.accept(waiting.take(), clock.now())
    refused = {one.refused for one in receipts if one.refused}
    if refused:
        raise RuntimeError(f"the city's batches were refused: {refused}")


def _until(there: Callable[[], bool], working: threading.Thread) -> None:
    while not there():
        if not working.is_alive():
            raise RuntimeError("the views stopped")
        time.sleep(_LOOK)


def _history(pipe: Connection, place: Place, _: Load) -> None:
    interpreter.share()
    with closing(parts.HistoryProcess(place)) as history:
        pipe.send(Said(0, time.monotonic()))
        pipe.recv()
        target: int | None = None
        while target is None or history.position() < target:
            if not history.step():
                time.sleep(_LOOK)
            if target is None and pipe.poll():
                target = pipe.recv()
        pipe.send(Said(history.position(), time.monotonic()))
