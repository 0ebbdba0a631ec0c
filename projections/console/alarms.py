"""The alarm list: open ones by priority, then what this shift has closed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from urllib.parse import quote

from projections.alarm import Alarm
from projections.console.format import clock, count, milliseconds, moment
from projections.console.nodes import Node, badge, icon, node
from projections.console.places import name, place
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.web.accounts import SESSION

SHOWN = 80
CLOSED_SHOWN = 6
PRIORITIES = (1, 2, 3, 4)


def opened(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Unacknowledged first, then by priority, the newest of equals first."""
    found = sorted((one for one in alarms if one.open), key=lambda one: one.raised, reverse=True)
    return sorted(found, key=lambda one: (one.acknowledged, one.priority))


def closed(alarms: Iterable[Alarm], now: datetime) -> list[Alarm]:
    """Acknowledged and over within one shift, the newest acknowledgement first."""
    found = [
        (at, one)
        for one in alarms
        if not one.open and (at := moment(one.acknowledged_at)) and at >= now - SESSION
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def items(sight: Sight, words: Words, acts: bool) -> list[Item]:
    alarms = sight.alarms()
    found = opened(alarms)
    listed = [*found[:SHOWN], *closed(alarms, sight.now)[:CLOSED_SHOWN]]
    made = [
        Item(one.id, (one, sight.today), partial(drawn, one, words, sight.now, acts))
        for one in listed
    ]
    if len(found) > SHOWN:
        more = len(found) - SHOWN
        made.append(Item("", more, partial(node, "p.more", words("alarm.more", n=count(more)))))
    return made


def drawn(one: Alarm, words: Words, now: datetime, acts: bool) -> Node:
    look = "closed" if not one.open else "acked" if one.acknowledged else "new"
    return node(
        f"div.alarm.{look}.p{one.priority}",
        node("span.prio", str(one.priority), title=words("alarm.priority", n=one.priority)),
        node("span.what", node("b", words.named("alarmkind", one.kind)), _where(one, words)),
        _when(one, now),
        _causes(one, words),
        _state(one, words),
        _done(one, words, now) if one.acknowledged else _todo(words, acts),
        tabindex="0",
        data_alarm_id=one.id,
        data_keys="Enter a",
    )


def _where(one: Alarm, words: Words) -> Node:
    return node("span.place", place(one.subject, words), title=name(one.subject))


def _when(one: Alarm, now: datetime) -> Node:
    return node(
        "span.when",
        node("span.num", clock(one.raised, now), title=one.raised),
        node("time", data_at=milliseconds(one.raised)) if one.open else None,
    )


def _causes(one: Alarm, words: Words) -> Node:
    return node(
        "a.causes",
        f"×{count(one.causes)}",
        href=f"/events/{one.position}?event={quote(one.cause, safe='')}",
        title=words("alarm.causes"),
    )


def _state(one: Alarm, words: Words) -> Node:
    if not one.open:
        state = badge("quiet", "check", words("alarm.closed"))
    elif one.active:
        state = badge("hot", "active", words("alarm.active"))
    elif one.cleared:
        state = badge("calm", "normal", words("alarm.normal"))
    else:
        state = badge("calm", "once", words("alarm.once"))
    late = badge("late", "late", words("alarm.late")) if one.late else None
    return node("span.state", state, late)


def _todo(words: Words, acts: bool) -> Node:
    if not acts:
        word, why = words("alarm.acknowledge"), words("alarm.mayNot")
        return node("span.act", node("button.ack", word, type="button", disabled="1", title=why))
    return node(
        "span.act",
        node(
            "button.ack",
            icon("check"),
            words("alarm.acknowledge"),
            type="button",
            data_act="acknowledge",
        ),
    )


def _done(one: Alarm, words: Words, now: datetime) -> Node:
    by = words("alarm.by", who=one.acknowledged_by, when=clock(one.acknowledged_at, now))
    return node(
        "span.act.done",
        node("span.by", icon("check"), by),
    )
