"""A zone in which something stands for longer than it may, such as a fire lane.

What the site describes of a zone holds; of one it does not describe, what the camera's own drawing
says with each coming (`limit_s`), so that a region drawn on the picture works by itself.

By track: traffic that flows through occupies nothing. Told once, until the last has left. A track
that never ends (the camera began anew) is forgotten; if it was the last, the zone is vacant as far
as anybody can tell, and that is marked as such.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from core.clock import rfc3339
from core.event import Data
from core.events import camera
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.described import Described
from edge.watch.fact import Fact, Said, key_of
from edge.watch.machine import Fire, See

ENDLESS = timedelta(hours=12)  # of a track of which nothing more is heard
_ZONES = 1024
_LONGEST_S = 86_400
_TRACKS = 256  # in one zone; the oldest are forgotten
Purpose = Literal["", "fire-lane", "passage"]
_PURPOSES: dict[str, Purpose] = {name: name for name in get_args(Purpose)}


class Track(msgspec.Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    since: datetime
    label: str = ""
    id: str = ""  # of the fact that it entered


class Limit(msgspec.Struct, frozen=True):
    purpose: Purpose
    limit_s: float
    labels: tuple[str, ...] = ()


class Occupied(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    """What is in a zone, by track, in the order in which it came; none of it stays when empty."""

    subject: str
    device: str
    tracks: dict[str, Track]
    told: str = ""  # label it was said with, then " "; empty while it was not
    purpose: Purpose = ""  # as the camera's drawing has it ...
    limit_s: float = 0.0  # ... for a zone the site does not describe


class Zones:
    """Owns who is where. A key is `{camera}/{zone}`."""

    def __init__(self, site: Described, agenda: Agenda, kept: Mapping[str, Occupied]) -> None:
        self._site, self._agenda = site, agenda
        self.book = Book(_ZONES, kept, self._forget)
        self.sees: Mapping[type[Data], See] = {
            camera.RegionEntered: self._entered,
            camera.RegionLeft: self._left,
            camera.MotionEnded: self._ended,
        }
        self.fires: Mapping[str, Fire] = {"zone": self._is_occupied, "track": self._is_endless}

    def shift(self, by: timedelta) -> None:
        for one in self.book.kept.values():
            one.tracks = {
                name: msgspec.structs.replace(track, since=track.since + by)
                for name, track in one.tracks.items()
            }

    def _entered(self, fact: Fact) -> Sequence[Said]:
        data, name = fact.data, key_of(fact.subject)
        if not fact.live or not isinstance(data, camera.RegionEntered):
            return ()
        key = f"{name}/{data.zone}"
        spec = self._described(key) or _drawn(data.purpose, data.limit_s)
        if spec is None or (spec.labels and data.label not in spec.labels):
            return ()
        one = self.book.touch(key, Occupied(fact.subject, fact.device, {}))
        one.purpose, one.limit_s = _PURPOSES.get(data.purpose, ""), data.limit_s or 0.0
        if data.track_id in one.tracks:
            return ()
        if len(one.tracks) >= _TRACKS:
            del one.tracks[next(iter(one.tracks))]
        one.tracks[data.track_id] = Track(fact.now, data.label, fact.id)
        self._arm(key, one, spec)
        return ()

    def _left(self, fact: Fact) -> Sequence[Said]:
        data, name = fact.data, key_of(fact.subject)
        if not isinstance(data, camera.RegionLeft):
            return ()
        return self._gone(f"{name}/{data.zone}", data.track_id, fact)

    def _ended(self, fact: Fact) -> Sequence[Said]:
        """The track is over, in whatever zones it was."""
        data, name = fact.data, key_of(fact.subject)
        if not isinstance(data, camera.MotionEnded) or not data.track_id:
            return ()
        said: list[Said] = []
        for key in [key for key in self.book.kept if key.rpartition("/")[0] == name]:
            said += self._gone(key, data.track_id, fact)
        return said

    def _gone(self, key: str, track: str, fact: Fact) -> Sequence[Said]:
        """A late one ends it, too: what was told would else never end."""
        one = self.book.get(key)
        if one is None or track not in one.tracks:
            return ()
        if not fact.live and fact.at < one.tracks[track].since:
            return ()  # of another time
        return self._without(key, one, (track,), fact.now, fact.id)

    def _is_occupied(self, key: str, due: Due) -> Sequence[Said]:
        one = self.book.get(key)
        if one is None or not one.tracks or one.told:
            return ()
        track = next(iter(one.tracks.values()))
        zone = key.rpartition("/")[2]
        spec = self._spec(key, one)
        limit = (due.about - track.since).total_seconds()
        one.told = f"{track.label} "
        data = camera.RegionOccupied(
            zone=zone,
            label=track.label,
            purpose=spec.purpose if spec is not None else "",
            since=rfc3339(track.since),
            limit_s=round(limit, 3),
        )
        return (
            Said(
                data=data, subject=one.subject, device=one.device, at=due.about,
                causationid=track.id,
            ),
        )  # fmt: skip

    def _is_endless(self, key: str, due: Due) -> Sequence[Said]:
        one = self.book.get(key)
        if one is None:
            return ()
        old = [name for name, track in one.tracks.items() if track.since + ENDLESS <= due.about]
        return self._without(key, one, old, due.about, "")

    def _without(
        self, key: str, one: Occupied, tracks: Sequence[str], at: datetime, id: str
    ) -> Sequence[Said]:
        for track in tracks:
            one.tracks.pop(track, None)
        self._agenda.changed = True
        if one.tracks:
            spec = self._spec(key, one)
            if spec is not None:
                self._arm(key, one, spec)
            return ()
        self.book.pop(key)
        self._forget(key)
        if not one.told:
            return ()
        spec = self._spec(key, one)
        data = camera.RegionVacated(
            zone=key.rpartition("/")[2],
            label=one.told.strip(),
            purpose=spec.purpose if spec is not None else "",
            native={} if id else {"expired": True},
        )
        return (Said(data=data, subject=one.subject, device=one.device, at=at, causationid=id),)

    def _spec(self, key: str, one: Occupied) -> Limit | None:
        return self._described(key) or _drawn(one.purpose, one.limit_s)

    def _described(self, key: str) -> Limit | None:
        name, _, zone = key.rpartition("/")
        described = self._site.camera(name)
        spec = described.zones.get(zone) if described is not None else None
        return Limit(spec.purpose, spec.limit_s, spec.labels) if spec is not None else None

    def _arm(self, key: str, one: Occupied, spec: Limit) -> None:
        """By the one that is there for longest."""
        since = next(iter(one.tracks.values())).since
        self._agenda.arm(f"track/{key}", since + ENDLESS)
        if not one.told:
            self._agenda.arm(f"zone/{key}", since + timedelta(seconds=spec.limit_s))

    def _forget(self, key: str) -> None:
        self._agenda.drop(f"zone/{key}")
        self._agenda.drop(f"track/{key}")


def _drawn(purpose: str, limit_s: float | None) -> Limit | None:
    """Of a device's word: a limit no zone has is none."""
    if limit_s is None or not 0 < limit_s <= _LONGEST_S:
        return None
    return Limit(_PURPOSES.get(purpose, ""), limit_s)
