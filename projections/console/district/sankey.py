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
    """A bar in a column. `look` is its class; `href`: what it is made of; `many`: how many it
    stands for, where it has no name of its own."""

    name: str
    column: int
    look: str = ""
    href: str = ""
    many: int = 0


class Band(msgspec.Struct, frozen=True):
    source: str
    target: str
    grams: int
    look: str
    href: str = ""


class Flow(msgspec.Struct, frozen=True):
    stages: tuple[Stage, ...]
    bands: tuple[Band, ...]


class Bar(msgspec.Struct, frozen=True):
    """A stage in its place. `across`: that its label may be wide."""

    stage: Stage
    grams: int
    x: float
    y: float
    high: float
    across: float


class Ribbon(msgspec.Struct, frozen=True):
    """A band in its place: from where to where its middle runs."""

    band: Band
    thick: float
    x1: float
    y1: float
    x2: float
    y2: float


class Drawing(msgspec.Struct, frozen=True):
    bars: tuple[Bar, ...] = ()
    ribbons: tuple[Ribbon, ...] = ()


def items(drawing: Drawing, titles: Mapping[str, str]) -> list[Item]:
    """`titles`: of every stage by its name."""
    made = [Item("patterns", None, _patterns)]
    for one in drawing.ribbons:
        band = one.band
        key = f"{band.source}>{band.target}>{band.look}"
        ends = f"{titles[band.source]} → {titles[band.target]}"
        made.append(Item(key, (one, ends), partial(_band, one, ends)))
    for bar in drawing.bars:
        title = titles[bar.stage.name]
        made.append(Item(bar.stage.name, (bar, title), partial(_bar, bar, title)))
    return made


def laid_out(flow: Flow) -> Drawing:
    bars, scale = _bars(flow)
    leaves = {name: bar.y for name, bar in bars.items()}  # where the next band of each does
    arrives = dict(leaves)
    ribbons = []
    for band in _ordered(flow.bands, bars):
        thick = band.grams * scale
        y1, y2 = leaves[band.source] + thick / 2, arrives[band.target] + thick / 2
        leaves[band.source] += thick
        arrives[band.target] += thick
        x1, x2 = bars[band.source].x + _BAR, bars[band.target].x
        ribbons.append(Ribbon(band, thick, x1, y1, x2, y2))
    return Drawing(tuple(bars.values()), tuple(ribbons))


def _sums(flow: Flow) -> dict[str, int]:
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for band in flow.bands:
        out[band.source] = out.get(band.source, 0) + band.grams
        into[band.target] = into.get(band.target, 0) + band.grams
    return {one.name: max(into.get(one.name, 0), out.get(one.name, 0)) for one in flow.stages}


def _bars(flow: Flow) -> tuple[dict[str, Bar], float]:
    """By name, each in its place, and units of the drawing a gram."""
    sums = _sums(flow)
    columns: dict[int, list[Stage]] = {}
    for stage in flow.stages:
        if sums[stage.name]:
            columns.setdefault(stage.column, []).append(stage)
    scale = min(
        (_scale([sums[one.name] for one in stages]) for stages in columns.values()), default=0.0
    )
    last = max(columns, default=0)
    apart = (WIDTH - _LEFT - _RIGHT - _BAR) / max(last, 1)
    found: dict[str, Bar] = {}
    for column, stages in sorted(columns.items()):
        across = _LEFT if not column else _RIGHT if column == last else apart - _BAR
        rooms = [max(sums[one.name] * scale, _ROOM) for one in stages]
        y = (HEIGHT - sum(rooms) - _APART * (len(stages) - 1)) / 2
        for stage, room in zip(stages, rooms, strict=True):
            high = sums[stage.name] * scale
            found[stage.name] = Bar(
                stage, sums[stage.name], x=_LEFT + apart * column, y=y + (room - high) / 2,
                high=high, across=across - _MARGIN,
            )  # fmt: skip
            y += room + _APART
    return found, scale


def _scale(grams: Sequence[int]) -> float:
    """As large as the height allows, where small ones take the room that their names need."""
    left = HEIGHT - 2 * _TOP - _APART * (len(grams) - 1)
    rest = sorted(grams)
    while rest and rest[0] * left < _ROOM * sum(rest):
        left -= _ROOM
        rest = rest[1:]
    return max(left, 1.0) / max(sum(rest), 1) if rest else 1.0 / max(*grams, 1)


def _ordered(bands: Iterable[Band], bars: Mapping[str, Bar]) -> list[Band]:
    """So that bands of one bar do not cross each other."""
    drawn = [one for one in bands if one.grams > 0]
    return sorted(drawn, key=lambda one: (bars[one.source].y, bars[one.target].y, one.look))


def _band(one: Ribbon, ends: str) -> Node:
    half = (one.x2 - one.x1) / 2
    said = f"{ends}: {mass(one.band.grams)}"
    return node(
        f"a.band.{one.band.look}",
        node("title", said),
        node(
            "path",
            d=f"M{one.x1:.1f} {one.y1:.1f}C{one.x1 + half:.1f} {one.y1:.1f} "
            f"{one.x2 - half:.1f} {one.y2:.1f} {one.x2:.1f} {one.y2:.1f}",
            stroke_width=f"{max(one.thick, _LEAST):.1f}",
        ),
        href=one.band.href,
        aria_label=said,
    )


def _bar(bar: Bar, title: str) -> Node:
    """The first column has its names before it, all others behind."""
    stage = bar.stage
    first = stage.column == 0
    return node(
        f"a.stage.{stage.look}" if stage.look else "a.stage",
        node("title", f"{title}: {mass(bar.grams)}"),
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
            *_label(title, bar),
            x=f"{bar.x - 7 if first else bar.x + _BAR + 6:.1f}",
            y=f"{bar.y + bar.high / 2 + 4:.1f}",
            text_anchor="end" if first else "start",
        ),
        href=stage.href,
        data_stage=stage.name,
    )


def _label(title: str, bar: Bar) -> list[Node]:
    """The name, and how much where there is room for it: no name runs into the next bar."""
    grams = f" {rounded(bar.grams)}"
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
