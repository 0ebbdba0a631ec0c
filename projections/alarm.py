"""An alarm as rows see it: raised and cleared by device facts, acknowledged by a person.

One row per kind and thing; a thousand triggers are one alarm with a thousand causes. The
alarm's id names its first cause, so an acknowledgement can not hit a later occurrence.
"""

import msgspec

from core.event import Recorded
from core.events.alarm import Acknowledged
from core.ownjournal import GATEWAY
from projections.instant import is_live
from projections.view import Row, Rows

KIND = "alarm"


class Alarm(Row, frozen=True, kw_only=True):
    """Open while `active` or not yet `acknowledged`. Times are RFC 3339."""

    id: str
    kind: str
    subject: str
    device: str
    priority: int  # 1 highest .. 4
    active: bool = False
    acknowledged: bool = False
    late: bool = False  # came from back-fill: shown, never sounded (I9)
    raised: str = ""
    last: str = ""
    cleared: str = ""
    causes: int = 0
    cause: str = ""  # id of the first causing event
    position: int = 0  # of the first cause: the link into the log
    acknowledged_by: str = ""
    acknowledged_at: str = ""

    @property
    def open(self) -> bool:
        return self.active or not self.acknowledged


def key(kind: str, subject: str) -> str:
    return f"{kind}:{subject}"


def trigger(rows: Rows, item: Recorded, kind: str, priority: int, *, lasting: bool) -> None:
    """Raise, or add a cause to what is open. `lasting`: something will clear it again."""
    event = item.event
    at = item.moment.at
    late = not is_live(rows, item)
    found = rows.get(KIND, key(kind, event.subject), Alarm)
    if found is not None and found.open:
        active = found.active or (lasting and not late)
        row = msgspec.structs.replace(
            found,
            causes=found.causes + 1,
            last=max(found.last, at),
            active=active,
            late=found.late and late,
            cleared="" if active else found.cleared,
        )
    else:
        row = Alarm(
            id=f"{key(kind, event.subject)}:{event.id}",
            kind=kind,
            subject=event.subject,
            device=item.device,
            priority=priority,
            active=lasting and not late,
            late=late,
            raised=at,
            last=at,
            causes=1,
            cause=event.id,
            position=item.position,
        )
    rows.put(KIND, key(kind, event.subject), row)


def clear(rows: Rows, item: Recorded, kind: str, subject: str = "") -> None:
    """`subject` where the event that ends it is about another thing: a lift about the truck."""
    named = key(kind, subject or item.event.subject)
    found = rows.get(KIND, named, Alarm)
    if found is None or not found.active or not is_live(rows, item):
        return
    rows.put(KIND, named, msgspec.structs.replace(found, active=False, cleared=item.moment.at))


def acknowledge(rows: Rows, item: Recorded) -> None:
    """Folds alarm.acknowledged.v1; one for another occurrence or another view changes nothing."""
    data = item.event.data
    assert isinstance(data, Acknowledged)
    if item.gateway != GATEWAY:
        return  # people act at the hub; a gateway can not acknowledge for them
    found = _of(rows, data.alarm)
    if found is None or found.acknowledged:
        return
    row = msgspec.structs.replace(
        found,
        acknowledged=True,
        acknowledged_by=data.actor,
        acknowledged_at=item.moment.at,
    )
    rows.put(KIND, key(found.kind, found.subject), row)


def _of(rows: Rows, alarm: str) -> Alarm | None:
    """The row of that id. Its key is the id without the first cause's, and subjects and event
    ids may both hold colons: so every beginning that ends at a colon is tried."""
    for end, char in enumerate(alarm):
        if char == ":":
            found = rows.get(KIND, alarm[:end], Alarm)
            if found is not None and found.id == alarm:
                return found
    return None
