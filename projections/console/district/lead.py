"""The line over every page of the district: where else to go, and as of when it is known."""

from functools import partial
from typing import Any

from nicegui import ui

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


def build(screen: Screen, here: str, answer: Answer[Any], asof: str) -> None:
    """`here`: one of TABS, or the name of a page that none of them leads to."""
    words = screen.words
    with ui.element("div").classes("tabs"):
        tabs = Region(fixed(*(_tab(one, here, asof, words) for one in TABS)), tag="nav")
        tabs.props["aria-label"] = words("nav.district")
        screen.region(lambda _: held_items(answer.held, words), tag="span", look="held")
        Region(fixed(*_known(screen.sight, answer.shown, here, words)), look="known")


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


def _known(sight: Sight, shown: Shown[Any], here: str, words: Words) -> list[Node]:
    """A time is chosen and sent as a form: the address then says of when the page is."""
    form = node(
        "form.asof",
        node("label", words("district.asof"),
             node("input", type="datetime-local", name="asof", required="1", step="1")),
        node("button.slight", words("district.look"), type="submit"),
        method="get",
    )  # fmt: skip
    if not shown.then:
        return [form]
    when = clock_of(shown.now, sight.now)
    return [
        badge("late", "late", words("district.then", when=when, n=shown.position)),
        node("a.slight", words("district.back"), href=district_href(here if here in TABS else "")),
        form,
    ]
