"""A fault at every I/O call of a run: nothing is acknowledged that is not durable, a failed sync
is the end of the process, a full disk is not, and the next start is clean."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from tests.crash.lab.account import Wrong
from tests.crash.lab.disk import Disk
from tests.crash.lab.powerloss import Verdict, memory, remembering
from tests.crash.lab.trace import Mark, Op
from tests.crash.lab.vfs import Fault, Plan

KINDS: dict[str, tuple[Fault, ...]] = {
    "open": (Fault.EIO,),
    "read": (Fault.EIO,),
    "write": (Fault.EIO, Fault.ENOSPC, Fault.SHORT),
    "sync": (Fault.EIO,),
    "truncate": (Fault.EIO,),
    "delete": (Fault.EIO,),
}


class Run(Protocol):
    died: str
    refusals: int
    ops: list[Op]
    asked_after: dict[str, int]

    def check(self, folder: Path, marks: int, *, again: bool) -> None: ...


Make = Callable[[Path, Plan], Run]


class Point(msgspec.Struct, frozen=True):
    kind: str
    at: int
    fault: Fault
    lasting: bool = False

    def plan(self) -> Plan:
        return Plan(self.kind, self.at, self.fault, lasting=self.lasting)

    def __str__(self) -> str:
        return f"{self.fault} at {self.kind} {self.at}{' and after' if self.lasting else ''}"


def points(make: Make) -> list[Point]:
    """Every call a run without a fault makes, with every fault it can meet."""
    plan = Plan()
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        make(Path(scratch), plan)
    return [
        Point(kind, at, fault, lasting)
        for kind, faults in KINDS.items()
        for at in range(plan.calls[kind])
        for fault in faults
        for lasting in ((False, True) if fault is Fault.ENOSPC else (False,))
    ]


def campaign(make: Make, chosen: Sequence[Point]) -> Iterator[Verdict]:
    for point in chosen:
        with tempfile.TemporaryDirectory(dir=memory()) as scratch, remembering():
            wrong = ""
            try:
                trial(make, point, Path(scratch))
            except Wrong as found:
                wrong = str(found)
            yield Verdict(str(point), wrong)


def trial(make: Make, point: Point, scratch: Path) -> None:
    live, dropped = scratch / "live", scratch / "dropped"
    live.mkdir()
    plan = point.plan()
    run = make(live, plan)
    if not plan.struck:
        return  # random bytes made this run a little shorter
    marks = sum(isinstance(op, Mark) for op in run.ops)
    # What a failed sync was to save may be gone from the page cache: so is all that is not synced.
    dropped.mkdir()
    disk = Disk()
    for op in run.ops:
        disk.feed(op)
    disk.materialise(disk.synced(), dropped)
    run.check(dropped, marks, again=True)
    run.check(live, marks, again=True)
    if point.kind == "sync":
        if plan.struck_closing:
            return  # on the way out: SQLite leaves it to the next start, as it should
        if not run.died:
            raise Wrong(f"{plan.struck}: failed, and the process went on")
        # A file begins in rollback mode, and SQLite syncs once more while it takes the failed
        # change to WAL back; nothing has been acknowledged then.
        if run.asked_after.get("sync") and marks:
            raise Wrong(f"{plan.struck}: failed, and {run.asked_after['sync']} more were tried")
    shutil.rmtree(live)
