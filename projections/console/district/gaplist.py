"""The gaps by name, largest first, and the trips in which each of them lies."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import msgspec

from projections.console.district.period import Span
from projections.console.district.vehicle import shown
from projections.console.format import count, mass, share
from projections.console.links import trip_href
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.balance import Balance, Line
from projections.waste_district.rows.trips import Gap

SHOWN = 80


class GapTold(msgspec.Struct, frozen=True):
    """`lifted_g`: of all, also of what has no gap."""

    gap: Gap
    trips: int
    lifted_g: int


class Trips(msgspec.Struct, frozen=True):
    """Those in which `gap` is largest, each with its part of it; so many are left out."""

    gap: str
    lines: tuple[tuple[Line, int], ...]
    left: int


def gap_heads(words: Words) -> Node:
    return node(
        "tr",
        node("th", words("balance.name")),
        node("th.num", words("balance.mass")),
        node("th.num", words("balance.share")),
        node("th.num", words("balance.in")),
    )


def told(balance: Balance) -> tuple[GapTold, ...]:
    having = Counter(gap.name for line in balance.by["trip"] for gap in line.gaps)
    lifted_g = balance.total.lifted_g
    return tuple(GapTold(one, having[one.name], lifted_g) for one in balance.total.gaps)


def gap_items(found: Sequence[GapTold], span: Span, words: Words) -> list[Item]:
    return [Item(one.gap.name, one, partial(_gap, one, span, words)) for one in found]


def _gap(told: GapTold, span: Span, words: Words) -> Node:
    one = told.gap
    here = span.gap == one.name
    return node(
        "tr.chosen" if here else "tr",
        node("td", node("a", node("i.gapkey"), words.named("gap", one.name),
                        href=span.href(gap=one.name)), title=words.named("gapwhy", one.name)),
        node("td.num", node("b", mass(one.grams))),
        node("td.num", share(one.grams, told.lifted_g)),
        node("td.num", count(told.trips)),
        data_gap=one.name,
    )  # fmt: skip


def _chosen(balance: Balance, asked: str) -> str:
    """Unless one is asked for what nothing explains, and where there is none of it the largest
    that has a name."""
    if asked:
        return asked
    names = [one.name for one in balance.total.gaps]
    return names[0] if names and "unexplained" not in names else "unexplained"


def trips(balance: Balance, asked: str) -> Trips:
    name = _chosen(balance, asked)
    lines = [(one, grams) for one in (*balance.by["trip"], *balance.transfers)
             if (grams := _grams(one, name))]  # fmt: skip
    lines.sort(key=lambda entry: (-abs(entry[1]), entry[0].key))
    return Trips(name, tuple(lines[:SHOWN]), max(0, len(lines) - SHOWN))


def _grams(line: Line, name: str) -> int:
    return sum(one.grams for one in line.gaps if one.name == name)


def about(found: Trips, words: Words) -> str:
    return words("balance.of", gap=words.named("gap", found.gap))


def trip_heads(words: Words) -> Node:
    names = ("trip", "lifted", "received", "gap", "tolerance")
    return node(
        "tr",
        *(node("th" if one == "trip" else "th.num", words(f"balance.{one}")) for one in names),
    )


def trip_items(found: Trips, words: Words) -> list[Item]:
    made = [
        Item(one.key, (one, grams), partial(_trip, one, grams, words)) for one, grams in found.lines
    ]
    if found.left:
        text = words("balance.more", n=count(found.left))
        made.append(Item("", found.left, lambda: node("tr.more", node("td", text, colspan="5"))))
    return made


def _trip(one: Line, grams: int, words: Words) -> Node:
    beyond = abs(grams) > one.tolerance_g
    return node(
        "tr",
        node("td", node("a", shown(one.key, words).replace("|", " · "), href=trip_href(one.key))),
        node("td.num", mass(one.lifted_g)),
        node("td.num", mass(one.received_g)),
        node("td.num.skewed" if beyond else "td.num", node("b", mass(grams))),
        node("td.num", f"± {mass(one.tolerance_g)}"),
        data_trip=one.key,
    )
