"""More went through than were granted (Chinese turnstiles: 尾随), told by counting.

A grant is worth one passage within the door's `grant_s`. A passage without one waits a little for
a grant that is still on its way; then it is told, once for all that falls into one span of
`grant_s`. A counter's word goes before takings, which are of persons that were granted. Out of a
door whose way out was never granted to anybody everybody may go.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.event import Data
from core.events import access, door
from core.events.access import Direction
from edge.watch.agenda import Agenda, Due
from edge.watch.books import Book
from edge.watch.described import Described
from edge.watch.fact import Fact, Said
from edge.watch.machine import Fire, See
from edge.watch.takings import LATE_GRANT, matches

_DOORS = 1024
_MOST = 64  # grants and passages of one span that are told apart


class Credit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    direction: Direction
    until: datetime


class Group(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    """Grants and passages of one span at one door."""

    subject: str
    device: str
    since: datetime
    credits: tuple[Credit, ...] = ()  # not used yet
    grants: int = 0
    counted: int = 0
    short: tuple[Direction, ...] = ()  # passages without one
    told: bool = False
    cause: str = ""  # id of the first passage without one
    counter: bool = False
    outward: bool = False  # somebody was granted the way out, once


class Tailgating:
    """Owns the groups."""

    def __init__(
        self,
        site: Described,
        agenda: Agenda,
        kept: Mapping[str, Group],
        passable: Callable[[str], bool],
    ) -> None:
        self._site, self._agenda, self._passable = site, agenda, passable
        self.book = Book(_DOORS, kept, lambda key: agenda.drop(f"tail/{key}"))
        self.sees: Mapping[type[Data], See] = {
            access.Granted: self._granted,
            access.Taken: self._taken,
            door.PassageCounted: self._counted,
            door.Tailgated: self._told,
        }
        self.fires: Mapping[str, Fire] = {"tail": self._is_tailgated}

    def shift(self, by: timedelta) -> None:
        for one in self.book.kept.values():
            one.since += by
            one.credits = tuple(Credit(it.direction, it.until + by) for it in one.credits)

    def _granted(self, fact: Fact) -> Sequence[Said]:
        data = fact.data
        if not fact.live or not isinstance(data, access.Granted):
            return ()
        key = self._site.door(fact)
        one = self._group(key, fact)
        one.grants += 1
        one.outward = one.outward or data.direction != "in"
        for at, missing in enumerate(one.short):
            if matches(data.direction, missing):
                one.short = one.short[:at] + one.short[at + 1 :]
                if not one.short:
                    self._agenda.drop(f"tail/{key}")
                return ()
        until = fact.now + timedelta(seconds=self._span(key))
        one.credits = (*one.credits, Credit(data.direction, until))[-_MOST:]
        return ()

    def _taken(self, fact: Fact) -> Sequence[Said]:
        known = self.book.get(self._site.door(fact))
        if known is not None and known.counter:
            return ()
        data = fact.data
        return self._passed(fact, data.direction, 1) if isinstance(data, access.Taken) else ()

    def _counted(self, fact: Fact) -> Sequence[Said]:
        data = fact.data
        if not fact.live or not isinstance(data, door.PassageCounted):
            return ()
        self._group(self._site.door(fact), fact).counter = True
        return self._passed(fact, data.direction, data.count)

    def _passed(self, fact: Fact, direction: Direction, count: int) -> Sequence[Said]:
        key = self._site.door(fact)
        if not fact.live or count <= 0:
            return ()
        one = self._group(key, fact)
        if (direction == "out" and not one.outward) or self._passable(key):
            return ()
        one.counted += count
        left, unused = count, []
        for credit in one.credits:
            if left > 0 and matches(credit.direction, direction):
                left -= 1
            else:
                unused.append(credit)
        one.credits = tuple(unused)
        if left > 0:
            one.short = (*one.short, *(direction,) * min(left, _MOST))[:_MOST]
            if not one.told and self._agenda.get(f"tail/{key}") is None:
                one.cause = fact.id
                self._agenda.arm(f"tail/{key}", fact.now + LATE_GRANT)
        return ()

    def _told(self, fact: Fact) -> Sequence[Said]:
        if fact.live:
            key = self._site.door(fact)
            self._group(key, fact).told = True
            self._agenda.drop(f"tail/{key}")
        return ()

    def _is_tailgated(self, key: str, due: Due) -> Sequence[Said]:
        one = self.book.get(key)
        if one is None or not one.short or one.told:
            return ()
        one.told = True
        known = set(one.short)
        direction: Direction = known.pop() if len(known) == 1 else "unknown"
        data = door.Tailgated(direction=direction, grants=one.grants, counted=one.counted)
        return (
            Said(
                data=data, subject=one.subject, device=one.device, at=due.about,
                causationid=one.cause,
            ),
        )  # fmt: skip

    def _span(self, key: str) -> float:
        return self._site.limits(key).grant_s

    def _group(self, key: str, fact: Fact) -> Group:
        """Of now: a new one once the span is over and nothing of it waits."""
        self._agenda.changed = True
        one = self.book.touch(key, Group(fact.subject, fact.device, fact.now))
        if one.credits and one.credits[0].until < fact.now:  # the oldest is the first to end
            one.credits = tuple(credit for credit in one.credits if credit.until >= fact.now)
        over = fact.now - one.since >= timedelta(seconds=self._span(key))
        if over and self._agenda.get(f"tail/{key}") is None:
            one.since, one.told, one.cause, one.short = fact.now, False, "", ()
            one.grants, one.counted = len(one.credits), 0
        if fact.device:
            one.subject, one.device = fact.subject, fact.device
        return one
