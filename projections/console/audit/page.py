"""The auditor's page: what the log proves of itself, what is missing in it, and a pack to take."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from nicegui import ui
from starlette.datastructures import QueryParams

from core.tlog.log import TransparencyLog
from projections.audit.gaps import Gaps
from projections.audit.selection import Selection
from projections.console.audit import missing, standing
from projections.console.audit.proof import Proof
from projections.console.audit.wizard import Wizard
from projections.console.frame import panel
from projections.console.nodes import Node, node
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.web.exports import Exports

_LONGEST = 256
_USUAL = 5000  # batches, where no range is asked for


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """As in the address."""

    since: str = ""
    until: str = ""
    compound: str = ""
    types: tuple[str, ...] = ()


def asked(query: QueryParams, head: int) -> Asked:
    given = {name: query.get(name, "")[:_LONGEST].strip() for name in ("from", "to", "of", "types")}
    first = str(max(1, head - _USUAL + 1)) if head else ""
    return Asked(
        since=given["from"] or ("" if given["to"] else first),
        until=given["to"],
        compound=given["of"],
        types=tuple(sorted(set(given["types"].split()))),
    )


def build(
    screen: Screen,
    wish: Asked,
    found: Gaps | str,
    tlog: TransparencyLog | None,
    exports: Exports | None,
    compounds: Sequence[str],
) -> None:
    """`found`: the gap report, or in a sentence why there is none."""
    words = screen.words
    with ui.element("div").classes("columns"):
        with ui.element("div").classes("stack"):
            if tlog is not None:
                with panel(words, "audit.log", words("audit.lognote")).classes("hug"):
                    screen.region(lambda sight: standing.items(tlog, sight, words), look="standing")
                    Proof(words, tlog)
            with panel(words, "audit.asked").classes("hug"):
                Region(fixed(form(wish, words, compounds)), look="wizard")
            if exports is not None and not isinstance(found, str):
                with panel(words, "export.title", words("export.note")).classes("hug"):
                    _wizard(screen, wish, found, exports)
        with ui.element("div").classes("stack wide"):
            if isinstance(found, str):
                text = words("audit.refused", why=found)
                Region(fixed(node("p.trouble", text, role="alert")))
            else:
                note = words("audit.missingnote", first=found.first, last=found.last)
                with panel(words, "audit.missing", note):
                    Region(
                        fixed(
                            *missing.tables(found, words, screen.sight.now),
                            *_further(wish, found, words),
                        ),
                        look="gaps scrolls",
                    )


def _wizard(screen: Screen, wish: Asked, found: Gaps, exports: Exports) -> None:
    if not screen.visit.account.audits:
        Region(fixed(node("p.note", screen.words("export.forbidden"))))
        return
    selection = Selection(
        first=found.first, last=found.last, compound=wish.compound, types=wish.types
    )
    Wizard(screen, exports, selection).build()


def form(wish: Asked, words: Words, compounds: Sequence[str]) -> Node:
    every = node("option", words("audit.every"), value="", selected="" if wish.compound else "1")
    options = [
        node("option", one, value=one, selected="1" if one == wish.compound else "")
        for one in compounds
    ]
    choice = node("select", every, *options, name="of")
    return node(
        "form.asked",
        _field(words, "from", wish.since),
        _field(words, "to", wish.until),
        node("label", node("em", words("audit.compound")), choice),
        _field(words, "types", " ".join(wish.types)),
        node("button.slight", words("audit.show"), type="submit"),
        node("a.slight", words("audit.events"), href=_events(wish)),
        method="get", action="/audit",
    )  # fmt: skip


def _field(words: Words, name: str, value: str) -> Node:
    box = node("input", name=name, value=value, maxlength=str(_LONGEST), autocomplete="off")
    return node("label", node("em", words(f"audit.{name}")), box)


def _events(wish: Asked) -> str:
    """The list of events takes times; a position stands in its own address."""
    pairs = [("compound", wish.compound), *(("type", one) for one in wish.types)]
    pairs += [
        (name, value)
        for name, value in (("from", wish.since), ("to", wish.until))
        if not value.isdecimal()
    ]
    return f"/events?{urlencode([pair for pair in pairs if pair[1]])}"


def _further(wish: Asked, found: Gaps, words: Words) -> list[Node]:
    if found.complete:
        return []
    pairs = {"from": str(found.last + 1), "to": wish.until, "of": wish.compound}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return [node("a.slight.older", words("audit.further"), href=f"/audit?{query}")]
