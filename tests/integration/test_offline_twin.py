"""A gateway that was cut off for 72 hours ends in the view of one that never was, by hash."""

import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.clock import parse_rfc3339, rfc3339
from core.event import Event, source_of
from core.events.access import Granted, Taken
from core.events.device import HealthReported
from core.events.policy import Adopted, Published
from core.events.subject import ConsentGiven, WatchListed
from core.events.vehicle import Passed
from core.events.waste import BinCollected
from core.ownjournal import GATEWAY
from core.site import Area, Door, Parking, Site
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.asof import digest, facts
from tests.fix_day import SimulatedDay
from tests.fix_twin import COMPOUND, Hub, Outage, days_of, said

pytestmark = pytest.mark.timeout(300)

DAYS = 4
AWAY = "gw02"
HEARD = timedelta(hours=1)  # between a gateway's words about itself


@pytest.fixture(scope="module")
def life(simulated_day: SimulatedDay) -> list[Event]:
    """Four days of two gateways: every other device of the simulated one hangs on the second.
    Cameras' tracks say nothing more the second time."""
    day = [item.event for item in simulated_day.events if item.gateway != GATEWAY]
    day = [
        event for event in day
        if not event.subject.startswith("gateway/") and (not event.data.BULK or _some(event))
    ]  # fmt: skip
    second = _half(day)
    found = [
        msgspec.structs.replace(event, source=source_of(COMPOUND, AWAY, _device(event)))
        if _device(event) in second else event
        for event in days_of(day, DAYS)
    ]  # fmt: skip
    first = min(event.recordedtime for event in found)
    return [*_said(found, first), *found, *_heard(first)]


def _some(event: Event) -> bool:
    return zlib.crc32(event.id.encode()) % 8 == 0


def _device(event: Event) -> str:
    return event.source.rpartition("/")[2]


def _half(day: Sequence[Event]) -> set[str]:
    """Devices of every other thing: what speaks of one door, or lifts one bin, hangs on one
    gateway."""
    whole: dict[str, set[str]] = {}
    for event in day:
        one, other = _device(event), event.subject
        if isinstance(event.data, BinCollected) and event.data.bin:
            other = f"bin/{event.data.bin.removeprefix('bin/')}"
        joined = whole.get(one, {one}) | whole.get(other, {other})
        for name in joined:
            whole[name] = joined
    groups = sorted({min(names): names for names in whole.values()}.items())
    return set().union(*(names for _, names in groups[::2]))


def _heard(first: str) -> list[Event]:
    start = parse_rfc3339(first)
    return [
        said(gateway, HealthReported(boot=1, backlog=0), rfc3339(start + HEARD * number))
        for number in range(24 * (DAYS + 2))
        for gateway in ("gw01", AWAY)
    ]


def _said(found: Sequence[Event], first: str) -> list[Event]:
    """The hub's words at the beginning, about who and what is in the days that follow."""
    doors = {
        event.subject.partition("/")[2]
        for event in found
        if isinstance(event.data, (Granted, Taken, Passed))
    }
    people = sorted({
        event.data.subject_ref
        for event in found
        if isinstance(event.data, Granted) and event.data.subject_ref
    })  # fmt: skip
    site = Site(
        areas={"compound": Area()},
        doors={door: Door(credentials=("card", "face")) for door in sorted(doors)},
        parking=Parking(overstay_h=dict.fromkeys(("white", "visitor", "unknown"), 3.0)),
    )
    until = rfc3339(parse_rfc3339(first) + timedelta(days=2))
    told = [
        said(GATEWAY, Published(version=1, sha256="00", site=site), first, "policy/c01"),
        *(said(one, Adopted(version=1, sha256="00"), first) for one in ("gw01", AWAY)),
    ]
    for number, ref in enumerate(people[:40]):
        consent = ConsentGiven(subject_ref=ref, purpose="care", basis="b", hours=6 + number % 9)
        told.append(said(GATEWAY, consent, first, "subject/consent", f"consent:{ref}"))
    for ref in people[10:15]:
        listing = WatchListed(subject_ref=ref, reason="r", basis="b", until=until)
        told.append(said(GATEWAY, listing, first, "subject/list", f"list:{ref}"))
    return told


def shown(rows: Kinds, view: Any = SAFE_COMMUNITY) -> dict[str, Any]:
    return facts(view.present(rows))


@pytest.fixture(scope="module")
def twins(life: list[Event]) -> tuple[Hub, Hub]:
    start = parse_rfc3339(life[0].recordedtime)
    end = rfc3339(start + timedelta(days=DAYS + 2))
    cut = Outage(AWAY, rfc3339(start + HEARD * 2), rfc3339(start + HEARD * 74))
    never, away = Hub(SAFE_COMMUNITY), Hub(SAFE_COMMUNITY)
    never.hear(life, None, end)
    away.hear(life, cut, end)
    return never, away


def test_cut_off_for_72_hours_is_never_cut_off(twins: tuple[Hub, Hub]) -> None:
    one, other = (shown(hub.state.rows(COMPOUND)) for hub in twins)
    for name in one:
        assert other[name] == one[name], name
    assert digest(other) == digest(one)


def test_what_is_compared_happened(twins: tuple[Hub, Hub]) -> None:
    never, away = twins
    told = shown(never.state.rows(COMPOUND))
    for name in ("alarms", "places", "inside", "parked", "care", "watched", "passages"):
        assert told[name], name
    kinds = {alarm["kind"] for alarm in told["alarms"]}
    assert kinds >= {"vehicle.overstayed", "care.no-passage", "access.watchlisted"}
    names = {key.partition(":")[0] for key in never.fired}
    assert names >= {"overstay", "care", "escalate"}
    assert never.fired != away.fired, "timers came due in another order"


def test_the_other_view(life: list[Event]) -> None:
    start = parse_rfc3339(life[0].recordedtime)
    end = rfc3339(start + timedelta(days=DAYS + 2))
    cut = Outage(AWAY, rfc3339(start + HEARD * 2), rfc3339(start + HEARD * 74))
    one, other = Hub(WASTE_SORTING), Hub(WASTE_SORTING)
    rows = one.hear(life, None, end), other.hear(life, cut, end)
    assert digest(shown(rows[1], WASTE_SORTING)) == digest(shown(rows[0], WASTE_SORTING))
