"""Compounds beside each other, best first, each with what cost it most."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from projections.console.bins import ORDER
from projections.console.district.answer import Answer
from projections.console.district.period import Span, form
from projections.console.format import NONE, count, mass, percent
from projections.console.frame import panel, sheet
from projections.console.links import district_href, event_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.league import Standing
from projections.waste_district.sorting.score import Cause

HEADS = ("place", "compound", "score", "causes", "missed", "collected", "sorted")
_NUMBERS = frozenset(("place", "score", "missed", "collected", "sorted"))
_CAUSES = 3  # shown; all of them are in the row's title


def build(screen: Screen, answer: Answer[tuple[Standing, ...]], span: Span) -> None:
    words = screen.words
    Region(fixed(form(span, words)), look="lead")
    with (
        ui.element("div").classes("one"),
        panel(words, "league.title", words("league.note")),
        sheet("scrolls"),
    ):
        heads = (node("th.num" if one in _NUMBERS else "th", words(f"league.{one}"))
                 for one in HEADS)  # fmt: skip
        Region(fixed(node("tr", *heads)), tag="thead")
        screen.region(
            lambda _: items(answer.made, span, words), tag="tbody", empty=words("league.none")
        )
    answer.follow(screen)


def items(found: Sequence[Standing], span: Span, words: Words) -> list[Item]:
    return [Item(one.compound, one, partial(drawn, one, span, words)) for one in found]


def drawn(one: Standing, span: Span, words: Words) -> Node:
    total = sum(one.collected_g.values())
    days = {"since": span.since, "until": span.until, "asof": span.asof}
    missed = district_href("findings", kind="missed-bin", compound=one.compound, **days)
    return node(
        "tr",
        node("td.num", node("b", str(one.place)) if one.place else NONE),
        node("td", node("a", node("b", one.name or one.compound),
                        href=district_href(at=one.compound, asof=span.asof)),
             node("em", one.compound), node("em", one.street) if one.street else None,
             badge("calm", "check", words("league.demonstration")) if one.demonstration else None),
        node("td.num", _score(one)),
        node("td.causes", *(_cause(cause, words) for cause in one.causes[:_CAUSES]),
             title=" · ".join(_said(cause, words) for cause in one.causes)),
        node("td.num", node("a", f"{count(one.missed)} / {count(one.planned)}", href=missed)),
        node("td.num", node("a", mass(total),
                            href=district_href("balance", compound=one.compound, **days)),
             _parts(one)),
        node("td.num", percent(one.sorted_ppm / 1e6 if one.sorted_ppm is not None else None)),
        data_standing=one.compound,
    )  # fmt: skip


def _score(one: Standing) -> Node:
    if one.score is None:
        return node("span.none", NONE)
    return node(
        "span.score", node("i", vars={"share": f"{one.score:.0f}%"}), node("b", f"{one.score:.1f}")
    )


def _said(cause: Cause, words: Words) -> str:
    return f"{words.named('quality', f'cause.{cause.what}')} ×{count(cause.count)}"


def _cause(one: Cause, words: Words) -> Node:
    """To the newest event that shows it."""
    newest = one.events[0] if one.events else None
    href = event_href(newest.position, newest.id) if newest and newest.position else ""
    return node("a.offence", _said(one, words), node("b.cost", f"−{one.points:.1f}"), href=href)


def _parts(one: Standing) -> Node:
    """By category, as thin bars beside each other."""
    total = max(sum(one.collected_g.values()), 1)
    return node(
        "span.mix",
        *(
            node(f"i.{kind}", vars={"share": f"{100 * one.collected_g[kind] / total:.1f}%"})
            for kind in ORDER
            if one.collected_g.get(kind)
        ),
        aria_hidden="true",
    )
