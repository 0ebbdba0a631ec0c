"""Doors that stay open: a pre-alarm, then held open, by spans since the opening was heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.clock import rfc3339
from core.events.door import HeldOpen, PreAlarmed
from core.site import Door as Limits
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.door import Door
from edge.watch.fact import Said
from edge.watch.machine import Fire

# A device that tells held doors itself is waited for; ours then still tells the time it was due.
OWN = timedelta(seconds=3)


class Held:
    """Owns nothing: the span is in the agenda, the opening in the door."""

    def __init__(self, agenda: Agenda, doors: Book[Door]) -> None:
        self._agenda, self._doors = agenda, doors
        self.fires: Mapping[str, Fire] = {"pre": self._soon, "held": self._held}

    def begin(self, key: str, one: Door, spec: Limits, now: datetime) -> None:
        """From now on it may stay open for so long."""
        one.since = now
        self.end(key)
        held = now + timedelta(seconds=spec.open_s)
        if 0 < spec.prealarm_s < spec.open_s:
            self._agenda.arm(f"pre/{key}", held - timedelta(seconds=spec.prealarm_s))
        self._agenda.arm(f"held/{key}", held + OWN if one.tells_held else held, held)

    def end(self, key: str) -> None:
        self._agenda.drop(f"pre/{key}")
        self._agenda.drop(f"held/{key}")

    def closed(self, key: str, at: datetime, now: datetime) -> Sequence[Said]:
        """What was due before it closed and not said: nobody looked, or the device was waited
        for."""
        due = self._agenda.get(f"held/{key}")
        over = due is not None and due.about <= min(at, now)
        said = self._held(key, due) if due is not None and over else ()
        self.end(key)
        return said

    def _soon(self, key: str, due: Due) -> Sequence[Said]:
        one, held = self._doors.get(key), self._agenda.get(f"held/{key}")
        if one is None or held is None:
            return ()
        data = PreAlarmed(cause="timer", due=rfc3339(held.about))
        return (one.said(data, due.about, one.id),)

    def _held(self, key: str, due: Due) -> Sequence[Said]:
        one = self._doors.get(key)
        if one is None or one.since is None:
            return ()
        lasted = round((due.about - one.since).total_seconds(), 3)
        data = HeldOpen(cause="timer", duration_s=lasted)
        return (one.said(data, due.about, one.id),)
