"""How full a bin was and will be: its last readings as a line, the forecast as a dashed one."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from core.moment import millis
from projections.console.district.times import moment as shown
from projections.console.format import NONE, percent, short
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.view import Kinds
from projections.waste_district.asked.board import FULL
from projections.waste_district.held import Held
from projections.waste_sorting.forecast import Forecast, forecast
from projections.waste_sorting.level import filled
from projections.waste_sorting.profile import in_force
from projections.waste_sorting.readings import unpacked
from projections.waste_sorting.rows import Level as LevelRow
from projections.waste_sorting.rows import Profile

WIDTH, HEIGHT = 600.0, 150.0
_LEFT, _RIGHT, _TOP, _LOW = 40.0, 12.0, 10.0, 22.0


class Level(msgspec.Struct, frozen=True):
    """`fills`: (when, how full), oldest first."""

    fills: tuple[tuple[int, float], ...] = ()
    forecast: Forecast | None = None


def level_of(own: Kinds, subject: str) -> Level:
    """Of rows of the compound's own view."""
    held = Held(own)
    row, known = held.get("level", subject, LevelRow), held.get("profile", subject, Profile)
    if row is None or known is None:
        return Level()
    fills = [(one.ms, filled(one.mm, in_force(known.geometries, one.ms)))
             for one in unpacked(row.readings)]  # fmt: skip
    told = tuple((ms, fill) for ms, fill in fills if fill is not None)
    return Level(told, forecast(own, subject))


def told(made: Forecast | None, now: datetime, words: Words) -> str:
    """With how far such forecasts were off."""
    if made is None or not made.full_at:
        return NONE
    when = short(made.full_at, now)
    if made.error_h is None or made.error_points is None:
        return words("bincard.untested", when=when)
    return words(
        "bincard.fulltold",
        when=when,
        hours=f"{made.error_h:.1f}",
        points=f"{made.error_points:.1f}",
        n=made.tested,
    )


def items(level: Level, words: Words) -> list[Item]:
    return [Item("level", level, partial(_drawn, level, words))]


def _drawn(level: Level, words: Words) -> Node:
    fills = level.fills
    if not fills:
        return node("text", words("bincard.nolevel"), x=f"{WIDTH / 2:g}", y=f"{HEIGHT / 2:g}",
                    text_anchor="middle")  # fmt: skip
    made = level.forecast
    full_ms = millis(made.full_at) if made is not None and made.full_at else 0
    start, end = fills[0][0], max(fills[-1][0], full_ms, fills[0][0] + 3_600_000)

    def at(ms: int, fill: float) -> tuple[float, float]:
        across = (WIDTH - _LEFT - _RIGHT) * (ms - start) / (end - start)
        return _LEFT + across, HEIGHT - _LOW - (HEIGHT - _TOP - _LOW) * min(fill, 1.0)

    parts: list[Node] = []
    for share in (0.0, FULL, 1.0):
        y = at(start, share)[1]
        look = "path.limit" if share == FULL else "path"
        parts += [
            node(look, d=f"M{_LEFT:g} {y:.1f}H{WIDTH - _RIGHT:g}"),
            node("text", percent(share), x=f"{_LEFT - 5:g}", y=f"{y + 4:.1f}", text_anchor="end"),
        ]
    parts.append(node("path.known", d=_path([at(ms, fill) for ms, fill in fills])))
    if full_ms > fills[-1][0] and made is not None:
        parts.append(node("path.ahead", d=_path([at(*fills[-1]), at(full_ms, FULL)])))
    for ms, anchor in ((start, "start"), (end, "end")):
        x = at(ms, 0)[0]
        parts.append(
            node("text", shown(ms)[:11], x=f"{x:.1f}", y=f"{HEIGHT - 6:g}", text_anchor=anchor)
        )
    return node("g.levelline", *parts)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
