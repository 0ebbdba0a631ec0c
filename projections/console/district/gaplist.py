"""The gaps by name, largest first, and the trips in which each of them lies."""

from functools import partial

from projections.console.district.period import Span
from projections.console.format import count, mass, share
from projections.console.links import trip_href
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.asked.balance import Balance, Line
from projections.waste_district.rows.trips import Gap

SHOWN = 80


def gap_heads(words: Words) -> Node:
    return node(
        "tr",
        node("th", words("balance.name")),
        node("th.num", words("balance.mass")),
        node("th.num", words("balance.share")),
        node("th.num", words("balance.in")),
    )


def gap_items(balance: Balance, span: Span, words: Words) -> list[Item]:
    total = balance.total
    return [
        Item(
            one.name,
            (one, total.lifted_g),
            partial(_gap, one, _having(balance, one.name), total.lifted_g, span, words),
        )
        for one in total.gaps
    ]


def _having(balance: Balance, name: str) -> int:
    return sum(any(gap.name == name for gap in line.gaps) for line in balance.by["trip"])


def _gap(one: Gap, trips: int, lifted_g: int, span: Span, words: Words) -> Node:
    here = span.gap == one.name
    return node(
        "tr.chosen" if here else "tr",
        node("td", node("a", node("i.gapkey"), words.named("gap", one.name),
                        href=span.href(gap=one.name)), title=words.named("gapwhy", one.name)),
        node("td.num", node("b", mass(one.grams))),
        node("td.num", share(one.grams, lifted_g)),
        node("td.num", count(trips)),
        data_gap=one.name,
    )  # fmt: skip


def chosen(balance: Balance, span: Span) -> str:
    """The gap asked for; without one what nothing explains, and where there is none of it the
    largest that has a name."""
    if span.gap:
        return span.gap
    names = [one.name for one in balance.total.gaps]
    return names[0] if names and "unexplained" not in names else "unexplained"


def about(balance: Balance, span: Span, words: Words) -> str:
    return words("balance.of", gap=words.named("gap", chosen(balance, span)))


def trip_heads(words: Words) -> Node:
    names = ("trip", "lifted", "received", "gap", "tolerance")
    return node(
        "tr",
        *(node("th" if one == "trip" else "th.num", words(f"balance.{one}")) for one in names),
    )


def trip_items(balance: Balance, span: Span, words: Words) -> list[Item]:
    """Those in which the chosen gap is largest."""
    name = chosen(balance, span)
    lines = [(one, grams) for one in (*balance.by["trip"], *balance.transfers)
             if (grams := _grams(one, name))]  # fmt: skip
    lines.sort(key=lambda entry: (-abs(entry[1]), entry[0].key))
    made = [Item(one.key, (one, grams), partial(_trip, one, grams)) for one, grams in lines[:SHOWN]]
    if (left := len(lines) - SHOWN) > 0:
        text = words("balance.more", n=count(left))
        made.append(Item("", left, lambda: node("tr.more", node("td", text, colspan="5"))))
    return made


def _grams(line: Line, name: str) -> int:
    return sum(one.grams for one in line.gaps if one.name == name)


def _trip(one: Line, grams: int) -> Node:
    beyond = abs(grams) > one.tolerance_g
    return node(
        "tr",
        node("td", node("a", one.key.replace("|", " · "), href=trip_href(one.key))),
        node("td.num", mass(one.lifted_g)),
        node("td.num", mass(one.received_g)),
        node("td.num.skewed" if beyond else "td.num", node("b", mass(grams))),
        node("td.num", f"± {mass(one.tolerance_g)}"),
        data_trip=one.key,
    )
