"""A step taken into an alarm's life, and everything that rows show of it."""

from collections import Counter

import msgspec

from projections import window
from projections.alarms.life import LIFE, STEPS, Life, Standing, Step, Waiting, placed
from projections.alarms.machine import Told, applied
from projections.alarms.row import (
    CLOSED,
    FLOOD,
    KIND,
    TIMER,
    UNTOLD,
    Alarm,
    Flood,
    Timer,
    Untold,
    key,
)
from projections.view import Rows

FINISHED = 500  # occurrences that another one of the same thing followed, the newest
MINUTES = 60
UNWRITTEN = 1000  # and a quarter more; then the oldest go
WAITING = "waiting"
AWAITED = 64  # occurrences

_replace = msgspec.structs.replace


def take(rows: Rows, kind: str, subject: str, step: Step, rules: str = "") -> None:
    """`rules`: SHA-256 of the set that judged it. What was waiting for an occurrence that this
    raises, or brings to light, is taken in behind it."""
    name = key(kind, subject)
    life = rows.get(LIFE, name, Life) or Life(kind=kind, subject=subject)
    queue = [step]
    while queue:
        before = life
        life, told, untrue = _with(before, queue.pop(0))
        _show(rows, name, before.now.alarm, life.now.alarm)
        _record(rows, told, untrue, rules)
        for occurrence in _occurrences(rows, life, told):
            waiting = rows.get(WAITING, occurrence, Waiting)
            if waiting is not None:
                rows.drop(WAITING, occurrence)
                queue += waiting.steps
    rows.put(LIFE, name, life)


def await_facts(rows: Rows, occurrence: str, step: Step) -> None:
    """Somebody spoke of an occurrence that was not raised yet: kept until it is. Of too many, the
    oldest go."""
    found = rows.get(WAITING, occurrence, Waiting) or Waiting()
    rows.put(WAITING, occurrence, Waiting(steps=(*found.steps, step)[-STEPS:]))
    keys = rows.keys(WAITING)
    if len(keys) > AWAITED:
        rows.drop(WAITING, min(keys, key=lambda one: (_first(rows, one), one)))


def _first(rows: Rows, occurrence: str) -> int:
    found = rows.get(WAITING, occurrence, Waiting)
    return found.steps[0].ms if found else 0


def _occurrences(rows: Rows, life: Life, told: Told) -> list[str]:
    if not rows.keys(WAITING) or life.now.alarm is None:
        return []
    return [*told.closed, life.now.alarm.id]


def _with(life: Life, step: Step) -> tuple[Life, Told, Told]:
    """The life with it; what came of it; and what had come of the life as it was told before,
    where it had to be told again."""
    made, step, place = placed(life, step)
    told, untrue = Told(), Told()
    believed = 0 < life.now.unheard <= made.known()
    if place == len(made.steps) - 1 and not believed:
        now = applied(life.now, step, made.heard, (life.kind, life.subject), told)
    else:
        _told_again(life, untrue)
        now = _told_again(made, told)
    base, floor, steps = made.base, made.floor, made.steps
    while len(steps) > STEPS:
        base = applied(base, steps[0], made.heard, (life.kind, life.subject), Told())
        floor, steps = steps[0].ms, steps[1:]
    return _replace(made, base=base, floor=floor, steps=steps, now=now), told, untrue


def _told_again(life: Life, told: Told) -> Standing:
    standing = life.base
    for step in life.steps:
        standing = applied(standing, step, life.heard, (life.kind, life.subject), told)
    return standing


def _show(rows: Rows, name: str, before: Alarm | None, now: Alarm | None) -> None:
    """The alarm and its timers."""
    if now is None or now is before:
        return
    rows.put(KIND, name, now)
    was, due = _due(before), _due(now)
    for stale in was.keys() - due.keys():
        rows.drop(TIMER, stale)
    for armed, timer in due.items():
        if was.get(armed) != timer:
            rows.put(TIMER, armed, timer)


def _due(alarm: Alarm | None) -> dict[str, Timer]:
    """Only what is quiet has to be heard: of people and their patience the hub's clock tells."""
    if alarm is None:
        return {}
    armed = (
        Timer(name="escalate", about=alarm.id, due=alarm.next_due, cause=alarm.cause),
        Timer(
            name="quiet",
            about=alarm.id,
            due=alarm.quiet_due,
            cause=alarm.cause,
            gateways=(alarm.gateway,),
        ),
        Timer(name="unshelve", about=alarm.id, due=alarm.shelved_until, cause=alarm.cause),
    )
    return {f"{one.name}:{one.about}": one for one in armed if one.due}


def _record(rows: Rows, told: Told, untrue: Told, rules: str) -> None:
    """What came of steps, less what had been said and is not so."""
    for gone in untrue.closed.keys() - told.closed.keys():
        rows.drop(CLOSED, gone)
    for occurrence, row in told.closed.items():
        if untrue.closed.get(occurrence) != row:
            _finished(rows, occurrence, row)
    if told.raised or untrue.raised:
        _flooded(rows, Counter(told.raised), Counter(untrue.raised))
    for gone in untrue.untold.keys() - told.untold.keys():
        if rows.get(UNTOLD, gone, Untold) is not None:
            rows.drop(UNTOLD, gone)
    for name, word in told.untold.items():
        if name not in untrue.untold:
            _unwritten(rows, name, _replace(word, rules=rules))
        elif (there := rows.get(UNTOLD, name, Untold)) is not None and there != word:
            rows.put(UNTOLD, name, _replace(word, rules=there.rules))


def _finished(rows: Rows, occurrence: str, row: Alarm) -> None:
    rows.put(CLOSED, occurrence, row)
    keys = rows.keys(CLOSED)
    if len(keys) > FINISHED:
        rows.drop(CLOSED, min(keys, key=lambda one: (_raised(rows, one), one)))


def _raised(rows: Rows, occurrence: str) -> str:
    found = rows.get(CLOSED, occurrence, Alarm)
    return found.raised if found else ""


def _flooded(rows: Rows, more: Counter[str], less: Counter[str]) -> None:
    flood = rows.get(FLOOD, FLOOD, Flood) or Flood()
    more.subtract(less)
    minutes = dict(flood.minutes)
    for minute, count in more.items():
        old = () if minute in minutes else window.surplus(minutes, minute, MINUTES)
        if minute in old:
            continue
        for one in old:
            del minutes[one]
        minutes[minute] = minutes.get(minute, 0) + count
    rows.put(FLOOD, FLOOD, Flood(minutes={k: n for k, n in sorted(minutes.items()) if n > 0}))


def _unwritten(rows: Rows, name: str, word: Untold) -> None:
    """A log from before there was such a record, folded anew, may ask for any number of them."""
    rows.put(UNTOLD, name, word)
    keys = rows.keys(UNTOLD)
    if len(keys) > UNWRITTEN * 5 // 4:
        found = [(row.at, one) for one in keys if (row := rows.get(UNTOLD, one, Untold))]
        for _, one in sorted(found)[:-UNWRITTEN]:
            rows.drop(UNTOLD, one)
