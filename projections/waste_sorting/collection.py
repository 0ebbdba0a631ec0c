"""Lifts of bins, and loads on the weighbridge."""

from msgspec.structs import replace

from core import weighing
from core.event import Recorded
from core.events import vehicle, waste
from projections.alarms import fold as alarms
from projections.instant import is_live
from projections.view import Rows
from projections.waste_sorting import level, states, tares, tonnage
from projections.waste_sorting.bins import bin_row, named
from projections.waste_sorting.moves import after, moves, told
from projections.waste_sorting.rows import Load, Loads, Vehicle

LOADS = 40


def collected(rows: Rows, item: Recorded, sums: tonnage.Sum) -> None:
    """The truck may report through another gateway, days late: a lift that is not the newest is
    counted, and ends no overflow told after it."""
    data = item.event.data
    assert isinstance(data, waste.BinCollected)
    subject = named(data.bin) if data.bin else item.event.subject
    row = bin_row(rows, item, subject)
    known = subject.startswith("bin/")
    if data.refused_reason:
        if known:
            rows.put("bin", subject, replace(row, refused=row.refused + 1))
        return
    grams = weighing.net(data.net_g, data.gross_g, data.tare_g)
    category = data.category or row.category or "unknown"
    if halved := tares.key_of(item):
        grams = tares.lifted(rows, item, halved, subject if known else "", category)
    sums.grams(item.moment.ms, "collected_g", category, grams or 0)
    sums.count(item.moment.ms, "collections")
    if not known:
        return
    live = is_live(rows, item)
    newest = after(item, row.collected_told) if live else item.moment.at > row.collected_at
    row = replace(states.lifted(row, item) if live else row, collections=row.collections + 1)
    if newest:
        row = replace(
            row,
            collected_at=item.moment.at,
            collected_g=grams,
            collected_gross_g=data.gross_g if grams is None else None,
            lift=halved,
        )
    if newest and live:
        row = replace(row, collected_told=told(item))
    rows.put("bin", subject, row)
    level.emptied(rows, item, subject, grams)
    if live:
        alarms.clear(rows, item, states.OVERFLOWED, subject)


def weighed(rows: Rows, item: Recorded, sums: tonnage.Sum) -> None:
    data = item.event.data
    assert isinstance(data, waste.LoadWeighed)
    net = weighing.net(data.net_g, data.gross_g, data.tare_g)
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
    sums.grams(item.moment.ms, "weighed_g", data.category or "unknown", net or 0)


def positioned(rows: Rows, item: Recorded) -> None:
    data, subject = item.event.data, item.event.subject
    assert isinstance(data, vehicle.Positioned)
    found = rows.get("vehicle", subject, Vehicle)
    if found is None or moves(rows, item, found.at):
        row = Vehicle(
            subject=subject,
            lat=data.lat,
            lon=data.lon,
            speed_kmh=data.speed_kmh,
            heading_deg=data.heading_deg,
            at=item.moment.at,
        )
        rows.put("vehicle", subject, row)
