"""Whose watch it is: nobody's between a hand-over and its taking."""

import msgspec

from core.event import Recorded
from core.events import duty
from projections.safe_community.rows.duty import Duty
from projections.view import Rows

KIND = "duty"  # kind and key

_replace = msgspec.structs.replace


def handed_over(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, duty.HandedOver)
    row = Duty(
        handed_by=data.actor,
        handed_to=data.to,
        handed_at=item.moment.at,
        handed=item.event.id,
        handed_position=item.position,
        figures=dict(sorted(data.figures.items())),
        position=item.position,
    )
    rows.put(KIND, KIND, row)


def taken(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, duty.Taken)
    before = rows.get(KIND, KIND, Duty) or Duty()
    row = _replace(before, actor=data.actor, since=item.moment.at, position=item.position)
    rows.put(KIND, KIND, row)
