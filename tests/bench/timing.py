"""Repeats that take turns, and what a run cost: time, processor time and memory of whole process
trees, a database server's included."""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import psutil

_EVERY = 0.25  # seconds between two looks at memory


class Run(msgspec.Struct):
    """One repeat."""

    events: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Of an event."""
        return self.cpu_seconds / self.events * 1e6


class Tree:
    """Processes with their descendants. `roots` are asked each time: they come and go."""

    def __init__(self, roots: Callable[[], Sequence[int]]) -> None:
        self._roots = roots

    def cpu_seconds(self) -> float:
        """Of those that live and of those they have waited for."""
        total = 0.0
        for one in self._all():
            try:
                total += sum(one.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
        return total

    def resident_mb(self, *, shared_once: bool = False) -> float:
        """`shared_once`: pages that several hold (a database's buffers) count in one of them."""
        total = 0
        for one in self._all():
            try:
                total += one.memory_full_info().pss if shared_once else one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 1e6

    def _all(self) -> list[psutil.Process]:
        found: dict[int, psutil.Process] = {}
        for root in self._roots():
            try:
                process = psutil.Process(root)
                for one in (process, *process.children(recursive=True)):
                    found[one.pid] = one
            except psutil.NoSuchProcess:
                continue
        return list(found.values())


class _Memory:
    """Looking at the memory of many processes stops them for as long as it takes, again and
    again: it is done in a turn whose time does not count."""

    def __init__(self) -> None:
        self.looked_at = False


_memory = _Memory()


@contextmanager
def looking_at_memory() -> Iterator[None]:
    _memory.looked_at = True
    try:
        yield
    finally:
        _memory.looked_at = False


@contextmanager
def measured(events: int, roots: Sequence[int] = ()) -> Iterator[Run]:
    """Fills in the run when the block ends. `roots`: processes beside this one and its children."""
    tree = Tree(lambda: (os.getpid(), *roots))
    run = Run(events)
    over = threading.Event()
    watching = threading.Thread(target=_watch, args=(tree, run, over))
    used = tree.cpu_seconds()
    if _memory.looked_at:
        watching.start()
    began = time.perf_counter()
    try:
        yield run
    finally:
        run.seconds = run.seconds or time.perf_counter() - began
        over.set()
        if watching.ident is not None:
            watching.join()
        run.cpu_seconds = tree.cpu_seconds() - used


def alternate(
    repeats: int, parts: Mapping[str, Callable[[int], Run]], *, warm: bool = True
) -> dict[str, list[Run]]:
    """Every part `repeats` times, in turns, so that a slow minute of the machine hits all of them;
    a first turn whose time is thrown away warms caches up and tells the memory. A part is told the
    number of its turn."""
    found: dict[str, list[Run]] = {name: [] for name in parts}
    peaks: dict[str, float] = {}
    if warm:
        with looking_at_memory():
            peaks = {name: part(-1).peak_mb for name, part in parts.items()}
    for turn in range(repeats):
        for name, part in parts.items():
            run = part(turn)
            run.peak_mb = peaks.get(name, run.peak_mb)
            found[name].append(run)
    return found


def cost(runs: Sequence[Run]) -> str:
    """What stands behind a rate."""
    cpu = statistics.median(run.cpu_us for run in runs)
    peak = max(run.peak_mb for run in runs)
    memory = f", {peak:.0f} MB at the highest, all processes" if peak else ""
    return f"{cpu:.1f} µs of CPU an event{memory}"


def _watch(tree: Tree, run: Run, over: threading.Event) -> None:
    while True:
        run.peak_mb = max(run.peak_mb, tree.resident_mb(shared_once=True))
        if over.wait(_EVERY):
            return
