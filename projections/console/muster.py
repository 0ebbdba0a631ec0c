"""The muster list: who is inside by name, once a reason stands in the log.

What was read belongs to one open page and goes with it. Who left since is told from the rows as
they are now, so that a list in somebody's hand does not grow wrong in silence."""

from datetime import datetime
from functools import partial

import msgspec
from nicegui import ui

from core.clock import rfc3339
from projections.console.format import clock, count
from projections.console.nodes import Node, badge, node
from projections.console.places import place
from projections.console.presence import site, title
from projections.console.reasons import Because
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.work import done
from projections.safe_community.rows.places import Inside
from projections.web.staff import Room


class List(msgspec.Struct, frozen=True, kw_only=True):
    """`record`: where the look-up stands; `position`: what the rows are folded up to."""

    record: int
    position: int
    at: str
    people: tuple[Inside, ...]
    names: dict[str, str]


class Muster:
    def __init__(self, screen: Screen, room: Room, because: Because) -> None:
        self._screen, self._room, self._because = screen, room, because
        self._list: List | None = None

    def build(self) -> None:
        screen = self._screen
        screen.region(self._lead, look="musterlead", act=self._pressed)
        screen.region(self._items, look="muster scrolls")

    def _pressed(self, name: str, _key: str) -> None:
        words = self._screen.words
        if name == "print":
            ui.run_javascript("window.print()")
        elif name == "muster" and self._screen.visit.account.role != "viewer":
            self._because.ask(words("muster.sure"), words("muster.on_record"),
                              words("muster.ask"), "", self._read)  # fmt: skip

    async def _read(self, reason: str) -> None:
        screen = self._screen
        found = await done(screen.words, partial(self._looked_up, reason))
        if found is not None:
            self._list = found
            screen.redraw()

    def _looked_up(self, reason: str) -> List:
        """The record first: durable before anybody is looked at."""
        screen, room = self._screen, self._room
        account, compound = screen.visit.account, screen.sight.compound
        room.allowance.take("look-up", account)
        record = room.lookups.record(compound, account, "muster", reason)
        position, _, people = room.lookups.inside(compound)
        names = room.lookups.names(compound, account, [one.ref for one in people])
        return List(
            record=record,
            position=position,
            at=rfc3339(screen.desk.clock.now()),
            people=tuple(people),
            names=dict(names),
        )

    def _lead(self, sight: Sight) -> list[Item]:
        role = self._screen.visit.account.role
        draw = partial(lead, self._list, self._screen.words, sight.now, allowed=role != "viewer")
        return [Item("lead", (self._list, sight.today), draw)]

    def _items(self, sight: Sight) -> list[Item]:
        if self._list is None:
            return []
        return items(self._list, sight, self._screen.words)


def lead(found: List | None, words: Words, now: datetime, *, allowed: bool) -> Node:
    if not allowed:
        return node("div.lead", node("span.note", words("unable.role")))
    ask = node("button.slight", words("muster.again" if found else "muster.ask"), type="button",
               data_act="muster")  # fmt: skip
    if found is None:
        return node("div.lead", ask, node("span.note", words("muster.hidden")))
    asof = words("muster.asof", n=count(len(found.people)), when=clock(found.at, now),
                 position=found.position, record=found.record)  # fmt: skip
    return node(
        "div.lead",
        ask,
        node("button.slight", words("muster.print"), type="button", data_act="print"),
        node("a.note", asof, href=f"/events/{found.record}"),
        None if found.people else node("p.note", words("muster.nobody")),
    )


def items(found: List, sight: Sight, words: Words) -> list[Item]:
    """By area. `inside` is keyed by reference: who is not there any more has gone out."""
    described, within = site(sight), sight.safe.get("inside", {})
    made = []
    for one in found.people:
        area = described.areas.get(one.area)
        where = title(one.area, area.title if area else "", words)
        gone = one.ref not in within
        draw = partial(
            _person, one, found.names.get(one.ref, ""), where, words, sight.now, gone=gone
        )
        made.append(Item(one.ref, (one, gone, found.record, sight.today), draw))
    return made


def _person(
    one: Inside, called: str, where: str, words: Words, now: datetime, *, gone: bool
) -> Node:
    return node(
        "a.person.gone" if gone else "a.person",
        node("span.where", where),
        node("b.clip", called or f"…{one.ref[-8:]}", title=one.ref),
        node("span", words.named("who", one.who)),
        node("span.clip", words("muster.door", where=place(one.door, words))),
        node("span.num", clock(one.since, now), title=one.since),
        badge("calm", "check", words("muster.left")) if gone else node("span"),
        href=f"/events/{one.position}" if one.position else "",
    )
