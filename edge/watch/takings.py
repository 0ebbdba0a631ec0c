"""Grants that nobody took (ONVIF AccessNotTaken): a grant is a decision, a passage is another fact.

Only where something would tell a passage: a device that tells takings, a counter, or else the
door's contact. One opening takes every grant that waits, since a contact cannot count.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.event import Data
from core.events import access, door
from core.events.access import Credential, Direction, SubjectClass
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.described import Described
from edge.watch.fact import Fact, Said
from edge.watch.machine import Fire, See

LATE_GRANT = timedelta(seconds=2)  # a passage may be told before the grant that it took
_DOORS = 1024
_GRANTS = 32  # that wait at one door; the oldest are forgotten


class Grant(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    id: str
    due: datetime
    direction: Direction = "unknown"
    credential: Credential = "unknown"
    subject_ref: str = ""
    subject_class: SubjectClass = "unknown"
    policy: int = 0
    pass_id: str = ""


class Ahead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    direction: Direction
    until: datetime


class Grants(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    """That wait at one door, oldest first, and what would tell that one is taken."""

    subject: str
    device: str
    waiting: tuple[Grant, ...] = ()
    told: bool = False  # takings or passages
    contact: bool = False
    open: bool = False
    ahead: tuple[Ahead, ...] = ()  # passages told before any grant


class Takings:
    """Owns the grants that wait."""

    def __init__(self, site: Described, agenda: Agenda, kept: Mapping[str, Grants]) -> None:
        self._site, self._agenda = site, agenda
        self.book = Book(_DOORS, kept, lambda key: agenda.drop(f"nottaken/{key}"))
        self.sees: Mapping[type[Data], See] = {
            access.Granted: self._granted,
            access.Taken: self._taken,
            access.NotTaken: self._taken,
            door.PassageCounted: self._counted,
            door.Opened: self._opened,
            door.Closed: self._closed,
            door.StateReported: self._reported,
        }
        self.fires: Mapping[str, Fire] = {"nottaken": self._not_taken}

    def shift(self, by: timedelta) -> None:
        for one in self.book.kept.values():
            one.waiting = tuple(
                msgspec.structs.replace(grant, due=grant.due + by) for grant in one.waiting
            )
            one.ahead = tuple(Ahead(it.direction, it.until + by) for it in one.ahead)

    def _granted(self, fact: Fact) -> Sequence[Said]:
        data = fact.data
        if not fact.live or not isinstance(data, access.Granted):
            return ()
        key = self._site.door(fact)
        one = self._door(key, fact)
        one.subject, one.device = fact.subject, fact.device
        if one.open and not self._told(key, one):
            return ()  # it stands open: that is how it is taken
        for ahead in one.ahead:
            if ahead.until >= fact.now and matches(ahead.direction, data.direction):
                one.ahead = tuple(other for other in one.ahead if other is not ahead)
                return ()
        spec = self._site.limits(key)
        grant = Grant(
            fact.id,
            fact.now + timedelta(seconds=spec.grant_s),
            data.direction,
            data.credential,
            data.subject_ref,
            data.subject_class,
            data.policy,
            data.pass_id,
        )
        self._wait(key, one, (*one.waiting, grant)[-_GRANTS:])
        return ()

    def _taken(self, fact: Fact) -> Sequence[Said]:
        """By its grant's id, else of the same person, else the oldest."""
        data = fact.data
        if not isinstance(data, (access.Taken, access.NotTaken)):
            return ()
        key = self._site.door(fact)
        one = self._door(key, fact) if fact.live else self.book.get(key)
        if one is None:
            return ()
        one.told = one.told or fact.live
        named = [grant for grant in one.waiting if data.grant and grant.id == data.grant]
        if not named and fact.live and not data.grant:
            same = [grant for grant in one.waiting if grant.subject_ref == data.subject_ref]
            named = same or list(one.waiting)
        if named:
            self._wait(key, one, tuple(grant for grant in one.waiting if grant is not named[0]))
        elif fact.live and not data.grant and isinstance(data, access.Taken):
            self._ahead(one, fact, data.direction, 1)
        return ()

    def _counted(self, fact: Fact) -> Sequence[Said]:
        data = fact.data
        if not fact.live or not isinstance(data, door.PassageCounted):
            return ()
        key = self._site.door(fact)
        one = self._door(key, fact)
        one.told = True
        left, waiting = data.count, []
        for grant in one.waiting:
            if left > 0 and matches(grant.direction, data.direction):
                left -= 1
            else:
                waiting.append(grant)
        self._wait(key, one, tuple(waiting))
        self._ahead(one, fact, data.direction, left)
        return ()

    def _opened(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            key = self._site.door(fact)
            one = self._door(key, fact)
            one.contact = one.open = True
            if not self._told(key, one):
                self._wait(key, one, ())
        return ()

    def _closed(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            one = self._door(self._site.door(fact), fact)
            one.contact, one.open = True, False
        return ()

    def _reported(self, fact: Fact) -> Sequence[Said]:
        physical = fact.data.physical if isinstance(fact.data, door.StateReported) else ""
        if physical == "open":
            return self._opened(fact)
        return self._closed(fact) if physical == "closed" else ()

    def _not_taken(self, key: str, due: Due) -> Sequence[Said]:
        one = self.book.get(key)
        if one is None:
            return ()
        late = [grant for grant in one.waiting if grant.due <= due.about]
        self._wait(key, one, tuple(grant for grant in one.waiting if grant.due > due.about))
        if not (one.contact or self._told(key, one)):
            return ()
        return [
            Said(
                data=access.NotTaken(
                    grant=grant.id,
                    direction=grant.direction,
                    credential=grant.credential,
                    subject_ref=grant.subject_ref,
                    subject_class=grant.subject_class,
                    policy=grant.policy,
                    pass_id=grant.pass_id,
                ),
                subject=one.subject,
                device=one.device,
                at=grant.due,
                causationid=grant.id,
            )
            for grant in late
        ]

    def _told(self, key: str, one: Grants) -> bool:
        return one.told or self._site.limits(key).counts

    def _ahead(self, one: Grants, fact: Fact, direction: Direction, count: int) -> None:
        here = tuple(ahead for ahead in one.ahead if ahead.until >= fact.now)
        new = (Ahead(direction, fact.now + LATE_GRANT),) * min(count, _GRANTS)
        one.ahead = (*here, *new)[-_GRANTS:]

    def _door(self, key: str, fact: Fact) -> Grants:
        self._agenda.changed = True
        return self.book.touch(key, Grants(fact.subject, fact.device))

    def _wait(self, key: str, one: Grants, waiting: tuple[Grant, ...]) -> None:
        one.waiting = waiting
        if not waiting:
            self._agenda.drop(f"nottaken/{key}")
            return
        due = self._agenda.get(f"nottaken/{key}")
        first = waiting[0].due
        if first > waiting[-1].due:  # limits changed between them
            first = min(grant.due for grant in waiting)
        if due is None or due.about != first:
            self._agenda.arm(f"nottaken/{key}", first)


def matches(one: Direction, other: Direction) -> bool:
    """Whether two facts may be of one passage."""
    return one == other or "unknown" in (one, other)
