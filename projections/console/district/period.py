"""Which days a page is about, and which part of the mass: what its address says."""

from collections.abc import Mapping

import msgspec
from starlette.datastructures import QueryParams

from projections.console.links import district_href
from projections.console.nodes import Node, node
from projections.console.texts import Words
from projections.days import DAY_MS, day_of, start_of
from projections.waste_district.asked.over_time import PERIODS, Per
from projections.web import waste_asked

USUAL_DAYS = 30
EVERY = "*"  # the choice that asks for nothing in particular
_CUTS = ("compound", "category", "facility", "gap", "kind", "vehicle")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """`page`: of the district. `cut`s empty: everything."""

    page: str
    since: str
    until: str
    per: Per = "day"
    compound: str = ""
    category: str = ""
    facility: str = ""
    gap: str = ""
    kind: str = ""
    vehicle: str = ""

    def href(self, **other: str) -> str:
        """The same page with something else asked for."""
        asked = {"since": self.since, "until": self.until, "per": self.per,
                 "compound": self.compound, "category": self.category,
                 "facility": self.facility, "kind": self.kind, "vehicle": self.vehicle}  # fmt: skip
        if self.per == "day":
            del asked["per"]
        return district_href(self.page, **(asked | other))


def asked(page: str, query: QueryParams, today: str) -> Span:
    """The last USUAL_DAYS where nothing is said. HTTPException for what is no span of days."""
    until = query.get("until", "") or query.get("since", "") or today
    since = query.get("since", "")
    if not since:
        since = day_of(start_of(waste_asked.day("until", until)) - (USUAL_DAYS - 1) * DAY_MS)
    since, until = waste_asked.span(since, until)
    per: Per = next((one for one in PERIODS if one == query.get("per", "")), "day")
    rest = {name: query.get(name, "")[:256].removeprefix(EVERY) for name in _CUTS}
    return Span(page=page, since=since, until=until, per=per, **rest)


def form(span: Span, words: Words, *fields: Node) -> Node:
    """The days, and a page's own fields."""
    return node(
        "form.asked",
        _day("since", span.since, words),
        _day("until", span.until, words),
        *fields,
        node("button.slight", words("district.look"), type="submit"),
        method="get",
    )


def _day(name: str, value: str, words: Words) -> Node:
    return node(
        "label", words(f"period.{name}"),
        node("input", type="date", name=name, value=value, required="1"),
    )  # fmt: skip


def compound_choice(span: Span, names: Mapping[str, str], words: Words) -> Node:
    """By name; the one asked for also where nobody entered it."""
    options = {EVERY: words("period.every")}
    options |= {key: f"{name} {key}".strip() for key, name in sorted(names.items())}
    if span.compound:
        options.setdefault(span.compound, span.compound)
    return choice("compound", words("period.compound"), span.compound, options)


def choice(name: str, label: str, chosen: str, options: dict[str, str]) -> Node:
    """`options`: value → word; one for everything goes before them."""
    return node(
        "label",
        label,
        node(
            "select",
            *(
                node("option", word, value=value, selected="1" if value == chosen else "")
                for value, word in options.items()
            ),
            name=name,
        ),
    )
