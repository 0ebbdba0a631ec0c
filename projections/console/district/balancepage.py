"""The mass balance: what was given, carried and received, what is missing and by which name."""

from functools import partial

from nicegui import ui

from projections.console.bins import ORDER, category_keys
from projections.console.district import bars, gaplist, mass_flow, sankey
from projections.console.district.answer import Answer
from projections.console.district.balance_figures import figures
from projections.console.district.drawing import drawing
from projections.console.district.mass_found import MassFound
from projections.console.district.period import EVERY, Span, choice, compound_choice, form
from projections.console.figures import items
from projections.console.format import mass
from projections.console.frame import panel, sheet
from projections.console.nodes import Node, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.over_time import PERIODS


def build(screen: Screen, answer: Answer[MassFound], span: Span) -> None:
    words = screen.words
    Region(fixed(_form(answer.made, span, words)), look="lead")
    screen.region(lambda _: items(figures(answer.shown, span, words), words), look="figures")
    with ui.element("div").classes("columns flows"):
        with ui.element("div").classes("stack wide"):
            with panel(words, "balance.title", words("balance.note")).classes("sankeypanel"):
                screen.region(lambda _: nothing(answer.made, words), look="lead")
                with drawing("sankey", words("balance.title"), sankey.WIDTH, sankey.HEIGHT):
                    screen.region(lambda _: _flow(answer.made, words), tag="g")
                with ui.element("details").classes("astable"):
                    Region(fixed(words("balance.astable")), tag="summary")
                    with sheet("scrolls"):
                        Region(fixed(_heads(words)), tag="thead")
                        screen.region(lambda _: _rows(answer.made, words), tag="tbody")
            with panel(words, "over.title", words("over.note")).classes("hug"):
                with drawing("overtime", words("over.title"), bars.WIDTH, bars.HEIGHT):
                    screen.region(lambda _: bars.items(answer.made.over, words), tag="g")
                Region(fixed(*_key(words)), look="legendline")
        with ui.element("div").classes("stack"):
            gaps = panel(words, "balance.gaps", words("balance.gapsnote")).classes("hug")
            with gaps, sheet("tables"):
                Region(fixed(gaplist.gap_heads(words)), tag="thead")
                screen.region(
                    lambda _: gaplist.gap_items(answer.made.gaps, span, words),
                    tag="tbody",
                    empty=words("balance.nogaps"),
                )
            said = gaplist.about(answer.made.trips, words)
            with panel(words, "balance.trips", said), sheet("scrolls"):
                Region(fixed(gaplist.trip_heads(words)), tag="thead")
                screen.region(
                    lambda _: gaplist.trip_items(answer.made.trips, words),
                    tag="tbody",
                    empty=words("balance.notrips"),
                )
    answer.follow(screen)


def _form(made: MassFound, span: Span, words: Words) -> Node:
    every = {EVERY: words("period.every")}
    kinds = every | {one: words.named("category", one) for one in ORDER}
    places = every | {key: f"{name} {key}".strip() for key, name in made.facilities.items()}
    return form(
        span,
        words,
        compound_choice(span, made.names, words),
        choice("category", words("period.category"), span.category, kinds),
        choice("facility", words("period.facility"), span.facility, places),
        choice("per", words("period.per"), span.per,
               {one: words(f"period.{one}") for one in PERIODS}),
    )  # fmt: skip


def nothing(made: MassFound, words: Words) -> list[Item]:
    if made.drawing.bars:
        return []
    return [Item("nothing", None, partial(node, "p.waiting", words("balance.nothing")))]


def _titles(made: MassFound, words: Words) -> dict[str, str]:
    stages = (bar.stage for bar in made.drawing.bars)
    return {
        one.name: mass_flow.title(one, made.names, made.facilities, words) for one in stages
    }  # fmt: skip


def _flow(made: MassFound, words: Words) -> list[Item]:
    return sankey.items(made.drawing, _titles(made, words))


def _heads(words: Words) -> Node:
    return node(
        "tr",
        node("th", words("balance.from"), scope="col"),
        node("th", words("balance.to"), scope="col"),
        node("th.num", words("balance.mass"), scope="col"),
    )


def _rows(made: MassFound, words: Words) -> list[Item]:
    """What the bands say, for whoever does not see them."""
    titles = {name: _full(name, title, words) for name, title in _titles(made, words).items()}
    columns = {bar.stage.name: bar.stage.column for bar in made.drawing.bars}
    bands = [one.band for one in made.drawing.ribbons]
    bands.sort(key=lambda one: columns[one.source])
    return [
        Item(
            f"{one.source}>{one.target}>{one.look}",
            (one.grams, titles[one.source], titles[one.target]),
            partial(_row, titles[one.source], titles[one.target], mass(one.grams)),
        )
        for one in bands
    ]


def _full(name: str, title: str, words: Words) -> str:
    """A kind of waste is told of bins and of vehicles, which stand in columns of their own."""
    what = name.partition("/")[0]
    return words(f"balance.{what}", kind=title) if what in ("bins", "vehicles") else title


def _row(source: str, target: str, grams: str) -> Node:
    return node(
        "tr", node("th", source, scope="row"), node("td", "→ ", target), node("td.num", grams)
    )


def _key(words: Words) -> list[Node]:
    return [
        *category_keys(words),
        node("span.ratekey", node("i"), words("over.rate")),
    ]
