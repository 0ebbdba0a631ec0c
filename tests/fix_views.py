"""Views without files: facts as gateways recorded them, folded as they are said."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import Notification, StoredEvent

from core.clock import rfc3339
from core.event import Data, Event, Origin, Recorded, source_of
from core.moment import TimeQuality, moment_of
from projections.safe_community.view import SAFE_COMMUNITY
from projections.state import ViewState
from projections.view import Kinds, RowT, View
from projections.waste_sorting.view import WASTE_SORTING

COMPOUND = "c01"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, 12:00 in China


class Said:
    """What one gateway records, in its order. Everything not named is as for a device that
    speaks at once and whose clock is right."""

    def __init__(self, gateway: str = "gw01", journal: str = "") -> None:
        self.gateway = gateway
        self.journal = journal or gateway
        self._sequence = itertools.count(1)

    def event(
        self,
        data: Data,
        subject: str,
        *,
        at: datetime = NOON,
        recorded: datetime | None = None,
        told: str = "",
        quality: TimeQuality = "device-zone",
        origin: Origin = "live",
        device: str = "",
        id: str = "",
        chain: str = "",
    ) -> Event:
        """`at`: when it happened; `told`: what the device's clock said, where that differs."""
        device = device or subject.partition("/")[2]
        return Event(
            id=id or f"{device}:{next(self._sequence)}",
            source=source_of(COMPOUND, self.gateway, device),
            type=data.TYPE,
            subject=subject,
            time=told or rfc3339(at),
            recordedtime=rfc3339(recorded or at),
            timequality=quality,
            origin=origin,
            correlationid=chain,
            data=data,
        )

    def stands(self, event: Event, position: int) -> Recorded:
        return Recorded(
            event, position, 0, self.journal, position, COMPOUND, self.gateway,
            event.source.rpartition("/")[2],
            moment_of(event.time, event.recordedtime, event.timequality),
        )  # fmt: skip


class Folded:
    """A view that has folded everything said so far, each fact at a position of its own."""

    def __init__(self, view: View) -> None:
        self.state = ViewState(view)
        self._gateways: dict[str, Said] = {}

    def say(self, data: Data, subject: str, *, gateway: str = "gw01", **how: Any) -> Recorded:
        said = self._gateways.setdefault(gateway, Said(gateway))
        item = said.stands(said.event(data, subject, **how), self.state.position + 1)
        self.take(item)
        return item

    def take(self, item: Recorded) -> None:
        self.state.fold([item], {})
        self.state.position = max(self.state.position, item.position)

    def row(self, kind: str, key: str, row_type: type[RowT]) -> RowT:
        found = self.state.compounds[COMPOUND].get(kind, key, row_type)
        assert found is not None, f"no {kind} {key!r}"
        return found

    def keys(self, kind: str) -> list[str]:
        if COMPOUND not in self.state.compounds:
            return []
        return sorted(self.state.compounds[COMPOUND].keys(kind))


class MemoryLog:
    """The event store port over a list: what a fold may know of a log, without a disk."""

    def __init__(self) -> None:
        self.stored: list[StoredEvent] = []
        self.received: list[datetime] = []
        self._wakes: list[Callable[[int], None]] = []

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        first = len(self.stored) + 1
        self.stored += batches
        self.received += [received] * len(batches)
        for wake in self._wakes:
            wake(self.head())
        return range(first, len(self.stored) + 1)

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        found: list[Notification] = []
        size = 0
        for position in range(after + 1, len(self.stored) + 1):
            if len(found) == limit or size >= max_bytes:
                break
            found.append(self._notification(position))
            size += len(found[-1].state)
        return found

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        return [(one.id, one.state) for one in self.read(after, limit, max_bytes)]

    def head(self) -> int:
        return len(self.stored)

    def journals(self) -> Sequence[Notification]:
        newest = {one.originator_id: at for at, one in enumerate(self.stored, start=1)}
        return [self._notification(position) for position in newest.values()]

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        for one in self.stored:
            if (one.originator_id, one.originator_version) == (journal, number):
                return one
        return None

    def position_at(self, moment: datetime) -> int:
        return sum(at <= moment for at in self.received)

    def received_at(self, position: int) -> datetime | None:
        return self.received[position - 1] if 0 < position <= len(self.stored) else None

    def subscribe(self, wake: Callable[[int], None]) -> None:
        self._wakes.append(wake)

    def close(self) -> None:
        self._wakes.clear()

    def _notification(self, position: int) -> Notification:
        one = self.stored[position - 1]
        return Notification(
            originator_id=one.originator_id,
            originator_version=one.originator_version,
            topic=one.topic,
            state=one.state,
            id=position,
        )


def as_stored(one: StoredEvent | Notification, frame: bytes = b"") -> StoredEvent:
    """The batch as it goes into a log; with other bytes, one that was damaged there."""
    return StoredEvent(one.originator_id, one.originator_version, one.topic, frame or one.state)


def bare(rows: Kinds) -> dict[str, Any]:
    """Rows as plain values without hub positions: these say where a fact stands, which depends
    on how batches were cut and journals interleaved."""
    without: dict[str, Any] = _without(msgspec.to_builtins(rows), "position")
    return {kind: found for kind, found in without.items() if found}


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        # A bin also has a position: normal, tilt or unknown, which is a string.
        return {
            key: _without(one, name)
            for key, one in value.items()
            if not (key == name and isinstance(one, int))
        }
    if isinstance(value, list | tuple):
        return [_without(one, name) for one in value]
    return value


def folded(view: View, items: Iterable[Recorded]) -> Kinds:
    state = ViewState(view)
    state.fold(list(items), {})
    return state.rows(COMPOUND)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def safe() -> Folded:
    return Folded(SAFE_COMMUNITY)


@pytest.fixture
def waste() -> Folded:
    return Folded(WASTE_SORTING)
