"""One door: every state it has, what it decided and why, what is wrong with it, and orders."""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from nicegui import ui

from projections.alarms.row import Alarm
from projections.console import alarms
from projections.console.charts import stacked
from projections.console.doorlog import DoorLog, buckets
from projections.console.format import clock, count
from projections.console.frame import panel
from projections.console.links import alarm_href, device_href, event_href, listed
from projections.console.nodes import Node, badge, icon, node
from projections.console.orders import items, send
from projections.console.passages import verdict
from projections.console.picture import drawn, may_look
from projections.console.places import name, place
from projections.console.plan import door_look
from projections.console.reasons import Because
from projections.console.region import Item, Region, fixed
from projections.console.rulebook import finding
from projections.console.screen import Screen
from projections.console.snapshots import Sight, row, rows
from projections.console.texts import Words
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.passages import Passage, Recent
from projections.web.people import Wish
from projections.web.staff import Room

MODES = ("locked", "unlocked", "blocked", "locked-open")
SHOWN = 120
_COLOURS = {"granted": "#45c48a", "denied": "#f0525f", "vehicles": "#8fa3bd"}


class DoorPage:
    """`room`: None where this hub has no people's side; then nothing can be ordered."""

    def __init__(self, screen: Screen, subject: str, log: DoorLog, room: Room | None) -> None:
        self._screen, self._subject, self._log, self._room = screen, subject, log, room

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        if why := self._log.damaged:
            Region(fixed(node("p.trouble", words("list.damaged", why=why), role="alert")))
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack"):
                with panel(words, "doorpage.states").classes("hug"):
                    screen.region(self._states, look="doorstates")
                if self._room is not None:
                    with panel(words, "doorpage.orders").classes("hug"):
                        self._order_buttons(self._room)
                        screen.region(self._orders, look="orders", empty=words("doorpage.noOrders"))
                if self._log.pictures:
                    with panel(words, "picture.title"):
                        self._pictures()
                with panel(words, "doorpage.findings").classes("hug"):
                    screen.region(
                        self._findings, look="findinglist", empty=words("doorpage.noFindings")
                    )
                with panel(words, "doorpage.alarms"):
                    screen.region(
                        self._alarms, look="alarms scrolls", empty=words("doorpage.noAlarms")
                    )
            with ui.element("div").classes("stack wide"):
                counted = self._log.counted
                hours = words("doorpage.part", n=counted) if counted else words("doorpage.day")
                with panel(words, "doorpage.hours", hours).classes("hug"):
                    screen.chart(lambda sight: by_hour(self._log, sight.now, words), "short")
                with panel(words, "doorpage.passages"):
                    screen.region(
                        self._passages, look="passages decided scrolls", empty=words("passage.none")
                    )

    def _states(self, sight: Sight) -> list[Item]:
        found = row(sight.safe, "door", self._subject, Door)
        seen = (found, found and door_look(found, sight.now), sight.today, sight.position)
        draw = partial(states, found, self._subject, sight, self._screen.words)
        return [Item("states", seen, draw)]

    def _pictures(self) -> None:
        words, may = self._screen.words, may_look(self._screen)
        now = self._screen.sight.now
        shown = (drawn(one, words, now, may=may) for one in self._log.pictures)
        Region(fixed(*shown), look="pictures scrolls")

    def _findings(self, sight: Sight) -> list[Item]:
        words = self._screen.words
        found = [
            one for one in rows(sight.safe, "finding", Finding) if one.subject == self._subject
        ]
        return [
            Item(one.kind, (one, sight.today), partial(finding, one, words, sight.now))
            for one in sorted(found, key=lambda one: one.kind)
        ]

    def _alarms(self, sight: Sight) -> list[Item]:
        words = self._screen.words
        mine: dict[str, Alarm] = {}
        for one in (*sight.earlier(), *sight.alarms()):
            if one.subject == self._subject:
                mine[one.id] = one
        found = sorted(mine.values(), key=lambda one: one.raised, reverse=True)
        return [
            Item(one.id, (one, sight.today), partial(_alarm, one, words, sight))
            for one in found[:SHOWN]
        ]

    def _passages(self, sight: Sight) -> list[Item]:
        """What the log held when the page was opened, and what came since."""
        words = self._screen.words
        recent = row(sight.safe, "recent", "passages", Recent) or Recent()
        newer = [one for one in recent.passages if one.subject == self._subject]
        found = {one.id: one for one in (*self._log.passages, *newer)}
        ordered = sorted(found.values(), key=lambda one: (one.at, one.id), reverse=True)
        return [
            Item(one.id, (one, sight.today), partial(decided, one, words, sight.now))
            for one in ordered[:SHOWN]
        ]

    def _orders(self, sight: Sight) -> list[Item]:
        return items(sight, self._screen.words, self._subject)

    def _order_buttons(self, room: Room) -> None:
        """Asked for a reason before anything moves; hidden from who may only look."""
        words = self._screen.words
        if not self._screen.visit.acts:
            return
        because = Because(self._screen)
        button = partial(self._button, room, because)
        with ui.element("div").classes("does"):
            wish = Wish(verb="open", target=self._subject)
            button(words("doorpage.open"), "resident-request", wish)
            for mode in MODES:
                text = words("doorpage.mode_set", mode=words.named("doormode", mode))
                wish = Wish(verb="mode", target=self._subject, args={"mode": mode})
                button(text, "security", wish)

    def _button(self, room: Room, because: Because, text: str, word: str, wish: Wish) -> None:
        words = self._screen.words

        async def answered(reason: str) -> None:
            await send(self._screen, room, msgspec.structs.replace(wish, reason=reason))

        where = place(self._subject, words)
        what = words("doorpage.sure", what=f"{where} · {text}")
        ask = partial(because.ask, what, words("muster.on_record"), text, word, answered)
        ui.button(text, on_click=ask).props("flat no-caps").classes("slight order")


def states(one: Door | None, subject: str, sight: Sight, words: Words) -> Node:
    now, compound = sight.now, sight.compound
    head = node(
        "div.subject",
        node("span.what", node("b", place(subject, words)), node("span.place", name(subject))),
        node("a.slight", words("doorpage.events"), href=listed(compound, subject=subject)),
    )
    if one is None:
        return node("div", head, node("p.hint", words("doorpage.none")))
    look = door_look(one, now)
    tone = {"alarm": "hot", "fire": "hot", "long": "warm", "closed": "calm"}.get(look, "quiet")
    facts: list[tuple[str, Node]] = [
        ("physical", badge(tone, f"door-{one.physical}", words.named("physical", one.physical))),
        ("lock", badge("quiet", f"lock-{one.lock}", words.named("lock", one.lock))),
        ("alarm", _told(words.named("dooralarm", one.alarm), one.alarm)),
        ("mode", words.named("doormode", one.mode)),
        ("tamper", _told(words.named("detected", one.tamper), one.tamper)),
        ("fault", _told(words.named("detected", one.fault), one.fault)),
        ("fire", words("doorpage.fireOn" if one.fire else "doorpage.fireOff")),
        ("since", clock(one.since, now)),
        ("last", clock(one.last, now)),
        ("device", node("a", one.device, href=device_href(one.device, compound))),
    ]
    if one.held_due:
        facts.append(("heldDue", clock(one.held_due, now)))
    if one.held:
        facts.append(("held", node("a", one.held, href=listed(compound, id=one.held))))
    if one.contradicted:
        facts.append(("contradicted", clock(one.contradicted, now)))
    counts = (
        ("granted", one.granted, "access.granted"), ("denied", one.denied, "access.denied"),
        ("taken", one.taken, "access.taken"), ("nottaken", one.nottaken, "access.nottaken"),
        ("vehicles", one.vehicles, "vehicle."), ("counted", one.counted, "door.passage.counted"),
        ("tailgated", one.tailgated, "gate.tailgated"),
        ("conflicts", one.conflicts, "access.conflict.found"),
    )  # fmt: skip
    unknown = None
    if not one.known:
        unknown = node("p.trouble", words("doorpage.unknown"))
    return node(
        "div",
        head,
        unknown,
        _pairs((words(f"doorpage.{key}"), value) for key, value in facts),
        _pairs(
            (words(f"doorpage.{key}"),
             node("a.num", count(number), href=listed(compound, kind, subject=subject)))
            for key, number, kind in counts
        ),
        node("p.note", words("figure.source", what=f"safe_community.door @ {sight.position}"),
             " · ", words("figure.asof", when=clock(one.last, now))),
    )  # fmt: skip


def _pairs(pairs: Any) -> Node:
    return node("dl", *(node("div", node("dt", key), node("dd", value)) for key, value in pairs))


def _told(word: str, value: str) -> Node:
    match value:
        case "unknown":
            return badge("unknown", "once", word)
        case "none" | "normal":
            return badge("calm", "check", word)
        case "prealarm":
            return badge("warm", "late", word)
        case _:
            return badge("hot", "active", word)


def decided(one: Passage, words: Words, now: datetime) -> Node:
    """A decision with its reason, by which policy, and what a newer one would have said."""
    policy = str(one.policy) if one.policy else words("doorpage.policyDevice")
    by = f"{words('doorpage.policy')} {policy}" if one.decision != "requested" else ""
    why = [words.named("deny", one.reason)] if one.reason else []
    if one.violation:
        let = ", ".join(words.named("deny", each) for each in one.violation.split(","))
        why.append(words("doorpage.violation", why=let))
    if one.conflict:
        why.append(words("doorpage.conflict", why=words.named("deny", one.conflict)))
    if one.taken:
        why.append(words.named("taken", one.taken))
    return node(
        f"a.passage.{one.decision}{'.conflict' if one.conflict else ''}",
        node("span.num", clock(one.at, now), title=one.at),
        verdict(one, words.named("decision", one.decision)),
        node("span.who", words.named("who", one.who)),
        node("span.way", icon(f"way-{one.direction}"), words.named("direction", one.direction)),
        node("span.clip", words.named("credential", one.credential)),
        node("span.clip.policy", by),
        node("span.clip.why", " · ".join(why)),
        href=event_href(one.position, one.id),
        data_event_id=one.id,
    )  # fmt: skip


def by_hour(log: DoorLog, now: datetime, words: Words) -> dict[str, Any]:
    shown = buckets(now)
    names = {key: words(f"doorpage.{key}") for key in _COLOURS}
    series = {
        key: [float(log.hours.get(bucket, {}).get(key, 0)) for bucket in shown] for key in _COLOURS
    }
    return stacked([one[-2:] for one in shown], series, names, _COLOURS)


def _alarm(one: Alarm, words: Words, sight: Sight) -> Node:
    now = sight.now
    spans = [
        node(
            "span.num", f"{clock(start, now)}–{clock(end, now) if end else words('evidence.open')}"
        )
        for start, end in reversed(one.intervals[-4:])
    ]
    return node(
        f"a.dooralarm.p{one.priority}",
        node("span.prio", str(one.priority)),
        node("span.what", node("b", words.named("alarmkind", one.kind)),
             node("span.num", clock(one.raised, now))),
        node("span.state", *alarms.states(one, words, now)),
        node("span.spans", *spans),
        href=alarm_href(one.id, sight.compound),
    )  # fmt: skip
