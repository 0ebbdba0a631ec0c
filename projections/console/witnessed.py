"""Who cosigns the hub's log, and whether enough of them have."""

from functools import partial

from projections.console.format import NONE, clock, count, seconds
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.web.witnessing import LATE_S, WitnessStanding

_LOOKS = {
    "following": ("calm", "check"),
    "asking": ("unknown", "once"),
    "away": ("warm", "cut"),
    "unknown": ("warm", "cross"),
    "untrusted": ("warm", "cross"),
    "unfit": ("warm", "cross"),
}  # the rest saw another history


def items(sight: Sight, words: Words) -> list[Item]:
    """Nothing where no witness is asked."""
    found = sight.witnessing
    if found is None:
        return []
    open_leaves, tail = found.published - found.witnessed, seconds(found.tail_s)
    text = words("witness.tail", n=count(open_leaves), t=tail) if open_leaves else ""
    made = [Item("", text, partial(_tail, text, found.tail_s > LATE_S, words))]
    return made + [
        Item(one.name, (one, sight.today), partial(_line, one, words, clock(one.at, sight.now)))
        for one in found.witnesses
    ]


def _tail(text: str, late: bool, words: Words) -> Node:
    if not text:
        return node("div.refusal.whole", badge("calm", "check", words("witness.covered")))
    return node("div.refusal.whole", badge("hot" if late else "unknown", "once", text))


def _line(one: WitnessStanding, words: Words, when: str) -> Node:
    look, shape = _LOOKS.get(one.state, ("hot", "active"))
    size = words("witness.leaves", n=count(one.size)) if one.size else NONE
    return node(
        "div.refusal",
        node("span.num", when if one.at else NONE, title=one.at),
        node("span", one.name, title=one.url),
        badge(look, shape, words.named("witnessstate", one.state)),
        node("span.detail", one.detail or size, title=one.detail),
    )
