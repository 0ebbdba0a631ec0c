"""Waste sorting (垃圾分类): bins by state, what was thrown in, lifted and weighed."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from projections.console import bins
from projections.console.district.answer import Answer
from projections.console.district.gathered import Gathered
from projections.console.district.lead import held_items
from projections.console.district.today import Today
from projections.console.figures import items
from projections.console.format import clock, mass, percent
from projections.console.frame import panel, sheet
from projections.console.links import district_href, event_href, quality_href
from projections.console.nodes import Node, node
from projections.console.places import place
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight, row
from projections.console.texts import Words
from projections.console.tonnage import days_chart, today_chart
from projections.console.waste_figures import figures
from projections.waste_district.asked.over_time import Collected, added, sorting_ppm
from projections.waste_sorting.rows import Load, Loads


def build(screen: Screen, district: Answer[Today], gathered: Answer[Gathered]) -> None:
    """`district` and `gathered`: which bins were missed today, and what was lifted, is known to
    the view over all compounds."""
    words = screen.words

    def lifted(sight: Sight) -> tuple[Collected, ...]:
        return gathered.made.get(sight.compound, ())

    def missed(sight: Sight) -> frozenset[str]:
        mine = (one for one in district.made.missed if one.compound == sight.compound)
        return frozenset(one.bin.partition("/")[2] for one in mine)

    screen.region(
        lambda sight: items(figures(sight, lifted(sight), gathered.shown.position, words), words),
        look="figures",
    )
    screen.region(lambda _: held_items(district.held or gathered.held, words), look="held")
    with ui.element("div").classes("columns"):
        with ui.element("div").classes("stack wide"):
            with panel(words, "bin.title"):
                screen.region(lambda sight: _links(sight, words), look="lead")
                screen.region(
                    lambda sight: bins.point_items(sight, words, missed(sight)),
                    look="points scrolls",
                    empty=words("bin.none"),
                )
            with panel(words, "point.title", words("point.note")).classes("hug"), sheet("tables"):
                Region(fixed(_heads(words)), tag="thead")
                screen.region(
                    lambda sight: bins.tally_items(sight, words),
                    tag="tbody",
                    empty=words("point.none"),
                )
        with ui.element("div").classes("stack"):
            with panel(words, "tonnage.today", words("tonnage.unit")).classes("hug"):
                screen.chart(lambda sight: today_chart(sight, words))
            with panel(words, "tonnage.days", words("tonnage.unit")).classes("hug"):
                screen.region(lambda sight: _over(sight, lifted(sight), words), look="lead")
                screen.chart(lambda sight: days_chart(sight, lifted(sight), words))
            with panel(words, "load.title"):
                screen.region(
                    lambda sight: load_items(sight, words),
                    look="loads scrolls",
                    empty=words("load.none"),
                )
    district.follow(screen)
    gathered.follow(screen)


def _links(sight: Sight, words: Words) -> list[Item]:
    """To what the district's view knows of it."""
    if not sight.compound:
        return []
    links = (
        ("bincard.onplan", district_href(at=sight.compound)),
        ("quality.open", quality_href(sight.compound)),
    )
    return [
        Item(text, href, partial(node, "a.slight", words(text), href=href)) for text, href in links
    ]


def _over(sight: Sight, lifted: Sequence[Collected], words: Words) -> list[Item]:
    """What the chart says where the district's vehicles lift, and where there is more of it."""
    if not lifted:
        return []
    grams = added(lifted)
    rate = sorting_ppm(grams)
    said = words("over.told", mass=mass(sum(grams.values())),
                 rate=percent(rate / 1e6 if rate is not None else None))  # fmt: skip
    href = district_href("balance", compound=sight.compound)
    more = node("a.slight", words("over.more"), href=href)
    draw = partial(node, "span.counts", node("span.note", said), more)
    return [Item("over", (sight.compound, said), draw)]


def _heads(words: Words) -> Node:
    return node(
        "tr",
        node("th", words("point.point")),
        *(node(f"th.num.{one}", node("span.swatch"), words.named("category", one))
          for one in bins.ORDER),
        node("th", words("point.violations")),
        node("th.num", words("point.pure")),
        node("th.num", words("point.last")),
    )  # fmt: skip


def load_items(sight: Sight, words: Words) -> list[Item]:
    found = row(sight.waste, "loads", "loads", Loads) or Loads()
    return [
        Item(
            f"{one.id} {one.position}",
            (one, sight.today),
            partial(load_row, one, words, clock(one.at, sight.now)),
        )
        for one in found.loads
    ]


def load_row(one: Load, words: Words, when: str) -> Node:
    return node(
        f"a.load.{one.category or 'unknown'}",
        node("span.num", when, title=one.at),
        node("span.clip", place(one.site, words) if one.site else "–"),
        node(
            "span.kind",
            node("span.swatch"),
            words.named("category", one.category or "unknown"),
        ),
        node("b.num", mass(one.net_g)),
        node("span.clip.ticket", one.ticket_no),
        href=event_href(one.position, one.id),
        data_event_id=one.id,
    )
