"""What cameras see, and whether they see. Two lanes that interleave as they like (see Camera)."""

from collections.abc import Sequence

import msgspec

from core.event import Recorded
from core.events import camera
from projections.instant import is_live
from projections.safe_community.rows.cameras import Camera, Health
from projections.view import Rows

PICTURES = (camera.VideoLost, camera.VideoTampered, camera.VideoRestored)
# Conclusions of the gateway about a zone: urgent, and nothing that the camera said.
ZONES = (camera.RegionOccupied, camera.RegionVacated)
SEEN = frozenset(camera.TYPES) - {*PICTURES, *ZONES}

_replace = msgspec.structs.replace


def saw(rows: Rows, subject: str, items: Sequence[Recorded]) -> None:
    """Fields of what it saw move with the bulk lane, those of its picture with the urgent one."""
    row = _watching(rows, subject, items)
    last, label, zone, health = row.last, row.last_label, row.last_zone, row.health
    for item in items:
        if is_live(rows, item):
            data = item.event.data
            if isinstance(data, camera.HealthReported):
                health = _health(item, data)
                continue  # that it looks, and not what it saw
            last = item.moment.at
            label = getattr(data, "label", "") or label
            zone = getattr(data, "zone", "") or zone
    row = _replace(row, last=last, last_label=label, last_zone=zone, health=health)
    rows.put("camera", subject, row)


def _health(item: Recorded, data: camera.HealthReported) -> Health:
    told = {name: getattr(data, name) for name in Health.__struct_fields__ if name != "at"}
    return Health(at=item.moment.at, **told)


def picture(rows: Rows, item: Recorded) -> None:
    data, subject, at = item.event.data, item.event.subject, item.moment.at
    row = _watching(rows, subject, [item])
    live = is_live(rows, item)
    if isinstance(data, camera.VideoRestored):
        up = _replace(row, state="up", since=at, reason="")
        rows.put("camera", subject, up if live else row)
        return
    lost = isinstance(data, camera.VideoLost)
    assert isinstance(data, (camera.VideoLost, camera.VideoTampered))
    row = _replace(row, lost=row.lost + lost)
    if live:
        row = _replace(row, state="lost" if lost else "tampered", since=at, reason=data.reason)
    rows.put("camera", subject, row)


def zone(rows: Rows, item: Recorded) -> None:
    """Which zones something stands in for longer than it may."""
    data, subject = item.event.data, item.event.subject
    assert isinstance(data, (camera.RegionOccupied, camera.RegionVacated))
    row = _watching(rows, subject, [item])
    if is_live(rows, item):
        occupied = {name: since for name, since in row.occupied.items() if name != data.zone}
        if isinstance(data, camera.RegionOccupied):
            occupied[data.zone] = data.since or item.moment.at
        row = _replace(row, occupied=dict(sorted(occupied.items())))
    rows.put("camera", subject, row)


def _watching(rows: Rows, subject: str, items: Sequence[Recorded]) -> Camera:
    """The row, with these counted; its device is the first by name of those that spoke of it."""
    device_name = min({item.device for item in items})
    row = rows.get("camera", subject, Camera)
    if row is None:
        row = Camera(subject=subject, device=device_name)
    return _replace(row, events=row.events + len(items), device=min(row.device, device_name))
