"""How one step changes an alarm. Pure: what stood, what happened, what stands.

Timers that came due before a step are fired first and stamp what they change with the moment they
were due. A quiet one needs evidence: `heard` is until when the gateway is known to have said all.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from projections.alarms.acts import ACTS, over
from projections.alarms.life import IDS, Standing, Step, Terms, text_of
from projections.alarms.row import Alarm, Escalation, Untold, key

INTERVALS = 64
ESCALATIONS = 16

_replace = msgspec.structs.replace
Heard = Callable[[str], int]  # gateway → until when it is known to have said all


class Told:
    """What came of steps: occurrences that ended for good, what the log shall be told, and in
    which minute something was raised. Owned by who tells a life."""

    def __init__(self) -> None:
        self.closed: dict[str, Alarm] = {}
        self.untold: dict[str, Untold] = {}
        self.raised: list[str] = []


def applied(
    standing: Standing, step: Step, heard: Heard, name: tuple[str, str], told: Told
) -> Standing:
    """`name`: kind and subject, of which an occurrence is made."""
    standing = fired(standing, step.ms, heard, told)
    if step.what == "tick":
        return standing
    if step.what == "trigger":
        standing = _trigger(standing, step, name, told)
    elif step.what == "clear":
        standing = _clear(standing, step, told)
    else:
        alarm = standing.alarm
        if alarm is None or alarm.id != step.alarm:
            return standing  # of an occurrence that is over, or has not been
        standing = ACTS[step.what](standing, step, alarm)
    return _armed(standing)


def fired(standing: Standing, upto: int, heard: Heard, told: Told) -> Standing:
    """Everything due by then, in the order of due; what ends it before what makes it worse."""
    while standing.alarm is not None:
        due = [
            (at, rank)
            for rank, at in enumerate((standing.unshelve, standing.quiet, standing.escalate))
            if 0 < at <= upto and (rank != 1 or at <= heard(standing.alarm.gateway))
        ]
        if not due:
            break
        at, rank = min(due)
        standing = _armed(_DUE[rank](standing, standing.alarm, at, told))
    if 0 < standing.quiet <= upto and not standing.unheard:
        standing = _replace(standing, unheard=standing.quiet)
    return standing


# --- timers --------------------------------------------------------------------------------


def _unshelve(standing: Standing, alarm: Alarm, at: int, told: Told) -> Standing:
    del told
    return _replace(standing, alarm=_replace(alarm, shelved_until=""), since=at)


def _quiet(standing: Standing, alarm: Alarm, at: int, told: Told) -> Standing:
    return _ended(standing, alarm, at, text_of(at), "quiet", told)


def _escalate(standing: Standing, alarm: Alarm, at: int, told: Told) -> Standing:
    made = Escalation(
        level=alarm.level + 1, to=standing.terms.escalate[alarm.level].to, at=text_of(at)
    )
    row = _replace(
        alarm,
        level=made.level,
        escalated_to=made.to,
        escalations=(*alarm.escalations, made)[-ESCALATIONS:],
    )
    told.untold[f"escalated:{alarm.id}:{alarm.reopened}.{made.level}"] = _untold(
        row, "escalated", made.at, level=made.level, to=made.to
    )
    return _replace(standing, alarm=row)


_DUE = (_unshelve, _quiet, _escalate)


def _armed(standing: Standing) -> Standing:
    """With its timers as they stand now."""
    alarm, terms = standing.alarm, standing.terms
    if alarm is None:
        return standing
    if not alarm.open and alarm.shelved_until:
        alarm = _replace(alarm, shelved_until="")
    waits = (
        not alarm.acknowledged
        and not alarm.late
        and not alarm.shelved_until
        and (terms.persist or not alarm.cleared)
        and alarm.level < len(terms.escalate)
    )
    escalate = standing.since + round(terms.escalate[alarm.level].after_s * 1000) if waits else 0
    quiet = standing.quiet if alarm.active else 0
    due, still = text_of(escalate), text_of(quiet)
    if (alarm.next_due, alarm.quiet_due) != (due, still):
        alarm = _replace(alarm, next_due=due, quiet_due=still)
    return _replace(
        standing,
        alarm=alarm,
        escalate=escalate,
        quiet=quiet,
        unshelve=standing.unshelve if alarm.shelved_until else 0,
    )


# --- facts ---------------------------------------------------------------------------------


def _trigger(standing: Standing, step: Step, name: tuple[str, str], told: Told) -> Standing:
    alarm, terms = standing.alarm, step.terms
    assert terms is not None
    if alarm is None or not alarm.open:
        again = (
            alarm is not None
            and not step.late
            and step.ms - standing.touched <= terms.reopen_s * 1000
            and terms.reopen_s > 0
        )
        if alarm is None or not again:
            if alarm is not None:
                told.closed[alarm.id] = alarm
            return _raised(standing, step, terms, name, told)
        alarm = _replace(
            alarm,
            acknowledged=False,
            acknowledged_by="",
            acknowledged_at="",
            reopened=alarm.reopened + 1,
            level=0,
        )
        told.untold[f"raised:{alarm.id}:{alarm.reopened}"] = _untold(
            _replace(alarm, cause=step.ids[0], cause_ids=step.ids),
            "raised",
            step.at,
            recorded=step.ms,
        )
        standing = _replace(standing, since=step.ms, touched=step.ms)
    lasting = terms.lasting
    if terms.priority >= standing.terms.priority:
        terms = standing.terms
    else:  # it is more urgent now, and who may not be silenced is heard at once
        shelved = "" if terms.priority == 1 else alarm.shelved_until
        alarm = _replace(
            alarm,
            priority=terms.priority,
            rule=terms.rule,
            gb_method=terms.gb_method,
            gb_type=terms.gb_type,
            shelved_until=shelved,
        )
    wakes = alarm.late and not step.late
    active = alarm.active or (lasting and not step.late)
    since = (
        step.ms if wakes or (active and not alarm.active and not terms.persist) else standing.since
    )
    row = _replace(
        alarm,
        causes=alarm.causes + step.count,
        cause_ids=(*alarm.cause_ids, *step.ids)[:IDS],
        last=max(alarm.last, step.last or step.at),
        active=active,
        late=alarm.late and step.late,
        cleared="" if active else alarm.cleared,
        cleared_by="" if active else alarm.cleared_by,
        **_intervals(alarm, step, active=active, lasting=lasting),
    )
    if wakes:
        told.raised.append(step.at[:16])
        told.untold[f"raised:{alarm.id}"] = _untold(row, "raised", step.at, recorded=step.ms)
    quiet = standing.quiet
    if active and terms.quiet_s and not step.late:
        quiet = step.ms + round(terms.quiet_s * 1000)
    return _replace(standing, alarm=row, terms=terms, since=since, quiet=quiet)


def _raised(
    before: Standing, step: Step, terms: Terms, name: tuple[str, str], told: Told
) -> Standing:
    active = terms.lasting and not step.late
    kind, subject = name
    row = Alarm(
        id=f"{key(kind, subject)}:{step.ids[0]}",
        kind=kind,
        subject=subject,
        device=step.device,
        gateway=step.journal,
        priority=terms.priority,
        rule=terms.rule,
        gb_method=terms.gb_method,
        gb_type=terms.gb_type,
        active=active,
        late=step.late,
        raised=step.at,
        last=step.last or step.at,
        causes=step.count,
        cause=step.ids[0],
        cause_ids=step.ids[:IDS],
        position=step.position,
        intervals=((step.at, "" if active else step.last or step.at),),
        interval_count=1,
    )
    if not step.late:
        told.raised.append(step.at[:16])
    told.untold[f"raised:{row.id}"] = _untold(row, "raised", step.at, recorded=step.ms)
    quiet = step.ms + round(terms.quiet_s * 1000) if active and terms.quiet_s else 0
    return _replace(before, alarm=row, terms=terms, since=step.ms, touched=step.ms, quiet=quiet)


def _intervals(alarm: Alarm, step: Step, *, active: bool, lasting: bool) -> Mapping[str, object]:
    """Of what lasts, from raising to clearing; of what does not, from first to last trigger."""
    if active and not alarm.active:
        opened = (*alarm.intervals, (step.at, ""))[-INTERVALS:]
        return {"intervals": opened, "interval_count": alarm.interval_count + 1}
    if not active and not lasting and alarm.intervals:
        start, end = alarm.intervals[-1]
        return {"intervals": (*alarm.intervals[:-1], (start, max(end, step.last or step.at)))}
    return {}


def _clear(standing: Standing, step: Step, told: Told) -> Standing:
    alarm = standing.alarm
    if alarm is None or not alarm.active:
        return standing
    return _ended(standing, alarm, step.ms, step.at, "fact", told)


def _ended(
    standing: Standing, alarm: Alarm, ms: int, at: str, by: Literal["fact", "quiet"], told: Told
) -> Standing:
    """By other than a person, whose act the log has already."""
    made = over(standing, alarm, ms, at, by)
    assert made.alarm is not None
    told.untold[f"cleared:{alarm.id}:{alarm.interval_count}"] = _untold(
        made.alarm, "cleared", at, reason=by
    )
    return made


def _untold(row: Alarm, what: str, at: str, *, recorded: int = 0, **more: object) -> Untold:
    return Untold(
        what=what,  # type: ignore[arg-type]
        alarm=row.id,
        kind=row.kind,
        subject=row.subject,
        device=row.device,
        gateway=row.gateway,
        priority=row.priority,
        at=at,
        recorded=text_of(recorded),
        cause=row.cause,
        causes=row.cause_ids,
        gb_method=row.gb_method,
        gb_type=row.gb_type,
        late=row.late,
        **more,  # type: ignore[arg-type]
    )
