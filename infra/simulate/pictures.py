"""Cameras laid over a stream of messages: whatever a door says of its leaf, there is a picture of.

The bytes go where the gateway keeps them before the message that names them is sent, as a camera's
own worker does it. A lane controller names its picture itself; a vendor's terminal has a camera of
its own, which reports beside it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import orjson

from core.errors import DiskFull
from core.event import Media
from devices.hikvision.simulate import DOOR_FORCED, DOOR_HELD_OPEN, TAILGATED
from devices.native.simulate import NativeDevice, boot_mark
from edge.media.spool import NoRoom
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound, Doorway
from infra.simulate.scene import scene
from infra.simulate.world import local

Keep = Callable[[bytes, str], Media]  # content, device: edge.media.spool.Spool.keep

_LOG = logging.getLogger(__name__)
_CLOSED = "door.closed.v1"
_TOLD = frozenset({"door.opened.v1", _CLOSED})
_SHOWN = frozenset({DOOR_FORCED, DOOR_HELD_OPEN, TAILGATED})
_APART = timedelta(seconds=20)  # of one door: a busy gate does not fill a disk


class Cameras:
    """Of one compound that was switched on at `start`."""

    def __init__(self, compound: Compound, start: datetime, keep: Keep) -> None:
        doorways = (*compound.entrances, *compound.doors)
        self._doors = {f"hikvision/{one.mac.replace(':', '')}/acs": one for one in doorways}
        self._boot = boot_mark(start)
        self._keep = keep
        self._devices: dict[str, NativeDevice] = {}
        self._last: dict[str, datetime] = {}

    def over(self, stream: Iterator[Timed]) -> Iterator[Timed]:
        for one in stream:
            doorway = self._doors.get(one.topic)
            if doorway is not None:
                yield one
                record = orjson.loads(one.payload)["AccessControllerEvent"]
                if record["subEventType"] in _SHOWN:
                    yield from self._beside(one, doorway)
            else:
                yield self._with(one) if one.topic.startswith("site/access/") else one

    def _with(self, one: Timed) -> Timed:
        """A native door's message with its picture named, if it is of its leaf."""
        envelope = orjson.loads(one.payload)
        device = one.topic.rpartition("/")[2]
        last = self._last.get(device)
        if envelope["type"] not in _TOLD or (last is not None and one.at - last < _APART):
            return one
        door, opened = envelope["subject"].partition("/")[2], envelope["type"] != _CLOSED
        media = self._taken(device, door, one.at, opened=opened)
        if media is None:
            return one
        envelope["data"]["media"] = [_reference(media)]
        return Timed(one.at, one.topic, orjson.dumps(envelope), one.fault)

    def _beside(self, one: Timed, doorway: Doorway) -> Iterator[Timed]:
        """The terminal's own camera is the same device, and says what it saw."""
        device, door = doorway.mac.replace(":", ""), doorway.device
        media = self._taken(device, door, one.at, opened=True)
        if media is None:
            return
        camera = self._devices.setdefault(device, NativeDevice(device, "camera", self._boot))
        data = {"media": [_reference(media)]}
        said = camera.event(one.at, "camera.motion.started.v1", f"camera/{door}", data)
        yield Timed(one.at, said.topic, said.payload)

    def _taken(self, device: str, door: str, at: datetime, *, opened: bool) -> Media | None:
        try:
            media = self._keep(scene(door, local(at), opened=opened), device)
        except (NoRoom, DiskFull) as full:  # the event goes without, as a real camera's would
            _LOG.warning("no picture of %s: %s", door, full)
            return None
        self._last[device] = at
        return media


def _reference(media: Media) -> dict[str, object]:
    return {"sha256": media.sha256, "kind": media.kind, "bytes": media.bytes}
