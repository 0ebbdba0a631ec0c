"""The alarm list: open ones by priority, what is shelved, then what this shift has closed."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from projections.alarms.row import Alarm
from projections.console import queue
from projections.console.format import clock, count, milliseconds, short
from projections.console.links import event_href
from projections.console.nodes import Node, badge, icon, node
from projections.console.places import name, place
from projections.console.queue import Group
from projections.console.region import Item
from projections.console.snapshots import Sight
from projections.console.texts import Words

SHOWN = 80
CLOSED_SHOWN = 6
PRIORITIES = (1, 2, 3, 4)


def items(
    sight: Sight,
    words: Words,
    acts: bool,
    *,
    chosen: str = "",
    unfolded: Collection[str] = (),
) -> list[Item]:
    """`chosen`: the alarm whose evidence is shown. `unfolded`: keys of groups shown whole."""
    alarms = sight.alarms()
    found = queue.opened(alarms)
    most = max(SHOWN, sum(one.priority == 1 for one in found))  # one of priority 1 is never hidden
    made: list[Item] = []

    def line(one: Alarm, inside: bool = False) -> None:
        seen = (one, sight.today, one.id == chosen, inside)
        draw = partial(drawn, one, words, sight.now, acts, chosen=one.id == chosen, inside=inside)
        made.append(Item(one.id, seen, draw))

    left = len(found)
    for entry in queue.lines(found, sight):
        if len(made) >= most:
            break
        if isinstance(entry, Group):
            whole = entry.key in unfolded
            seen = (len(entry.alarms), entry.unacknowledged, entry.priority, whole,
                    entry.newest.raised, sight.today)  # fmt: skip
            made.append(Item(entry.key, seen, partial(group, entry, words, sight.now, whole)))
            inside = entry.alarms[: most - len(made)] if whole else ()
            for one in inside:
                line(one, inside=True)
            left -= len(inside) if whole else len(entry.alarms)
        else:
            line(entry)
            left -= 1
    if left > 0:
        made.append(Item("", left, partial(node, "p.more", words("alarm.more", n=count(left)))))
    for one in (*queue.shelved(alarms), *queue.closed(alarms, sight.now)[:CLOSED_SHOWN]):
        line(one)
    return made


def group(one: Group, words: Words, now: datetime, whole: bool) -> Node:
    number, new = count(len(one.alarms)), count(one.unacknowledged)
    return node(
        f"div.alarm.group.p{one.priority}.{'new' if one.unacknowledged else 'acked'}",
        node("span.prio", str(one.priority), title=words("alarm.priority", n=one.priority)),
        node(
            "span.what",
            node("b", words.named("alarmkind", one.kind)),
            node("span.place", words("queue.group", n=number, new=new)),
        ),
        node("span.state"),
        _when(one.newest, now),
        node("span.causes.num", f"×{number}"),
        node(
            "span.act",
            node("button.ack", words("queue.fold" if whole else "queue.unfold"), type="button",
                 data_act="fold", tabindex="-1", aria_expanded="true" if whole else "false"),
        ),
        tabindex="0",
        data_group=one.kind,
        data_keys="Enter",
    )  # fmt: skip


def drawn(
    one: Alarm,
    words: Words,
    now: datetime,
    acts: bool,
    *,
    chosen: bool = False,
    inside: bool = False,
) -> Node:
    look = {"closed": "closed", "shelved": "shelved", "acknowledged": "acked"}.get(one.state, "new")
    more = f"{'.chosen' if chosen else ''}{'.inside' if inside else ''}"
    return node(
        f"div.alarm.{look}.p{one.priority}{more}",
        node("span.prio", str(one.priority), title=words("alarm.priority", n=one.priority)),
        node(
            "span.what",
            node("b", words.named("alarmkind", one.kind)),
            node("span.place", place(one.subject, words), title=name(one.subject)),
        ),
        node("span.state", *states(one, words, now)),
        _when(one, now),
        node(
            "a.causes",
            f"×{count(one.causes)}",
            href=event_href(one.position, one.cause),
            title=words("alarm.causes"),
            tabindex="-1",
        ),
        _done(one, words, now) if one.acknowledged else _todo(words, acts),
        tabindex="0",
        data_alarm_id=one.id,
        data_state=one.state,
        data_choose="1",
        data_keys="Enter",
        aria_selected="true" if chosen else "",
    )


def states(one: Alarm, words: Words, now: datetime) -> list[Node]:
    """What it is, and how far it went: colour, shape and word."""
    found = [_state(one, words, now)]
    if one.state == "acknowledged" and one.active:
        found.append(badge("hot", "active", words("alarm.active")))
    if one.late:
        found.append(badge("late", "late", words("alarm.late")))
    if one.level and one.open:
        word = words("queue.level", n=one.level)
        found.append(
            badge("warm", "up", f"{word} {words.named('staffrole', one.escalated_to)}".rstrip())
        )
    if one.assigned_to and one.open:
        found.append(badge("calm", "duty", words("queue.assigned", who=one.assigned_to)))
    if one.next_due and one.state in ("active", "cleared"):
        found.append(
            node(
                "span.badge.countdown",
                words("queue.escalates"),
                node("time", data_until=milliseconds(one.next_due)),
                title=one.next_due,
            )
        )
    return found


def _state(one: Alarm, words: Words, now: datetime) -> Node:
    match one.state:
        case "closed":
            return badge("quiet", "check", words("alarm.closed"))
        case "shelved":
            return badge("late", "late", words("queue.shelved", when=short(one.shelved_until, now)))
        case "acknowledged":
            return badge("calm", "check", words("queue.acknowledged"))
        case "cleared":
            return badge("calm", "normal", words("queue.cleared"))
        case _:
            if one.active:
                return badge("hot", "active", words("alarm.active"))
            return badge("calm", "once", words("alarm.once"))


def _when(one: Alarm, now: datetime) -> Node:
    return node(
        "span.when",
        node("time.age", data_at=milliseconds(one.raised)) if one.open else None,
        node("span.num", clock(one.raised, now), title=one.raised),
    )


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
            tabindex="-1",
        ),
    )


def _done(one: Alarm, words: Words, now: datetime) -> Node:
    by = words("alarm.by", who=one.acknowledged_by, when=clock(one.acknowledged_at, now))
    return node("span.act.done", node("span.by", icon("check"), by))
