"""The last hand-over as it was written, read back from the log."""

from typing import Any

import msgspec

from core.batch import parse
from core.codec import recorded
from core.errors import BadFrame
from core.event import Event, Recorded
from core.events.duty import HandedOver
from projections.safe_community.rows.duty import Duty
from projections.web.desk import Desk


def read(desk: Desk, compound: str, *, unsealed: bool) -> dict[str, Any]:
    """The watch and its last hand-over; `note` is null for who may only look."""
    at, found = 0, Duty()
    for view in desk.runner.views:
        position, kinds = desk.runner.rows(view, compound)
        for row in kinds.get("duty", {}).values():
            if isinstance(row, Duty):
                at, found = position, row
    event = _event(desk, found) if found.handed else None
    return {
        "compound": compound,
        "position": at,
        "actor": found.actor,
        "since": found.since,
        "handed": None if event is None else _shown(desk, event, unsealed=unsealed),
    }


def _event(desk: Desk, duty: Duty) -> Event | None:
    """None where the log does not hold it there (it was put back)."""
    position = duty.handed_position
    page = desk.log.read(position - 1, 1, 1)
    if not page or page[0].id != position:
        return None
    try:
        found = recorded(parse(page[0].state), position, desk.catalog)
    except BadFrame:
        return None
    for item in found:
        if isinstance(item, Recorded) and item.event.id == duty.handed:
            return item.event
    return None


def _shown(desk: Desk, event: Event, *, unsealed: bool) -> dict[str, Any]:
    data = event.data
    assert isinstance(data, HandedOver)
    body = msgspec.to_builtins(data)
    return {
        "id": event.id,
        "at": event.time,
        "by": data.actor,
        "to": data.to,
        **{key: body.get(key, []) for key in ("open", "shelved", "doors", "silent")},
        "since": data.since,
        "figures": dict(data.figures),
        "position": data.position,
        "note": desk.unseal(event).get("note", "") if unsealed else None,
    }
