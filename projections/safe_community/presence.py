"""Devices as events tell of them: present or lost, clocks, records that are missing.

What the gateway concluded about a device (silent, flapping, held open for too long) is no sign of
its life: it moves neither when it was heard last nor, unless it says so, its state. While a device
flaps, neither lost nor connected is told of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from core.event import Data, Recorded
from core.events import access, camera, device, door
from core.events.journal import Conflicted
from projections.instant import on_time
from projections.safe_community.rows.presence import Condition, Device, Missing, State
from projections.safe_community.rows.presence import Heard as Lane
from projections.view import Rows

CONDITIONS = 16  # kept of a device, the newest
MISSING = 16  # ranges kept for people; the count is of all
_MOST = 2**53 - 1  # what every JSON reader keeps exactly; a device may claim any gap

_STATES: Mapping[type[Data], State] = {
    device.Lost: "lost",
    device.Tampered: "tampered",
    device.Flapping: "flapping",
    device.Settled: "online",
}

_replace = msgspec.structs.replace


Heard = tuple[Recorded, bool]  # and whether it was live, when its turn was


def of_device(rows: Rows, name: str, words: Sequence[Heard]) -> None:
    """What it said in one batch, in order."""
    first = words[0][0]
    row = rows.get("device", name, Device) or Device(
        device=name, gateway=first.gateway, first=first.event.recordedtime
    )
    bulk_words = [word for word in words if word[0].event.data.BULK]
    urgent_words = [word for word in words if not word[0].event.data.BULK]
    urgent = _told(row.urgent, urgent_words) if urgent_words else row.urgent
    bulk = _told(row.bulk, bulk_words) if bulk_words else row.bulk
    seen, other = (bulk, urgent) if bulk.seen > urgent.seen else (urgent, bulk)
    said = bulk if bulk.live > urgent.live else urgent
    skew_ms = 0 if bulk.believed > urgent.skewed else urgent.skew_ms
    made = _replace(
        row,
        gateway=seen.gateway,
        kind=seen.kind,
        adapter=seen.adapter or other.adapter,
        state="flapping" if urgent.state == "flapping" else said.state,
        reason=urgent.reason if urgent.state == "flapping" else said.reason,
        clock=urgent.clock or ("skewed" if skew_ms else ""),
        first=min(row.first, *[item.event.recordedtime for item, _ in words]),
        last=said.last,
        seen=seen.seen,
        events=row.events + len(words),
        late=row.late + sum([not live for _, live in words]),
        skew_ms=skew_ms,
        urgent=urgent,
        bulk=bulk,
    )
    for item, is_now in urgent_words:
        if type(item.event.data) in _COUNTED:
            made = _counted(made, item.event.data)
        elif is_now and isinstance(item.event.data, device.ConditionChanged):
            made = _conditioned(made, item, item.event.data)
    rows.put("device", name, made)


def _told(lane: Lane, words: Sequence[Heard]) -> Lane:
    """The lane's last word, after these."""
    item = words[-1][0]
    live, last, state, reason = lane.live, lane.last, lane.state, lane.reason
    believed, skewed, skew_ms = lane.believed, lane.skewed, lane.skew_ms
    seen, clock = lane.seen, lane.clock
    adapter: object = lane.adapter
    for item, is_now in words:
        event = item.event
        data, recordedtime = event.data, event.recordedtime
        kind = type(data)
        if kind in _CONCLUSIONS and _CONCLUSIONS[kind](item):
            if is_now and kind in _STATES:
                live = recordedtime
                state, reason = _state(data, state, reason)
            elif is_now and kind in _CLOCKS:
                clock = _CLOCKS[kind]
            continue
        adapter = data.native.get("adapter", adapter)
        seen = recordedtime
        if is_now:
            live, last = recordedtime, event.time
            if kind in _STATES or state != "online":
                state, reason = _state(data, state, reason)
        if isinstance(data, device.ClockSkewed):
            skewed, skew_ms = recordedtime, data.skew_ms
        elif on_time(item):
            believed, skew_ms = recordedtime, 0
    return Lane(
        gateway=item.gateway,
        kind=item.event.subject.partition("/")[0],
        adapter=str(adapter),
        seen=seen,
        live=live,
        last=last,
        state=state,
        reason=reason,
        clock=clock,
        believed=believed,
        skewed=skewed,
        skew_ms=skew_ms,
    )


def _state(data: Data, state: State, reason: str) -> tuple[State, str]:
    if isinstance(data, device.Settled):
        return ("online", "") if data.online else ("lost", reason)
    if isinstance(data, device.Flapping):
        return "flapping", ""
    if state == "flapping":
        return state, reason
    if isinstance(data, (device.Lost, device.Tampered)):
        return _STATES[type(data)], data.reason
    return "online", ""


def _always(_: Recorded) -> bool:
    return True


def _by_watch(item: Recorded) -> bool:
    """The same types a device may tell of itself; the gateway's conclusions have its cause."""
    data = item.event.data
    if isinstance(data, device.Lost):
        return data.reason in ("silent", "will", "disconnected")
    return getattr(data, "cause", "") in ("timer", "no-grant")


_CLOCKS: Mapping[type[Data], Literal["", "stopped"]] = {
    device.ClockStopped: "stopped",
    device.ClockRuns: "",
}
_CONCLUSIONS: Mapping[type[Data], Callable[[Recorded], bool]] = {
    **dict.fromkeys(
        (device.Flapping, device.Settled, device.ClockStopped, device.ClockRuns,
         camera.RegionOccupied, camera.RegionVacated, door.PreAlarmed, access.ConflictFound,
         access.AntipassbackReset, access.ScreeningHeld, access.ScreeningReleased), _always),
    **dict.fromkeys((device.Lost, door.HeldOpen, door.Forced, access.NotTaken), _by_watch),
}  # fmt: skip
_COUNTED = frozenset(
    (
        device.GapDetected,
        device.GapFilled,
        device.EpochRaised,
        device.Throttled,
        Conflicted,
        device.Lost,
        device.Flapping,
        device.Settled,
    )
)


def _conditioned(row: Device, item: Recorded, data: device.ConditionChanged) -> Device:
    """What only tells a figure neither begins nor ends one."""
    if data.active is None:
        return row
    named = (data.condition, data.part)
    before = next((one for one in row.conditions if (one.condition, one.part) == named), None)
    kept = [one for one in row.conditions if one is not before]
    if data.active:
        now = Condition(
            condition=data.condition,
            part=data.part,
            since=before.since if before else item.moment.at,
            value=data.value,
            threshold=data.threshold,
            id=item.event.id,
            position=item.position,
        )
        kept.append(now)
        if len(kept) > CONDITIONS:
            kept.remove(min(kept, key=lambda one: (one.since, one.condition, one.part)))
    kept.sort(key=lambda one: (one.condition, one.part))
    return _replace(row, conditions=tuple(kept))


def _counted(row: Device, data: Data) -> Device:
    if isinstance(data, device.GapDetected):
        gap = Missing(
            method=data.method, epoch=data.epoch, first=data.from_record, last=data.to_record
        )
        kept = (*_without(row.missing, gap), gap)[-MISSING:]
        return _replace(row, gaps=min(row.gaps + _size(gap), _MOST), missing=kept)
    if isinstance(data, device.GapFilled):
        gap = Missing(
            method=data.method, epoch=data.epoch, first=data.from_record, last=data.to_record
        )
        return _replace(
            row, gaps=max(row.gaps - _size(gap), 0), missing=tuple(_without(row.missing, gap))
        )
    if isinstance(data, device.EpochRaised):
        return _replace(row, epoch=data.epoch, resets=row.resets + 1)
    if isinstance(data, device.Throttled):
        return _replace(row, throttled=row.throttled + data.count)
    if isinstance(data, Conflicted):
        return _replace(row, conflicts=row.conflicts + 1)
    if isinstance(data, device.Lost) and data.expected_s:
        return _replace(row, expected_s=data.expected_s)
    if isinstance(data, device.Flapping):
        return _replace(row, flaps=row.flaps + data.count)
    if isinstance(data, device.Settled):
        return _replace(row, flaps=row.flaps + data.flaps)
    return row


def _size(gap: Missing) -> int:
    return max(0, gap.last - gap.first + 1)


def _without(missing: Iterable[Missing], gap: Missing) -> Iterable[Missing]:
    """What of the known ranges remains outside `gap`."""
    for one in missing:
        if (one.method, one.epoch) != (gap.method, gap.epoch) or (
            gap.last < one.first or one.last < gap.first
        ):
            yield one
            continue
        if one.first < gap.first:
            yield _replace(one, last=gap.first - 1)
        if gap.last < one.last:
            yield _replace(one, first=gap.last + 1)
