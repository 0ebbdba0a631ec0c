"""What every page has: the header with where one is, whether it is live, and who one is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Literal
from urllib.parse import quote

import msgspec
from nicegui import ui

from projections.console import watch
from projections.console.look import STYLE
from projections.console.nodes import Node, icon, node
from projections.console.notices import notices
from projections.console.past.slider import TimeSlider
from projections.console.picture import Looking
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.search import Search
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.visit import Visit
from projections.console.watch import HandOver

PAGES = (
    ("/", "duty"),
    ("/people", "people"),
    ("/waste", "waste"),
    ("/district", "district"),
    ("/devices", "devices"),
    ("/audit", "audit"),
    ("/wall", "wall"),
)


def dress(words: Words, title: str) -> None:
    """Head and body of a page before its parts."""
    tag = words("language.tag")
    ui.add_head_html(f"<script>document.documentElement.lang = '{tag}'</script>")
    ui.add_head_html(f"<style>{STYLE}</style>")
    ui.page_title(f"{title} · {words('brand.title')}")


class Here(msgspec.Struct, frozen=True):
    """`path`: of the page, or of the one it belongs to. `past`: how it is shown at another moment
    of the past: as it stands, or loaded again; "log" is of a page that has no past but the log,
    "never" of one that has none."""

    path: str
    past: Literal["moves", "loads", "log", "never"] = "loads"


@contextmanager
def frame(screen: Screen, page: Here) -> Iterator[None]:
    """The page around its content."""
    here = page.path
    visit, words = screen.visit, screen.words
    name = dict(PAGES).get(here, here.strip("/"))
    dress(words, words(f"nav.{name}"))
    with ui.element("header") as header:
        header.props["data-position"] = screen.sight.position
        Region(fixed(brand(), *links(words, here, screen.sight.compound)), tag="nav")
        screen.region(lambda sight: where(sight, words, here), look="where")
        Search(screen)
        handing = HandOver(screen)
        screen.region(
            lambda sight: watch.items(sight, words, visit), look="onwatch", act=handing.ask
        )
        screen.pulse()
        Looking(words)
        Region(fixed(*identity(visit)), look="who")
    Region(
        fixed(
            node("div", icon("cut"), words("pulse.banner"), id="banner", role="alert", hidden="1")
        ),
        look="bar",
    )
    if page.past == "log":
        Region(fixed(node("p.timenote", icon("late"), words("past.log"))), look="bar")
    elif page.past != "never":
        TimeSlider(screen, moves=page.past == "moves")
    with ui.element("main").classes(f"page {name}"):
        screen.region(lambda sight: notices(sight, words), look="notices")
        yield
    screen.start()


def brand() -> Node:
    return node(
        "a.brand", node("span.mark", "门"), node("b", "门卫"), node("em", "Menwei"), href="/"
    )


def links(words: Words, here: str, compound: str) -> list[Node]:
    query = f"?compound={quote(compound)}" if compound else ""
    return [
        node(
            "a.link",
            icon(name),
            words(f"nav.{name}"),
            href=f"{path}{query}",
            aria_current="page" if path == here else "",
        )
        for path, name in PAGES
    ]


def where(sight: Sight, words: Words, here: str) -> list[Item]:
    compounds = tuple(sight.compounds)
    return [
        Item(
            "compound",
            (sight.compound, compounds),
            partial(selector, words, here, sight.compound, compounds),
        )
    ]


def selector(words: Words, here: str, compound: str, compounds: Sequence[str]) -> Node:
    """One compound is a name, several are a choice that stays in the URL; the district is all."""
    if here == "/district":
        return node("span.compound", words("district.every"))
    if len(compounds) < 2:
        return node("span.compound", node("em", words("nav.compound")), compound)
    path = here if here in dict(PAGES) else "/"
    options = [
        node("option", name, value=name, selected="1" if name == compound else "")
        for name in compounds
    ]
    select = node("select", *options, data_go=f"{path}?compound=", aria_label=words("nav.compound"))
    return node("label.compound", node("em", words("nav.compound")), select)


def identity(visit: Visit) -> list[Node]:
    words = visit.words
    leave = node(
        "form", node("button.slight", words("nav.signout"), type="submit"),
        method="post", action="/signout",
    )  # fmt: skip
    return [
        node(
            "a.slight",
            words("language.other"),
            href=f"/language/{words.other()}?next={quote(visit.path, safe='')}",
        ),
        node("span.account", node("b", visit.account.name),
             node("em", words.named("role", visit.account.role))),
        leave,
    ]  # fmt: skip


def panel(words: Words, title: str, note: str = "") -> ui.element:
    """A titled part of a page; use as a context manager."""
    section = ui.element("section").classes("panel")
    section.props["aria-label"] = words(title)
    with section:
        parts = (node("h2", words(title)), node("span.note", note) if note else None)
        Region(fixed(node("div.title", *parts)), look="heading")
    return section


@contextmanager
def sheet(look: str) -> Iterator[None]:
    """A table inside a part that scrolls."""
    with ui.element("div").classes(look), ui.element("table").classes("grid"):
        yield
