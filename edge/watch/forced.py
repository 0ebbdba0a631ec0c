"""Doors that open though nobody may: no grant within the door's `grant_s` before, none in a grace
behind, for readers and contacts that speak on different wires."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.events.door import Forced
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.door import Door
from edge.watch.fact import Fact, Said
from edge.watch.machine import Fire

GRACE = timedelta(seconds=1)
OWN = timedelta(seconds=1.5)  # of a device that tells forced doors itself: its word comes first


class Force:
    """Owns nothing: an opening that is suspected is in its door."""

    def __init__(self, agenda: Agenda, doors: Book[Door]) -> None:
        self._agenda, self._doors = agenda, doors
        self.fires: Mapping[str, Fire] = {"forced": self._forced}

    def suspect(self, key: str, one: Door, fact: Fact, cause: str) -> None:
        """Unless something explains it yet. The first of several openings is told."""
        if not one.suspect:
            one.suspect, one.suspect_at, one.suspect_id = cause, fact.at, fact.id
            when = fact.now + (OWN if one.tells_forced else GRACE)
            self._agenda.arm(f"forced/{key}", when, fact.now + GRACE)

    def justify(self, key: str, one: Door, now: datetime) -> None:
        """Whoever opens it now may. What was opened longer ago than the grace, and is only not
        told yet, stays as it was."""
        one.justified = now
        self._agenda.changed = True
        due = self._agenda.get(f"forced/{key}")
        if due is not None and now < due.about:
            self.clear(key, one)

    def justify_late(self, key: str, one: Door, at: datetime, within: timedelta) -> None:
        """A grant that comes late explains only what it was given shortly before."""
        if one.suspect_at is not None and -GRACE <= one.suspect_at - at <= within:
            self.clear(key, one)

    def told(self, key: str, one: Door, now: datetime) -> None:
        """By the device itself, before the opening or behind it."""
        one.forced, one.tells_forced = now, True
        self._agenda.changed = True
        self.clear(key, one)

    def clear(self, key: str, one: Door) -> None:
        one.suspect, one.suspect_at, one.suspect_id = "", None, ""
        self._agenda.drop(f"forced/{key}")

    def _forced(self, key: str, due: Due) -> Sequence[Said]:
        one = self._doors.get(key)
        if one is None or not one.suspect:
            return ()
        said = one.said(Forced(cause=one.suspect), one.suspect_at or due.about, one.suspect_id)
        self.clear(key, one)
        return (said,)
