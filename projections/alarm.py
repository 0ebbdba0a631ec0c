"""An alarm as rows see it: raised and cleared by device facts, acknowledged by a person.

One row per kind and thing; a thousand triggers are one alarm with a thousand causes. The
alarm's id names its first cause, so an acknowledgement can not hit a later occurrence.
"""

from collections.abc import Iterable

import msgspec

from core.clock import rfc3339
from core.event import Recorded, occurred
from core.events.alarm import Acknowledged
from projections.view import Change, Row, Rows

KIND = "alarm"
_LATE = ("backfill", "replay")


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
    note: str = ""

    @property
    def open(self) -> bool:
        return self.active or not self.acknowledged


def key(kind: str, subject: str) -> str:
    return f"{kind}:{subject}"


def trigger(
    rows: Rows, item: Recorded, kind: str, priority: int, *, lasting: bool
) -> Iterable[Change]:
    """Raise, or add a cause to what is open. `lasting`: something will clear it again."""
    event = item.event
    at = rfc3339(occurred(event))
    late = event.origin in _LATE
    found = rows.get(KIND, key(kind, event.subject), Alarm)
    if found is not None and found.open:
        row = msgspec.structs.replace(
            found,
            causes=found.causes + 1,
            last=max(found.last, at),
            active=found.active or (lasting and not late),
            late=found.late and late,
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
    yield Change(KIND, key(kind, event.subject), row)


def clear(rows: Rows, item: Recorded, kind: str) -> Iterable[Change]:
    found = rows.get(KIND, key(kind, item.event.subject), Alarm)
    if found is None or not found.active or item.event.origin in _LATE:
        return
    at = rfc3339(occurred(item.event))
    yield Change(
        KIND, key(kind, found.subject), msgspec.structs.replace(found, active=False, cleared=at)
    )


def acknowledge(rows: Rows, item: Recorded) -> Iterable[Change]:
    """Folds alarm.acknowledged.v1; one for another occurrence or another view changes nothing."""
    data = item.event.data
    assert isinstance(data, Acknowledged)
    kind, _, rest = data.alarm.partition(":")
    subject = rest.partition(":")[0]
    found = rows.get(KIND, key(kind, subject), Alarm)
    if found is None or found.id != data.alarm or found.acknowledged:
        return
    row = msgspec.structs.replace(
        found,
        acknowledged=True,
        acknowledged_by=data.actor,
        acknowledged_at=item.event.time,
        note=data.note,
    )
    yield Change(KIND, key(kind, subject), row)
