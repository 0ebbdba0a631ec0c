"""Lifted against received, with the gap between them in its own colour, each piece by its name."""

from collections.abc import Sequence

from projections.console.format import mass
from projections.console.nodes import Node, node
from projections.console.texts import Words
from projections.waste_district.rows.trips import Gap


def gap_bar(lifted_g: int, received_g: int, gaps: Sequence[Gap], words: Words) -> Node:
    """A piece below nothing (more was received than was lifted) stands in the list alone."""
    whole = max(lifted_g, received_g, 1)
    pieces = [one for one in gaps if one.grams > 0]
    ranked = sorted(gaps, key=lambda one: -abs(one.grams))
    return node(
        "div.gapbar",
        node("div.pair", node("em", words("balance.lifted")), node("b.num", mass(lifted_g))),
        node(
            "div.track",
            node("i.got", vars={"share": f"{100 * min(received_g, lifted_g) / whole:.2f}%"},
                 title=words("balance.received")),
            *(
                node(f"i.gap.g-{one.name}", vars={"share": f"{100 * one.grams / whole:.2f}%"},
                     title=f"{words.named('gap', one.name)} {mass(one.grams)}")
                for one in pieces
            ),
            aria_hidden="true",
        ),
        node("div.pair", node("em", words("balance.received")), node("b.num", mass(received_g))),
        node(
            "div.pieces",
            *(
                node("span.piece", node("i.key"), node("em", words.named("gap", one.name)),
                     node("b.num", mass(one.grams)))
                for one in ranked
            ),
        ),
    )  # fmt: skip
