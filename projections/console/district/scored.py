"""Scores and what they cost, as cells of a table."""

from collections.abc import Sequence

from projections.console.format import NONE, count
from projections.console.links import event_href
from projections.console.nodes import Node, node
from projections.console.texts import Words
from projections.waste_district.sorting.score import Cause

_CAUSES = 3  # shown; all of them are in the cell's title


def score_bar(score: float | None) -> Node:
    if score is None:
        return node("span.none", NONE)
    return node("span.score", node("i", vars={"share": f"{score:.0f}%"}), node("b", f"{score:.1f}"))


def causes_cell(causes: Sequence[Cause], words: Words) -> Node:
    return node(
        "td.causes",
        *(_cause(one, words) for one in causes[:_CAUSES]),
        title=" · ".join(_said(one, words) for one in causes),
    )


def cause_word(one: Cause, words: Words) -> str:
    return words.named("quality", f"cause.{one.what}")


def cost(points: float) -> str:
    """Nothing is lost where nothing could be judged."""
    return f"−{points:.1f}" if points else NONE


def _said(one: Cause, words: Words) -> str:
    return f"{cause_word(one, words)} ×{count(one.count)}"


def _cause(one: Cause, words: Words) -> Node:
    """To the newest event that shows it."""
    newest = one.events[-1] if one.events else None
    href = event_href(newest.position, newest.id) if newest and newest.position else ""
    return node("a.offence", _said(one, words), node("b.cost", cost(one.points)), href=href)
