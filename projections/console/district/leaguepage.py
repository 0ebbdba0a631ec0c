"""Compounds beside each other, best first, each with what cost it most."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from projections.console.bins import ORDER
from projections.console.district.answer import Answer
from projections.console.district.period import Span, form
from projections.console.district.scored import causes_cell, score_bar
from projections.console.format import NONE, count, mass, percent
from projections.console.frame import panel, sheet
from projections.console.links import district_href, quality_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.league import Standing

HEADS = ("place", "compound", "score", "causes", "missed", "collected", "sorted")
_NUMBERS = frozenset(("place", "score", "missed", "collected", "sorted"))


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
    days = {"since": span.since, "until": span.until}
    missed = district_href("findings", kind="missed-bin", compound=one.compound, **days)
    return node(
        "tr",
        node("td.num", node("b", str(one.place)) if one.place else NONE),
        node("td", node("a", node("b", one.name or one.compound),
                        href=quality_href(one.compound, **days)),
             node("em", one.compound), node("em", one.street) if one.street else None,
             badge("calm", "check", words("league.demonstration")) if one.demonstration else None),
        node("td.num", score_bar(one.score)),
        causes_cell(one.causes, words),
        node("td.num", node("a", f"{count(one.missed)} / {count(one.planned)}", href=missed)),
        node("td.num", node("a", mass(total),
                            href=district_href("balance", compound=one.compound, **days)),
             _parts(one)),
        node("td.num", percent(one.sorted_ppm / 1e6 if one.sorted_ppm is not None else None)),
        data_standing=one.compound,
    )  # fmt: skip


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
