"""What people do to an alarm. Each act says what stands after it; one that can not be, changes
nothing, and the log keeps it."""

from collections.abc import Callable, Mapping

import msgspec

from projections.alarms.life import Standing, Step, What, text_of
from projections.alarms.row import Act, Alarm

KEPT = 32

_replace = msgspec.structs.replace


def _did(alarm: Alarm, step: Step, **changes: object) -> Alarm:
    act = Act(at=step.at, what=step.what, actor=step.actor, position=step.position)  # type: ignore[arg-type]
    return _replace(alarm, acts=(*alarm.acts, act)[-KEPT:], **changes)


def over(standing: Standing, alarm: Alarm, ms: int, at: str, by: str) -> Standing:
    """No longer active, by whomever."""
    intervals = alarm.intervals
    if alarm.active and intervals:
        intervals = (*intervals[:-1], (intervals[-1][0], at))
    row = _replace(alarm, active=False, cleared=at, cleared_by=by, intervals=intervals)
    return _replace(standing, alarm=row, touched=max(standing.touched, ms))


def _acknowledged(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    if alarm.acknowledged:
        return standing  # the first counts
    row = _did(alarm, step, acknowledged=True, acknowledged_by=step.actor, acknowledged_at=step.at)
    return _replace(standing, alarm=row, touched=max(standing.touched, step.ms))


def _assigned(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    if not alarm.open:
        return standing
    row = _did(alarm, step, assigned_to=step.to, assigned_by=step.actor, assigned_at=step.at)
    return _replace(standing, alarm=row)


def _shelved(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    """Never one of priority 1, and not until a moment that is over."""
    if not alarm.open or alarm.priority == 1 or step.until <= step.ms:
        return standing
    row = _did(
        alarm,
        step,
        shelved_until=text_of(step.until),
        shelved_by=step.actor,
        shelved_at=step.at,
    )
    return _replace(standing, alarm=row, unshelve=step.until)


def _unshelved(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    if not alarm.shelved_until:
        return standing
    return _replace(standing, alarm=_did(alarm, step, shelved_until=""), since=step.ms)


def _cleared(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    """Who says that it is over has taken note of it."""
    if not alarm.open:
        return standing
    row = _did(alarm, step)
    if not alarm.acknowledged:
        row = _replace(row, acknowledged=True, acknowledged_by=step.actor, acknowledged_at=step.at)
    if not alarm.active and alarm.cleared:
        return _replace(standing, alarm=row, touched=max(standing.touched, step.ms))
    return over(standing, row, step.ms, step.at, step.actor)


def _reopened(standing: Standing, step: Step, alarm: Alarm) -> Standing:
    """It is to be looked at again; whether it is active, facts say."""
    if alarm.open:
        return standing
    row = _did(
        alarm,
        step,
        acknowledged=False,
        acknowledged_by="",
        acknowledged_at="",
        cleared="",
        cleared_by="",
        late=False,
        reopened=alarm.reopened + 1,
        level=0,
    )
    return _replace(standing, alarm=row, since=step.ms, touched=step.ms)


ACTS: Mapping[What, Callable[[Standing, Step, Alarm], Standing]] = {
    "acknowledged": _acknowledged,
    "assigned": _assigned,
    "shelved": _shelved,
    "unshelved": _unshelved,
    "cleared": _cleared,
    "reopened": _reopened,
}
