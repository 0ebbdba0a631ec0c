"""A recorded run of the edge's real parts, and what any later state of its files is held to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from core.errors import DiskFull
from tests.crash.lab import account, script
from tests.crash.lab.account import BROKEN, Wrong, page
from tests.crash.lab.dbapi import Module
from tests.crash.lab.rig import Acked, Cursors, Edge, look, speaking
from tests.crash.lab.script import Message, Receipted, Restart, Take
from tests.crash.lab.trace import Mark, Op, Trace
from tests.crash.lab.vfs import LabVfs, Plan
from tests.fix_core import START

_LATER = START + timedelta(days=1)  # when a crashed gateway starts again
FULL = {"wal_autocheckpoint": "20"}  # pages: many checkpoints in a short run
OFF = {**FULL, "synchronous": "OFF"}
NORMAL = {**FULL, "synchronous": "NORMAL"}


class Heads(msgspec.Struct, frozen=True):
    """Journal → batches that stood when the last acknowledgement went out."""

    numbers: Mapping[str, int]


class Promised(msgspec.Struct, frozen=True):
    """What the world had been told at some point of a run."""

    acked: frozenset[int] = frozenset()
    heads: Mapping[str, int] = {}
    cursors: Mapping[str, int] = {}

    def and_then(self, told: Acked | Cursors | Heads) -> "Promised":
        match told:
            case Acked():
                return msgspec.structs.replace(self, acked=self.acked | set(told.numbers))
            case Cursors():
                return msgspec.structs.replace(self, cursors=told.numbers)
            case Heads():
                return msgspec.structs.replace(self, heads=told.numbers)


class EdgeRun:
    """Runs the script on a disk that writes everything down.

    Controls: `pragmas` with another `synchronous`; `early` acknowledges before the commit;
    `forward` moves the cursor on what was sent instead of on what was receipted.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        events: int = 200,
        pragmas: Mapping[str, str] = FULL,
        early: bool = False,
        forward: bool = False,
        plan: Plan | None = None,
    ) -> None:
        """`plan`: faults; the run then ends where the process would, and `died` says of what."""
        self.died, self.refusals = "", 0
        self.messages: list[Message] = []  # by number
        self._groups: list[tuple[int, int]] = []  # numbers of each, first and one past the last
        self._early, self._forward = early, forward
        self._written: dict[str, dict[int, bytes]] = {}  # journal → frames by number
        self._trace = Trace()
        self._plan = plan or Plan()
        vfs = LabVfs(f"edge-{folder.name}", self._trace, self._plan)
        module = Module(vfs, pragmas)
        with speaking(module, vfs):
            try:
                self._live(folder, script.steps(seed, events))
            except BROKEN as error:
                if not self._plan.struck:
                    raise
                self.died = f"{type(error).__name__}: {error}"
            self.asked_after = dict(self._plan.after)  # of the disk, before the process was gone
            self._plan.dead = True
            module.abandon()
        vfs.unregister()
        self.ops: list[Op] = self._trace.ops
        self._promised = [Promised()]
        for op in self.ops:
            if isinstance(op, Mark):
                self._promised.append(self._promised[-1].and_then(op.what))

    def _live(self, folder: Path, steps: Sequence[script.Step]) -> None:
        # Kept: who is gone may not tidy up before it is counted what was asked of the disk.
        self._edge = edge = Edge(folder, self._trace.mark)
        for step in steps:
            self._play(step, edge)
            for journal, frames in edge.served(
                {one: max(known, default=0) for one, known in self._written.items()}
            ).items():
                self._written.setdefault(journal, {}).update(frames)

    def _play(self, step: script.Step, edge: Edge) -> None:
        match step:
            case Take(group):
                first = len(self.messages)
                self.messages += group
                numbers = (first, len(self.messages))
                self._groups.append(numbers)
                if self._early:
                    self._trace.mark(Acked(tuple(range(*numbers))))
                try:
                    edge.take(group)
                except DiskFull:
                    self.refusals += 1
                    self._plan.heal()
                    edge.take(group, again=True)
                self._trace.mark(Heads(edge.heads()))
            case Receipted(behind):
                heads, known = edge.heads(), edge.cursors()
                stored = {one: max(known[one], heads[one] - behind) for one in heads}
                self._trace.mark(Cursors(stored))
                edge.receipted(heads if self._forward else stored)
            case Restart():
                edge.reopen()

    def check(self, folder: Path, marks: int, *, again: bool) -> None:
        promised = self._promised[marks]
        try:
            edge = Edge(folder, at=_LATER)
            served, cursors, pruned = edge.served(), edge.cursors(), edge.pruned()
            if again:
                first, end = self._interrupted(promised)
                edge.take(self.messages[first:end])
                promised = promised.and_then(Acked(tuple(range(first, end))))
            edge.close()
        except BROKEN as error:
            raise Wrong(f"does not start: {error!r}") from error
        for name, number in cursors.items():
            if number > promised.cursors.get(name, 0):
                raise Wrong(f"cursor at {number}, receipted {promised.cursors.get(name, 0)}")
        gone_events = []
        for name, head in promised.heads.items():
            gone = pruned.get(name, 0)
            if gone > promised.cursors.get(name, 0):
                raise Wrong(f"{gone} batches given up, {promised.cursors.get(name, 0)} receipted")
            written, here = self._written.get(name, {}), served.get(name, {})
            # What a run died of may have struck before the batch was read: then it is only there.
            for n in range(gone + 1, head + 1):
                if n not in here or here[n] != written.get(n, here[n]):
                    raise Wrong(f"batch {n} of {head} acknowledged ones is not served as it was")
            gone_events += [event for n in range(1, gone + 1) for event in page(written[n]).events]
        found = look(folder)
        receipted = account.settle((), gone_events).ids
        kept(self.messages, promised.acked, found.ids | receipted, found.aside)

    def _interrupted(self, promised: Promised) -> tuple[int, int]:
        """The first group that was not acknowledged in whole, or the last."""
        for first, end in self._groups:
            if not promised.acked.issuperset(range(first, end)):
                return first, end
        return self._groups[-1] if self._groups else (0, 0)


def kept(
    messages: Sequence[Message],
    acked: frozenset[int],
    ids: frozenset[str],
    aside: frozenset[bytes],
) -> None:
    """Every acknowledged message is an event or set aside."""
    lost = [
        messages[number].record or messages[number].sha256.hex()
        for number in sorted(acked)
        if messages[number].record not in ids and messages[number].sha256 not in aside
    ]
    if lost:
        raise Wrong(f"{len(lost)} acknowledged messages lost: {', '.join(lost[:3])}")
