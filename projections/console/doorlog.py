"""One door in the log and in the history: its decisions one by one, and its hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.clock import parse_rfc3339
from core.errors import Unavailable
from core.event import Recorded
from core.events.access import Denied, Duress, Granted, Requested, Unclassified
from core.events.vehicle import Passed, VehicleDenied
from projections.history.sink import PassageHour
from projections.safe_community.rows import Decision, Passage
from projections.web.desk import Desk
from projections.web.scan import Place, Window, scan
from projections.web.selection import Wanted
from projections.window import hour

HOURS = 24
_KEPT = 120
_LOOKED = 30_000
_END = 2**31
_TYPES = ("access.", "vehicle.")
_DECISIONS: dict[type[Any], Decision] = {
    Granted: "granted",
    Denied: "denied",
    Requested: "requested",
    Unclassified: "unclassified",
    Duress: "duress",
}
Counts = Mapping[str, int]  # granted, denied, taken, vehicles


class DoorLog(msgspec.Struct, frozen=True, kw_only=True):
    """`hours`: China's hour → counts. `counted`: how many events they were counted from, where no
    history told them."""

    passages: Sequence[Passage] = ()
    hours: Mapping[str, Counts] = {}
    counted: int = 0


def door_log(desk: Desk, compound: str, subject: str, now: datetime) -> DoorLog:
    """Reads log and history: off the loop."""
    wanted = Wanted(
        compounds=frozenset((compound,)), subjects=frozenset((subject,)), prefixes=_TYPES,
        types=frozenset(_TYPES),
    )  # fmt: skip
    window = Window(low=Place(0, _END), high=Place(desk.log.head() + 1, 0), down=True)
    found = scan(desk.log, desk.catalog, wanted, window, _KEPT, _LOOKED)
    items = [line.item for line in found.lines]
    passages = tuple(one for item in items if (one := passage_of(item)) is not None)
    hours = _history(desk, compound, subject, now)
    if hours is not None:
        return DoorLog(passages=passages, hours=hours)
    return DoorLog(passages=passages, hours=_counted(passages, now), counted=len(items))


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
            direction=getattr(data, "direction", "unknown"),
            credential="plate",
            reason="" if passed else getattr(data, "reason", ""),
        )
    decision = _DECISIONS.get(type(data))
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
