"""Processes in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from devices.adapter import Message
from infra.simulate.agenda import Agenda, Process, natural, steady

START = datetime(2026, 11, 20, tzinfo=UTC)


def ticking(name: str, *waits: float) -> Process:
    for wait in waits:
        yield wait
        yield lambda at: Message(name, at.isoformat().encode())


def run(agenda: Agenda, until: datetime | None = None) -> Iterator[tuple[str, float]]:
    for timed in agenda.run(natural(START), until):
        assert timed.payload == timed.at.isoformat().encode()
        yield timed.topic, (timed.at - START).total_seconds()


def test_processes_interleave_by_time_and_by_order_of_start_when_equal() -> None:
    agenda = Agenda(START.timestamp())
    agenda.start(ticking("b", 1, 2))
    agenda.start(ticking("a", 1, 1))
    agenda.start(ticking("c", 0), after=2.5)
    assert list(run(agenda)) == [("b", 1), ("a", 1), ("a", 2), ("c", 2.5), ("b", 3)]


def test_a_process_may_start_others_which_run_from_its_now() -> None:
    agenda = Agenda(START.timestamp())

    def parent() -> Process:
        yield 5.0
        agenda.start(ticking("child", 2))
        yield 1.0
        yield lambda at: Message("parent", at.isoformat().encode())

    agenda.start(parent())
    assert list(run(agenda)) == [("parent", 6), ("child", 7)]


def test_until_is_not_reached() -> None:
    agenda = Agenda(START.timestamp())
    agenda.start(ticking("a", 1, 1, 1))
    assert list(run(agenda, START + timedelta(seconds=2))) == [("a", 1)]


@pytest.mark.parametrize("speed", [0.5, 1, 60])
def test_natural_pace_scales_waits(speed: float) -> None:
    pace = natural(START, speed)
    assert pace(START.timestamp() + 30, 99) == START + timedelta(seconds=30 / speed)


def test_steady_pace_looks_at_the_number_only() -> None:
    pace = steady(START, 4)
    assert [pace(now, sent) for now, sent in ((1.0, 0), (9e9, 1), (5.0, 10))] == [
        START, START + timedelta(seconds=0.25), START + timedelta(seconds=2.5),
    ]  # fmt: skip
