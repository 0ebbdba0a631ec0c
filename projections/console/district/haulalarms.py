"""Open alarms of the district's own: a bin that was passed by, a vehicle that is silent or late."""

from collections.abc import Iterator
from functools import partial

from projections.alarms.row import KIND, Alarm
from projections.console.acts import perform
from projections.console.district.vehicle import shown
from projections.console.format import clock, count
from projections.console.links import bin_href, event_href
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.work import done
from projections.view import DISTRICT, Kinds

SHOWN = 6


def opened(kinds: Kinds) -> tuple[Alarm, ...]:
    """Those that nobody has taken on, the most urgent and oldest first."""
    found = [one for one in kinds.get(KIND, {}).values() if isinstance(one, Alarm)]
    waiting = [one for one in found if one.active and not one.acknowledged]
    return tuple(sorted(waiting, key=lambda one: (one.priority, one.raised, one.id)))


def items(found: tuple[Alarm, ...], sight: Sight, words: Words, *, acts: bool) -> list[Item]:
    made = [
        Item(one.id, (one, sight.today, acts), partial(_drawn, one, sight, words, acts=acts))
        for one in found[:SHOWN]
    ]
    if (left := len(found) - SHOWN) > 0:
        text = words("haulalarm.more", n=count(left))
        made.append(Item("", left, lambda: node("span.note", text)))
    return made


def _drawn(one: Alarm, sight: Sight, words: Words, *, acts: bool) -> Node:
    return node(
        f"div.haulalarm.p{one.priority}",
        node("span.prio", str(one.priority)),
        node("b", words.named("alarmkind", one.kind)),
        *_about(one, words),
        node("span.num", clock(one.raised, sight.now), title=one.raised),
        node("button.slight", words("haulalarm.acknowledge"), type="button", data_act="acknowledge")
        if acts
        else None,
        tabindex="0",
        data_keys="a",
        data_alarm_id=one.id,
    )


def _about(one: Alarm, words: Words) -> Iterator[Node]:
    """A bin has a page of its own; of anything else there is the event that told of it."""
    kind, _, name = one.subject.partition("/")
    if kind == "bin":
        yield node("a", name, href=bin_href(name))
    else:
        href = event_href(one.position, one.cause) if one.position else ""
        yield node("a", shown(name, words), href=href)


async def acknowledge(screen: Screen, alarm: str) -> None:
    """The session is asked about again; the log decides whether it still is to be acknowledged."""
    account = screen.visit.account
    if not screen.visit.acts:
        return
    if not screen.live():
        screen.leave()
        return
    await done(screen.words, perform(screen.acts, "acknowledge", DISTRICT, account, alarm))
