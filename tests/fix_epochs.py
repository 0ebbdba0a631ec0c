"""A gateway's box with two lanes and as many epochs as befall it, and a hub that restarts."""

import copy
from collections.abc import Sequence
from random import Random
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent

from core import codec
from core.batch import Batch, Head, Journal, Lane, parse
from core.clock import rfc3339
from core.event import Event, source_of
from core.events.journal import EpochChanged, Opened, Tail
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.receipt import Receipt
from core.store.port import Conflict
from core.trust import Gateway, by_key
from core.writer import BatchWriter
from tests.fix_core import COMPOUND, START, FixedClock, door_opened, signer_of, verified
from tests.fix_views import MemoryLog

HUB = signer_of(200)
LANES = (Lane.URGENT, Lane.BULK)


class StrictLog(MemoryLog):
    """A journal's number is taken once, as every real store has it; all or nothing."""

    def append(self, batches: Sequence[StoredEvent], received: object) -> Sequence[int]:
        taken = {(one.originator_id, one.originator_version) for one in self.stored}
        for one in batches:
            place = one.originator_id, one.originator_version
            if place in taken:
                raise Conflict(str(place))
            taken.add(place)
        return super().append(batches, START)


class Box:
    """What stands in a gateway's box: its key, and per epoch and lane what it has written."""

    def __init__(self, name: str, seed: int, epoch: int = 100) -> None:
        self.name = name
        self.signer: Signer = signer_of(seed)
        self.gateway = Gateway(compound=COMPOUND, name=name, key=self.signer.public.hex())
        self.written: dict[tuple[int, Lane], list[Batch]] = {}
        self._records = seed * 1_000_000
        self.epoch = 0
        self.begin(epoch, "new")

    def clone(self, apart: int = 500_000) -> "Box":
        """The same key and history on a second machine; what it writes from now on differs."""
        twin = copy.copy(self)
        twin.written = {place: list(batches) for place, batches in self.written.items()}
        twin._records += apart
        return twin

    def begin(self, epoch: int, reason: str, *, declared: bool = True) -> None:
        """A new epoch; `declared` with its opening event and the tails of those before it."""
        tails = tuple(
            Tail(epoch=old, lane=lane, number=len(found), hash=found[-1].hash.hex())
            for (old, lane), found in self.written.items()
            if found
        )
        self.epoch = epoch
        if declared:
            said = Opened(epoch=epoch, reason=reason, tails=tails)
            self.write(Lane.URGENT, [self.own(said)])

    def own(self, data: Opened) -> Event:
        now = rfc3339(START)
        return Event(
            id=f"gw:{self.name}:{self.epoch}-1:1",
            source=source_of(COMPOUND, self.name, self.name),
            type=data.TYPE,
            subject=f"gateway/{self.name}",
            time=now,
            recordedtime=now,
            timequality="gateway",
            data=data,
        )

    def write(self, lane: Lane, events: Sequence[Event] = ()) -> Batch:
        """The lane's next batch; of a door's opening where nothing else is to be told."""
        found = self.written.setdefault((self.epoch, lane), [])
        self._records += 1
        head = found[-1].head() if found else Head()
        writer = BatchWriter(Journal(self.signer.public, self.epoch, lane), self.signer, head)
        lines = [codec.encode(one) for one in events or [door_opened(self._records, self.name)]]
        (made,) = writer.batches(lines, START)
        found.append(made)
        return made

    def scribble(self, chance: Random, most: int = 6) -> None:
        for _ in range(chance.randint(1, most)):
            self.write(chance.choice(LANES))

    def batches(self, epoch: int | None = None) -> list[Batch]:
        """Everything written, oldest epoch first, urgent before bulk."""
        return [
            batch
            for (at, _), found in sorted(self.written.items())
            for batch in found
            if epoch is None or at == epoch
        ]


class Hub:
    """Ingest over a log in memory. Every batch goes in a call of its own or shares one, and the
    process restarts in between, as `chance` has it: neither may make a difference."""

    def __init__(self, boxes: Sequence[Box], keys: KeyStore, chance: Random) -> None:
        self.log = StrictLog()
        self._trust = by_key(one.gateway for one in boxes)
        self._keys = keys
        self._chance = chance
        self.start()

    def start(self) -> None:
        own = OwnJournal(self.log, HUB, FixedClock(), self._keys)
        self.ingest = Ingest(self.log, self._trust, own)

    def take(self, box: Box, batches: Sequence[Batch], topic: str = "") -> list[Receipt]:
        """Sent in this order. What was stored before stays as it was, whatever comes."""
        receipts: list[Receipt] = []
        rest = [Arrival(COMPOUND, topic or box.name, one.frame) for one in batches]
        while rest:
            if self._chance.random() < 0.2:
                self.start()
            before = list(self.log.stored)
            size = self._chance.randint(1, 4)
            receipts += self.ingest.accept(rest[:size], START)
            assert self.log.stored[: len(before)] == before
            rest = rest[size:]
        self.check(receipts, batches)
        return receipts

    def check(self, receipts: Sequence[Receipt], batches: Sequence[Batch]) -> None:
        """A receipt never says more than what is held, and what is held is chains."""
        held = self.journals()
        for found in held.values():
            verified(found)
        for receipt, batch in zip(receipts, batches, strict=True):
            stored = held.get(batch.header.journal.id, [])
            assert receipt.committed <= len(stored)
            if not receipt.refused:
                assert stored[batch.header.number - 1] == batch.frame

    def journals(self) -> dict[UUID | str, list[bytes]]:
        found: dict[UUID | str, list[bytes]] = {}
        for one in self.log.stored:
            found.setdefault(one.originator_id, []).append(one.state)
        return found

    def holds(self, batch: Batch) -> bool:
        return any(one.state == batch.frame for one in self.log.stored)

    def notes(self) -> list[EpochChanged]:
        """What the hub itself has written of epochs."""
        return [
            msgspec.json.decode(line.data, type=EpochChanged)
            for one in self.log.stored
            if (batch := parse(one.state)).header.journal.key == HUB.public
            for line in codec.envelopes(batch)
        ]


def reasons(receipts: Sequence[Receipt]) -> set[str]:
    return {receipt.refused for receipt in receipts}
