"""What is brought to a point, how well it is sorted, and what is done wrong there."""

from collections.abc import Mapping

from msgspec.structs import replace

from core import weighing
from core.event import Recorded
from core.events import waste
from projections.view import Rows, added
from projections.waste_sorting import level, participation, tonnage
from projections.waste_sorting.bins import named
from projections.waste_sorting.limits import LIMITS
from projections.waste_sorting.moves import moves
from projections.waste_sorting.rows import Point, Tally


class Deposits:
    """What a run brings: each point is put once, and each month, however many came."""

    def __init__(self) -> None:
        self._points: dict[str, _Brought] = {}
        self._residents = participation.Sum()
        self._used: dict[tuple[str, int], None] = {}  # bins and hours since 1970

    def add(self, item: Recorded, sums: tonnage.Sum) -> None:
        event, ms = item.event, item.moment.ms
        data = event.data
        assert isinstance(data, waste.DepositRecorded)
        net = weighing.net(data.net_g, data.gross_g, data.tare_g)
        found = self._points.get(event.subject)
        if found is None:
            found = self._points[event.subject] = _Brought()
        found.add(item.moment.at, data, net)
        sums.grams(ms, "deposited_g", data.category, net or 0)
        sums.count(ms, "deposits")
        if data.resident_ref:
            self._residents.note(ms, data.resident_ref)
        if data.bin and (net is None or net >= LIMITS.flat.deposit_g):
            self._used[named(data.bin), ms // 3_600_000] = None

    def put(self, rows: Rows) -> None:
        for subject, brought in self._points.items():
            row = rows.get("point", subject, Point) or Point(subject=subject)
            rows.put("point", subject, brought.onto(row))
        self._residents.put(rows)
        for subject, hour in self._used:
            level.used(rows, subject, hour)


class _Brought:
    """To one point."""

    __slots__ = ("_categories", "_last", "_subcategories")

    def __init__(self) -> None:
        self._last = ""
        self._categories: dict[str, _Tallied] = {}
        self._subcategories: dict[str, _Tallied] = {}

    def add(self, at: str, data: waste.DepositRecorded, net: int | None) -> None:
        """The weight is unknown where scale and tare contradict each other."""
        if at > self._last:
            self._last = at
        faulty = net is None and weighing.impossible(data.net_g, data.gross_g, data.tare_g)
        _tally(self._categories, data.category, net, faulty=faulty)
        if data.subcategory:
            _tally(self._subcategories, data.subcategory, net, faulty=faulty)

    def onto(self, row: Point) -> Point:
        return replace(
            row,
            categories=_summed(row.categories, self._categories),
            subcategories=_summed(row.subcategories, self._subcategories),
            last=max(row.last, self._last),
        )


# deposits, grams, of these without a weight, of these faulty
_Tallied = list[int]


def _tally(tallies: dict[str, _Tallied], name: str, net: int | None, *, faulty: bool) -> None:
    one = tallies.get(name)
    if one is None:
        one = tallies[name] = [0, 0, 0, 0]
    one[0] += 1
    if net is not None:
        one[1] += net
        return
    one[2] += 1
    one[3] += faulty


def _summed(known: Mapping[str, Tally], more: Mapping[str, _Tallied]) -> Mapping[str, Tally]:
    """Names in order: equal sums are written alike."""
    if not more:
        return known
    both = dict(known)
    for name, (deposits, net_g, unweighed, faulty) in more.items():
        one = both.get(name, _NOTHING)
        both[name] = Tally(
            deposits=one.deposits + deposits,
            net_g=one.net_g + net_g,
            unweighed=one.unweighed + unweighed,
            faulty=one.faulty + faulty,
        )
    return both if len(both) == len(known) else dict(sorted(both.items()))


def violated(rows: Rows, item: Recorded, sums: tonnage.Sum) -> None:
    data = item.event.data
    assert isinstance(data, waste.DepositViolated)
    point = _point(rows, item)
    point = replace(point, violations=added(point.violations, data.kind, 1))
    rows.put("point", point.subject, point)
    sums.count(item.moment.ms, "violations")


def inspected(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.InspectionRecorded)
    point = _point(rows, item)
    if moves(rows, item, point.inspected_at):
        point = replace(point, purity=data.purity, inspected_at=item.moment.at)
    rows.put("point", point.subject, point)


def _point(rows: Rows, item: Recorded) -> Point:
    subject = item.event.subject
    found = rows.get("point", subject, Point) or Point(subject=subject)
    return replace(found, last=max(found.last, item.moment.at))


_NOTHING = Tally()
