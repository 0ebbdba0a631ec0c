"""A witness that dies, or whose disk fails, at every step of every write: what it cosigned and
said stands after the restart, and no second history is ever signed."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import FatalError
from core.tlog import checkpoint
from core.tlog.witness import Declined
from infra.witness.witness import Witness, origin_hash
from tests.fix_core import FixedClock
from tests.fix_witness import ORIGIN, leaves, log_of, submission, witness


class Cut(BaseException):
    """The process is gone."""


class Steps:
    """Counts the system calls of `durable.put`; the chosen one fails, or is the last."""

    def __init__(self, fatal: int, error: BaseException, after: bool) -> None:
        self.fatal, self.error, self.after, self.count = fatal, error, after, 0
        self.fired = False

    def around(self, real: object, *args: object, **kwargs: object) -> object:
        self.count += 1
        now = self.count == self.fatal
        self.fired |= now
        if now and not self.after:
            raise self.error
        made = real(*args, **kwargs)  # type: ignore[operator]
        if now:
            raise self.error
        return made


CALLS = ("open", "fsync", "replace")  # of os; the file's own write comes between the first two
STEPS = 5  # open, sync, rename, open and sync the directory
EIO, ENOSPC = (OSError(code, os.strerror(code)) for code in (errno.EIO, errno.ENOSPC))
FAULTS: list[tuple[BaseException, bool]] = [
    (Cut(), False),
    (Cut(), True),
    (EIO, False),
    (EIO, True),
    (ENOSPC, False),
]


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()


def bend(patched: pytest.MonkeyPatch, steps: Steps) -> None:
    for name in CALLS:
        real = getattr(os, name)
        patched.setattr(os, name, lambda *a, real=real, **k: steps.around(real, *a, **k))


def known(made: Witness) -> int:
    told = made.latest(origin_hash(ORIGIN))
    return checkpoint.parse(told).head.size if told else 0


def forked(made: Witness, old: int) -> None:
    with pytest.raises(Declined):
        made.add(submission(old, log_of(leaves(old + 3, "other", 1))).encode())


@pytest.mark.parametrize("step", range(1, STEPS + 1))
@pytest.mark.parametrize(("error", "after"), FAULTS)
@pytest.mark.parametrize("before", [0, 4])
def test_at_every_step_of_a_write(
    tmp_path: Path,
    patched: pytest.MonkeyPatch,
    before: int,
    error: BaseException,
    after: bool,
    step: int,
) -> None:
    clock = FixedClock()
    made = witness(tmp_path, clock)
    if before:
        made.add(submission(0, log_of(leaves(before))).encode())
    steps = Steps(step, error, after)
    bend(patched, steps)
    with pytest.raises((Cut, FatalError)):
        made.add(submission(before, log_of(leaves(9))).encode())
    patched.undo()
    assert steps.fired
    assert known(made) == before  # it is told to nobody
    if isinstance(error, OSError):
        with pytest.raises(FatalError):
            made.add(submission(before, log_of(leaves(9))).encode())
    again = witness(tmp_path, clock)
    stands = known(again)
    assert stands in (before, 9)
    if stands:
        forked(again, stands)
    again.add(submission(stands, log_of(leaves(12))).encode())
    assert known(witness(tmp_path, clock)) == 12


@pytest.mark.parametrize("step", range(1, STEPS + 1))
@pytest.mark.parametrize(("error", "after"), FAULTS)
def test_at_every_step_of_a_start(
    tmp_path: Path, patched: pytest.MonkeyPatch, error: BaseException, after: bool, step: int
) -> None:
    clock = FixedClock()
    witness(tmp_path, clock).add(submission(0, log_of(leaves(4))).encode())
    steps = Steps(step, error, after)
    bend(patched, steps)
    with pytest.raises((Cut, FatalError)):
        witness(tmp_path, clock)
    patched.undo()
    assert known(witness(tmp_path, clock)) == 4


def test_there_are_no_other_steps(tmp_path: Path, patched: pytest.MonkeyPatch) -> None:
    made = witness(tmp_path, FixedClock())
    steps = Steps(0, Cut(), after=False)
    bend(patched, steps)
    made.add(submission(0, log_of(leaves(4))).encode())
    assert steps.count == STEPS
