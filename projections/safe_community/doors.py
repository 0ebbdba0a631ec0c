"""A door's row: physical state, lock, mode, alarm, tamper and fault, each moved by its own facts.

Late facts are counted where they count and move nothing. A door that the fire relay released is
open as it shall be: forced and held open are then neither shown nor alarms.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.event import Data, Recorded
from core.events import door
from projections.alarms import fold as alarms
from projections.instant import is_live
from projections.safe_community import findings, passages
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Passage
from projections.view import Rows

FIRE = "compound/fire"  # what the one alarm of all released doors is about

_replace = msgspec.structs.replace


def row_of(rows: Rows, item: Recorded) -> Door:
    subject = item.event.subject
    found = rows.get("door", subject, Door)
    if found is not None:
        return found
    return Door(subject=subject, device=item.device, known=findings.described(rows, subject))


def put(rows: Rows, item: Recorded, row: Door) -> None:
    live = is_live(rows, item)
    rows.put("door", row.subject, _replace(row, last=item.moment.at) if live else row)


def put_decided(rows: Rows, item: Recorded, row: Door, passage: Passage) -> None:
    if is_live(rows, item):
        row = _replace(row, decision=passage, last=passage.at)
    rows.put("door", row.subject, row)
    passages.passed(rows, item, passage)


# --- states --------------------------------------------------------------------------------


def physical(rows: Rows, item: Recorded) -> None:
    row = row_of(rows, item)
    if is_live(rows, item):
        row = _replace(_MOVES[type(item.event.data)](row, item), last=item.moment.at)
    rows.put("door", row.subject, row)
    _sound(rows, item, row)


def _opened(row: Door, item: Recorded) -> Door:
    return _replace(row, physical="open", since=item.moment.at, contradicted="")


def _closed(row: Door, item: Recorded) -> Door:
    return _replace(
        row, physical="closed", alarm="normal", since=item.moment.at, held_due="", contradicted=""
    )


def _forced(row: Door, item: Recorded) -> Door:
    alarm = "normal" if row.fire else "forced"
    return _replace(
        row, physical="open", alarm=alarm, since=item.moment.at, held_due="", contradicted=""
    )


def _held(row: Door, _: Recorded) -> Door:
    alarm = "normal" if row.fire else "heldopen"
    return _replace(row, physical="open", alarm=alarm, held_due="", contradicted="")


def _prealarmed(row: Door, item: Recorded) -> Door:
    if row.fire or row.alarm in ("forced", "heldopen"):
        return row
    data = item.event.data
    assert isinstance(data, door.PreAlarmed)
    return _replace(row, alarm="prealarm", held_due=data.due)


def _mode(row: Door, item: Recorded) -> Door:
    data = item.event.data
    assert isinstance(data, door.ModeChanged)
    return _replace(row, mode=data.mode)


def _released(row: Door, _: Recorded) -> Door:
    return _replace(row, fire=True, alarm="normal", held_due="")


def _contradicted(row: Door, item: Recorded) -> Door:
    """What it said of lock or leaf is no longer known; of the other one it said nothing."""
    data = item.event.data
    assert isinstance(data, door.Contradicted)
    told: dict[str, Any] = {"contradicted": item.moment.at}
    locks = {door.Locked.TYPE, door.Unlocked.TYPE}
    if locks <= set(data.said):
        told["lock"] = "unknown"
    if not locks >= set(data.said):
        told |= {"physical": "unknown", "since": item.moment.at}
    return _replace(row, **told)


def _set(**fields: str | bool) -> Callable[[Door, Recorded], Door]:
    return lambda row, _: _replace(row, **fields)


_FAULTS = {"fault": "unknown"}  # ONVIF's state "fault" says that it cannot be told


def _reported(row: Door, item: Recorded) -> Door:
    data = item.event.data
    assert isinstance(data, door.StateReported)
    told: dict[str, Any] = {
        name: value for name in ("mode", "tamper", "fault") if (value := getattr(data, name))
    }
    if data.lock:
        told["lock"] = _FAULTS.get(data.lock, data.lock)
    if data.physical:
        now = _FAULTS.get(data.physical, data.physical)
        told |= {"physical": now, "contradicted": "" if now != "unknown" else row.contradicted}
        if now != row.physical:
            told["since"] = item.moment.at
    if "fault" in (data.physical, data.lock):
        told["fault"] = "detected"
    if data.physical == "closed" or data.alarm == "normal":
        told |= {"alarm": "normal", "held_due": ""}
    elif data.alarm and not row.fire:
        told |= {"alarm": data.alarm, "held_due": ""}
    return _replace(row, **told)


_MOVES: Mapping[type[Data], Callable[[Door, Recorded], Door]] = {
    door.Opened: _opened,
    door.Closed: _closed,
    door.Forced: _forced,
    door.GateForced: _forced,
    door.HeldOpen: _held,
    door.PreAlarmed: _prealarmed,
    door.ModeChanged: _mode,
    door.FireReleased: _released,
    door.FireEnded: _set(fire=False),
    door.Contradicted: _contradicted,
    door.StateReported: _reported,
    door.Locked: _set(lock="locked"),
    door.Unlocked: _set(lock="unlocked"),
    door.Faulted: _set(fault="detected"),
    door.FaultCleared: _set(fault="none"),
    door.DoorTampered: _set(tamper="detected"),
    door.TamperCleared: _set(tamper="none"),
}
STATES = tuple(_MOVES)


# --- alarms --------------------------------------------------------------------------------


def _sound(rows: Rows, item: Recorded, row: Door) -> None:
    """What the door's state decides; what a type alone decides stands in the rules."""
    data = item.event.data
    told = data.alarm if isinstance(data, door.StateReported) else _ALARMS.get(type(data), "")
    if told in ("forced", "heldopen"):
        if not row.fire:
            alarms.trigger(rows, item, f"door.{told}")
    elif told == "normal" or getattr(data, "physical", "") == "closed":
        _over(rows, item)
    elif isinstance(data, door.FireReleased):
        _over(rows, item)
        alarms.trigger(rows, item, "fire.released", FIRE)
    elif isinstance(data, door.FireEnded) and not _released_elsewhere(rows):
        alarms.clear(rows, item, "fire.released", FIRE)
    if isinstance(data, door.StateReported):
        _conditions(rows, item, data)


def _over(rows: Rows, item: Recorded) -> None:
    alarms.clear(rows, item, "door.forced")
    alarms.clear(rows, item, "door.heldopen")


def _conditions(rows: Rows, item: Recorded, data: door.StateReported) -> None:
    """A snapshot tells of tamper and fault what events of their own tell otherwise."""
    fault = "detected" if "fault" in (data.physical, data.lock) else data.fault
    for kind, told in (("door.tampered", data.tamper), ("door.fault", fault)):
        if told == "detected":
            alarms.trigger(rows, item, kind)
        elif told == "none":
            alarms.clear(rows, item, kind)


def _released_elsewhere(rows: Rows) -> bool:
    return any(row.fire for row in findings.doors(rows))


_ALARMS: Mapping[type[Data], str] = {
    door.Forced: "forced",
    door.GateForced: "forced",
    door.HeldOpen: "heldopen",
    door.Closed: "normal",
}


# --- gates and counters --------------------------------------------------------------------


def gate(rows: Rows, item: Recorded) -> None:
    row = row_of(rows, item)
    tailgated = row.tailgated + isinstance(item.event.data, door.Tailgated)
    put(rows, item, _replace(row, tailgated=tailgated))


GATES = (door.Tailgated, door.Reversed, door.Climbed)
