"""Lines on every core, what they became in the order of the file."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import msgspec

from core.errors import EnvironmentFault
from infra.importing.aside import Aside
from infra.importing.lines import Block
from infra.importing.made import Batch
from infra.importing.messages import Reader, Setting

_AHEAD = 2  # blocks under way for each process: the next is there when one is done
_FEW = 4 << 20  # bytes of a file that is read before a process has started


class Read(msgspec.Struct, frozen=True):
    """`lines` are the messages that those of the block say, each in its place, empty where there
    is none; `aside` is what was found wrong on the way; `rows` how many of them are rows."""

    block: Block
    lines: list[bytes]
    rows: int
    aside: list[Aside]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Batch).decode


class Pool:
    """Owns the processes, which are started when a file is worth it and stay for the next ones."""

    def __init__(self, setting: Setting, workers: int) -> None:
        """`workers` 0: one a core."""
        self.setting = setting
        self._many = workers or os.cpu_count() or 1
        self._reader = Reader(setting)
        self._processes: ProcessPoolExecutor | None = None

    def decoded(self, every: Iterable[Read], size: int) -> Iterator[tuple[Read, Batch]]:
        """`size` of the file in bytes."""
        if self._many < 2 or size < _FEW:
            for one in every:
                yield one, self._reader.batch(one.block.first, one.lines)
            return
        try:
            yield from self._spread(every)
        except BrokenProcessPool as error:
            raise EnvironmentFault(
                "A process of the import was killed, for want of memory perhaps. Nothing of this "
                "file has been taken in: run it again, with fewer --workers."
            ) from error

    def close(self) -> None:
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)

    def _spread(self, every: Iterable[Read]) -> Iterator[tuple[Read, Batch]]:
        if self._processes is None:
            self._processes = ProcessPoolExecutor(
                self._many,
                mp_context=get_context("spawn"),
                initializer=_begin,
                initargs=(self.setting,),
            )
        waiting: deque[tuple[Read, Future[bytes]]] = deque()
        for one in every:
            waiting.append((one, self._processes.submit(_work, one.block.first, one.lines)))
            if len(waiting) > self._many * _AHEAD:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)


def _next(waiting: deque[tuple[Read, Future[bytes]]]) -> tuple[Read, Batch]:
    one, result = waiting.popleft()
    return one, _unpack(result.result())


_reader: list[Reader] = []  # of a worker process, made when it starts


def _begin(setting: Setting) -> None:
    _reader[:] = [Reader(setting)]


def _work(first: int, lines: list[bytes]) -> bytes:
    return _pack(_reader[0].batch(first, lines))
