"""The events behind a row: one stored batch in readable form, and its raw JSON."""

from datetime import datetime

import msgspec
import orjson
from nicegui import ui

from core import codec
from core.batch import parse
from core.errors import BadFrame, Unavailable
from core.event import Recorded
from projections.console import picture
from projections.console.audit.proof import Proof
from projections.console.format import clock, clock_of
from projections.console.frame import panel
from projections.console.nodes import Node, badge, node
from projections.console.picture import may_look
from projections.console.places import place
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.web.desk import Desk

SHOWN = 100
Found = Recorded | codec.Unread


def batch(desk: Desk, position: int) -> list[Found] | BadFrame:
    """The events at this position, none if there is no such batch, or what is wrong with its
    bytes. Reads the log: off the loop."""
    page = desk.log.read(position - 1, 1, 1) if 0 < position <= desk.log.head() else ()
    if not page or page[0].id != position:
        return []
    try:
        return codec.recorded(parse(page[0].state), position, desk.catalog)
    except BadFrame as bad:
        return bad


def compound_of(found: list[Found] | BadFrame) -> str:
    events = [] if isinstance(found, BadFrame) else found
    return next((one.compound for one in events if isinstance(one, Recorded)), "")


def build(screen: Screen, found: list[Found] | BadFrame, position: int, marked: str) -> None:
    words = screen.words
    with ui.element("section").classes("panel batch"):
        if isinstance(found, BadFrame):
            text = words("event.damaged", n=position, why=found)
            Region(fixed(node("p.waiting", badge("hot", "active", text))))
            return
        if not found:
            Region(fixed(node("p.waiting", words("event.missing", n=position))))
            return
        heads = node("h2", words("event.title", n=position))
        shown = around(found, marked)
        part = words("event.part", n=len(shown)) if len(shown) < len(found) else ""
        title = node("div.title", heads, node("span.note", part))
        Region(fixed(title, heading(found, position, screen.desk, words)), look="heading")
        opens, looks = screen.visit.acts, may_look(screen)
        Region(
            fixed(
                *(drawn(one, marked, screen.desk, words, opens=opens, looks=looks) for one in shown)
            ),
            look="events scrolls",
        )
    _proved(screen, shown, position, marked)


def _proved(screen: Screen, shown: list[Found], position: int, marked: str) -> None:
    """Of the event that is asked for, or of the first; the proof is of its whole batch."""
    tlog, words = screen.desk.tlog, screen.words
    known = [one for one in shown if isinstance(one, Recorded)]
    here = next((one for one in known if one.event.id == marked), known[0] if known else None)
    if tlog is None or here is None:
        return
    with panel(words, "proof.title").classes("hug"):
        raw = str(here.event.data.native.get("rawsha256", ""))
        Proof(words, tlog, position, here.index, raw)
        Region(fixed(node("p.note", words("proof.unreadable"))))


def around(found: list[Found], marked: str) -> list[Found]:
    """At most SHOWN events of a batch, with the one that is asked for among them."""
    here = (
        at for at, one in enumerate(found) if isinstance(one, Recorded) and one.event.id == marked
    )
    start = max(0, min(next(here, 0) - SHOWN // 2, len(found) - SHOWN))
    return found[start : start + SHOWN]


def _received(desk: Desk, position: int) -> datetime | None:
    try:
        return desk.log.received_at(position)
    except Unavailable:
        return None


def heading(found: list[Found], position: int, desk: Desk, words: Words) -> Node:
    received = _received(desk, position)
    first = next((one for one in found if isinstance(one, Recorded)), None)
    facts = [("position", str(position)), ("events", str(len(found)))]
    if first is not None:
        facts += [
            ("journal", first.journal),
            ("gateway", f"{first.compound} / {first.gateway}"),
        ]
    if received is not None:
        facts.append(("received", clock_of(received, desk.clock.now())))
    pairs = (
        node("div", node("dt", words(f"event.{key}")), node("dd.num", value))
        for key, value in facts
    )
    return node("dl.facts", *pairs)


def drawn(
    one: Found, marked: str, desk: Desk, words: Words, *, opens: bool = False, looks: bool = False
) -> Node:
    """`opens`: this account may read what a colleague wrote and the hub sealed; `looks`: see
    pictures."""
    if isinstance(one, codec.Unread):
        return node(
            "div.event", node("div.top", badge("late", "once", words("event.unread")),
                              node("code", one.type), node("span.note", one.reason)),
        )  # fmt: skip
    event, now = one.event, desk.clock.now()
    here = event.id == marked
    data = {
        key: value
        for key, value in msgspec.to_builtins(event.data).items()
        if key not in ("native", "pii", "media")
    }
    facts = (
        ("what", words.named("type", event.type)),
        ("where", event.subject),
        ("time", f"{clock(event.time, now)} · {words.named('timequality', event.timequality)}"),
        ("shown", clock(one.moment.at, now)),
        ("recorded", clock(event.recordedtime, now)),
        ("origin", words.named("origin", event.origin)),
        ("device", one.device),
        ("sequence", str(one.sequence)),
        *((f"={key}", _value(value)) for key, value in data.items()),
        *(desk.unseal(event).items() if opens else ()),
    )
    raw = orjson.dumps(codec.cloudevent(one), option=orjson.OPT_INDENT_2).decode()
    return node(
        "div.event.marked" if here else "div.event",
        node("div.top", node("code", event.type), node("b", place(event.subject, words)),
             node("span.note", event.id)),
        node("dl", *(node("div", node("dt", _term(key, words)), node("dd", value))
                     for key, value in facts)),
        *(picture.drawn(picture.shot(desk, each, event.id), words, now, may=looks)
          for each in event.data.media),
        node("details", node("summary", words("event.raw")), node("pre", raw),
             open="1" if here else ""),
        data_event_id=event.id,
    )  # fmt: skip


def _term(key: str, words: Words) -> str:
    return key[1:] if key.startswith("=") else words(f"event.{key}")


def _value(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
