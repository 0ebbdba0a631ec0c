"""The list of events behind a figure: the log by type, thing and time, newest first."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from nicegui import ui
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from core.clock import parse_rfc3339
from core.event import Recorded
from core.moment import millis
from projections.console.dossier import said
from projections.console.format import clock, clock_of, count
from projections.console.frame import sheet
from projections.console.links import device_href, event_href, subject_href
from projections.console.nodes import Node, node
from projections.console.past.moment import Moment
from projections.console.places import name, place
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.since import first_since
from projections.console.texts import Words
from projections.web.desk import Desk
from projections.web.lines import Line
from projections.web.scan import Found, Place, scan, window
from projections.web.selection import Selection, Wanted

SHOWN = 200
_OWN = ("from", "to", "before", "asof", "known")
_KEPT = ("before", "asof", "known")  # not of what is asked for: where it goes on, and as of when
_EARLY = timedelta(minutes=6)  # a device's clock may lead the gateway's by five
_NEVER_MS = 2**62
_PLACE = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?")


class Span(Wanted, frozen=True, kw_only=True):
    """What happened in [`since_ms`, `until_ms`), whenever it was recorded."""

    since_ms: int = 0
    until_ms: int = _NEVER_MS

    def wants(self, item: Recorded) -> bool:
        return self.since_ms <= item.moment.ms < self.until_ms and super().wants(item)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    wanted: Span
    since: datetime | None = None
    before: str = ""
    pairs: Sequence[tuple[str, str]] = ()  # as in the address, without `before`


def asked(query: QueryParams) -> Asked:
    """ValueError, in few words, for what cannot be asked."""
    found = {key: query.getlist(key) for key in query if key not in _OWN}
    try:
        filters = Selection.model_validate(found).wanted()
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    since, until = query.get("from", ""), query.get("to", "")
    before = query.get("before", "")
    if before and not _PLACE.fullmatch(before):
        raise ValueError("before")
    fields: dict[str, Any] = {key: getattr(filters, key) for key in Wanted.__struct_fields__}
    return Asked(
        wanted=Span(
            **fields,
            since_ms=millis(_plus(since)) if since else 0,
            until_ms=millis(_plus(until)) if until else _NEVER_MS,
        ),
        since=parse_rfc3339(_plus(since)) if since else None,
        before=before,
        pairs=[(key, one) for key, one in query.multi_items() if key not in _KEPT],
    )


def _plus(text: str) -> str:
    """A `+` that was sent unescaped arrives as a space."""
    return text.replace(" ", "+")


def found(desk: Desk, query: Asked, then: Moment | None = None) -> Found:
    """Reads the log: off the loop. What was received before `from` did not happen after it. `then`:
    what was known of that moment."""
    limits = window(None, query.before or None, then.past.known if then else desk.log.head())
    wanted = query.wanted
    if then is not None and then.past.later:
        until = min(wanted.until_ms, then.past.ms + 1)
        wanted = msgspec.structs.replace(wanted, until_ms=until)
    if query.since:
        low = first_since(desk.log, query.since - _EARLY)
        limits = msgspec.structs.replace(limits, low=Place.after(f"{low - 1}"))
    return scan(desk.log, desk.catalog, wanted, limits, SHOWN)


def build(screen: Screen, query: Asked, answer: Found, position: int) -> None:
    words, now = screen.words, screen.sight.now
    with ui.element("section").classes("panel"):
        shown = words("list.shown", n=count(len(answer.lines)), when=clock_of(now, now),
                      position=position)  # fmt: skip
        title = node("div.title", node("h2", words("list.title")), node("span.note", shown))
        Region(fixed(title, chips(query, words)), look="heading")
        with sheet("scrolls"):
            Region(fixed(_heads(words)), tag="thead")
            Region(
                fixed(*(line(one, words, now, screen.sight.compound) for one in answer.lines)),
                tag="tbody",
                empty=words("list.none"),
            )
        Region(fixed(*further(query, answer, words)), look="further")


def refused(screen: Screen, text: str, why: str) -> None:
    Region(fixed(node("p.trouble", screen.words(text, why=why), role="alert")))


def chips(query: Asked, words: Words) -> Node:
    """What was asked for, each with a way to ask without it."""
    parts = [
        node("a.chip", node("em", key), value, node("span", "✕"), href=_address(query, at))
        for at, (key, value) in enumerate(query.pairs)
    ]
    return node("div.chips", *(parts or [node("span.note", words("list.every"))]))


def _address(query: Asked, without: int) -> str:
    left = [pair for at, pair in enumerate(query.pairs) if at != without]
    return f"/events?{urlencode(left)}" if left else "/events"


def further(query: Asked, answer: Found, words: Words) -> list[Node]:
    made: list[Node] = []
    if query.before:
        made.append(
            node("a.slight", words("list.newest"), href=f"/events?{urlencode(query.pairs)}")
        )
    if not answer.complete:
        pairs = [*query.pairs, ("before", str(answer.next))]
        made.append(node("a.slight.older", words("list.older"), href=f"/events?{urlencode(pairs)}"))
        if len(answer.lines) < SHOWN:
            made.append(node("span.note", words("list.looked")))
    return made


def _heads(words: Words) -> Node:
    keys = ("list.when", "event.what", "event.where", "list.device", "event.note",
            "event.origin", "event.position")  # fmt: skip
    return node("tr", *(node("th", words(key)) for key in keys))


def line(one: Line, words: Words, now: datetime, compound: str) -> Node:
    item = one.item
    event = item.event
    href = event_href(item.position, event.id)
    return node(
        "tr",
        node("td.num", clock(item.moment.at or event.time, now), title=event.time),
        node("td", node("a", words.named("type", event.type), href=href)),
        node("td", node("a", place(event.subject, words), title=name(event.subject),
                        href=subject_href(event.subject, compound))),
        node("td", node("a", item.device, href=device_href(item.device, compound))),
        node("td", one.unread or said(item, words)),
        node("td", words.named("origin", event.origin)),
        node("td.num", node("a", str(item.position), href=href)),
        data_event_id=event.id,
    )  # fmt: skip
