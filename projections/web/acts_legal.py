"""What may be done to an alarm in which state (ISA-18.2), and how it stands then. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.clock import parse_rfc3339
from core.event import Data, Event
from core.events.alarm import (
    Acknowledged,
    Assigned,
    Cleared,
    Reopened,
    Shelved,
    Unshelved,
)
from projections.alarms.row import Alarm
from projections.web.refusal import ActRefused, AlreadyAcknowledged

LONGEST_SHELF = timedelta(hours=24)
_replace = msgspec.structs.replace


def check(alarm: Alarm, data: Data, now: datetime) -> None:
    """ActRefused when that may not be done to an alarm that stands so."""
    _RULES[type(data)](alarm, data, now)


def done(alarm: Alarm, event: Event) -> Alarm:
    """As it will stand once the views have read this, as far as `check` asks."""
    data = event.data
    match data:
        case Acknowledged():
            return _replace(alarm, acknowledged=True, acknowledged_by=data.actor)
        case Assigned():
            return _replace(alarm, assigned_to=data.to)
        case Shelved():
            return _replace(alarm, shelved_until=data.until)
        case Unshelved():
            return _replace(alarm, shelved_until="")
        case Cleared():
            return _replace(alarm, active=False, acknowledged=True, shelved_until="")
        case Reopened():
            return _replace(alarm, acknowledged=False, reopened=alarm.reopened + 1)
    return alarm


def _acknowledge(alarm: Alarm, _data: Data, _now: datetime) -> None:
    if alarm.acknowledged:
        raise AlreadyAcknowledged


def _assign(alarm: Alarm, data: Data, _now: datetime) -> None:
    assert isinstance(data, Assigned)
    _still_open(alarm)
    if alarm.assigned_to == data.to:
        raise ActRefused("assigned", "this alarm is assigned to them already")


def _shelve(alarm: Alarm, data: Data, now: datetime) -> None:
    assert isinstance(data, Shelved)
    _still_open(alarm)
    if alarm.priority <= 1:
        raise ActRefused("priority", "an alarm of priority 1 is never shelved")
    until = parse_rfc3339(data.until)
    if until <= now:
        raise ActRefused("until", "that time is over; shelve until a time to come")
    if until > now + LONGEST_SHELF:
        raise ActRefused("until", "an alarm is shelved for 24 hours at most")
    if alarm.shelved_until == data.until:
        raise ActRefused("shelved", "this alarm is shelved until then already")


def _unshelve(alarm: Alarm, _data: Data, _now: datetime) -> None:
    if not alarm.shelved_until:
        raise ActRefused("notshelved", "this alarm is not shelved")


def _clear(alarm: Alarm, data: Data, _now: datetime) -> None:
    """A fact that still holds says otherwise than whoever clears: they shall say what they saw."""
    assert isinstance(data, Cleared)
    _still_open(alarm)
    if alarm.active and not data.note.strip():
        raise ActRefused("note", "its device says it goes on; write down why you clear it")


def _reopen(alarm: Alarm, _data: Data, _now: datetime) -> None:
    if alarm.open:
        raise ActRefused("open", "this alarm is open")


def _still_open(alarm: Alarm) -> None:
    if not alarm.open:
        raise ActRefused("closed", "this alarm is closed; reopen it first")


_RULES: Mapping[type[Data], Callable[[Alarm, Any, datetime], None]] = {
    Acknowledged: _acknowledge,
    Assigned: _assign,
    Shelved: _shelve,
    Unshelved: _unshelve,
    Cleared: _clear,
    Reopened: _reopen,
}
