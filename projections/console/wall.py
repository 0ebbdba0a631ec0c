"""The device wall: every device of a compound as one cell. One compact payload, then changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from nicegui import events, ui

from projections.console.figures import known_as_of
from projections.console.format import clock, count
from projections.console.links import device_href, door_href, listed
from projections.console.nodes import Node, node
from projections.console.places import natural, place
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.silence import silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.presence import Device
from projections.safe_community.view import SAFE_COMMUNITY

# A cell's code is its place here; wall.js has a colour and a shape for each.
STATES = ("online", "silent", "lost", "tampered", "flapping", "clock", "fault")
_WORDS = ("by", "gateway", "kind", "keys", "none")


def code(one: Device, now: datetime) -> int:
    if one.state != "online":
        return STATES.index(one.state)
    if silent(one, now):
        return STATES.index("silent")
    if one.ailing:
        return STATES.index("fault")
    return STATES.index("clock") if one.clock else 0


class Cells:
    """What the browser holds: who, in which order, and how each is. Only that is compared."""

    def __init__(self) -> None:
        self._names: Sequence[tuple[str, str, str]] | None = None
        self._states = ""

    def whole(self, sight: Sight) -> dict[str, Any]:
        found = sorted(
            rows(sight.safe, "device", Device), key=lambda one: (one.gateway, natural(one.device))
        )
        self._names = [(one.device, one.gateway, one.kind) for one in found]
        self._states = "".join(str(code(one, sight.now)) for one in found)
        gateways, gateway_of = _indexed([one.gateway for one in found])
        kinds, kind_of = _indexed([one.kind for one in found])
        return {
            "names": [one.device for one in found],
            "gateways": gateways,
            "gatewayOf": gateway_of,
            "kinds": kinds,
            "kindOf": kind_of,
            "states": self._states,
        }

    def changes(self, sight: Sight) -> dict[str, Any] | None:
        """[place, code, …] of what is otherwise now; the whole if other devices are there."""
        found: Mapping[str, Any] = sight.safe.get("device", {})
        if self._names is None or len(found) != len(self._names):
            return self.whole(sight)
        by_name = {one.device: one for one in rows(sight.safe, "device", Device)}
        states: list[str] = []
        for name, gateway, kind in self._names:
            one = by_name.get(name)
            if one is None or (one.gateway, one.kind) != (gateway, kind):
                return self.whole(sight)
            states.append(str(code(one, sight.now)))
        now = "".join(states)
        if now == self._states:
            return None
        changed = [
            part
            for at, (before, after) in enumerate(zip(self._states, now, strict=True))
            if before != after
            for part in (at, int(after))
        ]
        self._states = now
        return {"changed": changed}

    def forget(self) -> None:
        self._names = None


def _indexed(values: Sequence[str]) -> tuple[list[str], list[int]]:
    known = sorted(set(values))
    place_of = {value: at for at, value in enumerate(known)}
    return known, [place_of[value] for value in values]


class Wall(ui.element, component="wall.js"):
    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._cells = Cells()
        words = screen.words
        start = {
            "cells": self._named(self._cells.whole(screen.sight)),
            "words": {name: words(f"wall.{name}") for name in _WORDS},
            "states": [words(f"wall.{name}") for name in STATES],
        }
        self.props["initial"] = orjson.dumps(start).decode()
        self.on("facts", self._facts)
        self.on("visit", self._visit)

    def news(self, sight: Sight) -> dict[str, Any] | None:
        update = self._cells.changes(sight)
        return self._named(update) if update and "kinds" in update else update

    def _named(self, whole: dict[str, Any]) -> dict[str, Any]:
        named = self._screen.words.named
        return whole | {"kinds": [named("kind", kind) for kind in whole["kinds"]]}

    def forget(self) -> None:
        self._cells.forget()

    def _facts(self, event: events.GenericEventArguments) -> None:
        one = self._device(event.args)
        if one is not None:
            sight = self._screen.sight
            self.run_method("tell", one.device, facts(one, self._screen.words, sight.now))

    def _visit(self, event: events.GenericEventArguments) -> None:
        one = self._device(event.args)
        if one is not None:
            ui.navigate.to(self._screen.kept(opened(one, self._screen.sight)))

    def _device(self, named: object) -> Device | None:
        found = rows(self._screen.sight.safe, "device", Device)
        return next((one for one in found if one.device == named), None)


def facts(one: Device, words: Words, now: datetime) -> list[str]:
    """Lines of the box beside the pointer."""
    said = [
        place(one.device, words),
        f"{words.named('kind', one.kind)} · {one.gateway} · {one.adapter}",
        f"{words(f'wall.{STATES[code(one, now)]}')} {one.reason}".strip(),
        words("wall.seen", when=clock(one.seen, now)),
        words("wall.events", n=count(one.events)),
    ]
    said += [words.named("condition", each.condition) for each in one.conditions]
    if one.clock:
        said.append(words.named("deviceclock", one.clock))
    return said


def opened(one: Device, sight: Sight) -> str:
    """Where a click leads: to the door or camera it speaks for, else to the device."""
    for door in rows(sight.safe, "door", Door):
        if door.device == one.device:
            return door_href(door.subject, sight.compound)
    for camera in rows(sight.safe, "camera", Camera):
        if camera.device == one.device:
            return listed(sight.compound, subject=camera.subject)
    return device_href(one.device, sight.compound)


def build(screen: Screen) -> None:
    words = screen.words
    with ui.element("section").classes("panel walled"):
        screen.region(lambda sight: [_heading(sight, words)], look="heading")
        screen.part(Wall(screen))


def _heading(sight: Sight, words: Words) -> Item:
    number = len(sight.safe.get("device", {}))
    what = f"{SAFE_COMMUNITY.name}.device @ {sight.position}"
    text = words("wall.source", n=count(number), what=what, when=known_as_of(sight))
    return Item("head", text, partial(_title, text, words))


def _title(text: str, words: Words) -> Node:
    return node(
        "div.title",
        node("h2", words("wall.title")),
        node("span.note", text),
        node("span.note", words("wall.keys")),
    )
