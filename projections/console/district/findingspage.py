"""Everything that is not as it should be, by kind, vehicle and compound."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from nicegui import ui

from projections.console.district import findinglist
from projections.console.district.answer import Answer
from projections.console.district.boards import Seen
from projections.console.district.findinglist import finding_items
from projections.console.district.period import EVERY, Span, choice, compound_choice, form
from projections.console.district.today import compound_names
from projections.console.format import count
from projections.console.frame import panel
from projections.console.nodes import Node, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.findings import findings
from projections.waste_district.rows.hauls import Finding

SHOWN = 400


class Found(msgspec.Struct, frozen=True):
    """`counts`: of those days, whatever the kind. `findings`: the newest of those chosen."""

    counts: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    all: int
    names: Mapping[str, str]  # of compounds


def found(seen: Seen, span: Span) -> Found:
    every = [
        one
        for one in findings(seen.kinds, span.since, span.until)
        if span.compound in ("", one.compound) and span.vehicle in ("", one.vehicle)
    ]
    counts = Counter(one.kind for one in every)
    chosen = [one for one in every if span.kind in ("", one.kind)]
    chosen.sort(key=lambda one: (one.day, one.ms, one.kind, one.key), reverse=True)
    return Found(
        tuple(counts.most_common()), tuple(chosen[:SHOWN]), len(chosen), compound_names(seen)
    )


def build(screen: Screen, answer: Answer[Found], span: Span) -> None:
    words = screen.words
    Region(fixed(_form(answer.made, span, words)), look="lead")
    screen.region(lambda _: kind_items(answer.made.counts, span, words), look="kinds")
    with (
        ui.element("div").classes("one"),
        panel(words, "finding.title", words("finding.note")),
    ):
        findinglist.build(screen, lambda _: _items(answer.made, words))
    answer.follow(screen)


def _form(made: Found, span: Span, words: Words) -> Node:
    kinds = {EVERY: words("period.every")}
    kinds |= {kind: words.named("findingkind", kind) for kind, _ in sorted(made.counts)}
    return form(
        span,
        words,
        choice("kind", words("finding.kind"), span.kind, kinds),
        compound_choice(span, made.names, words),
        node(
            "label", words("finding.vehicle"),
            node("input", type="text", name="vehicle", value=span.vehicle, maxlength="64",
                 autocomplete="off"),
        ),
    )  # fmt: skip


def kind_items(counts: Sequence[tuple[str, int]], span: Span, words: Words) -> list[Item]:
    return [
        Item(kind, (number, span.kind), partial(_kind, kind, number, span, words))
        for kind, number in counts
    ]


def _kind(kind: str, number: int, span: Span, words: Words) -> Node:
    chosen = kind == span.kind
    return node(
        "a.kindchip",
        words.named("findingkind", kind),
        node("b.num", count(number)),
        href=span.href(kind="" if chosen else kind),
        aria_current="true" if chosen else "",
        data_kind=kind,
    )


def _items(made: Found, words: Words) -> list[Item]:
    found = finding_items(made.findings, made.names, words)
    if (left := made.all - len(made.findings)) > 0:
        text = words("finding.more", n=count(left))
        found.append(Item("", left, lambda: node("tr.more", node("td", text, colspan="7"))))
    return found
