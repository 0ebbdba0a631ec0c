"""Bars over time, stacked by category, and a line of the share that was sorted: drawn as SVG by
the server."""

from collections.abc import Sequence
from functools import partial

from projections.console.bins import ORDER
from projections.console.format import mass, percent
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.over_time import Collected

WIDTH, HEIGHT = 1000.0, 215.0
_LEFT, _RIGHT, _TOP, _LOW = 62.0, 44.0, 14.0, 26.0
_KINDS = (*ORDER, "unknown")
_LINES = 5  # into which every top of `_rounded` divides


def items(found: Sequence[Collected], words: Words) -> list[Item]:
    top = _rounded(max((sum(one.grams.values()) for one in found), default=0))
    made = [Item("axis", top, partial(_axis, top))]
    each = (WIDTH - _LEFT - _RIGHT) / max(len(found), 1)
    labelled = max(1, -(-len(found) * 54 // round(WIDTH - _LEFT - _RIGHT)))
    for at, one in enumerate(found):
        x = _LEFT + at * each
        label = one.period[5:] if len(one.period) > 7 else one.period
        draw = partial(_column, one, x, each, top, label if at % labelled == 0 else "", words)
        made.append(Item(one.period, (one, x, each, top), draw))
    made.append(Item("share", tuple(found), partial(_share, found, each)))
    return made


def _rounded(grams: int) -> int:
    """The next number that reads well: 1, 2 or 5 and zeros."""
    step = 1000
    while True:
        for times in (1, 2, 5):
            if grams <= step * times:
                return step * times
        step *= 10


def _y(grams: float, top: int) -> float:
    return HEIGHT - _LOW - (HEIGHT - _TOP - _LOW) * grams / top


def _axis(top: int) -> Node:
    lines: list[Node] = []
    for n in range(_LINES + 1):
        y = _y(top * n / _LINES, top)
        lines += [
            node("path", d=f"M{_LEFT:g} {y:.1f}H{WIDTH - _RIGHT:g}"),
            node("text", mass(round(top * n / _LINES)), x=f"{_LEFT - 6:g}", y=f"{y + 4:.1f}",
                 text_anchor="end"),
            node("text.rate", percent(n / _LINES), x=f"{WIDTH - _RIGHT + 6:g}", y=f"{y + 4:.1f}"),
        ]  # fmt: skip
    return node("g.axis", *lines)


def _column(one: Collected, x: float, each: float, top: int, label: str, words: Words) -> Node:
    parts: list[Node] = []
    sum_g = 0
    for kind in _KINDS:
        grams = one.grams.get(kind, 0)
        if grams > 0:
            y, low = _y(sum_g + grams, top), _y(sum_g, top)
            parts.append(
                node(f"rect.{kind}", x=f"{x + each * 0.14:.1f}", y=f"{y:.1f}",
                     width=f"{each * 0.72:.1f}", height=f"{low - y:.1f}")
            )  # fmt: skip
            sum_g += grams
    said = [f"{words.named('category', kind)} {mass(grams)}" for kind, grams in one.grams.items()]
    rate = one.sorted_ppm
    if rate is not None:
        said.append(f"{words('over.rate')} {percent(rate / 1e6)}")
    return node(
        "g.column",
        node("title", f"{one.period}: {', '.join(said)}"),
        node("rect.ground", x=f"{x:.1f}", y=f"{_TOP:g}", width=f"{each:.1f}",
             height=f"{HEIGHT - _TOP - _LOW:g}"),
        *parts,
        node("text", label, x=f"{x + each / 2:.1f}", y=f"{HEIGHT - 8:g}", text_anchor="middle")
        if label else None,
        role="img",
        data_period=one.period,
    )  # fmt: skip


def _share(found: Sequence[Collected], each: float) -> Node:
    """Of one that collected nothing there is no share: the line is broken there."""
    path, broken = "", True
    dots: list[Node] = []
    for at, one in enumerate(found):
        rate = one.sorted_ppm
        if rate is None:
            broken = True
            continue
        x, y = _LEFT + (at + 0.5) * each, _y(rate, 1_000_000)
        path += f"{'M' if broken else 'L'}{x:.1f} {y:.1f}"
        broken = False
        dots.append(node("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="2.5"))
    return node("g.share", node("path", d=path), *dots)
