"""The line over every page of the district: where else to go."""

from functools import partial
from typing import Any

from nicegui import ui

from projections.console.district.answer import Answer, Held
from projections.console.links import district_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words

TABS = ("", "balance", "league", "findings", "ledger")


def build(screen: Screen, here: str, answer: Answer[Any]) -> None:
    """`here`: one of TABS, or the name of a page that none of them leads to."""
    words = screen.words
    with ui.element("div").classes("tabs"):
        tabs = Region(fixed(*(_tab(one, here, words) for one in TABS)), tag="nav")
        tabs.props["aria-label"] = words("nav.district")
        screen.region(lambda _: held_items(answer.held, words), tag="span", look="held")


def held_items(held: Held, words: Words) -> list[Item]:
    """Why what the page shows is no newer."""
    if not held:
        return []
    look, shape = ("late", "late") if held == "later" else ("warm", "cut")
    return [Item(held, None, partial(badge, look, shape, words(f"district.{held}")))]


def _tab(name: str, here: str, words: Words) -> Node:
    return node(
        "a.tab",
        words(f"district.{name or 'now'}"),
        href=district_href(name),
        aria_current="page" if name == here else "",
    )
