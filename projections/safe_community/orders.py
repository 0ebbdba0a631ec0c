"""Commands people sent to gateways, and what became of them by the gateway's own word."""

import msgspec

from core.event import Recorded
from core.events import policy
from projections.safe_community.rows.orders import Order
from projections.view import Rows, oldest

KIND = "order"
KEPT = 200

_replace = msgspec.structs.replace


def issued(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, policy.CommandIssued)
    row = Order(
        verb=data.verb,
        target=data.target,
        actor=data.actor,
        at=item.moment.at,
        until=data.until,
        reason=data.reason,
        gateway=data.gateway,
        position=item.position,
    )
    rows.put(KIND, item.event.id, row)
    if len(rows.keys(KIND)) > KEPT:
        rows.drop(KIND, oldest(rows, KIND, Order, lambda one: one.at))


def done(rows: Rows, item: Recorded) -> None:
    """The first answer by time stands: a command that is delivered twice is obeyed once."""
    data = item.event.data
    assert isinstance(data, policy.CommandDone)
    row = rows.get(KIND, data.command, Order)
    if row is None or row.gateway not in ("", item.gateway):
        return
    if row.outcome and (row.answered_at, row.answered_by) <= (item.moment.at, item.gateway):
        return
    answered = _replace(
        row, outcome=data.outcome, answered_by=item.gateway, answered_at=item.moment.at
    )
    rows.put(KIND, data.command, answered)
