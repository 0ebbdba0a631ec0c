"""The gateway's own attention to what its devices tell: what nobody tells because it is a span of
time, a missing grant, a silence. Pure: no clock, nothing read or written. Its conclusions are
facts of the gateway, stored where the devices' facts are, so that no view needs a clock (I5).

Everything goes by the gateway's clock as facts and ticks bring it. Before a fact is seen, all that
was due by its time is said: so how often somebody ticks changes nothing of what is said, of its
times or of its order. If we die, the rows that were stored with the facts go on where it stood,
and what is due then is due at the same second. A passage writes a few of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.event import Data
from core.site import Site
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.clocks import Clocks, Stuck
from edge.watch.described import Described
from edge.watch.door import Door
from edge.watch.doors import Doors
from edge.watch.fact import Fact, Said
from edge.watch.machine import Machine, See
from edge.watch.presence import Device, Presence, State
from edge.watch.tailgating import Group, Tailgating
from edge.watch.takings import Grants, Takings
from edge.watch.zones import Occupied, Zones

__all__ = ["AWAY", "Fact", "Said", "Watch"]

# What came due while nobody looked waits so long after a start: the closing that makes it untrue
# may be the next message the broker has for us. It is then said with the time it was due at.
AWAY = timedelta(seconds=5)
_FORM = 1  # of the state; another one is of another release, and forgotten


class _State(msgspec.Struct, kw_only=True):
    form: int
    now: datetime
    dues: dict[str, Due] = {}
    fire: bool = False  # released everywhere
    doors: dict[str, Door] = {}
    takings: dict[str, Grants] = {}
    groups: dict[str, Group] = {}
    zones: dict[str, Occupied] = {}
    devices: dict[str, Device] = {}
    clocks: dict[str, Stuck] = {}


def _kept(rows: Mapping[str, bytes], now: datetime) -> _State:
    """Of these rows; of none, or those of another release, a new one. In which order books would
    forget is not among them: a restart takes that of names."""
    if not rows:
        return _State(form=_FORM, now=now)
    parts: dict[str, dict[str, msgspec.Raw]] = {}
    for name, value in rows.items():
        part, _, key = name.partition("/")
        parts.setdefault(part, {})[key] = msgspec.Raw(value)
    alone = {part: parts.pop(part, {}).get("") for part in _ALONE}
    state = _encode({**parts, **{part: one for part, one in alone.items() if one is not None}})
    return _decode(state) if _form(state).form == _FORM else _State(form=_FORM, now=now)


class _Form(msgspec.Struct):
    form: int


_NONE: Mapping[str, bytes] = {}
_ALONE = ("form", "now", "fire")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_State).decode
_form = msgspec.json.Decoder(_Form).decode


class Watch:
    """Owns what is remembered of doors, zones and devices. One thread."""

    def __init__(self, site: Site, now: datetime, rows: Mapping[str, bytes] = _NONE) -> None:
        """`rows`: as an earlier life left them. msgspec.DecodeError if they are none."""
        kept = _kept(rows, now)
        away = max(now - kept.now, timedelta())
        self._now = kept.now
        agenda = self._agenda = Agenda(_waiting(kept.dues, now) if away else kept.dues)
        described = self._described = Described(site)
        self._doors = Doors(described, agenda, kept.doors, fire=kept.fire)
        self._takings = Takings(described, agenda, kept.takings)
        self._tailgating = Tailgating(described, agenda, kept.groups, self._doors.passable)
        self._zones = Zones(described, agenda, kept.zones)
        self._presence = Presence(site, agenda, kept.devices, now, away)
        self._clocks = Clocks(agenda, kept.clocks)
        self._machines: tuple[Machine, ...] = (
            self._doors, self._takings, self._tailgating, self._zones, self._presence, self._clocks,
        )  # fmt: skip
        if now < kept.now:  # no clock of its own over the restart: as if no time had passed
            self.shift(now - kept.now)
        self._now = now
        self._fire = {name: fire for one in self._machines for name, fire in one.fires.items()}
        self._books: Mapping[str, Book[Any]] = {
            "doors": self._doors.book, "takings": self._takings.book,
            "groups": self._tailgating.book, "zones": self._zones.book,
            "devices": self._presence.book,
        }  # fmt: skip
        self._all = True  # every row is to be stored
        self._released = kept.fire  # as stored
        self._seers: dict[type[Data], tuple[See, ...]] = {}
        for one in self._machines:
            for kind, see in one.sees.items():
                self._seers[kind] = (*self._seers.get(kind, ()), see)

    def again(
        self, site: Site, stored: datetime, rows: Mapping[str, bytes], now: datetime
    ) -> "Watch":
        """For a commit at `now` that failed and is made again: as `rows`, of when they were
        `stored`, have it. But what was heard before stays heard, since that is not stored with
        each message."""
        made = Watch(site, stored, rows)
        made._recall(self._presence, self._clocks, now)
        return made

    def see(self, fact: Fact) -> Sequence[Said]:
        """What comes of it, behind all that was due by then. Not to be told what itself said."""
        said: list[Said] = []
        now = fact.now
        if now > self._now:
            self._now = now
        if self._agenda.earliest <= now:
            said += self._due(now)
        if fact.direct:
            said += self._presence.fact(fact)
            said += self._clocks.fact(fact)
        seers = self._seers.get(type(fact.data))
        if seers is not None:
            for see in seers:
                said += see(fact)
        return said

    def tick(self, now: datetime) -> Sequence[Said]:
        """Everything due by now, in order of due."""
        self._now = max(self._now, now)
        return self._due(now) if self._agenda.earliest <= now else ()

    def due(self) -> datetime | None:
        """When to tick next, at the latest; there may be nothing to say then."""
        return self._agenda.next()

    def heard(self, device: str, now: datetime) -> Sequence[Said]:
        """It spoke, and there was no fact in it: a heartbeat."""
        return [*self.tick(now), *self._presence.heard(device, now)]

    def connection(self, device: str, state: State, now: datetime) -> Sequence[Said]:
        return [*self.tick(now), *self._presence.connection(device, state, now)]

    def adopt(self, site: Site) -> None:
        """What is armed stays; new limits hold from the next fact on."""
        self._described.adopt(site)
        self._presence.adopt(site, self._now)
        self._all = True

    def shift(self, by: timedelta) -> None:
        """The gateway's clock was set: what is armed moves with it, so that a step neither makes
        everything due at once nor puts it off for ever. Before the next fact or tick."""
        self._agenda.shift(by)
        for one in self._machines:
            one.shift(by)
        self._now += by
        self._all = True

    @property
    def changed(self) -> bool:
        """Whether something that a restart has to know changed since `rows` was asked."""
        return self._agenda.changed

    def rows(self, stored: Collection[str]) -> Mapping[str, bytes | None]:
        """What became of the rows since they were asked for last, to be stored with the facts and
        conclusions it comes of; None: gone. `stored`: names of those there are."""
        agenda = self._agenda
        parts: list[tuple[str, Mapping[str, object], set[str]]] = [
            ("dues", agenda.dues, agenda.touched),
            ("clocks", self._clocks.kept_of(everybody=self._all), self._clocks.touched),
            *((name, book.kept, book.touched) for name, book in self._books.items()),
        ]
        made: dict[str, bytes | None] = {"now/": _encode(self._now)}
        if self._all:
            made = dict.fromkeys(stored) | made
            made["form/"] = _encode(_FORM)
        if self._all or self._doors.fire != self._released:
            made["fire/"] = _encode(self._doors.fire)
            self._released = self._doors.fire
        for part, kept, touched in parts:
            for key in kept if self._all else touched:
                one = kept.get(key)
                made[f"{part}/{key}"] = None if one is None else _encode(one)
            touched.clear()
        agenda.changed = self._all = False
        return made

    def _recall(self, presence: Presence, clocks: Clocks, now: datetime) -> None:
        self._presence.recall(presence, now)
        self._clocks.recall(clocks)

    def _due(self, now: datetime) -> list[Said]:
        said: list[Said] = []
        while (found := self._agenda.pop(now)) is not None:
            key, due = found
            name, _, rest = key.partition("/")
            said += self._fire[name](rest, due)
        return said


def _waiting(dues: dict[str, Due], now: datetime) -> dict[str, Due]:
    later = now + AWAY
    return {key: Due(later, due.about) if due.when <= now else due for key, due in dues.items()}
