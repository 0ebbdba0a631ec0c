"""What arrived late about a moment: the events, and what they made of the screen shown then."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from nicegui import ui

from projections.console.format import clock, clock_of, count
from projections.console.frame import panel, sheet
from projections.console.links import event_href
from projections.console.nodes import Node, badge, node
from projections.console.past.moment import Moment
from projections.console.past.moment import asked as moment_of
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.view import DISTRICT, View
from projections.web.desk import Desk
from projections.web.difference import Change, Difference, LateEvent, difference

_EVENTS = 200
_VALUE = 400  # characters of a row that are shown

About = Sequence[tuple[View, str]]
Found = Sequence[tuple[str, Difference]]


def asked(desk: Desk, query: Mapping[str, str]) -> Moment | None:
    """Held against what was known then, as it is known now where nothing else is asked for."""
    known = query.get("known", "")
    return moment_of(desk, {**query, "known": "now" if known in ("", "then") else known})


def about(desk: Desk, query: Mapping[str, str]) -> About:
    """The views of the compound asked for, or those of the district."""
    views = desk.runner.views.values()
    if query.get("of", "") == "district":
        return [(view, DISTRICT) for view in views if view.over == "district"]
    compounds = desk.runner.compounds()
    wanted = query.get("compound", "")
    compound = wanted if wanted in compounds else next(iter(compounds), "")
    return [(view, compound) for view in views if view.over == "compound"]


def found(desk: Desk, views: About, moment: Moment) -> Found:
    """Folds: let it take its turn."""
    return [
        (view.name, difference(desk, view, compound, moment.past, _EVENTS))
        for view, compound in views
    ]


def build(screen: Screen, moment: Moment, made: Found) -> None:
    words = screen.words
    when = clock_of(datetime.fromtimestamp(max(moment.past.ms, 0) / 1000, UTC), screen.sight.now)
    lead = words("latepage.lead", when=when, n=count(moment.past.known))
    for view, one in made:
        with panel(words, "latepage.title", f"{words.named('view', view)} · {lead}"):
            Region(fixed(*verdict(one, words)), look="hashes")
            if one.equal and not one.events:
                continue
            with ui.element("div").classes("columns"):
                with ui.element("div").classes("stack"), sheet("scrolls"):
                    Region(fixed(_heads(_EVENT_HEADS, words)), tag="thead")
                    lines = (_event(line, words, screen.sight.now) for line in one.events)
                    Region(fixed(*lines), tag="tbody", empty=words("latepage.none"))
                with ui.element("div").classes("stack wide"), sheet("scrolls"):
                    Region(fixed(_heads(_ROW_HEADS, words)), tag="thead")
                    rows = (_row(change, words) for change in one.rows)
                    Region(fixed(*rows), tag="tbody", empty=words("latepage.none"))


_EVENT_HEADS = ("occurred", "received", "late", "event", "subject")
_ROW_HEADS = ("kind", "key", "before", "after")


def _heads(names: Sequence[str], words: Words) -> Node:
    return node("tr", *(node("th", words(f"latepage.{name}")) for name in names))


def verdict(one: Difference, words: Words) -> Iterator[Node]:
    number = count(len(one.events))
    if one.equal:
        yield badge("calm", "check", words("latepage.equal"))
    else:
        text = words("latepage.differs" if one.complete else "latepage.differsmost", n=number)
        yield badge("late", "late", text)
    for name, hashed in (("before", one.hash_then), ("after", one.hash_now)):
        label = f"{words('latepage.hash')} · {words(f'latepage.{name}')} "
        yield node("div", node("em", label), node("code", hashed, data_hash=name))


def _event(one: LateEvent, words: Words, now: datetime) -> Node:
    late = "" if one.late_s is None else _lasted(one.late_s, words)
    return node(
        "tr",
        node("td.num", clock(one.occurred, now), title=one.occurred),
        node("td.num", clock(one.received, now) if one.received else "–"),
        node("td.num", late),
        node("td", node("a", words.named("type", one.type), href=event_href(one.position, one.id))),
        node("td", one.subject),
    )


def _lasted(seconds: float, words: Words) -> str:
    if seconds < 3600:
        return f"{seconds / 60:.1f} {words('past.minute')}"
    return f"{seconds / 3600:.1f} {words('past.hour')}"


def _row(one: Change, words: Words) -> Node:
    before, after = apart(one.before, one.after) if one.before and one.after else (
        one.before, one.after
    )  # fmt: skip
    return node(
        "tr",
        node("td", one.kind, " ", node("em", words.named("change", one.change))),
        node("td", one.key),
        node("td", node("code", _value(before))),
        node("td", node("code", _value(after))),
    )


def apart(was: object, now: object) -> tuple[object, object]:
    """What differs between two values of JSON: of lists of one length, item by item."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        found = {name: apart(was.get(name), now.get(name)) for name in names}
        return {name: one[0] for name, one in found.items()}, {
            name: one[1] for name, one in found.items()
        }
    if isinstance(was, list | tuple) and isinstance(now, list | tuple) and len(was) == len(now):
        pairs = [apart(one, other) for one, other in zip(was, now, strict=True) if one != other]
        return [one for one, _ in pairs], [other for _, other in pairs]
    return was, now


def _value(shown: object) -> str:
    if not shown:
        return "–"
    text = msgspec.json.encode(shown, order="sorted").decode()
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"
