"""What a receipt means for one journal: every disagreement told apart, nothing sent in vain."""

import logging

import pytest

from core.batch import Lane
from core.receipt import Receipt, sign
from core.tlog.tree import leaf_hash
from edge.carry import Carry
from edge.channel import Channel
from edge.stream import Stream
from edge.survey import Hole
from tests.fix_core import signer_of
from tests.fix_edge import EdgeRig, native

HUB = signer_of(1)
RESEND, BLOCKED, PROBE = 5.0, 30.0, 5.0


class Line:
    """One channel over a rig's urgent journal, `retired` or not, and a hub that says what it is
    told to say."""

    def __init__(self, edge: EdgeRig, batches: int = 10, *, retired: bool = False) -> None:
        for record in range(batches):
            edge.take(native(record))
        active = edge.journal.streams[Lane.URGENT]
        self.stream = Stream(
            active.journal, edge.journal._reader, active.head, active.delivered, HUB.public,
            retired=retired,
        )  # fmt: skip
        self.orders: list[Carry] = []
        self.now = 0.0
        self.connect()

    def connect(self) -> None:
        self.channel = Channel(self.stream, RESEND, self.orders.append)
        self.channel.begin()

    def send(self) -> list[int]:
        sent = []
        while room := self.channel.room(self.now):
            found = self.channel.next(min(room, 4))
            if not found and self.channel.gone(self.now):
                break
            for one in found:
                self.channel.window.went(one.originator_version, self.now)
                sent.append(one.originator_version)
        return sent

    def says(
        self, committed: int, number: int = 0, refused: str = "", *, other: bool = False
    ) -> bool:
        """The hub's newest is ours unless it is an `other`."""
        ours = self.stream.read(committed - 1, 1) if committed else ()
        digest = leaf_hash(ours[0].state).hex() if ours and not other else "00" * 32
        told = Receipt(
            journal=self.stream.journal.id.hex, committed=committed, hash=digest,
            number=number or committed, refused=refused,
        )  # fmt: skip
        same = self.channel.news(told) and self.stream.holds(told)
        return self.channel.receipted(told, sign(told, HUB), self.now, same=same)

    @property
    def refused(self) -> str:
        return self.channel.window.refused

    @property
    def ordered(self) -> list[int]:
        return [one.first for one in self.orders]


def test_all_is_well(edge: EdgeRig) -> None:
    line = Line(edge)
    assert line.send() == list(range(1, 11))
    assert line.says(4)
    assert not line.says(4)
    assert line.says(10)
    assert (line.stream.cursor, line.stream.closed, line.channel.wait(0.0)) == (10, False, None)


def test_a_hub_that_is_ahead_of_us(edge: EdgeRig) -> None:
    line = Line(edge)
    line.send()
    assert not line.says(25, 1)
    assert (line.refused, line.stream.cursor) == ("ahead", 0)
    assert line.send() == []
    line.now = BLOCKED
    assert line.send() == [1]  # knocks


def test_a_hub_that_holds_another_history(edge: EdgeRig) -> None:
    line = Line(edge)
    line.send()
    assert line.says(3)
    assert not line.says(7, 4, "fork", other=True)
    assert (line.refused, line.stream.cursor, line.orders) == ("fork", 3, [])


def test_a_hub_that_lost_batches(edge: EdgeRig, caplog: pytest.LogCaptureFixture) -> None:
    line = Line(edge)
    line.send()
    line.says(9)
    edge.take(native(11))
    line.stream.head = edge.journal.streams[Lane.URGENT].head
    assert line.send() == [11]
    line.says(2, 11, "gap")
    assert (line.stream.cursor, line.stream.pending) == (2, 9)
    assert line.send() == list(range(3, 12))
    loud = [one for one in caplog.records if "the hub has lost batches 3 to 9" in one.message]
    assert [one.levelno for one in loud] == [logging.ERROR]
    assert line.says(11)


def test_a_lost_frame_is_no_lost_hub(edge: EdgeRig, caplog: pytest.LogCaptureFixture) -> None:
    line = Line(edge)
    line.send()
    line.says(2)
    line.says(2, 4, "gap")
    assert line.send() == list(range(3, 11))
    assert "has lost" not in caplog.text


def test_what_was_given_up_is_asked_for_once_in_a_while(edge: EdgeRig) -> None:
    line = Line(edge)
    line.stream.pruned, line.stream.cursor = 6, 6
    line.connect()
    assert line.send() == [7, 8, 9, 10]
    line.says(0, 7, "gap")
    assert line.send() == []
    assert line.refused == "pruned"
    for _ in range(5):  # and no turning in circles meanwhile
        assert line.channel.room(line.now) == 0
    assert line.channel.wait(line.now) == pytest.approx(BLOCKED)
    assert line.orders == []


@pytest.mark.parametrize("reason", ["unknown-gateway", "wrong-gateway", "epoch", "signature"])
def test_any_other_refusal_knocks(edge: EdgeRig, reason: str) -> None:
    line = Line(edge)
    line.send()
    line.says(0, 1, reason)
    assert line.refused == reason
    assert line.send() == []
    line.now = BLOCKED
    assert line.send() == [1]
    line.says(1)
    assert line.refused == ""


def test_a_frame_the_hub_could_not_read(edge: EdgeRig) -> None:
    line = Line(edge)
    line.send()
    told = Receipt(journal="", committed=0, refused="frame")
    line.channel.receipted(told, sign(told, HUB), 0.0, same=False)
    assert line.refused == "frame"


# -- an older journal, set aside -------------------------------------------------------------------


def test_delivered_to_the_end_it_is_closed(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.send()
    line.says(10)
    assert line.stream.closed
    assert (line.stream.pending, line.channel.room(0.0)) == (0, 0)


def test_delivered_before_it_is_closed_without_a_word(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.stream.cursor = 10
    line.connect()
    assert line.stream.closed


# The hub's history parts from ours behind batch 4, and ends before ours, with it, or behind.
@pytest.mark.parametrize("end", [7, 10, 30])
def test_a_fork_is_written_again_from_where_it_begins(edge: EdgeRig, end: int) -> None:
    line = Line(edge, retired=True)
    line.send()
    assert line.says(end, 4, other=True)  # 4 is there
    assert (line.stream.cursor, line.orders) == (4, [])
    assert line.stream.receipt == b""  # no receipt says 4; a start may not believe the other's
    line.says(end, 5, "fork", other=True)
    line.says(end, 6, "fork", other=True)
    line.says(7, 8, "chain", other=True)
    assert line.ordered == [5]
    assert line.send() == []
    assert line.refused == ""


def test_a_fork_whose_first_word_was_lost(edge: EdgeRig) -> None:
    """6 is refused as a fork: that says nothing yet of 5."""
    line = Line(edge, retired=True)
    line.send()
    line.says(30, 3, other=True)
    line.says(30, 6, "fork", other=True)
    assert line.orders == []
    assert line.send() == [4, 5, 6, 7, 8, 9, 10]
    line.says(30, 4, other=True)
    line.says(30, 5, "fork", other=True)
    assert line.ordered == [5]


def test_given_up_and_not_at_the_hub(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.stream.pruned, line.stream.cursor = 6, 6
    line.connect()
    line.send()
    line.says(2, 7, "gap")
    assert line.send() == []
    assert line.ordered == [3]


def hole(line: Line, first: int, last: int) -> None:
    line.stream.holes = (Hole(first, last, 3, "x"),)
    line.connect()


def test_a_hole_ends_what_can_be_sent(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    hole(line, 5, 7)
    assert line.send() == [1, 2, 3, 4]
    line.says(2)
    assert line.orders == []
    line.says(4)
    assert line.ordered == [5]
    line.says(4)
    assert line.ordered == [5]  # ordered once


@pytest.mark.parametrize(("holds", "ordered"), [(5, [6]), (6, [7]), (7, [])])
def test_a_hub_that_holds_part_of_a_hole(edge: EdgeRig, holds: int, ordered: list[int]) -> None:
    line = Line(edge, retired=True)
    hole(line, 5, 7)
    line.send()
    line.says(holds, 4)
    assert line.ordered == ordered
    assert line.send() == ([8, 9, 10] if holds == 7 else [])


def test_a_hub_that_holds_more_than_a_hole(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    hole(line, 5, 7)
    line.send()
    line.says(9, 4)
    assert (line.ordered, line.send()) == ([], [10])


def test_a_silent_hub_is_asked_before_a_hole_is_declared(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.stream.cursor = 4
    hole(line, 5, 7)
    assert line.send() == []
    assert line.channel.probe(0.0) == 4
    assert line.channel.probe(1.0) == 0
    assert line.channel.wait(1.0) == PROBE - 1.0
    assert line.channel.probe(PROBE) == 4
    line.says(9, 4)
    assert line.ordered == []
    assert line.send() == [10]


def test_an_answer_that_the_hub_is_behind_sends_again(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.stream.cursor = 4
    hole(line, 5, 7)
    line.channel.probe(0.0)
    line.says(1, 4, "gap")
    assert line.ordered == []
    assert line.send() == [2, 3, 4]
    line.says(4)
    assert line.ordered == [5]


def test_where_the_beginning_cannot_be_read_the_rest_is_asked_with(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    hole(line, 1, 3)
    assert line.send() == []
    assert line.channel.probe(0.0) == 4
    line.says(0, 4, "gap")
    assert line.ordered == [1]


def test_where_nothing_can_be_read_nobody_is_asked(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    hole(line, 1, 10)
    assert line.channel.probe(0.0) == 0
    assert line.ordered == [1]


def test_a_life_that_left_off_in_the_middle_goes_on_there(edge: EdgeRig) -> None:
    line = Line(edge, retired=True)
    line.stream.carried = line.stream.cursor = 6
    line.connect()
    assert line.ordered == [7]
    line.stream.closed = True
    line.orders.clear()
    line.connect()
    assert line.ordered == []
