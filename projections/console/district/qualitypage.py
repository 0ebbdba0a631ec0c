"""How well one compound sorts: its score and what that rests on, what cost it points and where, and
what it has to show to be a demonstration compound."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from projections.console.bins import ORDER
from projections.console.district import checklist
from projections.console.district.answer import Answer
from projections.console.district.boards import Seen
from projections.console.district.period import Span, form
from projections.console.district.scored import cause_word, causes_cell, cost, score_bar
from projections.console.district.times import moment
from projections.console.format import NONE, count, mass, percent
from projections.console.frame import panel, sheet
from projections.console.links import district_href, event_href, listed, waste_href
from projections.console.nodes import Node, badge, node
from projections.console.places import natural
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.quality import Quality, quality
from projections.waste_district.sorting.score import Cause, Score

_CAUSE_HEADS = ("cause", "times", "cost", "most", "events")
_SCORED_HEADS = ("score", "deposits", "purity", "lifts", "causes")
_NUMBERS = frozenset(("times", "cost", "most", "score", "deposits", "purity", "lifts"))


def found(compound: str, seen: Seen, span: Span) -> Quality | None:
    return quality(seen.beside(compound), seen.kinds, compound, span.since, span.until)


def build(screen: Screen, answer: Answer[Quality | None], span: Span) -> None:
    words = screen.words
    Region(fixed(form(span, words)), look="lead")
    if answer.made is None:
        Region(fixed(node("p.waiting", words("quality.none"))))
        return
    last = answer.made

    def known() -> Quality:
        """The last word about it: a late file may take away all that was known."""
        nonlocal last
        last = answer.made or last
        return last

    with ui.element("div").classes("columns tell"):
        with ui.element("div").classes("stack"):
            with panel(words, "quality.title").classes("hug"):
                screen.region(lambda _: fact_items(known(), span, words), look="binfacts")
            with panel(words, "quality.criteria", words("quality.criterianote")):
                screen.region(lambda _: checklist.summary(known().criteria, words), look="lead")
                with sheet("scrolls"):
                    Region(fixed(checklist.heads(words)), tag="thead")
                    screen.region(lambda _: checklist.items(known().criteria, words), tag="tbody")
        with ui.element("div").classes("stack wide"):
            causes = panel(words, "quality.causes", words("quality.causesnote")).classes("hug")
            with causes, sheet("tables"):
                Region(fixed(_heads(_CAUSE_HEADS, words)), tag="thead")
                screen.region(
                    lambda _: cause_items(known().compound.causes, words),
                    tag="tbody",
                    empty=words("quality.nocauses"),
                )
            with panel(words, "quality.points"), sheet("scrolls"):
                Region(fixed(_heads(("point", *_SCORED_HEADS), words)), tag="thead")
                screen.region(
                    lambda _: point_items(known(), words),
                    tag="tbody",
                    empty=words("quality.nopoints"),
                )
            box = panel(words, "quality.buildings", words("quality.buildingsnote"))
            with box, sheet("scrolls"):
                Region(fixed(_heads(("building", *_SCORED_HEADS), words)), tag="thead")
                screen.region(
                    lambda _: building_items(known().buildings, words),
                    tag="tbody",
                    empty=words("quality.nobuildings"),
                )
    answer.follow(screen)


def _heads(names: Sequence[str], words: Words) -> Node:
    cells = ((name, "th.num" if name in _NUMBERS else "th") for name in names)
    return node("tr", *(node(cell, words(f"quality.{name}")) for name, cell in cells))


def fact_items(made: Quality, span: Span, words: Words) -> list[Item]:
    return [Item("facts", made, partial(_facts, made, span, words))]


def _facts(made: Quality, span: Span, words: Words) -> Node:
    one = made.compound
    days = {"since": span.since, "until": span.until}
    pairs = (
        ("deposits", count(one.deposits)),
        ("inspections", count(one.inspections)),
        ("purity", percent(one.purity)),
        ("liftsmade", count(one.lifts)),
        ("collected", mass(sum(one.collected_g.values()))),
    )
    links = (
        ("quality.waste", waste_href(one.name)),
        ("bincard.onplan", district_href(at=one.name)),
        ("district.findings", district_href("findings", compound=one.name, **days)),
        ("district.league", district_href("league", **days)),
    )
    return node(
        "div",
        node(
            "div.subject",
            node("span.what", node("b", made.name or one.name),
                 node("em", " · ".join(part for part in (made.name and one.name, made.street)
                                       if part))),
            badge("calm", "check", words("league.demonstration")) if made.demonstration else None,
            *(node("a.slight", words(text), href=href) for text, href in links),
        ),
        _grade(one, words),
        node("dl", *(node("div", node("dt", words(f"quality.{key}")), node("dd.num", value))
                     for key, value in pairs)),
        _brought(one, words),
    )  # fmt: skip


def _grade(one: Score, words: Words) -> Node:
    if one.score is None:
        return node("p.grade", node("b", NONE), node("span.note", words("quality.unjudged")))
    return node(
        "p.grade",
        node("b", f"{one.score:.1f}"),
        node("span.note", words("quality.of")),
        node("i", vars={"share": f"{one.score:.0f}%"}, aria_hidden="true"),
    )


def _brought(one: Score, words: Words) -> Node | None:
    kinds = [kind for kind in (*ORDER, "unknown") if one.deposited_g.get(kind)]
    if not kinds:
        return None
    return node("p.counts", *(_kind(kind, one.deposited_g[kind], words) for kind in kinds))


def _kind(kind: str, grams: int, words: Words) -> Node:
    name = words.named("categoryshort", kind)
    return node(f"span.num.{kind}", node("span.swatch"), name, " ", node("b", mass(grams)))


def cause_items(causes: Sequence[Cause], words: Words) -> list[Item]:
    return [Item(one.what, one, partial(_cause, one, words)) for one in causes]


def _cause(one: Cause, words: Words) -> Node:
    events = (
        node("a.evidence", moment(seen.ms), href=event_href(seen.position, seen.id))
        for seen in reversed(one.events)
        if seen.position
    )
    return node(
        "tr",
        node("td", node("b", cause_word(one, words))),
        node("td.num", count(one.count)),
        node("td.num", node("span.cost", cost(one.points))),
        node("td.num", f"{one.most:.1f}"),
        node("td.remarks", *events),
        data_cause=one.what,
    )


def _natural(scored: Sequence[Score]) -> list[Score]:
    return sorted(scored, key=lambda one: natural(one.name))


def point_items(made: Quality, words: Words) -> list[Item]:
    """Each leads to its own events."""
    return [
        Item(one.name, (one, made.places.get(one.name)), partial(_point, made, one, words))
        for one in _natural(made.points)
    ]


def _point(made: Quality, one: Score, words: Words) -> Node:
    href = listed(made.compound.name, subject=f"point/{one.name}")
    place = made.places.get(one.name, "")
    return _scored(
        one,
        words,
        node("a", node("b", place or one.name), href=href),
        node("em", one.name) if place else None,
    )


def building_items(buildings: Sequence[Score], words: Words) -> list[Item]:
    return [Item(one.name, one, partial(_scored, one, words, node("b", one.name)))
            for one in _natural(buildings)]  # fmt: skip


def _scored(one: Score, words: Words, *named: Node | None) -> Node:
    return node(
        "tr",
        node("td", *named),
        node("td.num", score_bar(one.score)),
        node("td.num", count(one.deposits)),
        node("td.num", percent(one.purity),
             node("em", f"×{count(one.inspections)}") if one.inspections else None),
        node("td.num", count(one.lifts)),
        causes_cell(one.causes, words),
        data_scored=one.name,
    )  # fmt: skip
