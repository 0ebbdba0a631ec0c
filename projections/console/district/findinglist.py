"""What is not as it should be, as rows that lead to its evidence."""

from collections.abc import Mapping, Sequence
from functools import partial

from projections.console.district.times import stamp
from projections.console.district.vehicle import shown
from projections.console.format import NONE, mass
from projections.console.frame import sheet
from projections.console.links import bin_href, event_href, listed, trip_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Draw, Screen
from projections.console.texts import Words
from projections.waste_district.rows.hauls import Finding

HEADS = ("when", "kind", "compound", "vehicle", "about", "grams", "evidence")
_MASSES = frozenset(("gross", "tare", "net", "tolerance"))
_CATEGORIES = frozenset(("category", "stream"))
_UNITS = {"hours": "h", "metres": "m"}
_GROUPS = {"why": "mixed", "reason": "refusedbin"}  # whose words are told
_ELSEWHERE = frozenset(("trip", "passed"))
SEVERE = frozenset(
    ("mixed-load", "not-delivered", "refused-load", "missed-bin", "swapped-tag", "gap", "no-lifts")
)


def build(screen: Screen, draw: Draw) -> None:
    """The table of what `draw` finds."""
    words = screen.words
    with sheet("scrolls"):
        Region(fixed(heads(words)), tag="thead")
        screen.region(draw, tag="tbody", empty=words("finding.none"))


def heads(words: Words) -> Node:
    return node(
        "tr",
        *(node("th.num" if one == "grams" else "th", words(f"finding.{one}")) for one in HEADS),
    )


def finding_items(found: Sequence[Finding], names: Mapping[str, str], words: Words) -> list[Item]:
    """`names`: of compounds."""
    return [
        Item(
            f"{one.kind} {one.key} {one.source}",
            one,
            partial(drawn, one, names.get(one.compound, ""), words),
        )
        for one in found
    ]


def drawn(one: Finding, compound: str, words: Words) -> Node:
    look = ("warm", "active") if one.kind in SEVERE else ("late", "once")
    key = shown(one.key, words)
    return node(
        "tr",
        node("td", stamp(one.ms) if one.ms else one.day),
        node("td", badge(*look, words.named("findingkind", one.kind))),
        node("td", compound, node("em", one.compound)) if compound
        else node("td", one.compound or NONE),
        node("td", shown(one.vehicle, words) or NONE),
        node("td", node("a", one.bin.partition("/")[2], href=bin_href(one.bin)) if one.bin
             else node("span.clip", key.strip("|").replace("|", " · "), title=key),
             node("em", _details(one, words))),
        node("td.num", mass(one.grams) if one.grams else NONE),
        node("td", _evidence(one, words)),
        data_finding=f"{one.kind} {one.key}",
    )  # fmt: skip


def _details(one: Finding, words: Words) -> str:
    """What the row says elsewhere, and flags without a word, are left out."""
    said = (
        (words.named("findingdetail", name), _value(name, value, words))
        for name, value in one.detail.items()
        if name not in _ELSEWHERE and value != ""
    )
    return " · ".join(f"{name} {value}" for name, value in said)


def _value(name: str, value: str | int, words: Words) -> str:
    if name in _MASSES and isinstance(value, int):
        return mass(value)
    if name in _CATEGORIES:
        return words.named("category", str(value) or "unknown")
    if name in _UNITS:
        return f"{value} {_UNITS[name]}"
    return words.named(_GROUPS[name], str(value)) if name in _GROUPS else str(value)


def _evidence(one: Finding, words: Words) -> Node:
    """The trip it is about and the event it is known by; of one that no event tells, those of its
    vehicle."""
    found: list[Node] = []
    trip = str(one.detail.get("trip", ""))
    if trip:
        found.append(node("a.evidence", words("finding.trip"), href=trip_href(trip)))
    if one.events and one.position:
        said = words("finding.events", n=len(one.events))
        href = event_href(one.position, one.events[0])
        found.append(node("a.evidence", said, href=href))
    elif one.vehicle and not trip:
        href = listed("", subject=f"vehicle/{one.vehicle}")
        found.append(node("a.evidence", words("finding.of"), href=href))
    return node("span", *found) if found else node("span.none", NONE)
