"""A recorded run of the hub's store and ingest; what is promised there is a receipt."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from core.batch import Lane
from core.ingest import Arrival
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from tests.crash.core_append import batches
from tests.crash.lab import account
from tests.crash.lab.account import BROKEN, Wrong
from tests.crash.lab.dbapi import Module
from tests.crash.lab.edge_run import FULL
from tests.crash.lab.rig import speaking
from tests.crash.lab.trace import Mark, Op, Trace
from tests.crash.lab.vfs import LabVfs, Plan
from tests.fix_core import START, Enrolled, trusting

_LOG = "log.db"
_NO_FRAME = b"no frame"


class Answered(msgspec.Struct, frozen=True):
    """Journal → the receipt that went out last."""

    receipts: Mapping[str, Receipt]


class HubRun:
    """Six gateways send and resend, urgent and bulk lanes; groups share a commit.

    Controls: `pragmas` as at the edge; `early` sends receipts before the store's commit.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        events: int = 200,
        pragmas: Mapping[str, str] = FULL,
        early: bool = False,
        plan: Plan | None = None,
    ) -> None:
        """`plan`: as at the edge; a full disk is the end of the hub's process."""
        self.died, self.refusals = "", 0
        self._chance = random.Random(f"hub {seed}")
        self._early = early
        self._lanes = [
            Enrolled(f"gw-{number}", number, lane=Lane.URGENT if number % 2 else Lane.BULK)
            for number in range(1, 7)
        ]
        self._trace = Trace()
        self._groups: list[list[Arrival]] = []
        self._plan = plan or Plan()
        vfs = LabVfs(f"hub-{folder.name}", self._trace, self._plan)
        module = Module(vfs, pragmas)
        with speaking(module, vfs):
            try:
                self._play(folder / _LOG, events)
            except BROKEN as error:
                if not self._plan.struck:
                    raise
                self.died = f"{type(error).__name__}: {error}"
            self.asked_after = dict(self._plan.after)
            self._plan.dead = True
            module.abandon()
        vfs.unregister()
        self.ops: list[Op] = self._trace.ops
        self._answered = [Answered({})]
        for op in self.ops:
            if isinstance(op, Mark):
                known = self._answered[-1].receipts
                self._answered.append(Answered({**known, **op.what.receipts}))
        self._sent = {arrival.frame for group in self._groups for arrival in group}

    def _play(self, log: Path, events: int) -> None:
        self._store = store = SQLiteEventStore(log)
        ingest = trusting(store, self._lanes)
        sent: list[Arrival] = []
        told = 0
        while told < events:
            group: list[Arrival] = []
            for _ in range(self._chance.randint(1, 4)):
                lane = self._chance.choice(self._lanes)
                large = self._chance.random() < 0.05
                batch = next(batches(lane)) if large else lane.batch(self._chance.randint(1, 3))
                group.append(lane.arrival(batch))
                told += 1 if large else batch.header.last - batch.header.first + 1
            if sent and self._chance.random() < 0.3:
                group.append(self._chance.choice(sent))  # a resend
            if self._chance.random() < 0.1:
                group.append(Arrival("jinxiu", "gw-1", _NO_FRAME))
            self._groups.append(group)
            if self._early:
                ahead = [self._foreseen(one) for one in group]
                self._trace.mark(Answered({one.journal: one for one in ahead if one.journal}))
            answers = ingest.accept(group, START)
            self._trace.mark(Answered({one.journal: one for one in answers if one.journal}))
            sent += group
            if self._chance.random() < 0.04:
                store.close()
                self._store = store = SQLiteEventStore(log)
                ingest = trusting(store, self._lanes)

    def _foreseen(self, arrival: Arrival) -> Receipt:
        """What the receipt will be, said before anything is stored."""
        if arrival.frame == _NO_FRAME:
            return Receipt(journal="", committed=0)
        page = account.page(arrival.frame)
        lane = next(one for one in self._lanes if one.signer.public == arrival.frame[8:40])
        return Receipt(journal=lane.journal.id.hex, committed=page.number, hash=page.hash.hex())

    def check(self, folder: Path, marks: int, *, again: bool) -> None:
        answered = self._answered[marks].receipts
        try:
            store = SQLiteEventStore(folder / _LOG)
            ingest = trusting(store, self._lanes)
            if again:
                for group in self._groups:
                    ingest.accept(group, START)
            found = store.read(0, 100_000, 10**9)
            arrived = [store.received_at(one.id) for one in found]
            store.close()
        except BROKEN as error:
            raise Wrong(f"does not start: {error!r}") from error
        if [one.id for one in found] != list(range(1, len(found) + 1)):
            raise Wrong("positions have gaps")
        if None in arrived:
            raise Wrong("a batch has no time of arrival")
        frames = account.frames(folder / _LOG)
        account.settle((), account.events(frames)).close()
        stored = {frame for one in frames.values() for frame in one}
        if not stored <= self._sent or (again and stored != self._sent - {_NO_FRAME}):
            raise Wrong("the log is not what was sent")
        for journal, receipt in answered.items():
            held(frames.get(journal, ()), receipt)


def held(frames: Sequence[bytes], receipt: Receipt) -> None:
    """The receipt is still true."""
    if len(frames) < receipt.committed:
        raise Wrong(f"receipted {receipt.committed} batches, {len(frames)} are there")
    if receipt.committed and account.page(frames[receipt.committed - 1]).hash.hex() != receipt.hash:
        raise Wrong(f"batch {receipt.committed} is not the one that was receipted")
