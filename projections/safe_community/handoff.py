"""What the hub handed on, and what it was answered: who watches sees that it stopped."""

import msgspec

from core.event import Recorded
from core.events import handoff
from projections.safe_community.rows.handoff import Handoff
from projections.view import Rows

KIND = "handoff"

_replace = msgspec.structs.replace


def delivered(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, handoff.Delivered)
    row = _row(rows, data.target)
    row = _replace(
        row,
        delivered=row.delivered + data.count,
        personal=row.personal + (data.count if data.personal else 0),
        last=item.moment.at,
        trouble="",
        said="",
        status=0,
        since="",
        id=item.event.id,
        position=item.position,
    )
    rows.put(KIND, row.target, row)


def failed(rows: Rows, item: Recorded) -> None:
    """An answer of no is one all the same: it is there again."""
    data, at = item.event.data, item.moment.at
    assert isinstance(data, handoff.Failed)
    row = _replace(_row(rows, data.target), id=item.event.id, position=item.position)
    if data.final:
        row = _replace(
            row,
            refused=row.refused + data.count,
            refusal=data.said,
            refused_at=at,
            trouble="",
            said="",
            status=data.status_code,
            since="",
        )
    else:
        since = row.since or at
        row = _replace(
            row, trouble=data.reason, said=data.said, status=data.status_code, since=since
        )
    rows.put(KIND, row.target, row)


def _row(rows: Rows, target: str) -> Handoff:
    return rows.get(KIND, target, Handoff) or Handoff(target=target)
