"""Events of an older journal that can never go under their old numbers: written again.

Either a damaged range stands before them, or the hub holds other batches under their numbers
(a clone's, or our own from before an old image was restored and the journal renewed). The
hub's own word has shown that it does not have them, so nothing is doubled.
"""

import msgspec

from core import codec
from core.batch import Lane, parse
from core.catalog import CATALOG
from core.events.journal import GapDeclared
from edge.stream import Stream

_AT_ONCE = 16  # batches written again in one commit


class Carry(msgspec.Struct, frozen=True):
    """An order to the intake. Batches of `stream` from `first` on; `stream.carried` follows."""

    stream: Stream
    first: int


class Portion(msgspec.Struct, frozen=True):
    """Lines by lane, and what is declared lost before them; `upto` is the batch that is done."""

    lines: dict[Lane, list[bytes]]
    gaps: list[GapDeclared]
    upto: int
    events: int


def portion(order: Carry) -> Portion:
    """The next part of the order: one hole, or a few batches behind it."""
    stream = order.stream
    if order.first <= stream.delivered.pruned:
        gap = GapDeclared(
            reason="pruned",
            lane=int(stream.journal.lane),
            count=0,
            epoch=stream.journal.epoch,
            from_batch=order.first,
            to_batch=stream.delivered.pruned,
        )
        return Portion({}, [gap], stream.delivered.pruned, 0)
    hole = next((one for one in stream.holes if one.first <= order.first <= one.last), None)
    if hole is not None:
        gap = GapDeclared(
            reason="damaged",
            lane=int(stream.journal.lane),
            count=hole.lost,
            epoch=stream.journal.epoch,
            from_batch=order.first,
            to_batch=hole.last,
        )
        return Portion({}, [gap], hole.last, 0)
    until = min((one.first for one in stream.holes if one.first > order.first), default=None)
    lines: dict[Lane, list[bytes]] = {Lane.URGENT: [], Lane.BULK: []}
    upto, events = order.first - 1, 0
    for stored in stream.read(order.first - 1, _AT_ONCE):
        if stored.originator_version != upto + 1 or upto + 1 == until:
            break
        batch = parse(stored.state)
        for envelope, line in zip(codec.envelopes(batch), batch.lines().splitlines(), strict=True):
            cls = CATALOG.types.get(envelope.type)
            lines[Lane.BULK if cls is not None and cls.BULK else Lane.URGENT].append(line)
            events += 1
        upto += 1
    return Portion(lines, [], upto, events)
