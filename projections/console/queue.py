"""Which alarms a guard sees and in which order; in a flood, what stands together. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from core.clock import rfc3339
from projections.alarms.row import FLOOD, Alarm, Flood
from projections.console.format import moment
from projections.console.snapshots import Sight, rows
from projections.web.accounts import SESSION

ALONE = 2  # so many of a kind are not worth folding


class Group(msgspec.Struct, frozen=True):
    """Alarms of one kind that a flood brought: one line, until somebody unfolds it."""

    kind: str
    alarms: Sequence[Alarm]

    @property
    def key(self) -> str:
        return f"group:{self.kind}"

    @property
    def priority(self) -> int:
        return min(one.priority for one in self.alarms)

    @property
    def newest(self) -> Alarm:
        return max(self.alarms, key=lambda one: one.raised)

    @property
    def unacknowledged(self) -> int:
        return sum(not one.acknowledged for one in self.alarms)


def rank(one: Alarm) -> tuple[int, bool]:
    return one.priority, one.acknowledged


def opened(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Priority 1 first, of equals the unacknowledged, of these the newest. What is shelved is out
    of the queue."""
    found = [one for one in alarms if one.open and not one.shelved_until]
    found.sort(key=lambda one: one.raised, reverse=True)
    return sorted(found, key=rank)


def shelved(alarms: Iterable[Alarm]) -> list[Alarm]:
    """By when they come back."""
    found = [one for one in alarms if one.open and one.shelved_until]
    return sorted(found, key=lambda one: (one.shelved_until, one.id))


def closed(alarms: Iterable[Alarm], now: datetime) -> list[Alarm]:
    """Acknowledged and over within one shift, the newest acknowledgement first."""
    found = [
        (at, one)
        for one in alarms
        if not one.open and (at := moment(one.acknowledged_at)) and at >= now - SESSION
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def floods(sight: Sight) -> list[Flood]:
    return [*rows(sight.safe, FLOOD, Flood), *rows(sight.waste, FLOOD, Flood)]


def flooding(sight: Sight) -> int:
    """Raised within the flood's minutes, where that is more than a person can take in; else 0."""
    now = rfc3339(sight.now)
    return sum(one.within(now) for one in floods(sight) if one.active(now))


def lines(alarms: Sequence[Alarm], sight: Sight) -> list[Alarm | Group]:
    """The queue with what a flood brought put together by kind, where its first one stood."""
    found = floods(sight)
    if not any(one.minutes for one in found):
        return list(alarms)
    during: dict[str, bool] = {}  # minute → in a flood

    def flooded(at: str) -> bool:
        minute = at[:16]
        if minute not in during:
            during[minute] = any(one.active(at) for one in found)
        return during[minute]

    now = flooded(rfc3339(sight.now))
    together: dict[str, list[Alarm]] = {}
    for one in alarms:
        if one.foldable and (now or flooded(one.raised)):
            together.setdefault(one.kind, []).append(one)
    groups = {kind: many for kind, many in together.items() if len(many) > ALONE}
    return _placed(alarms, groups)


def _placed(alarms: Sequence[Alarm], groups: Mapping[str, Sequence[Alarm]]) -> list[Alarm | Group]:
    members = {one.id: kind for kind, many in groups.items() for one in many}
    placed: list[Alarm | Group] = []
    done: set[str] = set()
    for one in alarms:
        kind = members.get(one.id)
        if kind is None:
            placed.append(one)
        elif kind not in done:
            done.add(kind)
            placed.append(Group(kind, groups[kind]))
    return placed


def ringing(alarms: Iterable[Alarm]) -> list[Alarm]:
    """What sounds: not taken on, not shelved, and news (I9)."""
    return [one for one in opened(alarms) if not one.acknowledged and not one.late]
