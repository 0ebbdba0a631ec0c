"""Events of an older journal that can never go under their old numbers: written again.

Either a damaged range stands before them, or the hub holds other batches under their numbers
(a clone's, or our own from before an old image was restored and the journal renewed). The
hub's own word has shown that it does not have them, so nothing is doubled.
"""

import msgspec

from core import codec
from core.batch import Lane, parse
from core.events.journal import GapDeclared
from edge.lanes import bulk
from edge.stream import Stream

_AT_ONCE = 16  # batches written again in one commit


class Carry(msgspec.Struct, frozen=True):
    """An order to the intake. Batches of `stream` from `first` on; `stream.carried` follows."""

    stream: Stream
    first: int


class Portion(msgspec.Struct, frozen=True):
    """Lines by lane, and what is declared lost before them; `upto` is the batch that is done,
    `whole` when it was the last."""

    lines: dict[Lane, list[bytes]]
    gaps: list[GapDeclared]
    upto: int
    whole: bool


def portion(order: Carry) -> Portion:
    """The next part of the order: one hole, or a few batches behind it."""
    stream = order.stream
    if order.first <= stream.pruned:
        gap = GapDeclared(
            reason="pruned",
            lane=int(stream.journal.lane),
            count=0,
            epoch=stream.journal.epoch,
            from_batch=order.first,
            to_batch=stream.pruned,
        )
        return Portion({}, [gap], stream.pruned, _done(stream, stream.pruned))
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
        return Portion({}, [gap], hole.last, _done(stream, hole.last))
    lines: dict[Lane, list[bytes]] = {Lane.URGENT: [], Lane.BULK: []}
    upto = order.first - 1
    for stored in stream.read(order.first - 1, _AT_ONCE):
        batch = parse(stored.state)
        for envelope, line in zip(codec.envelopes(batch), batch.lines().splitlines(), strict=True):
            behind = bulk(envelope.type, envelope.data)
            lines[Lane.BULK if behind else Lane.URGENT].append(line)
        upto = stored.originator_version
    return Portion(lines, [], upto, _done(stream, upto))


def _done(stream: Stream, upto: int) -> bool:
    return upto >= max(stream.head.number, *(hole.last for hole in stream.holes), 0)
