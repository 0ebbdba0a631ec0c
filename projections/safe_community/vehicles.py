"""Vehicles at gates by their plates' references: what passed, what is parked, what stays."""

from datetime import UTC, datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.event import Recorded
from core.events import vehicle
from core.site import NO_SITE, Site
from projections.alarms import fold as alarms
from projections.alarms.due import due
from projections.alarms.row import Timer
from projections.safe_community import moves, timers, watching
from projections.safe_community.doors import put_decided, row_of
from projections.safe_community.policy import site_of
from projections.safe_community.rows.moves import Move, Moves
from projections.safe_community.rows.passages import Passage
from projections.safe_community.rows.vehicles import Parked
from projections.view import Rows

KIND = "drives"
IN = ("parked",)  # the one place a vehicle can be in
KEPT = 8  # movements of one plate
LIMITED = 64  # ... of one that may not stay for ever: weeks, of a visitor
MOST = 24 * 366  # hours; more is for ever

_replace = msgspec.structs.replace


def subject_of(ref: str) -> str:
    return f"vehicle/{ref}"


def at_gate(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, (vehicle.Passed, vehicle.VehicleDenied))
    passed = isinstance(data, vehicle.Passed)
    passage = Passage(
        at=item.moment.at,
        id=item.event.id,
        subject=item.event.subject,
        decision="granted" if passed else "denied",
        who="vehicle",
        direction=data.direction,
        credential="plate",
        reason="" if isinstance(data, vehicle.Passed) else data.reason,
        position=item.position,
        ref=data.plate_ref,
    )
    row = row_of(rows, item)
    row = _replace(row, vehicles=row.vehicles + passed, denied=row.denied + (not passed))
    put_decided(rows, item, row, passage)
    if data.plate_ref:
        watching.saw(rows, item, data.plate_ref)
        if isinstance(data, vehicle.Passed) and data.direction != "unknown":
            _drove(rows, item, data)


def _drove(rows: Rows, item: Recorded, data: vehicle.Passed) -> None:
    entered = data.direction == "in"
    move = Move(
        at=item.moment.at,
        id=item.event.id,
        door=item.event.subject,
        who="vehicle",
        areas=IN if entered else (),
        due=_due(item, site_of(rows, item), data.list) if entered else "",
        list=data.list,
        said=timers.said(rows, item),
        position=item.position,
    )
    before = moves.of(rows, KIND, data.plate_ref)
    limited = move.due or any(one.due for one in before.moves)
    after = moves.with_move(before, move, LIMITED if limited else KEPT)
    _become(rows, item, before, after)
    if after.moves[-1] is move and move.said is not None:
        over = timers.past(item, move.id, move.said)
        alarms.clear(rows, over, "vehicle.overstayed", subject_of(data.plate_ref))
    forgotten = moves.surplus(rows, KIND)
    if forgotten:
        _become(rows, item, moves.of(rows, KIND, forgotten), None)


def _due(item: Recorded, site: Site, listed: str) -> str:
    """Nobody overstays where nobody described the place."""
    hours = site.parking.overstay_h.get(listed, 0.0) if site is not NO_SITE else 0.0
    if not 0 < hours <= MOST:
        return ""
    return rfc3339(datetime.fromtimestamp(item.moment.ms / 1000, UTC) + timedelta(hours=hours))


def _become(rows: Rows, item: Recorded, before: Moves, after: Moves | None) -> None:
    if after is None:
        rows.drop(KIND, before.ref)
        after = Moves(ref=before.ref)
    else:
        rows.put(KIND, after.ref, after)
    timers.change(rows, item, _wanted(before), _wanted(after))
    now = moves.where(after)
    if now is moves.where(before):
        return
    parked = rows.get("parked", before.ref, Parked)
    if now is None or not now.areas:
        if parked is not None:
            rows.drop("parked", before.ref)
        return
    parked = Parked(
        plate_ref=before.ref,
        list=now.list,
        gate=now.door,
        since=now.at,
        due=now.due,
        entry=now.id,
        position=now.position,
    )
    rows.put("parked", before.ref, parked)


def _wanted(found: Moves) -> timers.Wanted:
    """One for each stay that, by what is known, lasts beyond its due."""
    wanted: dict[str, Timer] = {}
    for move in moves.made(found):
        if move.due:
            following = moves.after(found, move)
            if following is None or _known(following) > move.due:
                key = f"overstay:{found.ref}:{move.id}"
                wanted[key] = Timer(name="overstay", about=found.ref, due=move.due, cause=move.id)
    return wanted


def _known(move: Move) -> str:
    """By what time it was known: a device that told late did not end a stay before."""
    return move.said.recorded if move.said is not None else move.at


def fired(rows: Rows, item: Recorded, armed: Timer) -> None:
    found = moves.of(rows, KIND, armed.about)
    about = subject_of(armed.about)
    entry = next((one for one in moves.made(found) if one.id == armed.cause), None)
    if entry is None:
        return
    alarms.trigger(rows, due(item, armed), "vehicle.overstayed", about)
    later = [
        (one.said.order, one, one.said)
        for one in moves.made(found)
        if _known(one) > armed.due and one.said is not None and not one.said.late
    ]
    if later:
        _, move, told = min(later, key=lambda one: one[0])
        over = timers.past(item, move.id, told)
        alarms.clear(rows, over, "vehicle.overstayed", about)
    parked = rows.get("parked", armed.about, Parked)
    if parked is not None and parked.entry == entry.id:
        rows.put("parked", armed.about, _replace(parked, overstayed=True))
