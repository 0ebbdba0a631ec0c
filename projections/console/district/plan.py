"""Where the points are, drawn to scale: all compounds as rings of their bins' states, or one
compound with every bin at its point. A grid, a scale bar, north up; no tiles."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from projections.console.bins import category_keys, rank
from projections.console.district import geometry
from projections.console.district.geometry import HEIGHT, WIDTH, Frame
from projections.console.format import count, percent
from projections.console.links import bin_href
from projections.console.nodes import Node, node
from projections.console.places import natural
from projections.console.region import Item, fixed
from projections.console.texts import Words
from projections.waste_district.asked.board import BIN_STATES, BinNow, BinState, PointNow

_CELL, _ACROSS = 22.0, 5  # a bin at its point
_NAME = 12  # signs of a name that stand in the drawing
_LABELLED = 40  # more compounds than this are named only where something is wrong
# What a ring says besides its colours: the sign of the worst that is wrong there, and of how many.
_SIGNS: Mapping[BinState, str] = {
    "missed": "×", "overflow": "▲", "full": "≡", "fault": "/", "unknown": "?", "ok": ""
}  # fmt: skip
_ALARMING: tuple[BinState, ...] = ("missed", "overflow", "full", "fault")
# In a box from -8 to 8: each state has a shape of its own, so colour is never all there is.
_SHAPES = {
    "missed": "M-5-5 5 5M5-5-5 5",
    "overflow": "M0-6 6 5H-6Z",
    "full": "M-6-1H6M-6 3H6M-6-5H6",
    "fault": "M-5-5 5 5",
    "unknown": "M-1.500 4.500h3M0-5.500C4-5.500 4-1 0 0V2",
    "ok": "",
}


class Cluster(msgspec.Struct, frozen=True):
    """A compound as the whole district is seen."""

    compound: str
    name: str
    lat: float | None
    lon: float | None
    states: Mapping[str, int]

    @property
    def bins(self) -> int:
        return sum(self.states.values())


def clusters(points: Sequence[PointNow], names: Mapping[str, str]) -> tuple[Cluster, ...]:
    by_compound: dict[str, list[PointNow]] = {}
    for one in points:
        by_compound.setdefault(one.compound, []).append(one)
    return tuple(
        _cluster(compound, names.get(compound, ""), group)
        for compound, group in sorted(by_compound.items(), key=lambda entry: natural(entry[0]))
    )


def _cluster(compound: str, name: str, group: Sequence[PointNow]) -> Cluster:
    placed = [(one.lat, one.lon) for one in group if one.lat is not None and one.lon is not None]
    counted = Counter(one.state for point in group for one in point.bins)
    return Cluster(
        compound=compound,
        name=name,
        lat=sum(lat for lat, _ in placed) / len(placed) if placed else None,
        lon=sum(lon for _, lon in placed) / len(placed) if placed else None,
        states={state: counted[state] for state in BIN_STATES if counted[state]},
    )


# --- the whole district -------------------------------------------------------------------------


def whole(found: Sequence[Cluster], words: Words) -> list[Item]:
    placed = [(one.lat, one.lon) for one in found if one.lat is not None and one.lon is not None]
    frame = geometry.around(placed)
    items = [ground(frame, words)]
    most = max((one.bins for one in found), default=1)
    nowhere = 0
    for one in found:
        if one.lat is None or one.lon is None:
            at = (_CELL + nowhere * 2 * _CELL, HEIGHT - 46)
            nowhere += 1
        else:
            at = frame.at(one.lat, one.lon)
        named = len(found) <= _LABELLED or bool(one.states.get("missed"))
        draw = partial(_ring, one, at, most, words, named=named)
        items.append(Item(f"compound/{one.compound}", (one, at, most), draw))
    return items


def _ring(one: Cluster, at: tuple[float, float], most: int, words: Words, *, named: bool) -> Node:
    x, y = at
    radius = round(5 + 10 * (one.bins / most) ** 0.5, 1)
    said = ", ".join(f"{words.named('binstate', key)} {count(n)}" for key, n in one.states.items())
    start, parts = 0.0, []
    for state, number in one.states.items():
        end = start + number / one.bins
        parts.append(node(f"path.s-{state}", d=geometry.arc(x, y, radius, start, end), fill="none"))
        start = end
    worst = next((state for state in _ALARMING if one.states.get(state)), None)
    title = one.name or one.compound
    return node(
        "g.compoundmark",
        node("title", f"{title} ({one.compound}) · {said}"),
        node("circle.core", cx=f"{x:g}", cy=f"{y:g}", r=f"{radius + 3:g}", data_act="zoom"),
        *parts,
        node("text.n", f"{_SIGNS[worst]}{count(one.states[worst])}", x=f"{x:g}", y=f"{y + 4:g}")
        if worst
        else None,
        node("text.name", _short(title), x=f"{x:g}", y=f"{y + radius + 15:g}") if named else None,
        tabindex="0",
        role="button",
        aria_label=f"{title}: {said}",
        data_keys="Enter Space",
        data_compound=one.compound,
    )


def _short(name: str) -> str:
    """Beside its neighbours' names; whole in the title."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


# --- one compound ---------------------------------------------------------------------------------


def zoomed(points: Sequence[PointNow], compound: str, words: Words) -> list[Item]:
    mine = [one for one in points if one.compound == compound]
    placed = [(one.lat, one.lon) for one in mine if one.lat is not None and one.lon is not None]
    frame = geometry.around(placed)
    items = [ground(frame, words)]
    taken: list[tuple[float, float, float, float]] = []
    for number, one in enumerate(sorted(mine, key=lambda point: natural(point.point))):
        if one.lat is None or one.lon is None:
            at = (WIDTH * (number + 1) / (len(mine) + 1), HEIGHT - 90)
        else:
            at = frame.at(one.lat, one.lon)
        corner = _room(at, one, taken)
        draw = partial(_point, one, at, corner, words)
        items.append(Item(f"point/{one.point}", (one, at, corner), draw))
    return items


def _room(
    at: tuple[float, float], one: PointNow, taken: list[tuple[float, float, float, float]]
) -> tuple[float, float]:
    """Upper left corner of a point's box: beside its place, below whatever stands there."""
    across = min(max(len(one.bins), 1), _ACROSS)
    wide = max(across * _CELL, 84.0)
    high = -(-max(len(one.bins), 1) // _ACROSS) * _CELL + 18
    x = min(max(at[0] - wide / 2, 4.0), WIDTH - wide - 4)
    y = min(max(at[1] + 8, 4.0), HEIGHT - high - 30)
    for left, top, right, low in sorted(taken, key=lambda box: box[1]):
        if x < right + 4 and left < x + wide + 4 and y < low + 4 and top < y + high + 4:
            y = low + 6
    taken.append((x, y, x + wide, y + high))
    return round(x, 1), round(y, 1)


def _point(
    one: PointNow, at: tuple[float, float], corner: tuple[float, float], words: Words
) -> Node:
    left, top = corner
    bins = sorted(one.bins, key=lambda each: (rank(each.category), natural(each.bin)))
    return node(
        "g.pointmark",
        node("path.lead", d=f"M{at[0]:g} {at[1]:g}L{left + 6:g} {top:g}"),
        node("circle.spot", cx=f"{at[0]:g}", cy=f"{at[1]:g}", r="4"),
        node("text.name", one.name or one.point, x=f"{left:g}", y=f"{top + 12:g}"),
        *(
            _bin(each, left + (n % _ACROSS) * _CELL, top + 18 + n // _ACROSS * _CELL, words)
            for n, each in enumerate(bins)
        ),
        data_point=one.point,
    )


def _bin(one: BinNow, left: float, top: float, words: Words) -> Node:
    size = _CELL - 4
    fill = one.fill if one.fill is not None else 1.0
    kind = words.named("category", one.category or "unknown")
    parts = [kind, one.number or one.bin.partition("/")[2], words.named("binstate", one.state)]
    if one.fill is not None:
        parts.append(percent(one.fill))
    said = " · ".join(parts)
    return node(
        f"a.binmark.{one.category or 'unknown'}.s-{one.state}",
        node("title", said),
        node("rect.box", x=f"{left:g}", y=f"{top:g}", width=f"{size:g}", height=f"{size:g}",
             rx="3"),
        node("rect.level", x=f"{left:g}", y=f"{top + size * (1 - fill):.1f}", width=f"{size:g}",
             height=f"{size * fill:.1f}", rx="3"),
        node("path.sign", d=_SHAPES[one.state],
             transform=f"translate({left + size / 2:g} {top + size / 2:g})"),
        href=bin_href(one.bin),
        aria_label=said,
        data_bin=one.bin,
    )  # fmt: skip


# --- ground ---------------------------------------------------------------------------------------


def ground(frame: Frame, words: Words) -> Item:
    return Item("ground", frame, partial(_ground, frame, words))


def _ground(frame: Frame, words: Words) -> Node:
    step = frame.step()
    apart = step * frame.scale
    lines = [
        *(f"M{x:.1f} 0V{HEIGHT:g}" for x in _every(WIDTH / 2, apart, WIDTH)),
        *(f"M0 {y:.1f}H{WIDTH:g}" for y in _every(HEIGHT / 2, apart, HEIGHT)),
    ]
    said = f"{step / 1000:g} km" if step >= 1000 else f"{step} m"
    low = HEIGHT - 12
    return node(
        "g.ground",
        node("path.lines", d="".join(lines)),
        node("path.bar", d=f"M16 {low - 5:g}V{low:g}H{16 + apart:.1f}V{low - 5:g}"),
        node("text.said", said, x=f"{22 + apart:.1f}", y=f"{low:g}"),
        node("text.said", words("district.north"), x=f"{WIDTH - 26:g}", y="22"),
        aria_hidden="true",
    )


def _every(middle: float, apart: float, size: float) -> list[float]:
    first = middle % apart
    return [first + n * apart for n in range(int((size - first) / apart) + 1)]


def legend(compound: str, words: Words) -> list[Item]:
    """Of one compound also what the bins' own colours stand for."""
    keys = [
        node(f"span.binkey.s-{state}", node("i"), node("b", _SIGNS[state]),
             words.named("binstate", state))
        for state in BIN_STATES
    ]  # fmt: skip
    return fixed(*keys, *(category_keys(words) if compound else ()))
