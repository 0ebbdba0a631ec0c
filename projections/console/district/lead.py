"""The line over every page of the district: where else to go, and as of when it is known."""

from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from nicegui import ui
from starlette.datastructures import URL

from projections.console.district.answer import Answer, Held
from projections.console.district.lane import Shown
from projections.console.format import clock_of
from projections.console.links import district_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words

TABS = ("", "balance", "league", "findings", "ledger")


def build(screen: Screen, here: str, answer: Answer[Any], address: URL) -> None:
    """`here`: one of TABS, or the name of a page that none of them leads to. `address`: its own."""
    words = screen.words
    with ui.element("div").classes("tabs"):
        tabs = Region(fixed(*(_tab(one, here, answer.asof, words) for one in TABS)), tag="nav")
        tabs.props["aria-label"] = words("nav.district")
        screen.region(lambda _: held_items(answer.held, words), tag="span", look="held")
        Region(fixed(*known(screen.sight, answer.shown, address, words)), look="known")


def held_items(held: Held, words: Words) -> list[Item]:
    """Why what the page shows is no newer."""
    if not held:
        return []
    look, shape = ("late", "late") if held == "later" else ("warm", "cut")
    return [Item(held, None, partial(badge, look, shape, words(f"district.{held}")))]


def _tab(name: str, here: str, asof: str, words: Words) -> Node:
    return node(
        "a.tab",
        words(f"district.{name or 'now'}"),
        href=district_href(name, asof=asof),
        aria_current="page" if name == here else "",
    )


def known(sight: Sight, shown: Shown[Any], address: URL, words: Words) -> list[Node]:
    """A time is chosen and sent as a form: the address then says of when the page is, and goes on
    to say what of."""
    rest = [pair for pair in parse_qsl(address.query) if pair[0] != "asof"]
    form = node(
        "form.asof",
        node("label", words("district.asof"),
             node("input", type="datetime-local", name="asof", required="1", step="1")),
        *(node("input", type="hidden", name=name, value=value) for name, value in rest),
        node("button.slight", words("district.look"), type="submit"),
        method="get",
    )  # fmt: skip
    if not shown.then:
        return [form]
    when = clock_of(shown.now, sight.now)
    now = quote(address.path) + (f"?{urlencode(rest)}" if rest else "")
    return [
        badge("late", "late", words("district.then", when=when, n=shown.position)),
        node("a.slight", words("district.back"), href=now),
        form,
    ]
