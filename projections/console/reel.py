"""What is stepped through on the console: which part of the log was asked for, and what was read
of it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from fastapi import HTTPException
from starlette.datastructures import QueryParams

from core.errors import MenweiError
from projections.alarms.row import Alarm
from projections.console.past.moment import zoned
from projections.replay.incident import Span, span
from projections.replay.steps import Step, Steps, walked
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.desk import Desk
from projections.web.replay_routes import alarm_of, stepped, window
from projections.web.selection import Wanted
from projections.web.stretch import between

SHOWN = 300  # steps of one page
_PLACE = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")
_VIEWS = (SAFE_COMMUNITY, WASTE_SORTING)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """As in the address. `at`: the step that is shown first."""

    compound: str
    alarm: str = ""
    since: str = ""
    until: str = ""
    after: str = ""
    at: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.alarm or self.since)


class Reel(msgspec.Struct, frozen=True, kw_only=True):
    """`received`: when the hub had each step; `begun`: when it had what stood before the first."""

    compound: str
    alarm: Alarm | None
    within: Span
    found: Steps
    received: Sequence[datetime]
    begun: datetime

    @property
    def steps(self) -> Sequence[Step]:
        return self.found.steps

    def first(self, place: str) -> int:
        """How many steps were taken when that one was; the first one where it is not here."""
        places = [one.place for one in self.steps]
        return places.index(place) + 1 if place in places else min(1, len(places))


class Unasked(MenweiError):
    """What was asked for is not there, or is no range; in words for the one who asked."""


class Gone(Unasked):
    """The alarm, from the views."""


def asked(query: QueryParams, compound: str) -> Asked:
    return Asked(
        compound=compound,
        alarm=query.get("alarm", "")[:2048],
        since=zoned(query.get("from", "")),
        until=zoned(query.get("to", "")),
        after=query.get("after", "")[:32],
        at=query.get("at", "")[:32],
    )


def read(desk: Desk, wish: Asked) -> Reel:
    """Reads the log and folds: in turns, off the loop. Unasked; BadFrame, Unavailable as the log
    does."""
    alarm, within = _span(desk, wish)
    if wish.after and not _PLACE.fullmatch(wish.after):
        raise Unasked("after")
    limits = window(within, wish.after or None)
    views = [view for view in _VIEWS if view.name in desk.runner.views]
    found = stepped(desk, views, wish.compound, limits, Wanted(), SHOWN)
    known: dict[int, datetime] = {}
    before = limits.low.position
    for position in (before, *(one.line.item.position for one in found.steps)):
        if position not in known:
            known[position] = desk.log.received_at(position) or desk.clock.now()
    received = [known[one.line.item.position] for one in found.steps]
    return Reel(
        compound=wish.compound,
        alarm=alarm,
        within=within,
        found=found,
        received=received,
        begun=known[before] if before else next(iter(received), known[before]),
    )


def _span(desk: Desk, wish: Asked) -> tuple[Alarm | None, Span]:
    if not wish.alarm:
        try:
            return None, between(desk, wish.since, wish.until)
        except HTTPException as refused:
            raise Unasked(refused.detail) from refused
    alarm = alarm_of(desk, wish.compound, wish.alarm)
    if alarm is None:
        raise Gone
    return alarm, span(desk.log, alarm)


class Standing:
    """Where in a reel one is: after how many steps, and the rows there."""

    def __init__(self, reel: Reel, at: int) -> None:
        self._reel = reel
        self.at = 0
        self._rows: Mapping[str, Kinds] = reel.found.begun
        self.go(at)

    def go(self, at: int) -> None:
        """To where so many steps were taken; as far as there are any."""
        steps, here = self._reel.steps, self.at
        self.at = there = min(max(at, 0), len(steps))
        if there >= here:
            self._rows = walked(self._rows, steps[here:there])
        else:
            self._rows = walked(self._rows, steps[there:here], back=True)

    @property
    def step(self) -> Step | None:
        """That was taken last."""
        return self._reel.steps[self.at - 1] if self.at else None

    @property
    def received(self) -> datetime:
        return self._reel.received[self.at - 1] if self.at else self._reel.begun

    @property
    def position(self) -> int:
        step = self.step
        return step.line.item.position if step else self._reel.within.first - 1

    def rows(self, view: str) -> Kinds:
        return self._rows.get(view, {})
