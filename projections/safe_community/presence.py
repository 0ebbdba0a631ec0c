"""Devices and gateways as events tell of them: present or lost, clocks, gaps, sessions, health."""

from collections.abc import Iterable

import msgspec

from core.clock import parse_rfc3339
from core.event import Data, Recorded, occurred
from core.events import device
from projections.instant import instant, is_live
from projections.safe_community.rows import Device, Gateway
from projections.view import Change, Rows

_MOST = 2**53 - 1  # what every JSON reader keeps exactly; a device may claim any gap

_replace = msgspec.structs.replace


def of_device(rows: Rows, item: Recorded) -> Change:
    event, data = item.event, item.event.data
    row = rows.get("device", item.device, Device) or Device(
        device=item.device, gateway=item.gateway, first=event.recordedtime
    )
    live = is_live(item)
    state, reason = row.state, row.reason
    if live and isinstance(data, device.Lost):
        state, reason = "lost", data.reason
    elif live and isinstance(data, device.Tampered):
        state, reason = "tampered", data.reason
    elif live:
        state, reason = "online", ""
    return Change(
        "device",
        item.device,
        _replace(
            row,
            gateway=item.gateway,
            kind=event.subject.partition("/")[0],
            adapter=str(data.native.get("adapter", row.adapter)),
            state=state,
            reason=reason,
            last=event.time if live else row.last,
            seen=event.recordedtime,
            events=row.events + 1,
            late=row.late + (not live),
            skew_ms=_skew(row, item),
            gaps=min(max(row.gaps + _missing(data), 0), _MOST),
        ),
    )


def _skew(row: Device, item: Recorded) -> int:
    """Told by the gateway when a clock is beyond belief; over when the device is believed again."""
    event = item.event
    if isinstance(event.data, device.ClockSkewed):
        return event.data.skew_ms
    if not row.skew_ms or event.timequality == "gateway" or not is_live(item):
        return row.skew_ms
    return 0 if occurred(event) == parse_rfc3339(event.time) else row.skew_ms


def _missing(data: Data) -> int:
    if isinstance(data, device.GapDetected):
        return data.to_record - data.from_record + 1
    if isinstance(data, device.GapFilled):
        return data.from_record - data.to_record - 1
    return 0


def of_gateway(rows: Rows, item: Recorded) -> Iterable[Change]:
    """What a gateway says of itself, and what the hub says of its uplink: the hub's word does
    not count as a sign of life."""
    event, data = item.event, item.event.data
    name = event.subject.partition("/")[2]
    own = item.gateway == name
    row = rows.get("gateway", name, Gateway) or Gateway(gateway=name)
    if own:
        row = _replace(row, seen=event.recordedtime)
    if isinstance(data, device.Rejected):
        kind = f"{data.adapter}/{data.reason}"
        rejected = {**row.rejected, kind: row.rejected.get(kind, 0) + data.count}
        row = _replace(row, rejected=dict(sorted(rejected.items())))
    elif isinstance(data, device.SessionOpened | device.SessionClosed):
        opened = isinstance(data, device.SessionOpened)
        # An old will may not end a newer session. But a gateway whose journal was lost counts
        # its starts anew: that it has started is true whatever the number.
        if data.boot >= row.boot or (own and opened):
            row = _replace(
                row,
                boot=data.boot,
                session="open" if opened else "closed",
                reason=data.reason,
                since=instant(item),
            )
    elif isinstance(data, device.HealthReported):
        reported = {field: getattr(data, field) for field in _HEALTH}
        row = _replace(row, boot=max(row.boot, data.boot), **reported)
    yield Change("gateway", name, row)


_HEALTH = tuple(
    field
    for field in device.HealthReported.__struct_fields__
    if field in Gateway.__struct_fields__ and field != "boot"
)
