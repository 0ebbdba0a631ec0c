"""What a camera is equipped with: what names things, what follows from where they are, what hides
faces. `zones.json` is read again when it changes, without a restart.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.clock import Clock
from edge.camera.blur import Blur as Hide
from edge.camera.blur import Conceal
from edge.camera.config import Place
from edge.camera.detector import DetectorStage
from edge.camera.faces import Cascades, CenterFace
from edge.camera.onlooker import Onlooker
from edge.camera.people import PeopleStage
from edge.camera.plates import PlateReader, Plates
from edge.camera.seen import Blur, Frame, Namer, Rules, Told, Track
from edge.camera.snapshot import Snapshot
from edge.camera.veil import veiled
from edge.media.config import FOLDER as MEDIA
from edge.media.spool import Spool

Adopt = Callable[[bytes | None], object]  # what `zones.json` holds; None: there is none
_EVERY_S = 1.0


class Equipment(msgspec.Struct, frozen=True):
    """Of one camera, for its thread only."""

    rules: Rules
    hide: Blur
    namers: Sequence[Namer] = ()


class Kit(Protocol):
    def __call__(self, place: Place) -> Equipment:
        """ConfigError, EnvironmentFault: a model is none, or is not installed."""
        ...


class NoRules:
    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Told]:
        del tracks, frame
        return ()


class Watched:
    """Rules that are told what a file holds, when it changed; looked at once a second."""

    def __init__(self, file: Path, rules: Rules, adopt: Adopt) -> None:
        self._file, self._rules, self._adopt = file, rules, adopt
        self._looked = -1e18
        self._stamp: tuple[int, int] | None = None

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Told]:
        if abs(frame.at - self._looked) >= _EVERY_S:
            self._looked = frame.at
            self._look()
        return self._rules.step(tracks, frame)

    def _look(self) -> None:
        """A file that cannot be read changes nothing; one that is gone does."""
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            content = self._file.read_bytes()
        except FileNotFoundError:
            if self._stamp is not None:
                self._stamp = None
                self._adopt(None)
            return
        except OSError:
            return
        self._stamp = stamp
        self._adopt(content)


def kit_of(data: Path, media_bytes: int, clock: Clock) -> Kit:
    """`data`: the gateway's folder, in which pictures wait for its agent to bring them away."""
    return lambda place: equip(place, data, media_bytes, clock)


def equip(place: Place, data: Path, media_bytes: int, clock: Clock) -> Equipment:
    told = place.told
    hide = _hiding(place)
    snapshot = None
    if told.pictures.on:
        snapshot = Snapshot(
            Spool(data / MEDIA, media_bytes, clock),
            place.name,
            hide,
            unblurred=told.pictures.unblurred,
            every_s=told.pictures.every_s,
        )
    plates = Plates((), PlateReader()) if told.plates else None
    onlooker = Onlooker(place.name, hide, snapshot=snapshot, plates=plates)
    return Equipment(
        Watched(place.zones, onlooker, onlooker.adopt), onlooker.hidden, namers_of(place)
    )


def namers_of(place: Place) -> Sequence[Namer]:
    """The surest last: what it says stands."""
    made: list[Namer] = []
    if place.told.people.on:
        made.append(PeopleStage(place.told.people))
    if place.model is not None and place.told.detector is not None:
        made.append(DetectorStage(place.told.detector, place.model, place.names))
    return made


def _hiding(place: Place) -> Hide:
    match place.told.pictures.faces:
        case "cascades":
            return Conceal([Cascades()])
        case "centerface":
            return Conceal([CenterFace(place.faces_model)])
        case _:
            return veiled
