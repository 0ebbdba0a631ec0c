"""Devices as events tell of them: present or lost, clocks, records that are missing."""

from collections.abc import Iterable, Mapping

import msgspec

from core.event import Data, Recorded
from core.events import device
from core.events.journal import Conflicted
from projections.instant import is_live, on_time
from projections.safe_community.rows import Device, Heard, Missing, State
from projections.view import Rows

MISSING = 16  # ranges kept for people; the count is of all
_MOST = 2**53 - 1  # what every JSON reader keeps exactly; a device may claim any gap

_STATES: Mapping[type[Data], State] = {device.Lost: "lost", device.Tampered: "tampered"}

_replace = msgspec.structs.replace


def of_device(rows: Rows, item: Recorded) -> None:
    event, data, device_name = item.event, item.event.data, item.device
    recordedtime = event.recordedtime
    row = rows.get("device", device_name, Device) or Device(
        device=device_name, gateway=item.gateway, first=recordedtime
    )
    live = is_live(rows, item)
    urgent, bulk = row.urgent, row.bulk
    if data.BULK:
        bulk = _heard(bulk, item, live)
    else:
        urgent = _heard(urgent, item, live)
    seen, other = (bulk, urgent) if bulk.seen > urgent.seen else (urgent, bulk)
    said = bulk if bulk.live > urgent.live else urgent
    made = _replace(
        row,
        gateway=seen.gateway,
        kind=seen.kind,
        adapter=seen.adapter or other.adapter,
        state=said.state,
        reason=said.reason,
        first=min(row.first, recordedtime),
        last=said.last,
        seen=seen.seen,
        events=row.events + 1,
        late=row.late + (not live),
        skew_ms=0 if bulk.believed > urgent.skewed else urgent.skew_ms,
        urgent=urgent,
        bulk=bulk,
    )
    rows.put("device", device_name, _counted(made, data) if type(data) in _COUNTED else made)


def _heard(row: Heard, item: Recorded, live: bool) -> Heard:
    """The lane's last word, after this fact."""
    event = item.event
    data, recordedtime = event.data, event.recordedtime
    state, reason = row.state, row.reason
    believed, skewed, skew_ms = row.believed, row.skewed, row.skew_ms
    if live:
        state, reason = "online", ""
        if isinstance(data, (device.Lost, device.Tampered)):
            state, reason = _STATES[type(data)], data.reason
    if isinstance(data, device.ClockSkewed):
        skewed, skew_ms = recordedtime, data.skew_ms
    elif on_time(item):
        believed, skew_ms = recordedtime, 0
    return Heard(
        gateway=item.gateway,
        kind=event.subject.partition("/")[0],
        adapter=str(data.native.get("adapter", row.adapter)),
        seen=recordedtime,
        live=recordedtime if live else row.live,
        last=event.time if live else row.last,
        state=state,
        reason=reason,
        believed=believed,
        skewed=skewed,
        skew_ms=skew_ms,
    )


_COUNTED = frozenset(
    (device.GapDetected, device.GapFilled, device.EpochRaised, device.Throttled, Conflicted)
)


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
