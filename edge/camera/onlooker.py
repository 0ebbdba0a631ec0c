"""One camera's rules, codes and plates together, with the pictures that show what they found.

What the worker asks after every frame. Owns nothing of its own but who was in the last frame.
"""

import logging
from collections.abc import Sequence

from edge.camera.blur import Blur
from edge.camera.finding import Finding
from edge.camera.plates import Plates
from edge.camera.qr import BinCodes
from edge.camera.rules.set import Rules
from edge.camera.seen import Frame, Image, Track
from edge.camera.snapshot import Snapshot, stated
from edge.camera.zones import NO_ZONES, BadZones, Zones, read

_LOG = logging.getLogger(__name__)


class Onlooker:
    """`camera`: its name as the site has it. Without `snapshot` no picture is taken; without
    `plates` none is read."""

    def __init__(
        self,
        camera: str,
        blur: Blur,
        *,
        snapshot: Snapshot | None = None,
        plates: Plates | None = None,
    ) -> None:
        self._camera, self._blur = camera, blur
        self._snapshot, self._plates = snapshot, plates
        self._rules = Rules(camera=camera)
        self._codes = BinCodes((), camera)
        self._tracks: Sequence[Track] = ()

    @property
    def rules(self) -> Rules:
        return self._rules

    def adopt(self, document: bytes | None) -> "Onlooker":
        """What `zones.json` holds now; None: there is none. One that is refused changes nothing."""
        try:
            zones = read(document) if document is not None else NO_ZONES
        except BadZones as bad:
            _LOG.warning("zones of camera %s stay as they were: %s", self._camera, bad)
            return self
        self._adopt(zones)
        return self

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Finding]:
        self._tracks = tracks
        found = [*self._rules.step(tracks, frame), *self._codes.step(frame)]
        if self._plates is not None:
            found += self._plates.step(tracks, frame)
        snapshot = self._snapshot
        if snapshot is None:
            return found
        zones = self._rules.zones
        return [stated(one, snapshot.of(one, tracks, zones)) for one in found]

    def hidden(self, image: Image) -> Image:
        """A picture of now in which nobody can be recognised, for who looks at it live."""
        return self._blur(image, self._tracks)

    def _adopt(self, zones: Zones) -> None:
        self._rules.adopt(zones)
        self._codes.adopt(zones.regions)
        if self._plates is not None:
            self._plates.adopt(zones.regions)
