"""Events → waste-sorting rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from core.clock import rfc3339
from core.event import Data, Recorded, occurred
from core.events import vehicle, waste
from core.events.alarm import Acknowledged
from projections import alarm, window
from projections.view import Change, Rows
from projections.waste_sorting.rows import Bin, Load, Loads, Point, Tag, Tally, Tonnage, Vehicle

HOURS = 24 * 14
DAYS = 400
LOADS = 40

_replace = msgspec.structs.replace
_Step = Callable[[Rows, Recorded], Iterable[Change]]


def fold(rows: Rows, item: Recorded) -> Iterable[Change]:
    step = _STEPS.get(type(item.event.data))
    if step is not None:
        yield from step(rows, item)


def _at(item: Recorded) -> str:
    return rfc3339(occurred(item.event))


def _moves(item: Recorded, since: str) -> bool:
    """Back-filled facts may fill a state that is not known later, never push back a newer one."""
    return item.event.origin in ("live", "manual") or since == ""


def _bin(rows: Rows, item: Recorded, subject: str = "") -> Bin:
    subject = subject or item.event.subject
    return rows.get("bin", subject, Bin) or Bin(subject=subject, device=item.device)


def fill_level(distance_mm: int, empty_mm: int, full_mm: int) -> float | None:
    """(empty - d) / (empty - full), clamped to 0..1; None without a usable profile."""
    if empty_mm <= full_mm:
        return None
    return round(min(1.0, max(0.0, (empty_mm - distance_mm) / (empty_mm - full_mm))), 3)


def _profiled(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.BinProfiled)
    row = _replace(
        _bin(rows, item),
        category=data.category or "",
        point=data.point,
        empty_mm=data.empty_mm,
        full_mm=data.full_mm,
    )
    if row.distance_mm is not None:
        row = _replace(row, fill=fill_level(row.distance_mm, row.empty_mm, row.full_mm))
    yield Change("bin", row.subject, row)


def _tag(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    row = _bin(rows, item)
    if isinstance(data, waste.TagAssigned):
        yield Change(
            "bin",
            row.subject,
            _replace(
                row,
                uid_hex=data.uid_hex,
                category=data.category or row.category,
                point=data.point or row.point,
            ),
        )
        yield Change("tag", data.uid_hex, Tag(subject=row.subject))
        return
    assert isinstance(data, waste.BinIdentified)
    # A reader on a vehicle names itself as subject; the tag says which bin it was.
    owner = rows.get("tag", data.uid_hex, Tag)
    row = _bin(rows, item, owner.subject if owner else "")
    if _moves(item, row.identified_at):
        row = _replace(row, identified_at=_at(item), uid_hex=data.uid_hex)
    yield Change("bin", row.subject, row)


def _level(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.LevelMeasured)
    row = _bin(rows, item)
    if _moves(item, row.level_at):
        row = _replace(row, level_at=_at(item), position=data.position)
        if data.distance_mm is not None:
            fill = fill_level(data.distance_mm, row.empty_mm, row.full_mm)
            row = _replace(row, distance_mm=data.distance_mm, fill=fill)
        if data.temperature_cel is not None:
            row = _replace(row, temperature_cel=data.temperature_cel)
        if data.battery_pct is not None:
            row = _replace(row, battery_pct=data.battery_pct)
    yield Change("bin", row.subject, row)


def _state(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    row = _bin(rows, item)
    if item.event.origin in ("live", "manual"):
        if isinstance(data, waste.Overflowed):
            row = _replace(row, overflow=True)
        elif isinstance(data, waste.SmokeDetected):
            row = _replace(row, smoke=True)
        elif isinstance(data, waste.Cleared):
            row = _replace(row, overflow=False, smoke=False)
        else:
            row = _replace(row, lid="open" if isinstance(data, waste.LidOpened) else "closed")
    yield Change("bin", row.subject, row)
    if isinstance(data, waste.Overflowed):
        yield from alarm.trigger(rows, item, "waste.bin.overflowed", 3, lasting=True)
    elif isinstance(data, waste.SmokeDetected):
        yield from alarm.trigger(rows, item, "waste.bin.smoke", 1, lasting=True)
    elif isinstance(data, waste.Cleared):
        yield from alarm.clear(rows, item, "waste.bin.overflowed")
        yield from alarm.clear(rows, item, "waste.bin.smoke")


def _collected(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.BinCollected)
    subject = data.bin if data.bin.startswith("bin/") else f"bin/{data.bin}" if data.bin else ""
    row = _bin(rows, item, subject)
    if data.refused_reason:
        yield Change("bin", row.subject, _replace(row, refused=row.refused + 1))
        return
    net = _net(data.net_g, data.gross_g, data.tare_g)
    row = _replace(row, collections=row.collections + 1)
    if _moves(item, row.collected_at):
        row = _replace(row, collected_at=_at(item), collected_g=net, overflow=False)
    yield Change("bin", row.subject, row)
    category = data.category or row.category or "unknown"
    for kind, bucket, keep in _buckets(item):
        yield from _tonnage(
            rows, kind, bucket, keep, "collected_g", category, net or 0, "collections"
        )
    yield from _clear_overflow(rows, item, row.subject)


def _clear_overflow(rows: Rows, item: Recorded, subject: str) -> Iterable[Change]:
    """A lift ends an overflow, though the lift's own subject may be the vehicle."""
    event = msgspec.structs.replace(item.event, subject=subject)
    lifted = msgspec.structs.replace(item, event=event)
    yield from alarm.clear(rows, lifted, "waste.bin.overflowed")


def _deposit(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.DepositRecorded)
    net = _net(data.net_g, data.gross_g, data.tare_g)
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
    yield Change("point", point.subject, point)
    for kind, bucket, keep in _buckets(item):
        yield from _tonnage(
            rows, kind, bucket, keep, "deposited_g", data.category, net or 0, "deposits"
        )


def _violated(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.DepositViolated)
    point = _point(rows, item)
    violations = {**point.violations, data.kind: point.violations.get(data.kind, 0) + 1}
    point = _replace(point, violations=dict(sorted(violations.items())))
    yield Change("point", point.subject, point)
    for kind, bucket, keep in _buckets(item):
        yield from _tonnage(rows, kind, bucket, keep, "deposited_g", "", 0, "violations")


def _inspected(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.InspectionRecorded)
    point = _point(rows, item)
    if _moves(item, "" if point.purity is None else point.last):
        point = _replace(point, purity=data.purity)
    yield Change("point", point.subject, point)


def _point(rows: Rows, item: Recorded) -> Point:
    subject = item.event.subject
    found = rows.get("point", subject, Point) or Point(subject=subject)
    return _replace(found, last=max(found.last, _at(item)))


def _weighed(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, waste.LoadWeighed)
    net = _net(data.net_g, data.gross_g, data.tare_g)
    load = Load(
        at=_at(item),
        id=item.event.id,
        site=data.site,
        ticket_no=data.ticket_no,
        category=data.category or "",
        net_g=net,
        position=item.position,
    )
    found = rows.get("loads", "loads", Loads) or Loads()
    kept = sorted((load, *found.loads), key=lambda one: (one.at, one.id), reverse=True)[:LOADS]
    yield Change("loads", "loads", Loads(loads=tuple(kept)))
    for kind, bucket, keep in _buckets(item):
        yield from _tonnage(
            rows, kind, bucket, keep, "weighed_g", data.category or "unknown", net or 0, ""
        )


def _positioned(rows: Rows, item: Recorded) -> Iterable[Change]:
    data, subject = item.event.data, item.event.subject
    assert isinstance(data, vehicle.Positioned)
    found = rows.get("vehicle", subject, Vehicle)
    if found is None or _moves(item, found.at):
        row = Vehicle(
            subject=subject,
            lat=data.lat,
            lon=data.lon,
            speed_kmh=data.speed_kmh,
            heading_deg=data.heading_deg,
            at=_at(item),
        )
        yield Change("vehicle", subject, row)


def _net(net: int | None, gross: int | None, tare: int | None) -> int | None:
    if net is not None or gross is None or tare is None:
        return net
    return max(0, gross - tare)


def _buckets(item: Recorded) -> tuple[tuple[str, str, int], tuple[str, str, int]]:
    moment = occurred(item.event)
    return ("hour", window.hour(moment), HOURS), ("day", window.day(moment), DAYS)


def _tonnage(
    rows: Rows, kind: str, bucket: str, keep: int, into: str, category: str, grams: int, also: str
) -> Iterable[Change]:
    found = rows.get(kind, bucket, Tonnage)
    row = found or Tonnage(bucket=bucket)
    changes: dict[str, object] = {}
    if category:
        tally: Mapping[str, int] = getattr(row, into)
        sums = {**tally, category: tally.get(category, 0) + grams}
        changes[into] = dict(sorted(sums.items()))
    if also:
        changes[also] = getattr(row, also) + 1
    if found is None:
        old = set(window.surplus({*rows.keys(kind), bucket}, keep))
        yield from (Change(kind, key, None) for key in sorted(old - {bucket}))
        if bucket in old:
            return
    yield Change(kind, bucket, _replace(row, **changes))


_STEPS: Mapping[type[Data], _Step] = {
    waste.BinProfiled: _profiled,
    waste.TagAssigned: _tag,
    waste.BinIdentified: _tag,
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
    Acknowledged: alarm.acknowledge,
}
