"""One door in the log and in the history: its decisions one by one, and its hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.clock import parse_rfc3339
from core.errors import BadFrame, Unavailable
from core.event import Recorded
from core.events.access import Denied, Duress, Granted, Requested, Unclassified
from core.events.vehicle import Passed, VehicleDenied
from projections.console.past.moment import Moment
from projections.console.picture import Shot, shots_of
from projections.console.snapshots import Sight
from projections.history.sink import PassageHour
from projections.safe_community.decisions import DECISIONS
from projections.safe_community.rows.passages import Passage
from projections.web.desk import Desk
from projections.web.scan import scan, window
from projections.web.selection import Wanted
from projections.window import hour

HOURS = 24
_KEPT = 120
_LOOKED = 30_000
_PICTURES = 12
_NEVER_MS = 2**62
_TYPES = ("access.", "vehicle.")
Counts = Mapping[str, int]  # by decision, and vehicles


class DoorLog(msgspec.Struct, frozen=True, kw_only=True):
    """`hours`: China's hour → counts. `counted`: how many events they were counted from, where no
    history told them. `damaged`: which batch of the log cannot be read, where one stands there."""

    passages: Sequence[Passage] = ()
    hours: Mapping[str, Counts] = {}
    counted: int = 0
    damaged: str = ""
    pictures: Sequence[Shot] = ()


def door_log(desk: Desk, sight: Sight, subject: str, then: Moment | None = None) -> DoorLog:
    """Reads log and history: off the loop. `then`: what was known of that moment, which is asked of
    the log alone: the history knows what came late."""
    compound, now = sight.compound, sight.now
    wanted = Wanted(
        compounds=frozenset((compound,)), subjects=frozenset((subject,)), prefixes=_TYPES,
        types=frozenset(_TYPES),
    )  # fmt: skip
    everything = window(None, None, then.past.known if then else desk.log.head())
    items: Sequence[Recorded] = ()
    damaged = ""
    try:
        found = scan(desk.log, desk.catalog, wanted, everything, _KEPT, _LOOKED)
        last = then.past.ms if then and then.past.later else _NEVER_MS
        items = [line.item for line in found.lines if line.item.moment.ms <= last]
    except BadFrame as bad:
        damaged = str(bad)
    passages = tuple(one for item in items if (one := passage_of(item)) is not None)
    pictures = shots_of(desk, compound, subject, _PICTURES) if then is None else ()
    hours = _history(desk, compound, subject, now) if then is None else None
    if hours is not None:
        return DoorLog(passages=passages, hours=hours, damaged=damaged, pictures=pictures)
    hours = _counted(passages, now)
    return DoorLog(
        passages=passages, hours=hours, counted=len(items), damaged=damaged, pictures=pictures
    )


def passage_of(item: Recorded) -> Passage | None:
    """As the recent list shows it; None for what is no decision."""
    event, data = item.event, item.event.data
    at = item.moment.at
    common: dict[str, Any] = {
        "at": at, "id": event.id, "subject": event.subject, "position": item.position,
    }  # fmt: skip
    if isinstance(data, Passed | VehicleDenied):
        passed = isinstance(data, Passed)
        return Passage(
            **common,
            decision="granted" if passed else "denied",
            who="vehicle",
            direction=data.direction,
            credential="plate",
            reason="" if isinstance(data, Passed) else data.reason,
        )
    decision = DECISIONS.get(type(data))
    if decision is None:
        return None
    assert isinstance(data, Granted | Denied | Requested | Unclassified | Duress)
    return Passage(
        **common,
        decision=decision,
        who=data.subject_class,
        direction=data.direction,
        credential=data.credential,
        reason=data.reason if isinstance(data, Denied) else "",
        policy=data.policy,
        violation=data.violation,
        pass_id=data.pass_id,
    )


def buckets(now: datetime) -> list[str]:
    """The last hours up to now, the oldest first."""
    return [hour(now - timedelta(hours=back)) for back in range(HOURS - 1, -1, -1)]


def _history(desk: Desk, compound: str, subject: str, now: datetime) -> Mapping[str, Counts] | None:
    if desk.history is None:
        return None
    try:
        since = (now - timedelta(hours=HOURS)).replace(minute=0, second=0, microsecond=0)
        rows = desk.history.rollup("passages", compound, since, now, subject)
    except Unavailable:
        return None
    return {
        hour(parse_rfc3339(one.hour)): {
            "granted": one.granted, "denied": one.denied, "vehicles": one.vehicles,
        }
        for one in rows
        if isinstance(one, PassageHour)
    }  # fmt: skip


def _counted(passages: Sequence[Passage], now: datetime) -> Mapping[str, Counts]:
    shown = set(buckets(now))
    found: dict[str, dict[str, int]] = {}
    for one in passages:
        try:
            bucket = hour(parse_rfc3339(one.at))
        except ValueError:
            continue
        if bucket not in shown:
            continue
        key = "vehicles" if one.who == "vehicle" else one.decision
        counts = found.setdefault(bucket, {})
        counts[key] = counts.get(key, 0) + 1
    return found
