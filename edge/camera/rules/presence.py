"""Who is in a region: came, went, stays too long, and too many at once.

In and out are believed once they have lasted, and out only at a distance from the border, so that
one who stands on it comes once. A track that is presumed stays where it was; one that is gone has
left.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from edge.camera.geometry import away
from edge.camera.seen import Track
from edge.camera.zones import Region

LASTING_S = 0.4  # before a coming or going is believed
_MARGIN = 0.01  # outside by less than this is not out yet

Sort = Literal["entered", "left", "loitering", "crowd"]


class Presence(msgspec.Struct, frozen=True):
    sort: Sort
    track: Track  # of a crowd: who was the last to come
    count: int  # in the region now
    for_s: float = 0.0  # how long it has been so


class _Guest(msgspec.Struct):
    track: Track  # as last seen
    since: float  # first seen inside
    entered: bool = False
    outside: float | None = None  # since when it has been out
    loitered: bool = False


class PresenceRule:
    """Owns who is inside; as many as there are tracks."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._guests: dict[int, _Guest] = {}
        self._crowded: float | None = None  # since when there are too many
        self._thinned: float | None = None  # ... or no longer
        self._told = False  # that it is a crowd

    def step(self, tracks: Sequence[Track], at: float) -> Sequence[Presence]:
        found: list[Presence] = []
        present = {track.id for track in tracks}
        for number in [number for number in self._guests if number not in present]:
            guest = self._guests.pop(number)
            if guest.entered:
                found.append(Presence("left", guest.track, self.inside, at - guest.since))
        for track in tracks:
            if track.seen >= at and not (
                self.region.labels
                and track.label not in self.region.labels
                and track.id not in self._guests
            ):
                found += self._seen(track, at)
        return [*found, *self._crowd(at)]

    @property
    def inside(self) -> int:
        return sum(guest.entered for guest in self._guests.values())

    def redrawn(self, region: Region) -> None:
        """Who was in it is in it, until seen outside."""
        self.region = region

    def _seen(self, track: Track, at: float) -> Sequence[Presence]:
        distance = away(self.region.polygon, track.foot)
        guest = self._guests.get(track.id)
        if guest is None:
            if distance == 0:
                self._guests[track.id] = _Guest(track, at)
            return ()
        if distance > (_MARGIN if guest.entered else 0):
            return self._out(guest, at)
        guest.outside = None
        # The class it came with is the one it leaves with: labels waver.
        guest.track = msgspec.structs.replace(track, label=guest.track.label)
        found: list[Presence] = []
        if not guest.entered and at - guest.since >= LASTING_S:
            guest.entered = True
            found.append(Presence("entered", guest.track, self.inside))
        stayed = at - guest.since
        if guest.entered and 0 < self.region.loiter_s <= stayed and not guest.loitered:
            guest.loitered = True
            found.append(Presence("loitering", guest.track, self.inside, stayed))
        return found

    def _out(self, guest: _Guest, at: float) -> Sequence[Presence]:
        if not guest.entered:
            del self._guests[guest.track.id]
            return ()
        if guest.outside is None:
            guest.outside = at
        if at - guest.outside < LASTING_S:
            return ()
        del self._guests[guest.track.id]
        return (Presence("left", guest.track, self.inside, guest.outside - guest.since),)

    def _crowd(self, at: float) -> Sequence[Presence]:
        """Told once; again after there were fewer for as long as it takes to be a crowd."""
        most = self.region.crowd
        if not most:
            return ()
        if self.inside < most:
            self._crowded = None
            self._thinned = at if self._thinned is None else self._thinned
            if at - self._thinned >= self.region.crowd_s:
                self._told = False
            return ()
        self._thinned = None
        self._crowded = at if self._crowded is None else self._crowded
        lasted = at - self._crowded
        if self._told or lasted < self.region.crowd_s:
            return ()
        self._told = True
        last = max((one for one in self._guests.values() if one.entered), key=lambda one: one.since)
        return (Presence("crowd", last.track, self.inside, lasted),)
