"""Today's routes as rows: how far, how much is left, and whether the shift is long enough."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from projections.console.district.times import clock
from projections.console.format import NONE, count
from projections.console.links import district_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.board import ROUTE_STATES, RouteNow, RouteState

SHOWN = 100
_LOOKS = {
    "silent": ("hot", "silent"),
    "behind": ("warm", "late"),
    "short": ("warm", "cross"),
    "under-way": ("calm", "way-in"),
    "later": ("quiet", "late"),
    "done": ("calm", "check"),
}
_PARTS = ("lifted", "presumed", "refused", "missed")


def done(one: RouteNow) -> int:
    """Bins that nobody has to come for any more: lifted, presumed to be, or refused."""
    return one.lifted + one.presumed + one.refused


def items(found: Sequence[RouteNow], words: Words) -> list[Item]:
    made = [Item(one.route, one, partial(drawn, one, words)) for one in found[:SHOWN]]
    if (left := len(found) - SHOWN) > 0:
        text = words("haul.more", n=count(left))
        made.append(Item("", left, lambda: node("p.more", text)))
    return made


def summary(found: Sequence[RouteNow], chosen: str, words: Words) -> list[Item]:
    """How many are in which state, those in trouble first; each leads to its own alone."""
    counted = Counter(one.state for one in found)
    return [
        Item(
            state,
            (counted[state], state == chosen),
            partial(_count, state, counted[state], words, chosen=state == chosen),
        )
        for state in ROUTE_STATES
        if counted[state]
    ]


def _count(state: RouteState, number: int, words: Words, *, chosen: bool) -> Node:
    return node(
        "button.kindchip",
        badge(*_LOOKS[state], f"{words.named('routestate', state)} {count(number)}"),
        type="button",
        data_act="state",
        data_state=state,
        aria_pressed="true" if chosen else "false",
    )


def drawn(one: RouteNow, words: Words) -> Node:
    look, shape = _LOOKS[one.state]
    parts = ", ".join(
        f"{words(f'haul.{name}')} {count(getattr(one, name))}" for name in (*_PARTS, "left")
    )
    unknown = words("haul.unknown", n=count(one.unknown)) if one.unknown else ""
    said = "; ".join(filter(None, (words("haul.donenote"), parts, unknown)))
    return node(
        f"a.route.{one.category or 'unknown'}.st-{one.state}",
        badge(look, shape, words.named("routestate", one.state)),
        node(
            "span.who",
            node("span.swatch"),
            node("b", one.route),
            *([node("em.late", unknown)] if unknown else []),
            node("em", one.vehicle),
            node("em", words.named("categoryshort", one.category or "unknown")),
        ),
        node("span.progress", *_bar(one), title=said, role="img", aria_label=said),
        node("span.num", node("b", count(done(one))), f" / {count(one.planned)}"),
        node("span.num.eta", *_time(one, words)),
        href=district_href("findings", vehicle=one.vehicle, since=one.day),
        title=said,
        data_route=one.route,
        data_state=one.state,
    )


def _bar(one: RouteNow) -> list[Node]:
    whole = max(one.planned, 1)
    return [
        node(f"i.{name}", vars={"share": f"{100 * getattr(one, name) / whole:.1f}%"})
        for name in _PARTS
        if getattr(one, name)
    ]


def _time(one: RouteNow, words: Words) -> list[Node]:
    end = clock(one.end_ms)
    if one.state == "later":
        return [node("em", words("haul.from", when=clock(one.start_ms)))]
    if one.state == "done":
        return [node("em", words("haul.at", when=clock(one.last_ms)))]
    if one.state == "silent":
        return [node("em", words("haul.nothing", when=clock(one.start_ms)))]
    if one.state == "short":
        return [node("b.late", words("haul.remain", n=count(one.left))), node("em", f"/ {end}")]
    eta = clock(one.eta_ms) if one.eta_ms else NONE
    return [node("b.late" if one.state == "behind" else "b", eta), node("em", f"/ {end}")]
