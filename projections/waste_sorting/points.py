"""What is brought to a point, how well it is sorted, and what is done wrong there."""

from collections.abc import Mapping

from msgspec.structs import replace

from core import weighing
from core.event import Recorded
from core.events import waste
from projections.view import Rows, added
from projections.waste_sorting import level, participation, tonnage
from projections.waste_sorting.bins import named
from projections.waste_sorting.moves import moves
from projections.waste_sorting.rows import Point, Tally


def deposited(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.DepositRecorded)
    net = weighing.net(data.net_g, data.gross_g, data.tare_g)
    faulty = weighing.impossible(data.net_g, data.gross_g, data.tare_g)
    point = _point(rows, item)
    categories = _tallied(point.categories, data.category, net, faulty=faulty)
    subcategories = point.subcategories
    if data.subcategory:
        subcategories = _tallied(subcategories, data.subcategory, net, faulty=faulty)
    rows.put(
        "point", point.subject, replace(point, categories=categories, subcategories=subcategories)
    )
    tonnage.add(
        rows, item, into="deposited_g", category=data.category, grams=net or 0, also="deposits"
    )
    if data.resident_ref:
        participation.note(rows, item, data.resident_ref)
    if data.bin:
        level.used(rows, item, named(data.bin))


def violated(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.DepositViolated)
    point = _point(rows, item)
    point = replace(point, violations=added(point.violations, data.kind, 1))
    rows.put("point", point.subject, point)
    tonnage.add(rows, item, also="violations")


def inspected(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.InspectionRecorded)
    point = _point(rows, item)
    if moves(rows, item, point.inspected_at):
        point = replace(point, purity=data.purity, inspected_at=item.moment.at)
    rows.put("point", point.subject, point)


def _tallied(
    tallies: Mapping[str, Tally], name: str, net: int | None, *, faulty: bool
) -> Mapping[str, Tally]:
    """One deposit more. Its weight is unknown where scale and tare contradict each other."""
    one = tallies.get(name)
    if one is None:
        one = Tally()
    one = Tally(
        deposits=one.deposits + 1,
        net_g=one.net_g + (net or 0),
        unweighed=one.unweighed + (net is None),
        faulty=one.faulty + faulty,
    )
    if name in tallies:
        return {**tallies, name: one}
    return dict(sorted({**tallies, name: one}.items()))


def _point(rows: Rows, item: Recorded) -> Point:
    subject = item.event.subject
    found = rows.get("point", subject, Point) or Point(subject=subject)
    return replace(found, last=max(found.last, item.moment.at))
