"""What may be done to an alarm in which state, and what a click right behind another one finds."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from core.clock import rfc3339
from core.errors import Refused
from core.event import Data
from core.events.alarm import Acknowledged, Assigned, Cleared, Reopened, Shelved, Unshelved
from projections.alarms.row import Alarm
from projections.web import acts_legal
from tests.fix_core import START
from tests.fix_views import Said

ALARM = Alarm(id="k:d:1", kind="k", subject="d", device="d", priority=2, active=True)
OVER = msgspec.structs.replace(ALARM, active=False, cleared="2026-11-21T08:00:00.000Z")
CLOSED = msgspec.structs.replace(OVER, acknowledged=True)
URGENT = msgspec.structs.replace(ALARM, priority=1)
ASSIGNED = msgspec.structs.replace(ALARM, assigned_to="li")


def until(after: timedelta) -> Shelved:
    return Shelved(alarm=ALARM.id, until=rfc3339(START + after))


HOUR = until(timedelta(hours=1))
SHELVED = msgspec.structs.replace(ALARM, shelved_until=HOUR.until)
ACK = Acknowledged(alarm=ALARM.id, actor="g")
TO_LI, TO_WANG = Assigned(alarm=ALARM.id, to="li"), Assigned(alarm=ALARM.id, to="wang")
BACK, CLEAR = Unshelved(alarm=ALARM.id), Cleared(alarm=ALARM.id)
LOOKED = Cleared(alarm=ALARM.id, note="门已关好")
AGAIN = Reopened(alarm=ALARM.id)


def verdict(alarm: Alarm, act: Data) -> str:
    try:
        acts_legal.check(alarm, act, START)
    except Refused as refusal:
        return refusal.reason
    return "done"


@pytest.mark.parametrize(
    ("alarm", "act", "expected"),
    [
        (ALARM, ACK, "done"),
        (OVER, ACK, "done"),
        (CLOSED, ACK, "acknowledged"),
        (ALARM, TO_LI, "done"),
        (ASSIGNED, TO_LI, "assigned"),
        (ASSIGNED, TO_WANG, "done"),
        (CLOSED, TO_LI, "closed"),
        (ALARM, HOUR, "done"),
        (OVER, HOUR, "done"),
        (URGENT, HOUR, "priority"),
        (CLOSED, HOUR, "closed"),
        (SHELVED, HOUR, "shelved"),
        (SHELVED, until(timedelta(hours=2)), "done"),
        (ALARM, until(timedelta(0)), "until"),
        (ALARM, until(-timedelta(seconds=1)), "until"),
        (ALARM, until(timedelta(hours=24)), "done"),
        (ALARM, until(timedelta(hours=24, milliseconds=1)), "until"),
        (SHELVED, BACK, "done"),
        (ALARM, BACK, "notshelved"),
        (ALARM, CLEAR, "note"),
        (ALARM, Cleared(alarm=ALARM.id, note="  "), "note"),
        (ALARM, LOOKED, "done"),
        (OVER, CLEAR, "done"),
        (CLOSED, LOOKED, "closed"),
        (CLOSED, AGAIN, "done"),
        (ALARM, AGAIN, "open"),
        (OVER, AGAIN, "open"),
    ],
)
def test_verdicts(alarm: Alarm, act: Data, expected: str) -> None:
    assert verdict(alarm, act) == expected


@pytest.mark.parametrize(
    ("before", "act", "expected"),
    [
        ([ACK], ACK, "acknowledged"),
        ([TO_LI], TO_LI, "assigned"),
        ([TO_LI], TO_WANG, "done"),
        ([TO_LI, TO_WANG], TO_LI, "done"),
        ([HOUR], HOUR, "shelved"),
        ([HOUR], BACK, "done"),
        ([HOUR, BACK], BACK, "notshelved"),
        ([LOOKED], LOOKED, "closed"),
        ([LOOKED], ACK, "acknowledged"),
        ([LOOKED], HOUR, "closed"),
        ([LOOKED], AGAIN, "done"),
        ([LOOKED, AGAIN], AGAIN, "open"),
        ([LOOKED, AGAIN], ACK, "done"),
    ],
)
def test_what_was_done_and_is_not_folded_counts(
    before: Sequence[Data], act: Data, expected: str
) -> None:
    alarm, hub = ALARM, Said("hub")
    for data in before:
        alarm = acts_legal.done(alarm, hub.event(data, "alarm/k", at=START))
    assert verdict(alarm, act) == expected
