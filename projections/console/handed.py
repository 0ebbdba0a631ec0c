"""What is handed on to other authorities' libraries, and where that stopped."""

from functools import partial

from projections.console.format import clock, count
from projections.console.links import event_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.handoff import Handoff


def items(sight: Sight, words: Words) -> list[Item]:
    found = sorted(rows(sight.safe, "handoff", Handoff), key=lambda one: one.target)
    return [Item(one.target, (one, sight.today), partial(card, one, words, sight)) for one in found]


def card(one: Handoff, words: Words, sight: Sight) -> Node:
    now = sight.now
    state = badge("calm", "check", words("handoff.fine"))
    if one.trouble:
        state = badge("hot", "cut", words.named("handoffreason", one.trouble))
    parts = [words("handoff.delivered", n=count(one.delivered))]
    if one.personal:
        parts.append(words("handoff.personal", n=count(one.personal)))
    if one.refused:
        parts.append(words("handoff.refused", n=count(one.refused)))
    if one.last:
        parts.append(words("handoff.last", when=clock(one.last, now)))
    lines = [" · ".join(parts)]
    if one.trouble:
        lines.append(f"{words('handoff.since', when=clock(one.since, now))} {one.said}".strip())
    if one.refused_at:
        when = clock(one.refused_at, now)
        lines.append(words("handoff.refusal", when=when, said=one.refusal))
    href = event_href(one.position, one.id)
    return node(
        "div.gateway.handoff",
        node("div.top", node("b", one.target), node("a", state, href=href)),
        *(node("div.note", line) for line in lines),
        data_target=one.target,
    )
