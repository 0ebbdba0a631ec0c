"""What devices tell of doors, and what that means for the two spans the gateway keeps: an opening
without a grant (edge.watch.forced) and one that lasts (edge.watch.held).

A door told open again is the same opening, unless something new explains it. Late facts start
nothing; a late closing ends what it is later than, a late grant explains what it came before.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from core.event import Data
from core.events import access, door, vehicle
from edge.watch.agenda import Agenda
from edge.watch.books import Book
from edge.watch.contradiction import Contradictions, contradictions
from edge.watch.described import Described
from edge.watch.door import Door
from edge.watch.fact import Fact, Said
from edge.watch.forced import Force
from edge.watch.held import Held
from edge.watch.machine import Fire, See

_DOORS = 1024
_FORCE = frozenset({"forced", "break-in", "pried"})  # a device's own word for the cause
_ALWAYS_OPEN = "always-open"  # ends the cause of an unlocking that lasts
_DOOR_KINDS = ("door/", "gate/")


class Doors:
    """Owns what is remembered of each door."""

    def __init__(
        self, site: Described, agenda: Agenda, kept: Mapping[str, Door], *, fire: bool = False
    ) -> None:
        self._site, self._agenda = site, agenda
        self.book = Book(_DOORS, kept, self._forget)
        self._held = Held(agenda, self.book)
        self._force = Force(agenda, self.book)
        self._contradictions = Contradictions()
        self.fire = fire  # released everywhere
        grants: tuple[type[Data], ...] = (
            access.Granted, access.Taken, access.Duress, vehicle.Passed,
        )  # fmt: skip
        self.sees: Mapping[type[Data], See] = {
            door.Opened: self._opened,
            door.Closed: self._closed,
            door.Forced: self._told_forced,
            door.GateForced: self._told_forced,
            door.HeldOpen: self._told_held,
            door.Unlocked: self._unlocked,
            door.Locked: self._locked,
            door.ModeChanged: self._mode_changed,
            door.FireReleased: self._fire_changed,
            door.FireEnded: self._fire_changed,
            door.StateReported: self._reported,
            **dict.fromkeys(grants, self._granted),
        }
        self.fires: Mapping[str, Fire] = {**self._held.fires, **self._force.fires}

    def shift(self, by: timedelta) -> None:
        for one in self.book.kept.values():
            one.shift(by)

    def passable(self, key: str) -> bool:
        """Whether everybody may pass, with no grant."""
        known = self.book.get(key)
        return self.fire or (known is not None and known.passable)

    # -- open and closed -----------------------------------------------------------------------

    def _opened(self, fact: Fact) -> Sequence[Said]:
        key = self._site.door(fact)
        if not fact.live or not self._site.heeds(key, fact):
            return ()
        one = self._door(key, fact.subject, fact.device)
        wrong = self._contradictions.found(key, fact, "open")
        if wrong is not None:
            return self._unknown(key, one, fact, wrong)
        cause = fact.data.cause if isinstance(fact.data, door.Opened) else ""
        spec, forced = self._site.limits(key), cause in _FORCE
        news = bool(cause) and not forced
        if one.open and not news and not one.granted_since():
            return ()  # told again
        one.open, one.at, one.id, one.since = True, fact.at, fact.id, fact.now
        if not (self.fire or one.stays_open):
            self._held.begin(key, one, spec, fact.now)
        within = timedelta(seconds=spec.grant_s)
        told = one.forced is not None and fact.now - one.forced <= within
        granted = one.justified is not None and fact.now - one.justified <= within
        free = granted or news or not spec.forced or self.fire or one.passable
        if (forced or not free) and not told:
            self._force.suspect(key, one, fact, cause if forced else "no-grant")
        return ()

    def _closed(self, fact: Fact) -> Sequence[Said]:
        key = self._site.door(fact)
        if not self._site.heeds(key, fact):
            return ()
        if not fact.live:
            known = self.book.get(key)
            if known is not None and known.open and known.at is not None and fact.at >= known.at:
                known.open = False
                self._held.end(key)
            return ()
        one = self._door(key, fact.subject, fact.device)
        wrong = self._contradictions.found(key, fact, "closed")
        if wrong is not None:
            return self._unknown(key, one, fact, wrong)
        said = self._held.closed(key, fact.at, fact.now)
        one.open = False
        return said

    def _unknown(self, key: str, one: Door, fact: Fact, said: tuple[str, ...]) -> Sequence[Said]:
        """It can not be both: no span is kept of it until it says one thing."""
        if not said:
            return ()
        one.open = None
        self._held.end(key)
        self._force.clear(key, one)
        return (one.said(door.Contradicted(said=said), fact.at, fact.id),)

    def _reported(self, fact: Fact) -> Sequence[Said]:
        """A snapshot: what it shows changed is as if it had been told."""
        key, told = self._site.door(fact), fact.data
        if not isinstance(told, door.StateReported) or not self._site.heeds(key, fact):
            return ()
        wrong = contradictions(told)
        if wrong:
            one = self._door(key, fact.subject, fact.device) if fact.live else None
            return self._unknown(key, one, fact, wrong) if one is not None else ()
        before = self.book.get(key)
        was_shut = before is not None and before.open is False
        if told.lock or told.mode:
            one = self._worded(key, fact)
            if one is not None:
                unlocked = told.lock == "unlocked" if told.lock else one.unlocked
                self._changed(key, one, fact, unlocked=unlocked, mode=told.mode or one.mode)
        if told.alarm == "forced":
            self._told_forced(fact)
        said: Sequence[Said] = ()
        if told.physical == "closed":
            said = self._closed(fact)
        elif told.physical == "open" and fact.live:
            said = self._opened(fact)
            if not was_shut:  # it was open before anybody looked: who knows by whom
                self._force.clear(key, self._door(key, fact.subject))
        if told.alarm == "heldopen":
            self._told_held(fact)
        return said

    # -- what explains it, and what the device tells itself -------------------------------------

    def _granted(self, fact: Fact) -> Sequence[Said]:
        key = self._site.door(fact)
        if not self._site.heeds(key, fact):
            return ()
        if fact.live:
            self._force.justify(key, self._door(key, fact.subject), fact.now)
        known = self.book.get(key)
        if known is not None:  # what waited for us may be of before
            within = timedelta(seconds=self._site.limits(key).grant_s)
            self._force.justify_late(key, known, fact.at, within)
        return ()

    def _told_forced(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            key = self._site.door(fact)
            self._force.told(key, self._door(key, fact.subject, fact.device), fact.now)
        return ()

    def _told_held(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            key = self._site.door(fact)
            self._door(key, fact.subject, fact.device).tells_held = True
            self._held.end(key)
        return ()

    # -- lock, mode, fire ----------------------------------------------------------------------

    def _unlocked(self, fact: Fact) -> Sequence[Said]:
        key = self._site.door(fact)
        one = self._worded(key, fact)
        if one is not None and isinstance(fact.data, door.Unlocked):
            cause = fact.data.cause
            self._changed(
                key, one, fact, unlocked=True,
                mode="locked-open" if cause.endswith(_ALWAYS_OPEN) else one.mode,
                fire=one.fire or cause == "fire",
            )  # fmt: skip
        return ()

    def _locked(self, fact: Fact) -> Sequence[Said]:
        """Also the end of an always-open span and, by its cause, of a fire release."""
        key = self._site.door(fact)
        one = self._worded(key, fact)
        if one is not None and isinstance(fact.data, door.Locked):
            fire = one.fire and fact.data.cause != "fire-cleared"
            self._changed(key, one, fact, unlocked=False, mode="", fire=fire)
        return ()

    def _mode_changed(self, fact: Fact) -> Sequence[Said]:
        key = self._site.door(fact)
        one = self._worded(key, fact)
        if one is not None and isinstance(fact.data, door.ModeChanged):
            self._changed(key, one, fact, unlocked=one.unlocked, mode=fact.data.mode)
        return ()

    def _fire_changed(self, fact: Fact) -> Sequence[Said]:
        """Of one door; of all, if the relay's subject is none."""
        released = isinstance(fact.data, door.FireReleased)
        if fact.subject.startswith(_DOOR_KINDS):
            key = self._site.door(fact)
            one = self._worded(key, fact)
            if one is not None:
                self._changed(
                    key, one, fact, unlocked=one.unlocked, mode=one.mode, fire=released
                )  # fmt: skip
            return ()
        if not fact.live:
            return ()
        self.fire = released
        self._agenda.changed = True
        self.book.touched.update(self.book.kept)
        for key, one in self.book.kept.items():
            if released:
                self._held.end(key)
                self._force.clear(key, one)
            elif one.open and not one.stays_open:
                self._held.begin(key, one, self._site.limits(key), fact.now)
        return ()

    def _changed(
        self,
        key: str,
        one: Door,
        fact: Fact,
        *,
        unlocked: bool,
        mode: str,
        fire: bool | None = None,
    ) -> None:
        stayed = self.fire or one.stays_open
        one.unlocked, one.mode = unlocked, mode
        one.fire = one.fire if fire is None else fire
        stays = self.fire or one.stays_open
        if stays:
            self._held.end(key)
        elif stayed and one.open and fact.live:
            self._held.begin(key, one, self._site.limits(key), fact.now)
        if one.passable:
            self._granted(fact)

    # -- what is remembered --------------------------------------------------------------------

    def _door(self, key: str, subject: str, device: str = "") -> Door:
        """`device`: whose word on the door itself this is."""
        one = self.book.touch(key, Door(subject, device))
        if device:
            one.subject, one.device = subject, device
        self._agenda.changed = True
        return one

    def _worded(self, key: str, fact: Fact) -> Door | None:
        """The door, if this word on its lock, mode or fire release is the newest of it. A fire
        relay speaks for doors that are others'."""
        fire = isinstance(fact.data, (door.FireReleased, door.FireEnded))
        if not fire and not self._site.heeds(key, fact):
            return None
        known = self.book.get(key)
        if not fact.live and (known is None or known.word is None or fact.at < known.word):
            return None
        one = self._door(key, fact.subject)
        one.word = fact.at
        return one

    def _forget(self, key: str) -> None:
        self._held.end(key)
        self._agenda.drop(f"forced/{key}")
