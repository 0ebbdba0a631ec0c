"""Simulated power loss: every point of a recorded run, every mix of unsynced writes; each state
is opened by the real code on stock SQLite and held to what had been said by then."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

import msgspec

from core.keys import verify
from tests.crash.lab.account import Wrong
from tests.crash.lab.disk import states
from tests.crash.lab.trace import Mark, Op

_AGAIN = 16  # one state in so many also gets what was interrupted delivered again


class Recording(Protocol):
    @property
    def ops(self) -> list[Op]: ...
    def check(self, folder: Path, marks: int, *, again: bool) -> None:
        """Wrong names what had been said by the `marks`-th mark and does not hold now."""
        ...


class Verdict(msgspec.Struct, frozen=True):
    """One trial: what it was, and what was wrong with it (empty: nothing)."""

    trial: str
    wrong: str = ""


def campaign(
    recording: Recording, wanted: int, seed: int, share: tuple[int, int] = (0, 1)
) -> Iterator[Verdict]:
    """One verdict a state, `wanted` of them if there are so many."""
    marks = [0]
    for op in recording.ops:
        marks.append(marks[-1] + isinstance(op, Mark))
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, remembering():
        for trial, (done, disk, mode, choice) in enumerate(
            states(recording.ops, share, wanted, seed), 1
        ):
            folder = Path(scratch) / "state"
            folder.mkdir()
            disk.materialise(choice, folder)
            wrong = ""
            try:
                recording.check(folder, marks[done], again=trial % _AGAIN == 0)
            except Wrong as found:
                wrong = str(found)
            yield Verdict(f"seed {seed}, share {share}, call {done}, {mode}", wrong)
            shutil.rmtree(folder)


@contextmanager
def remembering() -> Iterator[None]:
    """The same few signatures are verified in every trial: a pure function, remembered."""
    with patch("core.batch.verify", lru_cache(maxsize=10_000)(verify)):
        yield


def memory() -> str | None:
    """A folder in memory, where a sync costs nothing; None for the system's own choice."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
