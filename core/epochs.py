"""Which epoch a key writes, and how far its older ones may still deliver.

A key writes one epoch at a time, in up to two lanes. Of an older epoch only what the newest
one's opening event names in `tails` is still taken: anything else under an old number comes
from a clone or a restored image. Only the first event of batch 1 of the urgent lane is an
opening; an event of that type anywhere else is stored like any other and decides nothing.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from core import sources
from core.batch import Batch, Lane
from core.catalog import CATALOG, Envelope, UnknownType
from core.clock import rfc3339
from core.errors import BadFrame
from core.event import Event, source_of
from core.events.journal import EpochChanged, Opened, Tail
from core.trust import Gateway


class Known(msgspec.Struct, frozen=True):
    """What the log says of one key. Without tails nothing of an older epoch is taken: either
    none were declared, or the bulk lane came first and the opening is still on its way."""

    newest: int
    previous: int | None = None
    tails: Mapping[tuple[int, int], Tail] = {}  # (epoch, lane) → its declared end

    def check(self, batch: Batch) -> None:
        """BadFrame("epoch") for a batch of an older epoch that was not declared."""
        journal, number = batch.header.journal, batch.header.number
        if journal.epoch >= self.newest:
            return
        tail = self.tails.get((journal.epoch, journal.lane))
        if tail is None or number > tail.number:
            raise BadFrame("epoch", f"batch {number} of {journal.epoch} after {self.newest}")
        if number == tail.number and batch.hash.hex() != tail.hash:
            raise BadFrame("epoch", f"batch {number} is not the declared end of {journal.epoch}")

    def with_opening(self, said: Opened | None) -> "Known":
        tails = said.tails if said else ()
        return msgspec.structs.replace(
            self, tails={(one.epoch, one.lane): one for one in tails if one.epoch < self.newest}
        )

    def named(self) -> bool:
        """Whether the opening says where the epoch before ends, as far as we hold any of it: an
        agent whose folder was wiped believes it is new, and names nothing."""
        return self.previous is None or any(epoch == self.previous for epoch, _ in self.tails)


def begun(known: Known | None, epoch: int) -> Known:
    """The state once a batch of `epoch` is stored."""
    if known is None:
        return Known(epoch)
    return known if epoch <= known.newest else Known(epoch, known.newest)


def opens(batch: Batch) -> bool:
    """Whether it may hold the epoch's opening event."""
    return batch.header.number == 1 and batch.header.journal.lane is Lane.URGENT


def opening(batch: Batch) -> Opened | None:
    """The declaration the epoch begins with; None for a gateway that made none, or made it in
    words this version cannot read. BadFrame when the payload is not what was stored."""
    said = sources.first_said(batch)
    if said is None:
        return None
    name, raw = said
    bare = Envelope(id="", source="", type=name, subject="", time="", recordedtime="", data=raw)
    try:
        data = CATALOG.read(bare).data
    except (UnknownType, *sources.ILLEGIBLE, ValueError):
        return None
    return data if isinstance(data, Opened) and data.epoch == batch.header.journal.epoch else None


def changed(
    gateway: Gateway, known: Known, said: Opened | None, hub: str, at: datetime
) -> Event | None:
    """The hub's own note that a new epoch is written; None for the first one it ever hears of.
    `hub` stands where a gateway's name does in the source of the hub's own events."""
    before = [epoch for epoch, _ in known.tails]
    if known.previous is not None:
        before.append(known.previous)
    if not before:
        return None
    now = rfc3339(at)
    data = EpochChanged(
        previous=max(before),
        epoch=known.newest,
        declared=said is not None and known.named(),
        reason=said.reason if said else "",
    )
    return Event(
        id=f"hub:epoch:{gateway.name}:{known.newest}",
        source=source_of(gateway.compound, hub, "ingest"),
        type=data.TYPE,
        subject=f"gateway/{gateway.name}",
        time=now,
        recordedtime=now,
        timequality="gateway",
        data=data,
    )
