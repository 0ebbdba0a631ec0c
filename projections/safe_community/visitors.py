"""Visitors' passes: issued and revoked by the hub, used at gates. What a pass is follows from how
often it was used and whether it was revoked, in whatever order that is heard."""

from typing import Literal

import msgspec

from core.event import Recorded
from core.events import visitor
from projections.safe_community.rows.visitors import Pass
from projections.view import Rows, oldest

KIND = "pass"
KEPT = 2_000  # those of which something was heard last

_replace = msgspec.structs.replace


def issued(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, visitor.PassIssued)
    row = _replace(
        _of(rows, data.pass_id),
        valid_from=data.valid_from,
        valid_to=data.valid_to,
        doors=data.doors,
        uses=data.uses,
        host_ref=data.host_ref,
        plate_ref=data.plate_ref,
        actor=data.actor,
        issued=item.moment.at,
        position=item.position,
    )
    _put(rows, item, row)


def used(rows: Rows, item: Recorded) -> None:
    """Counted, not taken from `use`: two gates that did not hear of each other both say 1."""
    data = item.event.data
    assert isinstance(data, visitor.PassUsed)
    row = _of(rows, data.pass_id)
    _put(rows, item, _replace(row, used=row.used + 1))


def revoked(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, visitor.PassRevoked)
    row = _of(rows, data.pass_id)
    if not row.revoked:
        row = _replace(row, revoked=item.moment.at, reason=data.reason)
    _put(rows, item, row)


def _of(rows: Rows, pass_id: str) -> Pass:
    return rows.get(KIND, pass_id, Pass) or Pass(pass_id=pass_id)


def _put(rows: Rows, item: Recorded, row: Pass) -> None:
    state: Literal["issued", "used", "used-up", "revoked"] = "issued"
    if row.revoked:
        state = "revoked"
    elif row.issued and row.used >= row.uses:
        state = "used-up"
    elif row.used:
        state = "used"
    row = _replace(row, state=state, last=max(row.last, item.moment.at))
    rows.put(KIND, row.pass_id, row)
    if len(rows.keys(KIND)) > KEPT:
        rows.drop(KIND, oldest(rows, KIND, Pass, lambda one: one.last))
