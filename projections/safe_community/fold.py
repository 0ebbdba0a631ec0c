"""Events → safe-community rows. Pure; one small function per group of event types."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.event import Data, Recorded
from core.events import access, camera, device, door, vehicle
from core.events.alarm import Acknowledged
from core.ownjournal import GATEWAY
from projections import alarm, window
from projections.instant import follow_clock, is_live
from projections.safe_community import gateways, presence
from projections.safe_community.presence import Heard
from projections.safe_community.rows import Camera, Decision, Door, Flow, Passage, Recent
from projections.view import Rows, Run, added

RECENT = 60  # passages in the list
MINUTES = 180  # minute buckets kept
HOURS = 24 * 14  # hour buckets kept

_replace = msgspec.structs.replace
_Step = Callable[[Rows, Recorded], None]


def fold(rows: Rows, run: Run) -> None:
    """What cameras saw, and that devices were heard, is most of all: it is put once a run."""
    heard: dict[str, list[Heard]] = {}
    seen: dict[str, list[Recorded]] = {}
    for item in run:
        event = item.event
        data = event.data
        step = _STEPS.get(type(data))
        if step is not None:
            step(rows, item)
        elif type(data) in _SEEN:
            seen.setdefault(event.subject, []).append(item)
        if item.gateway != GATEWAY and not event.subject.startswith("gateway/"):
            said = heard.get(item.device)
            if said is None:
                said = heard[item.device] = []
            said.append((item, is_live(rows, item)))
            if not data.BULK:
                follow_clock(rows, item)
    for subject, items in seen.items():
        _saw(rows, subject, items)
    for device_name, words in heard.items():
        presence.of_device(rows, device_name, words)


def _door(rows: Rows, item: Recorded) -> Door:
    subject = item.event.subject
    found = rows.get("door", subject, Door)
    return found or Door(subject=subject, device=item.device)


# --- doors ---------------------------------------------------------------------------------


def _door_state(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    row = _door(rows, item)
    at = item.moment.at
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
    rows.put("door", row.subject, row)
    if isinstance(data, (door.Forced, door.GateForced)):
        alarm.trigger(rows, item, "door.forced", 1, lasting=True)
    elif isinstance(data, door.HeldOpen):
        alarm.trigger(rows, item, "door.heldopen", 2, lasting=True)
    elif isinstance(data, door.Closed):
        alarm.clear(rows, item, "door.forced")
        alarm.clear(rows, item, "door.heldopen")


def _gate(rows: Rows, item: Recorded) -> None:
    kind, priority = _GATE_ALARMS[type(item.event.data)]
    row = _door(rows, item)
    rows.put(
        "door", row.subject, _replace(row, last=item.moment.at) if is_live(rows, item) else row
    )
    alarm.trigger(rows, item, kind, priority, lasting=False)


_GATE_ALARMS: Mapping[type[Data], tuple[str, int]] = {
    door.Tailgated: ("gate.tailgated", 3),
    door.Reversed: ("gate.reversed", 3),
    door.Climbed: ("gate.climbed", 2),
}


# --- decisions and passages ----------------------------------------------------------------


def _decision(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, _DECIDED)
    passage = Passage(
        at=item.moment.at,
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
    granted = row.granted + (passage.decision == "granted")
    denied = row.denied + (passage.decision == "denied")
    if is_live(rows, item):
        row = _replace(row, granted=granted, denied=denied, decision=passage, last=passage.at)
    else:
        row = _replace(row, granted=granted, denied=denied)
    rows.put("door", row.subject, row)
    _passed(rows, item, passage)
    if isinstance(data, access.Duress):
        alarm.trigger(rows, item, "access.duress", 1, lasting=False)


# A tuple, not a union: one is made anew each time that it is asked.
_DECIDED = (
    access.Granted, access.Denied, access.Requested, access.Unclassified, access.Duress,
)  # fmt: skip
_DECISIONS: Mapping[type[Data], Decision] = {
    access.Granted: "granted",
    access.Denied: "denied",
    access.Requested: "requested",
    access.Unclassified: "unclassified",
    access.Duress: "duress",
}


def _taken(rows: Rows, item: Recorded) -> None:
    row = _door(rows, item)
    row = _replace(row, taken=row.taken + 1)
    rows.put(
        "door", row.subject, _replace(row, last=item.moment.at) if is_live(rows, item) else row
    )


def _vehicle(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, (vehicle.Passed, vehicle.VehicleDenied))
    passed = isinstance(data, vehicle.Passed)
    passage = Passage(
        at=item.moment.at,
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
    rows.put("door", row.subject, row)
    _passed(rows, item, passage)


def _passed(rows: Rows, item: Recorded, passage: Passage) -> None:
    recent = rows.get("recent", "passages", Recent) or Recent()
    place = _place(recent.passages, (passage.at, passage.id))
    if place < RECENT:
        before, after = recent.passages[:place], recent.passages[place : RECENT - 1]
        rows.put("recent", "passages", Recent(passages=(*before, passage, *after)))
    if passage.decision in ("granted", "denied"):
        at = window.buckets(item.moment)
        _count(rows, "minute", at.minute, MINUTES, passage)
        _count(rows, "hour", at.hour, HOURS, passage)


def _place(passages: Sequence[Passage], order: tuple[str, str]) -> int:
    """Among passages that stand newest first; most are newer than all."""
    for place, known in enumerate(passages):
        if order >= (known.at, known.id):
            return place
    return len(passages)


def _count(rows: Rows, kind: str, bucket: str, keep: int, passage: Passage) -> None:
    found = rows.get(kind, bucket, Flow)
    flow = found or Flow(bucket=bucket)
    if passage.decision == "denied":
        flow = _replace(flow, denied=flow.denied + 1)
    elif passage.who == "vehicle":
        flow = _replace(flow, vehicles=flow.vehicles + 1)
    else:
        flow = _replace(flow, granted=added(flow.granted, passage.who, 1))
    if found is None:
        old = window.surplus(rows.keys(kind), bucket, keep)
        for key in old:
            if key != bucket:
                rows.drop(kind, key)
        if bucket in old:
            return
    rows.put(kind, bucket, flow)


# --- cameras -------------------------------------------------------------------------------


_SEEN = frozenset(camera.TYPES) - {
    camera.VideoLost, camera.VideoTampered, camera.VideoRestored,
}  # fmt: skip


def _saw(rows: Rows, subject: str, items: Sequence[Recorded]) -> None:
    """Fields of what it saw move with the bulk lane, those of its picture with the urgent one."""
    row = _watching(rows, subject, items)
    last, label, zone = row.last, row.last_label, row.last_zone
    for item in items:
        if is_live(rows, item):
            data = item.event.data
            last = item.moment.at
            label = getattr(data, "label", "") or label
            zone = getattr(data, "zone", "") or zone
    rows.put("camera", subject, _replace(row, last=last, last_label=label, last_zone=zone))


def _picture(rows: Rows, item: Recorded) -> None:
    data, subject, at = item.event.data, item.event.subject, item.moment.at
    row = _watching(rows, subject, [item])
    live = is_live(rows, item)
    if isinstance(data, camera.VideoRestored):
        rows.put("camera", subject, _replace(row, state="up", since=at) if live else row)
        alarm.clear(rows, item, "camera.video.lost")
        alarm.clear(rows, item, "camera.video.tampered")
        return
    lost = isinstance(data, camera.VideoLost)
    row = _replace(row, lost=row.lost + lost)
    if live:
        row = _replace(row, state="lost" if lost else "tampered", since=at)
    rows.put("camera", subject, row)
    kind = "camera.video.lost" if lost else "camera.video.tampered"
    alarm.trigger(rows, item, kind, 2, lasting=True)


def _watching(rows: Rows, subject: str, items: Sequence[Recorded]) -> Camera:
    """The row, with these counted; its device is the first by name of those that spoke of it."""
    device_name = min({item.device for item in items})
    row = rows.get("camera", subject, Camera)
    if row is None:
        row = Camera(subject=subject, device=device_name)
    return _replace(row, events=row.events + len(items), device=min(row.device, device_name))


def _tampered(rows: Rows, item: Recorded) -> None:
    alarm.trigger(rows, item, "device.tampered", 2, lasting=False)


_STEPS: Mapping[type[Data], _Step] = {
    **dict.fromkeys(
        (door.Opened, door.Closed, door.Forced, door.HeldOpen, door.Locked, door.Unlocked,
         door.GateForced), _door_state),
    **dict.fromkeys(_GATE_ALARMS, _gate),
    **dict.fromkeys(_DECISIONS, _decision),
    access.Taken: _taken,
    **dict.fromkeys((vehicle.Passed, vehicle.VehicleDenied), _vehicle),
    **dict.fromkeys((camera.VideoLost, camera.VideoTampered, camera.VideoRestored), _picture),
    device.Tampered: _tampered,
    **dict.fromkeys(gateways.TYPES, gateways.of_gateway),
    Acknowledged: alarm.acknowledge,
}  # fmt: skip
