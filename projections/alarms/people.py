"""What the hub's own journal says of alarms: people's acts, timers that fired, and what the hub
wrote of what these rows concluded."""

from collections.abc import Mapping

from core.event import Data, Recorded
from core.events import alarm as said
from core.events.timer import Fired
from core.moment import millis
from projections.alarms.adopted import adopt
from projections.alarms.life import LIFE, Life, Step, TickOf, What
from projections.alarms.row import CLOSED, KIND, UNTOLD, Alarm, Untold, key
from projections.alarms.rules import view_of
from projections.alarms.tell import await_facts, take
from projections.view import Rows

_ACTS: Mapping[type[Data], What] = {
    said.Acknowledged: "acknowledged",
    said.Assigned: "assigned",
    said.Shelved: "shelved",
    said.Unshelved: "unshelved",
    said.Cleared: "cleared",
    said.Reopened: "reopened",
}
_TICKS: Mapping[str, TickOf] = {"escalate": "escalate", "quiet": "quiet", "unshelve": "unshelve"}
TYPES = frozenset[type[Data]]((*_ACTS, Fired, said.Raised, said.Escalated, said.RulesAdopted))


def hear(rows: Rows, item: Recorded, view: str) -> None:
    """Of the hub's journal only: a gateway can not act for people, nor tell the hub's time."""
    data = item.event.data
    if isinstance(data, said.RulesAdopted):
        adopt(rows, item, data)
    elif isinstance(data, said.Raised | said.Escalated) or (
        isinstance(data, said.Cleared) and data.reason != "person"
    ):
        _written(rows, item, data)
    elif isinstance(data, Fired):
        if data.view == view:
            _fired(rows, data)
    else:
        occurrence = str(getattr(data, "alarm", ""))
        if (step := _step(item, data, occurrence)) is not None:
            _give(rows, occurrence, step, view)


def _step(item: Recorded, data: Data, occurrence: str) -> Step | None:
    until = 0
    if isinstance(data, said.Shelved):
        try:
            until = millis(data.until)
        except ValueError:
            return None  # until nobody knows when: not shelved
    return Step(
        ms=millis(item.event.recordedtime),
        what=_ACTS[type(data)],
        journal=item.gateway,
        at=item.moment.at,
        position=item.position,
        alarm=occurrence,
        actor=str(getattr(data, "actor", "")),
        to=data.to if isinstance(data, said.Assigned) else "",
        until=until,
    )


def _fired(rows: Rows, data: Fired) -> None:
    name, _, occurrence = data.timer.partition(":")
    tick = _TICKS.get(name)
    if tick is None:
        return  # another fold's
    try:
        due = millis(data.due)
    except ValueError:
        return
    _give(rows, occurrence, Step(ms=due, what="tick", journal="", tick=tick), data.view)


def _give(rows: Rows, occurrence: str, step: Step, view: str) -> None:
    """To the life the occurrence belongs to; one that was not raised yet may still be."""
    kind = occurrence.partition(":")[0]
    if not kind or view_of(kind) != view:
        return
    life = _life(rows, occurrence)
    if life is not None:
        take(rows, life.kind, life.subject, step)
    elif occurrence.count(":") >= 2:
        await_facts(rows, occurrence, step)


def _life(rows: Rows, occurrence: str) -> Life | None:
    found = _find(rows, occurrence)
    return rows.get(LIFE, key(found.kind, found.subject), Life) if found else None


def _find(rows: Rows, occurrence: str) -> Alarm | None:
    """The row of that id. Its key is the id without the first cause's, and subjects and event
    ids may both hold colons: so every beginning that ends at a colon is tried."""
    for end, char in enumerate(occurrence):
        if char == ":":
            found = rows.get(KIND, occurrence[:end], Alarm)
            if found is not None and found.id == occurrence:
                return found
    return rows.get(CLOSED, occurrence, Alarm)


def _written(rows: Rows, item: Recorded, data: said.Raised | said.Escalated | said.Cleared) -> None:
    """The log says it now."""
    if not rows.keys(UNTOLD):
        return
    if isinstance(data, said.Raised):
        what, level = "raised", 0
    elif isinstance(data, said.Escalated):
        what, level = "escalated", data.level
    else:
        what, level = "cleared", 0
    begins = f"{what}:{data.alarm}"
    for name in [one for one in rows.keys(UNTOLD) if one.startswith(begins)]:
        row = rows.get(UNTOLD, name, Untold)
        if row is None or row.alarm != data.alarm:
            continue
        if what == "raised":
            same = row.cause == item.event.causationid or not item.event.causationid
        else:
            same = row.level == level and row.at <= item.moment.at
        if same:
            rows.drop(UNTOLD, name)
