"""Portions of an older journal that are written again: in order, in their lanes, with what is
declared lost before them."""

from core.batch import Lane
from edge.carry import Carry, portion
from edge.stream import Stream
from edge.survey import Hole
from tests.fix_edge import HUB_KEY, EdgeRig, level, native


def older(edge: EdgeRig, groups: int = 40, *, holes: tuple[Hole, ...] = ()) -> Stream:
    """As if the rig's urgent lane were an older file's."""
    for record in range(groups):
        edge.take(native(record), native(1000 + record))
    active = edge.journal.streams[Lane.URGENT]
    return Stream(
        active.journal, edge.journal._reader, active.head, active.delivered, HUB_KEY,
        retired=True, holes=holes,
    )  # fmt: skip


def test_in_portions_to_the_end(edge: EdgeRig) -> None:
    stream = older(edge)
    first, lines, sizes = 1, [], []
    while True:
        part = portion(Carry(stream, first))
        assert part.gaps == []
        lines += part.lines[Lane.URGENT]
        assert part.lines[Lane.BULK] == []
        sizes.append(part.upto - first + 1)
        first = part.upto + 1
        if part.whole:
            break
    assert sizes == [16, 16, 8]
    assert lines == [line for batch in edge.batches() for line in batch.lines().splitlines()]


def test_a_hole_is_a_portion_of_its_own(edge: EdgeRig) -> None:
    stream = older(edge, 12, holes=(Hole(4, 5, 4, "x"), Hole(12, 12, 2, "y")))
    first, told = 1, []
    while True:
        part = portion(Carry(stream, first))
        count = sum(map(len, part.lines.values()))
        told.append((part.upto, count, [(gap.from_batch, gap.count) for gap in part.gaps]))
        first = part.upto + 1
        if part.whole:
            break
    assert told == [(3, 6, []), (5, 0, [(4, 4)]), (11, 12, []), (12, 0, [(12, 2)])]


def test_beginning_inside_a_hole(edge: EdgeRig) -> None:
    """The hub holds a part of it."""
    stream = older(edge, 12, holes=(Hole(4, 6, 6, "x"),))
    part = portion(Carry(stream, 5))
    assert [(gap.from_batch, gap.to_batch, gap.reason) for gap in part.gaps] == [(5, 6, "damaged")]
    assert part.upto == 6


def test_what_was_given_up_is_declared(edge: EdgeRig) -> None:
    stream = older(edge, 12)
    stream.pruned = 7
    part = portion(Carry(stream, 3))
    assert [(gap.from_batch, gap.to_batch, gap.reason) for gap in part.gaps] == [(3, 7, "pruned")]
    assert (part.upto, part.whole) == (7, False)


def test_events_of_the_bulk_lane_stay_bulk(edge: EdgeRig) -> None:
    edge.take(level(1), native(1), level(2))
    active = edge.journal.streams[Lane.BULK]
    stream = Stream(active.journal, edge.journal._reader, active.head, active.delivered, HUB_KEY)
    lines = portion(Carry(stream, 1)).lines
    assert (len(lines[Lane.URGENT]), len(lines[Lane.BULK])) == (0, 2)


def test_the_order_is_done_in_the_commit_that_says_so(edge: EdgeRig) -> None:
    stream = older(edge, 20)
    again = edge.intake.take([Carry(stream, 1)])
    assert [one.first for one in again] == [17]
    assert (stream.carried, stream.cursor, stream.closed) == (16, 16, False)
    assert edge.journal.delivered(stream.journal).carried == 16
    assert edge.intake.take(again) == []
    assert (stream.carried, stream.closed) == (20, True)
    assert edge.intake.take([Carry(stream, 21)]) == []  # closed: nothing happens
    assert edge.journal.delivered(stream.journal).closed == 1


def test_a_conflict_about_a_bulk_record_stays_bulk(edge: EdgeRig) -> None:
    """As it did when it was recorded; one about an urgent record is urgent."""
    edge.take(level(1, mm=500), level(1, mm=510))
    edge.take(native(1), native(1, data={"cause": "fire"}))
    for lane, first in ((Lane.BULK, 1), (Lane.URGENT, 1)):
        active = edge.journal.streams[lane]
        reader = edge.journal._reader
        stream = Stream(active.journal, reader, active.head, active.delivered, HUB_KEY)
        lines = portion(Carry(stream, first)).lines
        assert len(lines.pop(lane)) == 2
        assert sum(map(len, lines.values())) == 0
