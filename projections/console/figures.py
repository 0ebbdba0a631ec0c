"""Figures: a number, what it is made of, where it comes from and as of when."""

from collections.abc import Sequence
from functools import partial

import msgspec

from projections.console.format import NONE, clock_of
from projections.console.nodes import Node, icon, node
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words


class Part(msgspec.Struct, frozen=True):
    """One summand. `look` colours it while it is not zero."""

    word: str
    value: str
    look: str = ""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    title: str
    value: str
    of: str = ""  # beside it: the whole it is a part of, or how many times
    look: str = ""  # hot, warm or nothing
    parts: Sequence[Part] = ()
    as_of: str
    source: str
    href: str = ""  # the events behind it


def items(figures: Sequence[Figure], words: Words) -> list[Item]:
    return [Item(one.key, one, partial(drawn, one, words)) for one in figures]


def drawn(one: Figure, words: Words) -> Node:
    return node(
        f"{'a' if one.href else 'div'}.figure.{one.look or 'fine'}",
        node(
            "div.head",
            node("span.name", icon("active") if one.look == "hot" else None, one.title),
            node("span.asof", words("figure.asof", when=one.as_of)),
        ),
        node(
            "div.body",
            node(
                "span.value",
                node("b.num", one.value),
                node("span.of", one.of) if one.of else None,
            ),
            node("span.parts", *(_part(part) for part in one.parts)),
        ),
        title=words("figure.source", what=one.source),
        href=one.href,
        data_figure=one.key,
    )


def _part(part: Part) -> Node:
    return node(f"span.part.{part.look or 'plain'}", node("em", part.word), part.value)


def known_as_of(sight: Sight) -> str:
    """When the hub got the newest batch these rows are folded from."""
    return clock_of(sight.received, sight.now) if sight.received else NONE
