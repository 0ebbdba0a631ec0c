"""Papers: a compound's month as a file, what was handed out already, and what was taken in."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from nicegui import ui

from projections.console.district.answer import Answer
from projections.console.district.boards import Seen
from projections.console.district.period import choice
from projections.console.district.today import compound_names
from projections.console.format import clock, count
from projections.console.frame import panel, sheet
from projections.console.links import ledger_href
from projections.console.nodes import Node, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.waste_district.rows.papers import Export, Import
from projections.waste_district.rows.trips import Trip

FORMATS = ("pdf", "xlsx", "csv", "json")
MONTHS = 24
_EXPORTS = ("month", "compound", "revision", "format", "position", "sha256")
_IMPORTS = ("at", "file", "rows", "events", "aside", "span", "sha256")
_NUMBERS = frozenset(("rows", "events", "aside", "revision", "position"))


class Papers(msgspec.Struct, frozen=True):
    """`months` with anything collected in them, the newest first; rows by their keys."""

    months: tuple[str, ...]
    compounds: Mapping[str, str]
    exports: tuple[tuple[str, Export], ...]
    imports: tuple[tuple[str, Import], ...]


def found(seen: Seen) -> Papers:
    kinds = seen.kinds
    months = {one.day[:7] for one in kinds.get("trip", {}).values() if isinstance(one, Trip)}
    compounds = dict.fromkeys(sorted(kinds.get("compound", {})), "") | compound_names(seen)
    exports = [(key, one) for key, one in kinds.get("export", {}).items()
               if isinstance(one, Export)]  # fmt: skip
    imports = [(key, one) for key, one in kinds.get("import", {}).items()
               if isinstance(one, Import)]  # fmt: skip
    return Papers(
        months=tuple(sorted(months, reverse=True)[:MONTHS]) or (seen.today[:7],),
        compounds=compounds,
        exports=tuple(sorted(exports, key=lambda entry: entry[0].split("|")[::-1], reverse=True)),
        imports=tuple(sorted(imports, key=lambda entry: (entry[1].at, entry[0]), reverse=True)),
    )


def build(screen: Screen, answer: Answer[Papers], compound: str, month: str) -> None:
    """`compound` and `month`: chosen in the address; empty: not yet."""
    words = screen.words
    made = answer.made
    month = month if month in made.months else made.months[0]
    with ui.element("div").classes("columns"):
        with ui.element("div").classes("stack"):
            with panel(words, "ledgerpage.title", words("ledgerpage.note")).classes("hug"):
                Region(fixed(form(made, compound, month, words)), look="wizard")
                if compound in made.compounds:
                    over = month < f"{screen.sight.today:%Y-%m}"
                    then = screen.moment
                    # The files are of what was known then; none is made of what is known now of it.
                    if then is None or not then.past.later:
                        asof = str(then.past.position) if then else ""
                        may = over and screen.visit.acts
                        drawn = files(compound, month, asof, words, revise=may)
                        Region(fixed(*drawn), look="wizard")
            with (
                panel(words, "ledgerpage.exports", words("ledgerpage.exportsnote")),
                sheet("scrolls"),
            ):
                Region(
                    fixed(_heads({one: words(f"exported.{one}") for one in _EXPORTS})), tag="thead"
                )
                screen.region(
                    lambda _: export_items(answer.made.exports, words),
                    tag="tbody",
                    empty=words("ledgerpage.noexports"),
                )
        with (
            ui.element("div").classes("stack wide"),
            panel(words, "ledgerpage.imports", words("ledgerpage.importsnote")),
            sheet("scrolls"),
        ):
            Region(fixed(_heads({one: words(f"imported.{one}") for one in _IMPORTS})), tag="thead")
            screen.region(
                lambda sight: import_items(answer.made.imports, sight, words),
                tag="tbody",
                empty=words("ledgerpage.noimports"),
            )
    answer.follow(screen)


def _heads(titles: Mapping[str, str]) -> Node:
    return node(
        "tr",
        *(node("th.num" if one in _NUMBERS else "th", title) for one, title in titles.items()),
    )


def form(made: Papers, compound: str, month: str, words: Words) -> Node:
    names = {key: f"{key} {name}".strip() for key, name in sorted(made.compounds.items())}
    return node(
        "form.asked",
        choice("of", words("ledgerpage.compound"), compound, names),
        choice("month", words("ledgerpage.month"), month, {one: one for one in made.months}),
        node("button.slight", words("ledgerpage.next"), type="submit"),
        method="get",
    )


def files(compound: str, month: str, asof: str, words: Words, *, revise: bool) -> list[Node]:
    """Links to the route that puts it on record, or makes a draft of what was known `asof`; and
    for who may, a new revision."""
    then = {"asof": asof} if asof else {}
    href = partial(ledger_href, compound, month, lang=words.language, **then)
    found = [
        node("a.ack", one.upper(), href=href(format=one), download="1", data_format=one)
        for one in FORMATS
    ]
    if revise:
        button = node("button.slight", words("ledgerpage.revise"), type="submit")
        found.append(node("form", button, method="post", action=href(format="pdf")))
    return found


def export_items(found: Sequence[tuple[str, Export]], words: Words) -> list[Item]:
    made = []
    for key, row in found:
        compound, _, month = key.partition("|")
        for revision, position, form, sha256 in reversed(row.exports):
            draw = partial(_export, compound, month, revision, position, form, sha256, words)
            made.append(Item(f"{key} {revision} {form}", sha256, draw))
    return made


def _export(
    compound: str, month: str, revision: int, position: int, form: str, sha256: str, words: Words
) -> Node:
    language, _, plain = form.rpartition(".")
    spoken = {"lang": language} if language else {}
    href = ledger_href(compound, month, format=plain, revision=str(revision), **spoken)
    return node(
        "tr",
        node("td", month),
        node("td", compound),
        node("td.num", str(revision)),
        node("td", node("a", form, href=href, download="1", title=words("ledgerpage.again"))),
        node("td.num", node("a", count(position), href=f"/events/{position}")),
        node("td", node("code", sha256[:12], title=sha256)),
    )


def import_items(found: Sequence[tuple[str, Import]], sight: Sight, words: Words) -> list[Item]:
    return [
        Item(sha256, (one, sight.today), partial(_import, sha256, one, sight, words))
        for sha256, one in found
    ]


def _import(sha256: str, one: Import, sight: Sight, words: Words) -> Node:
    span = f"{clock(one.first, sight.now)} – {clock(one.last, sight.now)}" if one.first else ""
    return node(
        "tr.warm" if one.aside else "tr",
        node("td.num", clock(one.at, sight.now), title=one.at),
        node("td", node("div.clip", one.file, title=one.file), node("em", one.actor)),
        node("td.num", count(one.rows)),
        node("td.num", count(one.events)),
        node("td.num.skewed" if one.aside else "td.num", count(one.aside),
             title=words("ledgerpage.aside") if one.aside else ""),
        node("td.num", span),
        node("td", node("code", sha256[:12], title=sha256)),
    )  # fmt: skip
