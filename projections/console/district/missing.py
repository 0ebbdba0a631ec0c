"""Bins that were missed, those with the least time left first, and sending somebody for them."""

from collections.abc import Mapping, Sequence
from functools import partial

from projections.console.district.times import clock
from projections.console.format import count
from projections.console.links import bin_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.board import MissedBin

SHOWN = 60


def items(
    found: Sequence[MissedBin], names: Mapping[str, str], now_ms: int, words: Words, *, acts: bool
) -> list[Item]:
    """By route and point: one vehicle is sent for all that one route left at a place."""
    groups: dict[str, list[MissedBin]] = {}
    for one in found:
        groups.setdefault(_key(one), []).append(one)
    made = []
    for key, group in list(groups.items())[:SHOWN]:
        over = now_ms > group[0].end_ms
        name = names.get(group[0].compound) or group[0].compound
        draw = partial(drawn, group, name, words, over=over, acts=acts)
        made.append(Item(key, (tuple(group), over, acts), draw))
    if (left := len(groups) - SHOWN) > 0:
        text = words("missing.more", n=count(left))
        made.append(Item("", left, lambda: node("p.more", text)))
    return made


def of(found: Sequence[MissedBin], key: str) -> list[MissedBin]:
    """The bins of one row."""
    return [one for one in found if _key(one) == key]


def _key(one: MissedBin) -> str:
    return f"{one.route}|{one.day}|{one.point}"


def drawn(group: Sequence[MissedBin], name: str, words: Words, *, over: bool, acts: bool) -> Node:
    first = group[0]
    sent = all(one.dispatched for one in group)
    if sent:
        state = badge("calm", "check", words("missing.sent", vehicle=first.dispatched))
    elif over:
        state = badge("hot", "cross", words("missing.over", when=clock(first.end_ms)))
    else:
        state = badge("warm", "late", words("missing.until", when=clock(first.end_ms)))
    able = acts and not sent
    return node(
        "div.missing.sent" if sent else "div.missing.over" if over else "div.missing",
        node(
            "div.what",
            node("b", name),
            node("span.place", first.point),
            node("span.bins", *(_bin(one, words) for one in group)),
        ),
        node(
            "div.state",
            state,
            node("em", words("missing.route", route=first.route, vehicle=first.vehicle)),
            node("em", words("missing.passed", when=clock(first.passed_ms)))
            if first.passed_ms
            else None,
        ),
        node("button.ack", words("missing.send"), type="button", data_act="send") if able else None,
        tabindex="0",
        data_keys="Enter",
        data_missed=_key(first),
    )


def _bin(one: MissedBin, words: Words) -> Node:
    return node(
        f"a.chip.{one.category or 'unknown'}",
        node("em", words.named("categoryshort", one.category or "unknown")),
        one.bin.partition("/")[2],
        href=bin_href(one.bin),
        title=words.named("category", one.category or "unknown"),
    )
