"""Orders to a gateway, as a page gives them and as it shows what became of them."""

from datetime import datetime
from functools import partial

from nicegui import ui

from projections.console.format import clock, moment
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.console.work import done
from projections.safe_community.rows.orders import Order
from projections.web.people import OrderMade, Wish
from projections.web.staff import Room

SHOWN = 6


async def send(screen: Screen, room: Room, wish: Wish) -> None:
    """The session is asked about again: an order moves a door."""
    words, account = screen.words, screen.visit.account
    if not screen.visit.acts:
        return
    if not screen.live():
        screen.leave()
        return

    def work() -> OrderMade:
        room.allowance.take("command", account)
        return room.people.order(screen.sight.compound, account, wish)

    if await done(words, work) is not None:
        ui.notify(words("doorpage.sent"), type="positive")


def items(sight: Sight, words: Words, target: str) -> list[Item]:
    found = [one for one in rows(sight.safe, "order", Order) if one.target == target]
    found.sort(key=lambda one: one.position, reverse=True)
    made = []
    for one in found[:SHOWN]:
        over = _over(one, sight.now)
        draw = partial(drawn, one, words, sight.now, over=over)
        made.append(Item(str(one.position), (one, over, sight.today), draw))
    return made


def _over(one: Order, now: datetime) -> bool:
    """Nobody answered while it was good: nobody will obey it any more."""
    until = moment(one.until)
    return not one.outcome and until is not None and until <= now


def drawn(one: Order, words: Words, now: datetime, *, over: bool) -> Node:
    look, shape, said = "unknown", "late", words("doorpage.waiting")
    if over:
        look, shape, said = "warm", "cross", words("doorpage.unanswered")
    elif one.outcome:
        obeyed = one.outcome == "obeyed"
        look, shape = ("calm", "check") if obeyed else ("warm", "cross")
        said = words.named("outcome", one.outcome)
    return node(
        "a.deed.ordered",
        node("span.num", clock(one.at, now), title=one.at),
        node("b", words.named("verb", one.verb)),
        node("span", one.actor),
        badge(look, shape, said),
        node("span.num", clock(one.answered_at, now) if one.answered_at else ""),
        href=f"/events/{one.position}" if one.position else "",
    )
