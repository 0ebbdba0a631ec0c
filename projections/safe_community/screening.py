"""Body temperature: an abnormal one holds the gate until staff release it. One chain, one row."""

import msgspec

from core.event import Recorded
from core.events import access
from projections.instant import is_live
from projections.safe_community.doors import put, row_of
from projections.safe_community.rows.screening import Held
from projections.view import Rows, oldest

KIND = "held"
KEPT = 500

_replace = msgspec.structs.replace


def measured(rows: Rows, item: Recorded) -> None:
    row = row_of(rows, item)
    put(rows, item, _replace(row, temperatures=row.temperatures + 1))


def held(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, access.ScreeningHeld)
    row = row_of(rows, item)
    if is_live(rows, item):
        row = _replace(row, held=data.measured)
    put(rows, item, row)
    chain = Held(
        measured=data.measured,
        door=item.event.subject,
        at=item.moment.at,
        temperature_cel=data.temperature_cel,
        ref=data.subject_ref,
        position=item.position,
    )
    rows.put(KIND, data.measured, chain)
    if len(rows.keys(KIND)) > KEPT:
        rows.drop(KIND, oldest(rows, KIND, Held, lambda one: one.at))


def released(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, access.ScreeningReleased)
    row = row_of(rows, item)
    if row.held == data.measured and is_live(rows, item):
        row = _replace(row, held="")
    put(rows, item, row)
    chain = rows.get(KIND, data.measured, Held)
    if chain is not None and chain.state == "held":
        chain = _replace(
            chain, state=data.outcome, released_by=data.actor, released_at=item.moment.at
        )
        rows.put(KIND, data.measured, chain)
