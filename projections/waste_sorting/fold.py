"""Events → waste-sorting rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Mapping

import msgspec

from core.event import Data, Recorded
from core.events import vehicle, waste
from projections.alarms import fold as alarms
from projections.alarms.rules import WASTE
from projections.instant import follow_clock, is_live
from projections.view import Rows, Run, added
from projections.waste_sorting import tonnage
from projections.waste_sorting.rows import Bin, Load, Loads, Point, Tag, Tally, Told, Vehicle

LOADS = 40

_replace = msgspec.structs.replace
_Step = Callable[[Rows, Recorded], None]


def fold(rows: Rows, run: Run) -> None:
    for item in run:
        data = item.event.data
        alarms.see(rows, item, WASTE)
        step = _STEPS.get(type(data))
        if step is not None:
            step(rows, item)
        if not data.BULK:
            follow_clock(rows, item)


def _moves(rows: Rows, item: Recorded, since: str) -> bool:
    """Back-filled facts may fill a state that is not known later, never push back a newer one."""
    return is_live(rows, item) or item.moment.at > since


def _told(item: Recorded) -> Told:
    return Told(gateway=item.gateway, seen=item.event.recordedtime)


def _after(item: Recorded, last: Told) -> bool:
    """Within one gateway the sequence decides; between two their clocks, as one may be late."""
    return item.gateway == last.gateway or item.event.recordedtime >= last.seen


def _bin(rows: Rows, item: Recorded, subject: str = "") -> Bin:
    """`subject` where the event is about another thing: a truck that lifts a bin, or a reader
    that sees its tag, is not the bin's device."""
    own = subject in ("", item.event.subject)
    row = rows.get("bin", subject or item.event.subject, Bin)
    if row is None:
        row = Bin(subject=subject or item.event.subject, device="")
    return _replace(row, device=item.device) if own and not row.device else row


def fill_level(distance_mm: int, empty_mm: int, full_mm: int) -> float | None:
    """(empty - d) / (empty - full), clamped to 0..1; None without a usable profile."""
    if empty_mm <= full_mm:
        return None
    return round(min(1.0, max(0.0, (empty_mm - distance_mm) / (empty_mm - full_mm))), 3)


def _profiled(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.BinProfiled)
    row = _bin(rows, item)
    if _moves(rows, item, row.profiled_at):
        row = _replace(
            row,
            profiled_at=item.moment.at,
            category=data.category or row.category,
            point=data.point or row.point,
            empty_mm=data.empty_mm,
            full_mm=data.full_mm,
        )
    if row.distance_mm is not None:
        row = _replace(row, fill=fill_level(row.distance_mm, row.empty_mm, row.full_mm))
    rows.put("bin", row.subject, row)


def _assigned(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.TagAssigned)
    row = _bin(rows, item)
    if _moves(rows, item, row.tagged_at):
        row = _replace(
            row,
            tagged_at=item.moment.at,
            uid_hex=data.uid_hex,
            category=data.category or row.category,
            point=data.point or row.point,
        )
    rows.put("bin", row.subject, row)
    tag = rows.get("tag", data.uid_hex, Tag)
    if tag is None or _moves(rows, item, tag.assigned_at):
        rows.put("tag", data.uid_hex, Tag(subject=row.subject, assigned_at=item.moment.at))


def _identified(rows: Rows, item: Recorded) -> None:
    """A reader on a vehicle names itself as subject; the tag says which bin it was."""
    data = item.event.data
    assert isinstance(data, waste.BinIdentified)
    owner = rows.get("tag", data.uid_hex, Tag)
    subject = owner.subject if owner else item.event.subject
    if not subject.startswith("bin/"):
        return
    row = _bin(rows, item, subject)
    at = item.moment.at
    if at >= row.identified_at:
        row = _replace(row, identified_at=at, uid_hex=data.uid_hex)
    rows.put("bin", row.subject, row)


def _level(rows: Rows, item: Recorded) -> None:
    """Once a level came, the sensor is the bin's device, whoever mounted or emptied the bin."""
    data = item.event.data
    assert isinstance(data, waste.LevelMeasured)
    row = _replace(_bin(rows, item), device=item.device)
    if _moves(rows, item, row.level_at):
        row = _replace(row, position=data.position)
        if data.distance_mm is not None:
            fill = fill_level(data.distance_mm, row.empty_mm, row.full_mm)
            row = _replace(row, distance_mm=data.distance_mm, fill=fill, level_at=item.moment.at)
        if data.temperature_cel is not None:
            row = _replace(row, temperature_cel=data.temperature_cel)
        if data.battery_pct is not None:
            row = _replace(row, battery_pct=data.battery_pct)
    rows.put("bin", row.subject, row)


def _state(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    row = _bin(rows, item)
    lifted = not _after(item, row.collected_told)
    if is_live(rows, item):
        if isinstance(data, waste.Overflowed):
            row = _replace(row, overflow=row.overflow or not lifted)
            if _after(item, row.overflow_told):
                row = _replace(row, overflow_told=_told(item))
        elif isinstance(data, waste.SmokeDetected):
            row = _replace(row, smoke=True)
        elif isinstance(data, waste.Cleared):
            row = _replace(row, overflow=False, smoke=False)
        else:
            row = _replace(row, lid="open" if isinstance(data, waste.LidOpened) else "closed")
    rows.put("bin", row.subject, row)
    if isinstance(data, waste.Overflowed):
        alarms.trigger(rows, item, "waste.bin.overflowed", lasting=not lifted)
    elif isinstance(data, waste.Cleared):
        alarms.clear(rows, item, "waste.bin.overflowed")


def _collected(rows: Rows, item: Recorded) -> None:
    """The truck may report through another gateway, days late: a lift that is not the newest is
    counted, and ends no overflow told after it."""
    data = item.event.data
    assert isinstance(data, waste.BinCollected)
    subject = item.event.subject
    if data.bin:
        subject = data.bin if data.bin.startswith("bin/") else f"bin/{data.bin}"
    row = _bin(rows, item, subject)
    named = subject.startswith("bin/")
    if data.refused_reason:
        if named:
            rows.put("bin", subject, _replace(row, refused=row.refused + 1))
        return
    grams = tonnage.net(data.net_g, data.gross_g, data.tare_g)
    tonnage.add(
        rows,
        item,
        into="collected_g",
        category=data.category or row.category or "unknown",
        grams=grams or 0,
        also="collections",
    )
    if not named:
        return
    live = is_live(rows, item)
    newest = _after(item, row.collected_told) if live else item.moment.at > row.collected_at
    ends = live and _after(item, row.overflow_told)
    row = _replace(row, collections=row.collections + 1, overflow=row.overflow and not ends)
    if newest:
        row = _replace(row, collected_at=item.moment.at, collected_g=grams)
    if newest and live:
        row = _replace(row, collected_told=_told(item))
    rows.put("bin", subject, row)
    if ends:
        alarms.clear(rows, item, "waste.bin.overflowed", subject)


def _deposit(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.DepositRecorded)
    net = tonnage.net(data.net_g, data.gross_g, data.tare_g)
    point = _point(rows, item)
    tally = point.categories.get(data.category, Tally())
    tally = _replace(
        tally,
        deposits=tally.deposits + 1,
        net_g=tally.net_g + (net or 0),
        unweighed=tally.unweighed + (net is None),
    )
    categories = {**point.categories, data.category: tally}
    point = _replace(point, categories=dict(sorted(categories.items())))
    rows.put("point", point.subject, point)
    tonnage.add(
        rows, item, into="deposited_g", category=data.category, grams=net or 0, also="deposits"
    )


def _violated(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.DepositViolated)
    point = _point(rows, item)
    point = _replace(point, violations=added(point.violations, data.kind, 1))
    rows.put("point", point.subject, point)
    tonnage.add(rows, item, also="violations")


def _inspected(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.InspectionRecorded)
    point = _point(rows, item)
    if _moves(rows, item, point.inspected_at):
        point = _replace(point, purity=data.purity, inspected_at=item.moment.at)
    rows.put("point", point.subject, point)


def _point(rows: Rows, item: Recorded) -> Point:
    subject = item.event.subject
    found = rows.get("point", subject, Point) or Point(subject=subject)
    return _replace(found, last=max(found.last, item.moment.at))


def _weighed(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.LoadWeighed)
    net = tonnage.net(data.net_g, data.gross_g, data.tare_g)
    load = Load(
        at=item.moment.at,
        id=item.event.id,
        site=data.site,
        ticket_no=data.ticket_no,
        category=data.category or "",
        net_g=net,
        position=item.position,
    )
    found = rows.get("loads", "loads", Loads) or Loads()
    kept = sorted((load, *found.loads), key=lambda one: (one.at, one.id), reverse=True)[:LOADS]
    rows.put("loads", "loads", Loads(loads=tuple(kept)))
    tonnage.add(rows, item, into="weighed_g", category=data.category or "unknown", grams=net or 0)


def _positioned(rows: Rows, item: Recorded) -> None:
    data, subject = item.event.data, item.event.subject
    assert isinstance(data, vehicle.Positioned)
    found = rows.get("vehicle", subject, Vehicle)
    if found is None or _moves(rows, item, found.at):
        row = Vehicle(
            subject=subject,
            lat=data.lat,
            lon=data.lon,
            speed_kmh=data.speed_kmh,
            heading_deg=data.heading_deg,
            at=item.moment.at,
        )
        rows.put("vehicle", subject, row)


_STEPS: Mapping[type[Data], _Step] = {
    waste.BinProfiled: _profiled,
    waste.TagAssigned: _assigned,
    waste.BinIdentified: _identified,
    waste.LevelMeasured: _level,
    **dict.fromkeys(
        (waste.Overflowed, waste.Cleared, waste.SmokeDetected, waste.LidOpened, waste.LidClosed),
        _state,
    ),
    waste.BinCollected: _collected,
    waste.DepositRecorded: _deposit,
    waste.DepositViolated: _violated,
    waste.InspectionRecorded: _inspected,
    waste.LoadWeighed: _weighed,
    vehicle.Positioned: _positioned,
}
