"""From where to where in the log an alarm goes."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from core.clock import rfc3339
from projections.alarms.row import Act, Alarm
from projections.replay.incident import Span, span
from tests.fix_views import NOON, MemoryLog

MINUTE = timedelta(minutes=1)
AROUND = timedelta(seconds=90)
JOURNAL = UUID(int=1)
OPEN = Alarm(
    id="a", kind="k", subject="door/1", device="1", priority=2, active=True, position=5,
    raised=rfc3339(NOON + 5 * MINUTE), last=rfc3339(NOON + 5 * MINUTE),
)  # fmt: skip
OVER = msgspec.structs.replace(
    OPEN, active=False, acknowledged=True, cleared=rfc3339(NOON + 8 * MINUTE)
)


@pytest.fixture
def log() -> MemoryLog:
    """Twenty batches, a minute each, the first at noon and one minute."""
    made = MemoryLog()
    for number in range(1, 21):
        made.append([StoredEvent(JOURNAL, number, "", b"")], received(number))
    return made


def received(position: int) -> datetime:
    return NOON + position * MINUTE


def test_one_that_stands_goes_to_the_end_of_the_log(log: MemoryLog) -> None:
    assert span(log, OPEN, AROUND) == Span(4, 20)


def test_one_that_is_over_goes_to_where_that_was_heard(log: MemoryLog) -> None:
    assert span(log, OVER, AROUND) == Span(4, 9)
    assert span(log, OVER, timedelta()) == Span(5, 8)


def test_what_was_done_afterwards_belongs_to_it(log: MemoryLog) -> None:
    act = Act(at=rfc3339(NOON + 15 * MINUTE), what="reopened", actor="li", position=15)
    assert span(log, msgspec.structs.replace(OVER, acts=(act,)), AROUND) == Span(4, 15)


def test_one_that_came_days_late_is_as_long_as_it_was(log: MemoryLog) -> None:
    days = timedelta(days=3)
    late = msgspec.structs.replace(
        OVER, raised=rfc3339(NOON - days), last=rfc3339(NOON - days),
        cleared=rfc3339(NOON - days + 3 * MINUTE),
    )  # fmt: skip
    assert span(log, late, AROUND) == Span(4, 9)


def test_a_log_that_was_put_back_before_it(log: MemoryLog) -> None:
    assert span(log, msgspec.structs.replace(OVER, position=30), AROUND) == Span(20, 20)
