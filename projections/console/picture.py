"""A picture that is evidence, wherever an event names one: what is known of it without looking, and
the way to look, which is on record before the first byte leaves (`picture.js`).

`shot` asks what is known (it reads the index: off the loop where there are many), `drawn` is the
node for a row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

import msgspec
from nicegui import ui

from core.errors import Unavailable
from core.event import Media
from core.events.media import Requester
from projections.console.format import clock, size
from projections.console.nodes import Node, badge, node
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.web.desk import Desk
from projections.web.reasons import WORDS

_LOOKS = {
    "kept": ("calm", "check"), "held": ("warm", "lock-locked"), "removed": ("quiet", "cross"),
    "damaged": ("hot", "active"), "missing": ("hot", "active"), "awaited": ("late", "late"),
    "unknown": ("unknown", "once"),
}  # fmt: skip
_SAID = (
    "look", "record", "reason", "free", "unit", "requester", "person", "purpose", "view", "export",
    "cancel", "needed", "loading", "failed", "unlike", "checked", "unchecked", "alt", "status403",
    "status404", "status409", "status410", "status429", "status503",
)  # fmt: skip
_PREFIX = 12  # digits of a hash, which are enough to tell it from others by eye


class Shot(msgspec.Struct, frozen=True):
    """`state` as of when it was asked; `unknown` where this hub keeps no pictures or its index is
    away. `at` and `type` are of the event that names it."""

    media: Media
    event_id: str
    state: str
    at: str = ""
    type: str = ""


def shot(desk: Desk, media: Media, event_id: str) -> Shot:
    if desk.media is None:
        return Shot(media, event_id, "unknown")
    try:
        entry = desk.media.register.entry(media.sha256)
    except Unavailable:
        return Shot(media, event_id, "unknown")
    if entry is None:
        return Shot(media, event_id, "awaited")
    sized = msgspec.structs.replace(media, bytes=entry.bytes or media.bytes)
    state = entry.state(desk.clock.now())
    for one in entry.named:
        if one.event == event_id:
            return Shot(sized, event_id, state, one.at, one.type)
    return Shot(sized, event_id, state)


def shots_of(desk: Desk, compound: str, subject: str, most: int) -> Sequence[Shot]:
    """The newest of a door, also those of the camera in its terminal. Reads the index."""
    if desk.media is None:
        return ()
    camera = f"camera/{subject.partition('/')[2]}"
    try:
        found = desk.media.register.of_subject(compound, (subject, camera), most)
    except Unavailable:
        return ()
    return [shot(desk, Media(sha256=sha256), event) for sha256, event in found]


def drawn(one: Shot, words: Words, now: datetime, *, may: bool) -> Node:
    """`may`: whoever sees the page may look at pictures."""
    media = one.media
    look, shape = _LOOKS[one.state]
    looks = may and one.state in ("kept", "held")
    return node(
        "menwei-picture.picture",
        node(
            "div.shot",
            node("span.num", clock(one.at, now)) if one.at else None,
            node("b", words.named("mediakind", media.kind)),
            node("span", words.named("type", one.type)) if one.type else None,
            badge(look, shape, words.named("mediastate", one.state)),
            node("span.num", size(media.bytes)),
            node("code", f"{media.sha256[:_PREFIX]}…", title=media.sha256),
        ),
        sha256=media.sha256,
        event_id=one.event_id,
        may="1" if looks else "",
        data_state=one.state,
    )


def may_look(screen: Screen) -> bool:
    return screen.visit.account.role != "viewer"


class Looking(ui.element, component="picture.js"):
    """Once a page: gives the browser the element and its words."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        said: dict[str, object] = {name: words(f"picture.{name}") for name in _SAID}
        said["reasons"] = [("", ""), *((one, words.named("because", one)) for one in WORDS)]
        said["requesters"] = [(one, words.named("requester", one)) for one in get_args(Requester)]
        self.props["words"] = said
