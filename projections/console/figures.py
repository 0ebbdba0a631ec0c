"""Figures: a number, what it is made of, where it comes from and as of when."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from projections.console.format import NONE, clock_of, count
from projections.console.links import listed
from projections.console.nodes import Node, icon, node
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import View


class Part(msgspec.Struct, frozen=True):
    """One summand."""

    word: str
    value: str
    look: str = ""


def part(word: str, number: int, look: str = "") -> Part:
    """`look` colours it while it is not zero."""
    return Part(word, count(number), look if number else "")


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


def figure(
    sight: Sight,
    rows: str,
    *types: str,
    view: View = SAFE_COMMUNITY,
    key: str,
    title: str,
    value: int | str,
    of: int | str = "",
    look: str = "",
    parts: Sequence[Part] = (),
    as_of: str = "",
    since: datetime | None = None,
) -> Figure:
    """Of these rows of a view, with the events of `types` since then behind it. `as_of`: of the
    newest batch unless told otherwise."""
    return Figure(
        key=key,
        title=title,
        value=count(value) if isinstance(value, int) else value,
        of=f"/ {count(of)}" if isinstance(of, int) else of,
        look=look,
        parts=parts,
        as_of=as_of or known_as_of(sight),
        source=source(sight, rows, view),
        href=listed(sight.compound, *types, since=since),
    )


def source(sight: Sight, rows: str, view: View = SAFE_COMMUNITY) -> str:
    return f"{view.name}.{rows} @ {sight.position}"


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
            node("span.parts", *map(_part, one.parts)),
        ),
        title=words("figure.source", what=one.source),
        href=one.href,
        data_figure=one.key,
    )


def _part(one: Part) -> Node:
    return node(f"span.part.{one.look or 'plain'}", node("em", one.word), one.value)


def known_as_of(sight: Sight) -> str:
    """When the hub got the newest batch these rows are folded from."""
    return clock_of(sight.received, sight.now) if sight.received else NONE
