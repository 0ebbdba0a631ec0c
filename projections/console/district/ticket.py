"""Words about a load's tickets, each with what it changed and why; how its balance was said."""

from collections.abc import Sequence
from functools import partial

from projections.console.district.times import stamp
from projections.console.format import exact, seconds
from projections.console.links import event_href
from projections.console.nodes import Node, badge, icon, node
from projections.console.region import Item
from projections.console.texts import Words
from projections.waste_district.rows.tickets import Ticket, Weighing
from projections.waste_district.rows.trips import Revision

_LOOKS = {
    "weighed": ("quiet", "once"),
    "accepted": ("calm", "check"),
    "refused": ("hot", "cross"),
    "corrected": ("late", "late"),
}
_MASSES = ("gross_g", "tare_g", "net_g")
_LATE_S = 3600


def chain_items(tickets: Sequence[Ticket], words: Words) -> list[Item]:
    """From hand to hand: who has several tickets was refused, or came from a transfer station."""
    made: list[Item] = []
    for one in tickets:
        if len(tickets) > 1:
            told = one.site, one.ticket_no
            made.append(Item(" ".join(told), told, partial(_whose, *told)))
        made += word_items(one, words)
    return made


def _whose(site: str, number: str) -> Node:
    return node("p.note", f"{site} · {number}")


def word_items(ticket: Ticket, words: Words) -> list[Item]:
    made: list[Item] = []
    known: dict[str, int | str | None] = {}
    for one in ticket.words:
        before = dict(known)
        known |= {name: told for name in (*_MASSES, "category")
                  if (told := getattr(one, name)) not in (None, "")}  # fmt: skip
        made.append(Item(f"{one.id} {one.source}", one, partial(_word, one, before, words)))
    return made


def _word(one: Weighing, before: dict[str, int | str | None], words: Words) -> Node:
    said = [
        node("span.change", node("em", words(f"ticket.{name}")), *_change(before.get(name), told))
        for name in _MASSES
        if (told := getattr(one, name)) is not None
    ]
    if one.category:
        said.append(node("span.change", node("em", words("ticket.category")),
                         words.named("category", one.category)))  # fmt: skip
    if one.reason:
        said.append(node("span.why", words("ticket.why", why=one.reason)))
    if one.late_s >= _LATE_S:
        said.append(node("span.note", icon("late"), words("lift.late", age=seconds(one.late_s))))
    return node(
        "a.word",
        node("span.num", stamp(one.ms)),
        badge(*_LOOKS[one.what], words.named("ticketword", one.what)),
        node("span.changes", *said),
        href=event_href(one.position, one.id),
        data_event_id=one.id,
    )


def _change(before: int | str | None, told: int) -> list[Node]:
    now = node("b.num", exact(told))
    if not isinstance(before, int) or before == told:
        return [now]
    return [node("s.num", exact(before)), " → ", now]


def revision_items(found: Sequence[Revision], words: Words) -> list[Item]:
    """The newest first."""
    return [
        Item(f"{one.position} {one.cause} {one.trip}", one, partial(_revision, one, words))
        for one in sorted(found, key=lambda one: one.position, reverse=True)
    ]


def _revision(one: Revision, words: Words) -> Node:
    pairs = (("lifted", one.lifted_was, one.lifted_is),
             ("received", one.received_was, one.received_is))  # fmt: skip
    return node(
        "a.word",
        node("span.num", words("revision.at", n=one.position)),
        node("b", words.named("type", one.why), node("em", one.trip.replace("|", " · "))),
        node(
            "span.changes",
            *(
                node("span.change", node("em", words(f"revision.{name}")), *_change(was, now))
                for name, was, now in pairs
                if was != now
            ),
        ),
        href=event_href(one.position, one.cause),
        data_event_id=one.cause,
    )
