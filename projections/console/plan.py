"""The site plan on the desk: a drawing, and what stands on it now by colour and shape."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
from nicegui import ui

from core.errors import Refused
from core.site import NO_SITE
from projections.console import plan_file
from projections.console.doors import ALARMED, open_long
from projections.console.links import door_href, listed, subject_href
from projections.console.places import place
from projections.console.plan_drawn import drawn
from projections.console.plan_file import Drawing
from projections.console.snapshots import Sight, row, rows
from projections.console.texts import Words
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.policy import Rulebook

FOLDER = "plans"  # in the hub's data folder: plans/{compound}.svg
State = tuple[str, str, str]  # look, words, where a click leads


class Plan(msgspec.Struct, frozen=True):
    drawing: Drawing
    given: bool = False
    refused: str = ""  # why the file that is there was not taken


def plan_of(data: Path, sight: Sight, words: Words) -> Plan:
    """The file of this compound, else one made of what is known. Reads a file: off the loop."""
    refused = ""
    try:
        found = plan_file.read(data / FOLDER, sight.compound)
    except Refused as bad:
        found, refused = None, bad.reason
    if found is not None:
        return Plan(found, given=True)
    return Plan(_drawn(sight, words), refused=refused)


def _drawn(sight: Sight, words: Words) -> Drawing:
    book = row(sight.safe, "policy", "policy", Rulebook)
    doors = [one.subject for one in rows(sight.safe, "door", Door)]
    cameras = [one.subject for one in rows(sight.safe, "camera", Camera)]
    return drawn(book.site if book else NO_SITE, doors, cameras, words)


def _things(sight: Sight) -> tuple[object, ...]:
    """What a plan of our own is drawn from: when it changes, it is drawn anew."""
    book = row(sight.safe, "policy", "policy", Rulebook)
    return (
        book.site if book else None,
        frozenset(sight.safe.get("door", {})),
        frozenset(sight.safe.get("camera", {})),
    )


def note(plan: Plan, words: Words) -> str:
    if plan.refused:
        return words("plan.refused", why=words.named("planrefused", plan.refused))
    if not plan.given:
        return words("plan.generated")
    left = plan.drawing.left
    return words("plan.left", n=left) if left else words("plan.given")


def door_look(one: Door, now: datetime) -> str:
    if one.fire:
        return "fire"
    if one.alarm in ALARMED or "detected" in (one.tamper, one.fault):
        return "alarm"
    if one.physical == "open":
        return "long" if one.alarm == "prealarm" or open_long(one, now) else "open"
    return one.physical


def states(sight: Sight, subjects: frozenset[str], words: Words) -> dict[str, State]:
    """What every thing on the drawing is now; what nobody has heard of is unknown."""
    compound = sight.compound
    found: dict[str, State] = {
        one: _unknown(one, compound, words) for one in subjects if "/" in one
    }
    for door in rows(sight.safe, "door", Door):
        if door.subject in subjects:
            look = door_look(door, sight.now)
            word = f"{place(door.subject, words)} · {words(f'mark.{look}')}"
            found[door.subject] = (look, word, door_href(door.subject, compound))
    for camera in rows(sight.safe, "camera", Camera):
        if camera.subject in subjects:
            look = "up" if camera.state == "up" else "lost"
            word = f"{place(camera.subject, words)} · {words(f'mark.{look}')}"
            found[camera.subject] = (look, word, listed(compound, subject=camera.subject))
    return found


def _unknown(subject: str, compound: str, words: Words) -> State:
    word = f"{place(subject, words)} · {words('mark.unknown')}"
    return "unknown", word, subject_href(subject, compound)


class PlanView(ui.element, component="plan.js"):
    """Marks that changed travel, nothing else."""

    def __init__(self, plan: Plan, sight: Sight, words: Words) -> None:
        super().__init__()
        self._drawing, self._given, self._words = plan.drawing, plan.given, words
        self._things = _things(sight)
        self._sent = self._states(sight)
        start = {"root": plan.drawing.root, "states": self._sent}
        self.props["initial"] = orjson.dumps(start).decode()
        self.props["aria-label"] = words("plan.title")

    def news(self, sight: Sight) -> dict[str, Any] | None:
        if not self._given and (things := _things(sight)) != self._things:
            self._things, self._drawing = things, _drawn(sight, self._words)
            self._sent = self._states(sight)
            return {"root": self._drawing.root, "states": self._sent}
        now = self._states(sight)
        changed = {key: state for key, state in now.items() if self._sent.get(key) != state}
        self._sent = now
        return {"states": changed} if changed else None

    def forget(self) -> None:
        self._things, self._sent = (), {}

    def _states(self, sight: Sight) -> dict[str, State]:
        return states(sight, self._drawing.subjects, self._words)
