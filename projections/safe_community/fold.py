"""Events → safe-community rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from core.event import Data, Recorded, occurred
from core.events import access, camera, device, door, vehicle
from core.events.alarm import Acknowledged
from core.ownjournal import GATEWAY
from projections import alarm, window
from projections.instant import follow_clock, instant, is_live
from projections.safe_community import gateways, presence
from projections.safe_community.rows import Camera, Decision, Door, Flow, Passage, Recent
from projections.view import Change, Rows

RECENT = 60  # passages in the list
MINUTES = 180  # minute buckets kept
HOURS = 24 * 14  # hour buckets kept

_replace = msgspec.structs.replace
_Step = Callable[[Rows, Recorded], Iterable[Change]]


def fold(rows: Rows, item: Recorded) -> Iterable[Change]:
    step = _STEPS.get(type(item.event.data))
    if step is not None:
        yield from step(rows, item)
    if item.gateway != GATEWAY and not item.event.subject.startswith("gateway/"):
        yield from presence.of_device(rows, item)
        yield from follow_clock(rows, item)


def _door(rows: Rows, item: Recorded) -> Door:
    subject = item.event.subject
    found = rows.get("door", subject, Door)
    return found or Door(subject=subject, device=item.device)


# --- doors ---------------------------------------------------------------------------------


def _door_state(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    row = _door(rows, item)
    at = instant(item)
    if is_live(rows, item):
        if isinstance(data, door.Locked):
            row = _replace(row, lock="locked")
        elif isinstance(data, door.Unlocked):
            row = _replace(row, lock="unlocked")
        elif isinstance(data, door.Closed):
            row = _replace(row, physical="closed", alarm="normal", since=at)
        elif isinstance(data, door.Opened):
            row = _replace(row, physical="open", since=at)
        elif isinstance(data, door.HeldOpen):
            row = _replace(row, physical="open", alarm="heldopen")
        else:
            row = _replace(row, physical="open", alarm="forced", since=at)
        row = _replace(row, last=at)
    yield Change("door", row.subject, row)
    if isinstance(data, door.Forced | door.GateForced):
        yield from alarm.trigger(rows, item, "door.forced", 1, lasting=True)
    elif isinstance(data, door.HeldOpen):
        yield from alarm.trigger(rows, item, "door.heldopen", 2, lasting=True)
    elif isinstance(data, door.Closed):
        yield from alarm.clear(rows, item, "door.forced")
        yield from alarm.clear(rows, item, "door.heldopen")


def _gate(rows: Rows, item: Recorded) -> Iterable[Change]:
    kind, priority = _GATE_ALARMS[type(item.event.data)]
    row = _door(rows, item)
    yield Change(
        "door", row.subject, _replace(row, last=instant(item)) if is_live(rows, item) else row
    )
    yield from alarm.trigger(rows, item, kind, priority, lasting=False)


_GATE_ALARMS: Mapping[type[Data], tuple[str, int]] = {
    door.Tailgated: ("gate.tailgated", 3),
    door.Reversed: ("gate.reversed", 3),
    door.Climbed: ("gate.climbed", 2),
}


# --- decisions and passages ----------------------------------------------------------------


def _decision(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(
        data,
        access.Granted | access.Denied | access.Requested | access.Unclassified | access.Duress,
    )
    passage = Passage(
        at=instant(item),
        id=item.event.id,
        subject=item.event.subject,
        decision=_DECISIONS[type(data)],
        who=data.subject_class,
        direction=data.direction,
        credential=data.credential,
        reason=data.reason if isinstance(data, access.Denied) else "",
        position=item.position,
    )
    row = _door(rows, item)
    row = _replace(
        row,
        granted=row.granted + (passage.decision == "granted"),
        denied=row.denied + (passage.decision == "denied"),
    )
    if is_live(rows, item):
        row = _replace(row, decision=passage, last=passage.at)
    yield Change("door", row.subject, row)
    yield from _passed(rows, item, passage)
    if isinstance(data, access.Duress):
        yield from alarm.trigger(rows, item, "access.duress", 1, lasting=False)


_DECISIONS: Mapping[type[Data], Decision] = {
    access.Granted: "granted",
    access.Denied: "denied",
    access.Requested: "requested",
    access.Unclassified: "unclassified",
    access.Duress: "duress",
}


def _taken(rows: Rows, item: Recorded) -> Iterable[Change]:
    row = _door(rows, item)
    row = _replace(row, taken=row.taken + 1)
    yield Change(
        "door", row.subject, _replace(row, last=instant(item)) if is_live(rows, item) else row
    )


def _vehicle(rows: Rows, item: Recorded) -> Iterable[Change]:
    data = item.event.data
    assert isinstance(data, vehicle.Passed | vehicle.VehicleDenied)
    passed = isinstance(data, vehicle.Passed)
    passage = Passage(
        at=instant(item),
        id=item.event.id,
        subject=item.event.subject,
        decision="granted" if passed else "denied",
        who="vehicle",
        direction=data.direction,
        credential="plate",
        reason="" if isinstance(data, vehicle.Passed) else data.reason,
        position=item.position,
    )
    row = _door(rows, item)
    row = _replace(row, vehicles=row.vehicles + passed, denied=row.denied + (not passed))
    if is_live(rows, item):
        row = _replace(row, decision=passage, last=passage.at)
    yield Change("door", row.subject, row)
    yield from _passed(rows, item, passage)


def _passed(rows: Rows, item: Recorded, passage: Passage) -> Iterable[Change]:
    recent = rows.get("recent", "passages", Recent) or Recent()
    if len(recent.passages) < RECENT or _order(passage) > _order(recent.passages[-1]):
        kept = sorted((passage, *recent.passages), key=_order, reverse=True)[:RECENT]
        yield Change("recent", "passages", Recent(passages=tuple(kept)))
    if passage.decision in ("granted", "denied"):
        moment = occurred(item.event)
        yield from _count(rows, "minute", window.minute(moment), MINUTES, passage)
        yield from _count(rows, "hour", window.hour(moment), HOURS, passage)


def _order(passage: Passage) -> tuple[str, str]:
    return passage.at, passage.id


def _count(rows: Rows, kind: str, bucket: str, keep: int, passage: Passage) -> Iterable[Change]:
    found = rows.get(kind, bucket, Flow)
    flow = found or Flow(bucket=bucket)
    if passage.decision == "denied":
        flow = _replace(flow, denied=flow.denied + 1)
    elif passage.who == "vehicle":
        flow = _replace(flow, vehicles=flow.vehicles + 1)
    else:
        granted = {**flow.granted, passage.who: flow.granted.get(passage.who, 0) + 1}
        flow = _replace(flow, granted=dict(sorted(granted.items())))
    if found is None:
        old = set(window.surplus({*rows.keys(kind), bucket}, keep))
        yield from (Change(kind, key, None) for key in sorted(old - {bucket}))
        if bucket in old:
            return
    yield Change(kind, bucket, flow)


# --- cameras -------------------------------------------------------------------------------


def _camera(rows: Rows, item: Recorded) -> Iterable[Change]:
    """Fields of what it saw move with the bulk lane, those of its picture with the urgent one."""
    data, subject, at = item.event.data, item.event.subject, instant(item)
    row = rows.get("camera", subject, Camera) or Camera(subject=subject, device=item.device)
    row = _replace(row, events=row.events + 1, device=min(row.device, item.device))
    live = is_live(rows, item)
    if isinstance(data, camera.VideoLost | camera.VideoTampered):
        lost = isinstance(data, camera.VideoLost)
        row = _replace(row, lost=row.lost + lost)
        if live:
            row = _replace(row, state="lost" if lost else "tampered", since=at)
        yield Change("camera", subject, row)
        kind = "camera.video.lost" if lost else "camera.video.tampered"
        yield from alarm.trigger(rows, item, kind, 2, lasting=True)
        return
    if isinstance(data, camera.VideoRestored):
        yield Change("camera", subject, _replace(row, state="up", since=at) if live else row)
        yield from alarm.clear(rows, item, "camera.video.lost")
        yield from alarm.clear(rows, item, "camera.video.tampered")
        return
    if live:
        label = getattr(data, "label", "")
        zone = getattr(data, "zone", "")
        row = _replace(
            row, last=at, last_label=label or row.last_label, last_zone=zone or row.last_zone
        )
    yield Change("camera", subject, row)


def _tampered(rows: Rows, item: Recorded) -> Iterable[Change]:
    yield from alarm.trigger(rows, item, "device.tampered", 2, lasting=False)


_STEPS: Mapping[type[Data], _Step] = {
    **dict.fromkeys(
        (door.Opened, door.Closed, door.Forced, door.HeldOpen, door.Locked, door.Unlocked,
         door.GateForced), _door_state),
    **dict.fromkeys(_GATE_ALARMS, _gate),
    **dict.fromkeys(_DECISIONS, _decision),
    access.Taken: _taken,
    **dict.fromkeys((vehicle.Passed, vehicle.VehicleDenied), _vehicle),
    **dict.fromkeys(camera.TYPES, _camera),
    device.Tampered: _tampered,
    **dict.fromkeys(gateways.TYPES, gateways.of_gateway),
    Acknowledged: alarm.acknowledge,
}  # fmt: skip
