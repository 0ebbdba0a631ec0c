"""The event stores that the port's contract is tested with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from core.store.port import EventStore
from core.store.sqlite import SQLiteEventStore

Open = Callable[[], EventStore]
# Called with a directory for this test alone; gives what opens the same storage again and again.
Backend = Callable[[Path], AbstractContextManager[Open]]


@contextmanager
def sqlite(directory: Path) -> Iterator[Open]:
    yield lambda: SQLiteEventStore(directory / "log.db")


BACKENDS: dict[str, Backend] = {"sqlite": sqlite}
