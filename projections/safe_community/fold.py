"""Events → safe-community rows. Pure; a table of which noun folds which type.

People's acts are believed from the hub's own journal only, and what a gateway concludes or answers
from gateways only: neither can speak for the other.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

from core.event import Data, Recorded
from core.events import access, door, duty, handoff, policy, subject, timer, vehicle, visitor
from core.ownjournal import GATEWAY
from projections.alarms import adopted
from projections.alarms import fold as alarms
from projections.alarms.row import TIMER, Timer
from projections.alarms.validation import BUILT_IN, book_of
from projections.instant import follow_clock, is_live
from projections.safe_community import (
    cameras,
    care,
    decisions,
    doors,
    gateways,
    orders,
    presence,
    screening,
    vehicles,
    visitors,
    watching,
)
from projections.safe_community import duty as watch_duty
from projections.safe_community import handoff as handed_on
from projections.safe_community import policy as rulebook
from projections.safe_community.presence import Heard
from projections.view import Rows, Run

NAME = "safe_community"
_Step = Callable[[Rows, Recorded], None]


def fold(rows: Rows, run: Run) -> None:
    """What cameras saw, and that devices were heard, is most of all: it is put once a run."""
    heard: dict[str, list[Heard]] = {}
    seen: dict[str, list[Recorded]] = {}
    heeded = _heeded(rows)
    for item in run:
        event = item.event
        data = event.data
        step = _STEPS.get(type(data))
        if step is not None:
            step(rows, item)
        elif type(data) in cameras.SEEN:
            seen.setdefault(event.subject, []).append(item)
        if event.type in heeded or item.gateway == GATEWAY:
            alarms.see(rows, item)
        if item.gateway != GATEWAY and not event.subject.startswith("gateway/"):
            said = heard.get(item.device)
            if said is None:
                said = heard[item.device] = []
            said.append((item, is_live(rows, item)))
            if not data.BULK:
                follow_clock(rows, item)
    for subject_, items in seen.items():
        cameras.saw(rows, subject_, items)
    for device_name, words in heard.items():
        presence.of_device(rows, device_name, words)


def _heeded(rows: Rows) -> Collection[str]:
    """Types that some rule set names which may judge what comes. Most events are of none."""
    found = rows.get(adopted.KIND, adopted.KIND, adopted.RuleSets)
    if found is None:
        return BUILT_IN.seen[NAME]
    return _named(tuple(one.rules for one in found.sets))


@lru_cache(maxsize=64)
def _named(sets: tuple[str, ...]) -> Collection[str]:
    books = [BUILT_IN, *(book_of(text) or BUILT_IN for text in sets)]
    return frozenset().union(*(book.seen[NAME] for book in books))


def _by_hub(step: _Step) -> _Step:
    return lambda rows, item: step(rows, item) if item.gateway == GATEWAY else None


def _by_gateway(step: _Step) -> _Step:
    return lambda rows, item: step(rows, item) if item.gateway != GATEWAY else None


def _fired(rows: Rows, item: Recorded) -> None:
    """Only what is armed with that very due; alarms' own timers are theirs."""
    data = item.event.data
    assert isinstance(data, timer.Fired)
    armed = rows.get(TIMER, data.timer, Timer)
    if data.view != NAME or armed is None or armed.due != data.due:
        return
    if armed.name in _TIMERS:
        rows.drop(TIMER, data.timer)
        _TIMERS[armed.name](rows, item, armed)


_TIMERS: Mapping[str, Callable[[Rows, Recorded, Timer], None]] = {
    "overstay": vehicles.fired,
    "care": care.fired,
}
_HUB: Mapping[type[Data], _Step] = {
    policy.Published: rulebook.published,
    policy.CommandIssued: orders.issued,
    visitor.PassIssued: visitors.issued,
    visitor.PassRevoked: visitors.revoked,
    subject.WatchListed: watching.listed,
    subject.Unlisted: watching.unlisted,
    subject.ConsentGiven: care.consented,
    subject.ConsentWithdrawn: care.withdrawn,
    duty.HandedOver: watch_duty.handed_over,
    duty.Taken: watch_duty.taken,
    handoff.Delivered: handed_on.delivered,
    handoff.Failed: handed_on.failed,
    timer.Fired: _fired,
}
_GATEWAY: Mapping[type[Data], _Step] = {
    policy.Adopted: rulebook.adopted,
    policy.PolicyRefused: rulebook.refused,
    policy.CommandDone: orders.done,
    visitor.PassUsed: visitors.used,
    access.ConflictFound: decisions.conflicted,
    access.ScreeningHeld: screening.held,
    access.ScreeningReleased: screening.released,
}
_STEPS: Mapping[type[Data], _Step] = {
    **dict.fromkeys(doors.STATES, doors.physical),
    **dict.fromkeys(doors.GATES, doors.gate),
    door.PassageCounted: decisions.counted,
    **dict.fromkeys(decisions.DECISIONS, decisions.decided),
    access.Taken: decisions.taken,
    access.NotTaken: decisions.not_taken,
    access.TemperatureMeasured: screening.measured,
    **dict.fromkeys((vehicle.Passed, vehicle.VehicleDenied), vehicles.at_gate),
    **dict.fromkeys(cameras.PICTURES, cameras.picture),
    **dict.fromkeys(cameras.ZONES, cameras.zone),
    **dict.fromkeys(gateways.TYPES, gateways.of_gateway),
    **{type_: _by_hub(step) for type_, step in _HUB.items()},
    **{type_: _by_gateway(step) for type_, step in _GATEWAY.items()},
}
