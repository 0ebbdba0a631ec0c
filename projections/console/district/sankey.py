"""Mass as bands from column to column, each as thick as its grams; what is missing stands out in a
pattern of its own. The same is told as a table beside it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec

from projections.console.format import mass, rounded
from projections.console.nodes import Node, node
from projections.console.region import Item

WIDTH, HEIGHT = 960.0, 400.0
_BAR, _APART, _TOP = 14.0, 4.0, 16.0
_ROOM = 15.0  # that a name needs, however little it stands for
_LEAST = 1.2  # units: a band thinner than this is drawn as thick as this
_LEFT, _RIGHT = 190.0, 215.0  # room for the names
_MARGIN = 12.0  # before and behind a name
_LETTER, _SIGN, _CJK = 6.6, 13.2, 0x2E80  # how wide they are; where signs as wide as high begin


class Stage(msgspec.Struct, frozen=True):
    """A bar in a column. `look` is its class; `href`: what it is made of."""

    name: str
    title: str
    column: int
    look: str = ""
    href: str = ""


class Band(msgspec.Struct, frozen=True):
    source: str
    target: str
    grams: int
    look: str
    href: str = ""


class Flow(msgspec.Struct, frozen=True):
    stages: tuple[Stage, ...]
    bands: tuple[Band, ...]


class _Bar:
    def __init__(self, stage: Stage, grams: int) -> None:
        self.stage, self.grams = stage, grams
        self.x = self.y = self.high = 0.0
        self.across = 0.0  # that its label may be wide
        self.left = self.right = 0.0  # where the next band arrives, and leaves


def items(flow: Flow) -> list[Item]:
    bars, scale = _laid_out(flow)
    made = [Item("patterns", None, _patterns)]
    for band in _ordered(flow.bands, bars):
        source, target = bars[band.source], bars[band.target]
        thick = band.grams * scale
        y1, y2 = source.y + source.right + thick / 2, target.y + target.left + thick / 2
        source.right += thick
        target.left += thick
        draw = partial(_band, band, (source.x + _BAR, y1, target.x, y2), thick, bars)
        key = f"{band.source}>{band.target}>{band.look}"
        made.append(Item(key, (band, y1, y2, thick, source.x, target.x), draw))
    for name, bar in bars.items():
        made.append(Item(name, (bar.stage, bar.grams, bar.y, bar.high), partial(_bar, bar)))
    return made


def _sums(flow: Flow) -> dict[str, int]:
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for band in flow.bands:
        out[band.source] = out.get(band.source, 0) + band.grams
        into[band.target] = into.get(band.target, 0) + band.grams
    return {one.name: max(into.get(one.name, 0), out.get(one.name, 0)) for one in flow.stages}


def _laid_out(flow: Flow) -> tuple[dict[str, _Bar], float]:
    """Bars by name, each in its place, and units of the drawing a gram."""
    sums = _sums(flow)
    columns: dict[int, list[_Bar]] = {}
    for stage in flow.stages:
        if sums[stage.name]:
            columns.setdefault(stage.column, []).append(_Bar(stage, sums[stage.name]))
    scale = min((_scale([bar.grams for bar in bars]) for bars in columns.values()), default=0.0)
    last = max(columns, default=0)
    apart = (WIDTH - _LEFT - _RIGHT - _BAR) / max(last, 1)
    found: dict[str, _Bar] = {}
    for column, bars in sorted(columns.items()):
        x = _LEFT + apart * column
        across = _LEFT if not column else _RIGHT if column == last else apart - _BAR
        rooms = [max(bar.grams * scale, _ROOM) for bar in bars]
        y = (HEIGHT - sum(rooms) - _APART * (len(bars) - 1)) / 2
        for bar, room in zip(bars, rooms, strict=True):
            bar.x, bar.high = x, bar.grams * scale
            bar.across = across - _MARGIN
            bar.y = y + (room - bar.high) / 2
            y += room + _APART
            found[bar.stage.name] = bar
    return found, scale


def _scale(grams: Sequence[int]) -> float:
    """As large as the height allows, where small ones take the room that their names need."""
    left = HEIGHT - 2 * _TOP - _APART * (len(grams) - 1)
    rest = sorted(grams)
    while rest and rest[0] * left < _ROOM * sum(rest):
        left -= _ROOM
        rest = rest[1:]
    return max(left, 1.0) / max(sum(rest), 1) if rest else 1.0 / max(*grams, 1)


def _ordered(bands: Iterable[Band], bars: Mapping[str, _Bar]) -> list[Band]:
    """So that bands of one bar do not cross each other."""
    drawn = [one for one in bands if one.grams > 0]
    return sorted(drawn, key=lambda one: (bars[one.source].y, bars[one.target].y, one.look))


def _band(
    band: Band,
    ends: tuple[float, float, float, float],
    thick: float,
    bars: Mapping[str, _Bar],
) -> Node:
    x1, y1, x2, y2 = ends
    half = (x2 - x1) / 2
    titles = (bars[band.source].stage.title, bars[band.target].stage.title)
    said = f"{titles[0]} → {titles[1]}: {mass(band.grams)}"
    return node(
        f"a.band.{band.look}",
        node("title", said),
        node(
            "path",
            d=f"M{x1:.1f} {y1:.1f}C{x1 + half:.1f} {y1:.1f} {x2 - half:.1f} {y2:.1f} "
            f"{x2:.1f} {y2:.1f}",
            stroke_width=f"{max(thick, _LEAST):.1f}",
        ),
        href=band.href,
        aria_label=said,
    )


def _bar(bar: _Bar) -> Node:
    """The first column has its names before it, all others behind."""
    stage = bar.stage
    first = stage.column == 0
    return node(
        f"a.stage.{stage.look}" if stage.look else "a.stage",
        node("title", f"{stage.title}: {mass(bar.grams)}"),
        node(
            "rect",
            x=f"{bar.x:.1f}",
            y=f"{bar.y:.1f}",
            width=f"{_BAR:g}",
            height=f"{max(bar.high, _LEAST):.1f}",
            rx="2",
        ),
        node(
            "text",
            *_label(bar),
            x=f"{bar.x - 7 if first else bar.x + _BAR + 6:.1f}",
            y=f"{bar.y + bar.high / 2 + 4:.1f}",
            text_anchor="end" if first else "start",
        ),
        href=stage.href,
        data_stage=stage.name,
    )


def _label(bar: _Bar) -> list[Node]:
    """The name, and how much where there is room for it: no name runs into the next bar."""
    title, grams = bar.stage.title, f" {rounded(bar.grams)}"
    if _wide(title) + _wide(grams) <= bar.across:
        return [node("tspan", title), node("tspan.grams", grams)]
    while len(title) > 1 and _wide(title) > bar.across:
        title = f"{title.removesuffix('…')[:-1]}…"
    return [node("tspan", title)]


def _wide(text: str) -> float:
    """About so many units of the drawing."""
    return sum(_LETTER if ord(one) < _CJK else _SIGN for one in text)


def _patterns() -> Node:
    """The gap's: amber hatching, so that it is told from a category without its colour too."""
    return node(
        "defs",
        node(
            "pattern",
            node("rect", width="8", height="8", fill="#4a3512"),
            node("path", d="M0 0V8", stroke="#f5b942", stroke_width="6"),
            id="gap-hatch", width="8", height="8", patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )  # fmt: skip
