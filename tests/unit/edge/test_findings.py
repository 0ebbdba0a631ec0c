"""What bulk records' numbers show may not fill the lane that is never shed."""

from collections import Counter
from datetime import timedelta

from core.batch import Lane
from core.events.device import GapDetected
from core.events.journal import GapDeclared
from edge.findings import A_MINUTE, Allowance
from edge.rates import Shares
from edge.records import open_gaps
from tests.fix_core import START
from tests.fix_edge import EdgeRig, events_of
from tests.unit.edge.numbered import measured, numbered


def gaps(edge: EdgeRig) -> int:
    return len(edge.events(GapDetected.TYPE))


def declared(edge: EdgeRig) -> Counter[str]:
    found: Counter[str] = Counter()
    for event in edge.events(GapDeclared.TYPE):
        assert isinstance(event.data, GapDeclared)
        assert event.data.reason == "rate"
        found.update(event.data.kinds)
    return found


def flood(edge: EdgeRig, groups: int, size: int, first: int = 1) -> int:
    """Every second number only; the next one."""
    for _ in range(groups):
        edge.take(*(measured(first + 2 * index, START) for index in range(size)))
        first += 2 * size
    return first


def test_what_goes_beyond_is_counted_and_declared(edge: EdgeRig) -> None:
    edge.intake._shares = Shares(1, 1)
    following = flood(edge, 5, 100)
    assert gaps(edge) == A_MINUTE
    edge.clock.move(timedelta(seconds=20))
    edge.take(numbered(1, START))
    told = declared(edge)
    assert told[GapDetected.TYPE] == 499 - A_MINUTE
    assert told["waste.bin.level.measured.v1"] == 499
    assert edge.answers[0].name == "STORED"
    with edge.journal.reading() as c:
        assert open_gaps(c) == 64  # as many as are remembered, said or not
    edge.clock.move(timedelta(minutes=1))
    flood(edge, 1, 3, following)
    assert gaps(edge) == A_MINUTE + 3
    urgent = [event.type for event in events_of(edge.lane(Lane.URGENT))]
    assert len(urgent) < 20


def test_no_message_is_refused_for_it(edge: EdgeRig) -> None:
    flood(edge, 1, 40)
    assert {answer.name for answer in edge.answers.values()} == {"STORED"}
    assert len(edge.events("waste.bin.level.measured.v1")) == 40
    assert declared(edge) == {GapDetected.TYPE: 39 - A_MINUTE}


def test_each_device_has_its_own(edge: EdgeRig) -> None:
    every = [measured(1 + 2 * n, START, device=d) for n in range(6) for d in ("b-1", "b-2", "b-3")]
    edge.take(*every)
    assert gaps(edge) == 15
    assert declared(edge) == {}


def test_urgent_records_gaps_are_always_said(edge: EdgeRig) -> None:
    edge.take(*(numbered(1 + 2 * n, START) for n in range(40)))
    assert gaps(edge) == 39
    assert declared(edge) == {}


def test_a_group_that_is_settled_again_takes_once() -> None:
    allowance = Allowance()
    for _ in range(3):
        allowance.begin(START)
        assert [allowance.take("d") for _ in range(6)] == [True] * 6
    allowance.committed()
    allowance.begin(START)
    assert [allowance.take("d") for _ in range(6)] == [True] * 4 + [False] * 2
    allowance.begin(START + timedelta(minutes=1))
    assert allowance.take("d")
