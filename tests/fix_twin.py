"""A compound of two gateways and its hub, lived through twice: once with both always there, once
with one of them cut off. What they say is the same; when the hub hears of it is not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.event import Data, Event, Recorded, source_of
from core.events.timer import Fired
from core.moment import moment_of
from core.ownjournal import GATEWAY
from projections.alarms.row import TIMER, Timer
from projections.safe_community.rows.gateways import Gateway
from projections.state import ViewState
from projections.view import Kinds, View

COMPOUND = "c01"
_EMPTY: Mapping[str, Timer] = {}


class Outage(msgspec.Struct, frozen=True):
    """Of one gateway's line. What it records meanwhile arrives, in its order, at the end."""

    gateway: str
    since: str
    until: str


class Hub:
    """A log and a view, and timers as the hub fires them: when its clock passes a due, and every
    gateway that is asked for was heard at or after it."""

    def __init__(self, view: View) -> None:
        self.state = ViewState(view)
        self.fired: list[str] = []
        self._position = 0

    def hear(self, events: Sequence[Event], outage: Outage | None, until: str) -> Kinds:
        """Everything that arrives, in the order of arrival, and what comes due up to `until`."""
        arriving = sorted(enumerate(events), key=lambda one: (arrival(one[1], outage), one[0]))
        for number, (_, event) in enumerate(arriving):
            now = arrival(event, outage)
            if number % 8 == 0:
                self._fire(now)
            self._take(event)
        self._fire(until)
        return self.state.rows(COMPOUND)

    def _take(self, event: Event) -> None:
        self._position += 1
        gateway, device = event.source.split("/")[4::2]
        moment = moment_of(event.time, event.recordedtime, event.timequality)
        item = Recorded(
            event, self._position, 0, gateway, self._position, COMPOUND, gateway, device, moment
        )
        self.state.fold([item], {})

    def _fire(self, now: str) -> None:
        """Whatever is due, the earliest first; one may arm the next."""
        while due := self._due(now):
            key, timer = due
            self.fired.append(key)
            self._take(
                said(GATEWAY, Fired(view=self.state.view.name, timer=key, due=timer.due), now)
            )

    def _due(self, now: str) -> tuple[str, Timer] | None:
        rows = self.state.of(COMPOUND).kinds
        found: list[tuple[str, str, Timer]] = []
        for key, timer in rows.get(TIMER, _EMPTY).items():
            assert isinstance(timer, Timer)
            if timer.due <= now and all(self._seen(one) >= timer.due for one in timer.gateways):
                found.append((timer.due, key, timer))
        return min(found)[1:] if found else None

    def _seen(self, gateway: str) -> str:
        row = self.state.of(COMPOUND).get("gateway", gateway, Gateway)
        return row.seen if row is not None else ""


def arrival(event: Event, outage: Outage | None) -> str:
    """When the hub has it, by a clock that all agree on."""
    gateway = event.source.split("/")[4]
    if outage and gateway == outage.gateway and outage.since <= event.recordedtime < outage.until:
        return outage.until
    return event.recordedtime


def said(gateway: str, data: Data, at: str, subject: str = "", id: str = "") -> Event:
    """By the hub or a gateway itself."""
    return Event(
        id=id or f"{gateway}:{data.TYPE}:{at}",
        source=source_of(COMPOUND, gateway, gateway),
        type=data.TYPE,
        subject=subject or f"gateway/{gateway}",
        time=at,
        recordedtime=at,
        timequality="gateway",
        origin="manual" if gateway == GATEWAY else "live",
        data=data,
    )


def days_of(day: Sequence[Event], count: int) -> Iterator[Event]:
    """The same day again and again: other records, the same people."""
    for number in range(count):
        for event in day:
            yield later(event, timedelta(days=number), f"{event.id}+{number}")


def later(event: Event, by: timedelta, id: str) -> Event:
    return msgspec.structs.replace(
        event, id=id, time=_moved(event.time, by), recordedtime=_moved(event.recordedtime, by)
    )


def _moved(stamp: str, by: timedelta) -> str:
    return rfc3339(parse_rfc3339(stamp) + by)
