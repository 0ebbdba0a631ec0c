"""One trip: its lifts in order with their evidence, every word about its ticket, its balance."""

from collections.abc import Mapping
from functools import partial

import msgspec
from nicegui import ui

from projections.console.district import evidence, findinglist
from projections.console.district.answer import Answer, lasting
from projections.console.district.boards import Seen
from projections.console.district.findinglist import finding_items
from projections.console.district.gapbar import gap_bar
from projections.console.district.ticket import chain_items, revision_items
from projections.console.district.times import clock, stamp
from projections.console.district.today import compound_names
from projections.console.district.vehicle import leading, shown
from projections.console.format import NONE, count, mass
from projections.console.frame import panel, sheet
from projections.console.links import event_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.waste_district.asked.trip_story import TripStory, trip_story
from projections.waste_district.register.register import Register

_LOOKS = {
    "open": ("quiet", "late"),
    "delivered": ("calm", "check"),
    "refused": ("hot", "cross"),
    "undelivered": ("hot", "active"),
}


class TripFound(msgspec.Struct, frozen=True):
    story: TripStory
    carrier: str
    facility: str
    names: Mapping[str, str]  # of compounds


def found(seen: Seen, key: str) -> TripFound | None:
    story = trip_story(seen.kinds, key)
    if story is None:
        return None
    register, trip = Register(seen.kinds), story.trip
    at = trip.closed_ms or trip.opened_ms
    carrier = register.carrier(trip.carrier, at)
    facility = register.facility(trip.site, at)
    return TripFound(
        story,
        carrier.name if carrier and carrier.name else trip.carrier,
        facility.name if facility and facility.name else trip.site,
        compound_names(seen),
    )


def build(screen: Screen, answer: Answer[TripFound | None]) -> None:
    words = screen.words
    if answer.made is None:
        Region(fixed(node("p.waiting", words("trip.none"))))
        return

    known = lasting(answer, answer.made)  # a late file may show that there was no such trip

    def story() -> TripStory:
        return known().story

    with ui.element("div").classes("columns tell"):
        with ui.element("div").classes("stack"):
            with panel(words, "trip.title").classes("hug"):
                screen.region(
                    lambda _: _facts(known(), words, gone=answer.made is None), look="binfacts"
                )
            with panel(words, "ticket.title", words("ticket.note")):
                screen.region(
                    lambda _: chain_items(story().tickets, words),
                    look="words scrolls",
                    empty=words("ticket.none"),
                )
            with panel(words, "revision.title", words("revision.note")).classes("lower"):
                screen.region(
                    lambda _: revision_items(story().revisions, words),
                    look="words scrolls",
                    empty=words("revision.none"),
                )
        with ui.element("div").classes("stack wide"):
            with panel(words, "trip.lifts", words("trip.liftsnote")), sheet("scrolls"):
                Region(fixed(evidence.heads(words, whose=True)), tag="thead")
                screen.region(
                    lambda _: evidence.items(story().lifts, words, whose=True),
                    tag="tbody",
                    empty=words("trip.nolifts"),
                )
            with panel(words, "finding.title").classes("lower"):
                findinglist.build(
                    screen, lambda _: finding_items(story().findings, known().names, words)
                )
    answer.follow(screen)


def _facts(made: TripFound, words: Words, *, gone: bool) -> list[Item]:
    return [Item("facts", (made, gone), partial(_drawn, made, words, gone=gone))]


def _drawn(made: TripFound, words: Words, *, gone: bool) -> Node:
    trip = made.story.trip
    name = shown(trip.vehicle, words)
    kind = trip.category or "unknown"
    pairs = (
        ("vehicle", leading(trip.vehicle, words)),
        ("carrier", made.carrier or NONE),
        ("opened", stamp(trip.opened_ms)),
        ("closed", stamp(trip.closed_ms)),
        ("facility", made.facility or NONE),
        ("ticketno", trip.ticket.partition("|")[2] or NONE),
        ("counts", words("trip.counted", lifts=count(trip.lifts), doubles=count(trip.doubles))),
        ("wrong", words("trip.wronged", n=count(trip.wrong_lifts), mass=mass(trip.wrong_g))),
    )
    return node(
        "div",
        node(
            f"div.subject.{kind}",
            node("span.what", node("b", words("trip.named", vehicle=name, day=trip.day,
                                              n=trip.n)),
                 node("span.kind", node("span.swatch"), words.named("category", kind))),
            badge(*_LOOKS[trip.outcome], words.named("tripoutcome", trip.outcome)),
            badge("hot", "active", words("trip.mixed", why=words.named("mixed", trip.mixed)))
            if trip.mixed else None,
            badge("hot", "cross", words("trip.gone")) if gone else None,
            _first(made.story, words),
        ),
        node("dl", *(node("div", node("dt", words(f"trip.{key}")), node("dd", value))
                     for key, value in pairs)),
        gap_bar(trip.lifted_g, trip.received_g, trip.gaps, words),
        node("p.note", words("trip.tolerance", mass=mass(trip.tolerance_g),
                             when=clock(trip.closed_ms))),
    )  # fmt: skip


def _first(story: TripStory, words: Words) -> Node | None:
    """To the ticket's first event, which closed the trip."""
    if story.ticket is None or not story.ticket.words:
        return None
    first = story.ticket.words[0]
    return node("a.slight", words("trip.weighing"), href=event_href(first.position, first.id))
