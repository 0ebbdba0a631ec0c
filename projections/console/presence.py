"""Who is where, as counted: areas with how far each count may be off, and gates that are held."""

from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from core.site import Site
from projections.console.charts import CLASSES
from projections.console.format import NONE, clock, count
from projections.console.links import listed
from projections.console.nodes import Node, badge, node
from projections.console.places import natural, place
from projections.console.region import Item
from projections.console.snapshots import Sight, row, rows
from projections.console.texts import Words
from projections.safe_community.occupancy import places
from projections.safe_community.rows.places import Place
from projections.safe_community.rows.policy import Rulebook
from projections.safe_community.rows.screening import Held

HEADS = ("name", "count", "bounds", "capacity", "classes", "entries", "why", "last")
NUMBERS = frozenset(("count", "bounds", "capacity", "entries"))
HOLDS = 30
_SUBJECTS = 64  # of one question to the log


def site(sight: Sight) -> Site:
    return (row(sight.safe, "policy", "policy", Rulebook) or Rulebook()).site


def title(area: str, given: str, words: Words) -> str:
    return given or (words("area.compound") if area == "compound" else area)


def heads(words: Words) -> Node:
    return node(
        "tr", *(node("th.num" if key in NUMBERS else "th", words(f"area.{key}")) for key in HEADS)
    )


def areas(sight: Sight, words: Words) -> list[Item]:
    described, made = site(sight), []
    for one in sorted(places(sight.safe), key=lambda one: _rank(one.area, described)):
        href = counted_at(one.area, described, sight.compound)
        draw = partial(_area, one, href, words, sight.now)
        made.append(Item(one.area, (one, href, sight.today), draw))
    return made


def _rank(area: str, described: Site) -> tuple[bool, tuple[tuple[int, int, str], ...]]:
    """What others lie in comes before them."""
    found = described.areas.get(area)
    return bool(found and found.parent), natural(area)


def counted_at(area: str, described: Site, compound: str) -> str:
    """The events an area is counted from: passages at the doors that lead in and out of it, or of
    what lies in it. None described, or more than one list can be asked for: of every door."""
    inner = {area}
    for _ in described.areas:
        inner |= {key for key, one in described.areas.items() if one.parent in inner}
    doors = [
        key
        for key, door in sorted(described.doors.items())
        if (door.from_area in inner) != (door.to_area in inner)
    ]
    asked = [("compound", compound)]
    asked += [("type", one) for one in ("access.", "vehicle.", "door.passage.")]
    subjects = [f"{kind}/{key}" for key in doors for kind in ("door", "gate")]
    asked += [("subject", one) for one in subjects if len(subjects) <= _SUBJECTS]
    return f"/events?{urlencode(asked)}"


def _area(one: Place, href: str, words: Words, now: datetime) -> Node:
    full = 0 < one.capacity <= one.count
    by = [
        f"{words.named('who', key)} {count(one.by_class[key])}"
        for key in (*CLASSES, *sorted(set(one.by_class) - set(CLASSES)))
        if one.by_class.get(key)
    ]
    why = [
        words(f"area.{key}", n=count(number))
        for key, number in (
            ("stale", one.stale), ("unmatched", one.unmatched), ("missing", one.missing)
        )
        if number
    ]  # fmt: skip
    return node(
        "tr.hot" if full else "tr",
        node("td", node("a", title(one.area, one.title, words), title=one.area, href=href)),
        node("td.num", node("a", node("b", count(one.count)), href=href)),
        node("td.num.bounds", node("a", f"{count(one.low)} – {count(one.high)}", href=href)),
        node(
            "td.num",
            count(one.capacity) if one.capacity else NONE,
            badge("hot", "active", words("area.full")) if full else None,
        ),
        node("td.clip", " · ".join(by) or NONE, title=" · ".join(by)),
        node("td.num", node("a", f"{count(one.entries)} / {count(one.exits)}", href=href)),
        node("td.clip.gap" if why else "td.none", " · ".join(why) or NONE, title=" · ".join(why)),
        node("td", clock(one.last, now), title=one.last),
    )


def holding(sight: Sight) -> list[Held]:
    return [one for one in rows(sight.safe, "held", Held) if one.state == "held"]


def holds(sight: Sight, words: Words, acts: bool) -> list[Item]:
    """Held ones first, the newest of each first."""
    found = sorted(rows(sight.safe, "held", Held), key=lambda one: (one.at, one.measured))
    found.reverse()
    found.sort(key=lambda one: one.state != "held")
    return [
        Item(one.measured, (one, sight.today), partial(_hold, one, words, sight, acts))
        for one in found[:HOLDS]
    ]


def _hold(one: Held, words: Words, sight: Sight, acts: bool) -> Node:
    now, held = sight.now, one.state == "held"
    tone = ("hot", "active") if held else ("calm", "check")
    by = f"{one.released_by} · {clock(one.released_at, now)}" if one.released_by else ""
    buttons = [
        node("button.slight", words(f"hold.{outcome}"), type="button", data_act=outcome)
        for outcome in ("admitted", "turned-away")
        if held and acts
    ]
    return node(
        "div.hold.held" if held else "div.hold",
        node("a.num", clock(one.at, now), title=one.at,
             href=listed(sight.compound, "access.", subject=one.door)),
        node("b", place(one.door, words)),
        node("a.num.degrees", f"{one.temperature_cel:.1f} °C",
             href=listed(sight.compound, id=one.measured)),
        badge(*tone, words.named("holdstate", one.state)),
        node("span.clip", by),
        node("span.does", *buttons),
        data_hold=one.measured,
    )  # fmt: skip
