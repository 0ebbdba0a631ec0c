"""Bins and points: how full, since when known, what is wrong, what went in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from projections.console.format import NONE, clock, count, latest, mass, percent
from projections.console.links import bin_href
from projections.console.nodes import Node, badge, icon, node
from projections.console.places import name, natural, place
from projections.console.region import Item
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.waste_sorting.rows import Bin, Point, Tally

ORDER = ("recyclable", "food", "residual", "hazardous")
FULL = 0.8  # shown as nearly full
SHOWN = 120  # points


def grouped(found: Sequence[Bin]) -> dict[str, list[Bin]]:
    """Bins by point, both in natural order; bins whose point nobody told come last."""
    groups: dict[str, list[Bin]] = {}
    for one in sorted(found, key=lambda one: (one.point == "", natural(one.point))):
        groups.setdefault(one.point, []).append(one)
    for group in groups.values():
        group.sort(key=lambda one: (rank(one.category), natural(one.subject)))
    return groups


def rank(category: str) -> int:
    """Its place in ORDER; what is not known stands last."""
    return ORDER.index(category) if category in ORDER else len(ORDER)


def category_keys(words: Words) -> list[Node]:
    """What the colours of a drawing stand for."""
    return [node(f"span.{one}", node("span.swatch"), words.named("category", one)) for one in ORDER]


def point_items(sight: Sight, words: Words, missed: Collection[str] = ()) -> list[Item]:
    """`missed`: bins that a vehicle passed by today, by their names."""
    points = {name(one.subject): one for one in rows(sight.waste, "point", Point)}
    return [
        Item(
            point,
            (tuple(group), points.get(name(point)), _missed(group, missed), sight.today),
            partial(
                point_tile,
                point,
                group,
                points.get(name(point)),
                words,
                sight,
                _missed(group, missed),
            ),
        )
        for point, group in list(grouped(rows(sight.waste, "bin", Bin)).items())[:SHOWN]
    ]


def _missed(group: Sequence[Bin], missed: Collection[str]) -> frozenset[str]:
    return frozenset(one.subject for one in group if name(one.subject) in missed)


def point_tile(
    point: str,
    group: Sequence[Bin],
    tally: Point | None,
    words: Words,
    sight: Sight,
    missed: Collection[str],
) -> Node:
    head = [node("b", place(point, words) if point else words("bin.nowhere"), title=name(point))]
    if tally is not None and tally.purity is not None:
        head.append(node("span.note", words("point.purity", share=percent(tally.purity))))
    return node(
        "div.point",
        node("div.top", *head),
        node("div.bins", *(bin_tile(one, words, sight, one.subject in missed) for one in group)),
    )


def bin_tile(one: Bin, words: Words, sight: Sight, missed: bool) -> Node:
    fill, now = one.fill, sight.now
    look = (
        "alarm"
        if one.smoke or one.overflow or missed
        else "full"
        if (fill or 0) >= FULL
        else "fine"
    )
    level = node(
        "div.level",
        node("div.fill", vars={"fill": f"{(fill or 0) * 100:.0f}%"}),
        node("span.num", percent(fill)),
    )
    return node(
        f"div.bin.{look}.{one.category or 'unknown'}",
        node(
            "div.head",
            node(
                "a.kind",
                words.named("category", one.category or "unknown"),
                href=bin_href(f"{sight.compound}/{name(one.subject)}"),
            ),
            node(
                "span.flags",
                *(flags(one, words, missed) or [badge("calm", "check", words("bin.fine"))]),
            ),
        ),
        level,
        node(
            "div.facts",
            _fact("bin.level", clock(one.level_at, now), words),
            _lifted(one, now, words)
            if one.collected_at
            else None,  # by the district's vehicles, or never: its own page says it
            _fact("weighed.held", mass(one.weight_g), words) if one.weight_g is not None else None,
            _fact("bin.identified", clock(one.identified_at, now), words)
            if one.identified_at
            else None,
        ),
        title=f"{name(one.subject)} · {one.uid_hex}",
        data_subject=one.subject,
    )


def _lifted(one: Bin, now: datetime, words: Words) -> Node:
    """Its net; the full weight with a mark while nobody weighed it empty."""
    when = clock(one.collected_at, now)
    if one.collected_g is None and one.collected_gross_g is not None:
        more = f"{words('weighed.gross')} {mass(one.collected_gross_g)}"
        fact = node("span.num", more, title=words("weighed.notare"))
        return node("div.low.gross", node("em", words("bin.lifted")), node("span.num", when), fact)
    return _fact("bin.lifted", when, words, mass(one.collected_g))


def _fact(key: str, when: str, words: Words, more: str = "") -> Node:
    detail = node("span.num", more) if more not in ("", NONE) else None
    return node("div.low", node("em", words(key)), node("span.num", when), detail)


def flags(one: Bin, words: Words, missed: bool) -> list[Node]:
    found: list[Node] = []
    if missed:
        found.append(badge("hot", "cross", words("binstate.missed")))
    if one.smoke:
        found.append(badge("hot", "active", words("bin.smoke")))
    if one.overflow:
        found.append(badge("warm", "full", words("bin.overflow")))
    elif (one.fill or 0) >= FULL:
        found.append(badge("warm", "full", words("binstate.full")))
    if one.position == "tilt":
        found.append(badge("warm", "tilt", words("bin.tilt")))
    if one.lid == "open":
        found.append(badge("calm", "door-open", words("bin.lidOpen")))
    if one.battery_pct is not None and one.battery_pct < 15:
        found.append(badge("late", "battery", percent(one.battery_pct / 100)))
    found += [
        badge("late", "cut", words.named("sensorfault", fault))
        for fault in one.faults
        if fault != "tilted"  # said above
    ]
    if one.fill is None:
        found.append(badge("unknown", "once", words("bin.noLevel")))
    return found


def tally_items(sight: Sight, words: Words) -> list[Item]:
    """Deposits by point and category, as table rows."""
    found = sorted(rows(sight.waste, "point", Point), key=lambda one: natural(one.subject))
    return [
        Item(one.subject, (one, sight.today), partial(tally_row, one, words, sight.now))
        for one in found[:SHOWN]
    ]


def tally_row(one: Point, words: Words, now: datetime) -> Node:
    return node(
        "tr",
        node("td", node("b", place(one.subject, words), title=name(one.subject))),
        *(_tally(one.categories.get(category)) for category in ORDER),
        node("td.offences", *(_offence(kind, n, words) for kind, n in one.violations.items())),
        node("td.num", percent(one.purity)),
        node("td.num", clock(latest([one.last]), now)),
    )


def _tally(tally: Tally | None) -> Node:
    if tally is None:
        return node("td.num.none", "–")
    return node("td.num", mass(tally.net_g), node("em", f"×{count(tally.deposits)}"))


def _offence(kind: str, number: int, words: Words) -> Node:
    return node("span.offence", icon("active"), words.named("violation", kind), f" {count(number)}")
