"""Which devices are there, from evidence: what they say, how their sessions end, how long they are
silent. A device is expected within what the site says (`expect_s`), else within what its own
heartbeats show (edge.watch.rhythm), else never: a door that nobody uses is silent and well.

Sessions: one that ends without a word (`will`) means lost, after a grace in which it may come
back. A good-bye means so only of a device nobody expects at certain times, and that stayed: many
connect just to say one thing. Back and forth is told once, as flapping, until it settles.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from core.event import Data
from core.events import device, waste
from core.site import Site
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.fact import Fact, Said
from edge.watch.machine import Fire, See
from edge.watch.rhythm import Rhythm

State = Literal["connected", "will", "disconnected"]  # of a session; `will`: without a word

GRACE = timedelta(seconds=5)  # of a session that ended: to begin another
STAYED = timedelta(seconds=60)  # a session that lasted so long was meant to
CHANGES = 6  # within WINDOW is flapping
WINDOW = timedelta(minutes=10)
SETTLED = timedelta(minutes=5)  # without a change
_DEVICES = 4096
_ITSELF = (device.Lost, device.Connected)  # news of a device, which is not it speaking


class Device(msgspec.Struct, array_like=True, gc=False):
    """Only of those that are expected, have a session or were lost."""

    heard: datetime
    expected: float = 0.0  # seconds; 0: never
    online: bool = True
    learned: bool = False
    connected: datetime | None = None
    left: datetime | None = None  # its session ended, and another may begin yet
    why: str = ""  # will or disconnected
    changes: tuple[datetime, ...] = ()  # within the window
    flapping: bool = False
    flaps: int = 0
    before: datetime | None = None  # heard before that: of a commit that is made again

    def hear(self, now: datetime) -> None:
        if now != self.heard:
            self.before, self.heard = self.heard, now


class Presence:
    """Owns what is known of each device."""

    def __init__(
        self,
        site: Site,
        agenda: Agenda,
        kept: Mapping[str, Device],
        now: datetime,
        away: timedelta,
    ) -> None:
        """`away`: so long nobody listened, which is nobody's silence."""
        self._agenda = agenda
        self._site = site
        self.book = Book(_DEVICES, kept, self._forget)
        for one in self.book.kept.values():
            one.heard = min(one.heard + away, now)
        # Not kept: over a restart spans would be told wrong. What was learned from them is.
        self.rhythms: Book[Rhythm] = Book(_DEVICES, {})
        self.sees: Mapping[type[Data], See] = {
            device.Lost: self._told_lost,
            device.Connected: self._told_connected,
            waste.LevelMeasured: self._regular,
        }
        self.fires: Mapping[str, Fire] = {
            "silent": self._is_silent, "gone": self._is_gone, "settle": self._is_settled,
        }  # fmt: skip
        self.adopt(site, now)

    def adopt(self, site: Site, now: datetime) -> None:
        """Who is described is expected from now on, also if it was never heard."""
        for name, one in self.book.kept.items():
            if one.expected and not one.learned and name not in site.expect_s:
                self._expect(name, one, 0.0)
        self._site = site
        for name in sorted(site.expect_s):
            one = self.book.touch(name, Device(now))
            if one.expected != site.expect_s[name] or one.learned:
                one.learned = False
                self._expect(name, one, site.expect_s[name])

    def shift(self, by: timedelta) -> None:
        for one in self.book.kept.values():
            one.heard += by
            one.before = one.before + by if one.before else None
            one.connected = one.connected + by if one.connected else None
            one.left = one.left + by if one.left else None
            one.changes = tuple(at + by for at in one.changes)
        for rhythm in self.rhythms.kept.values():
            rhythm.shift(by)

    def recall(self, other: "Presence", now: datetime) -> None:
        """What an instance that is given up had heard before `now`, of those known here."""
        self.rhythms = other.rhythms
        for name, one in self.book.kept.items():
            known = other.book.kept.get(name)
            if known is not None:
                heard = known.heard if known.heard < now else known.before
                one.heard = max(one.heard, heard or one.heard)

    def fact(self, fact: Fact) -> Sequence[Said]:
        """It speaks: whatever it says."""
        return () if isinstance(fact.data, _ITSELF) else self._speaks(fact.device, fact.now)

    def heard(self, name: str, now: datetime) -> Sequence[Said]:
        self._beat(name, now)
        return self._speaks(name, now)

    def connection(self, name: str, state: State, now: datetime) -> Sequence[Said]:
        one = self.book.touch(name, Device(now))
        self._agenda.changed = True
        if state == "connected":
            one.connected = now
            one.hear(now)
            self._stays(name, one)
            return self._back(name, one, now, "connected")
        stayed = one.connected is not None and now - one.connected >= STAYED
        one.connected = None
        if one.online and (state == "will" or (stayed and not one.expected)):
            one.left, one.why = now, state
            self._agenda.arm(f"gone/{name}", now + GRACE)
        return ()

    # -- what devices tell themselves ----------------------------------------------------------

    def _told_lost(self, fact: Fact) -> Sequence[Said]:
        if not fact.live:
            return ()
        one = self.book.touch(fact.device, Device(fact.now))
        self._agenda.changed = True
        self._stays(fact.device, one)
        self._agenda.drop(f"silent/{fact.device}")
        if not one.online:
            return ()
        one.online = False
        return self._changed(fact.device, one, fact.now, None)

    def _told_connected(self, fact: Fact) -> Sequence[Said]:
        one = self.book.get(fact.device)
        if not fact.live or one is None:
            return ()
        one.hear(fact.now)
        self._stays(fact.device, one)
        if one.online:
            return ()
        one.online = True
        self._expect(fact.device, one, one.expected)
        return self._changed(fact.device, one, fact.now, None)

    def _regular(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            self._beat(fact.device, fact.now)
        return ()

    # -- what comes due ------------------------------------------------------------------------

    def _is_silent(self, name: str, due: Due) -> Sequence[Said]:
        """Not armed anew at every message: whether it was heard since is looked at here."""
        one = self.book.get(name)
        if one is None or not one.online or not one.expected:
            return ()
        over = one.heard + timedelta(seconds=one.expected)
        if over > due.when:
            self._agenda.arm(f"silent/{name}", over)
            return ()
        return self._lost(name, one, over, "silent")

    def _is_gone(self, name: str, due: Due) -> Sequence[Said]:
        one = self.book.get(name)
        if one is None or not one.online:
            return ()
        self._agenda.drop(f"silent/{name}")
        one.left = None
        return self._lost(name, one, due.about, one.why)

    def _is_settled(self, name: str, due: Due) -> Sequence[Said]:
        one = self.book.get(name)
        if one is None or not one.flapping:
            return ()
        data = device.Settled(online=one.online, flaps=one.flaps)
        one.flapping, one.flaps, one.changes = False, 0, ()
        return (_said(data, name, due.about),)

    # -- what becomes of it --------------------------------------------------------------------

    def _lost(self, name: str, one: Device, at: datetime, reason: str) -> Sequence[Said]:
        one.online = False
        silent = round((at - one.heard).total_seconds(), 3)
        data = device.Lost(reason=reason, silent_s=silent, expected_s=one.expected)
        return self._changed(name, one, at, data)

    def _speaks(self, name: str, now: datetime) -> Sequence[Said]:
        one = self.book.get(name)
        if one is None:
            return ()
        one.hear(now)
        return self._back(name, one, now, "heard")

    def _back(self, name: str, one: Device, now: datetime, reason: str) -> Sequence[Said]:
        if one.left is not None and now > one.left:  # what it sent before it left may come behind
            self._stays(name, one)
        if one.online:
            return ()
        one.online = True
        self._expect(name, one, one.expected)
        return self._changed(name, one, now, device.Connected(reason=reason))

    def _changed(self, name: str, one: Device, at: datetime, data: Data | None) -> Sequence[Said]:
        """`data` None: the device told it itself, as it may however often."""
        self._agenda.changed = True
        one.changes = (*(was for was in one.changes if at - was < WINDOW), at)[-CHANGES:]
        if one.flapping or len(one.changes) >= CHANGES:
            self._agenda.arm(f"settle/{name}", at + SETTLED)
            one.flaps += 1
            if not one.flapping:
                one.flapping = True
                flapping = device.Flapping(count=CHANGES, window_s=WINDOW.total_seconds())
                return (_said(flapping, name, at),)
            return ()
        return (_said(data, name, at),) if data is not None else ()

    def _beat(self, name: str, now: datetime) -> None:
        """A message that only says that it is there."""
        rhythm = self.rhythms.get(name) or self.rhythms.touch(name, Rhythm(now))
        self.rhythms.touched.clear()  # they are not stored
        expected = rhythm.beat(now)
        if not expected or name in self._site.expect_s:
            return
        one = self.book.touch(name, Device(now))
        if abs(expected - one.expected) > 0.1 * one.expected:
            one.learned = True
            one.hear(now)
            self._expect(name, one, expected)

    def _expect(self, name: str, one: Device, seconds: float) -> None:
        one.expected = seconds
        self._agenda.changed = True
        if not one.online:
            return
        if seconds:
            self._agenda.arm(f"silent/{name}", one.heard + timedelta(seconds=seconds))
        else:
            self._agenda.drop(f"silent/{name}")

    def _stays(self, name: str, one: Device) -> None:
        one.left = None
        self._agenda.drop(f"gone/{name}")

    def _forget(self, name: str) -> None:
        for what in self.fires:
            self._agenda.drop(f"{what}/{name}")


def _said(data: Data, name: str, at: datetime) -> Said:
    return Said(data=data, subject=f"device/{name}", device=name, at=at)
