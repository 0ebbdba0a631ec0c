"""What a camera is equipped with: what names things, what follows from them, what hides faces.
`zones.json` is read again when it changes, without a restart.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from edge.camera.config import Place
from edge.camera.live import coarse
from edge.camera.seen import Blur, Frame, Namer, Rules, Told, Track

Make = Callable[[bytes | None], Rules]  # of what `zones.json` holds; None: there is none


class Kit(Protocol):
    """Made once in a process; its answers belong to the camera they are made for."""

    def rules(self, place: Place) -> Rules: ...
    def blur(self, place: Place) -> Blur: ...
    def namers(self, place: Place) -> Sequence[Namer]: ...


class NoRules:
    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Told]:
        del tracks, frame
        return ()


class Watched:
    """Rules made of a file, and made anew when it changed; looked at once a second."""

    def __init__(self, file: Path, make: Make) -> None:
        self._file, self._make = file, make
        self._looked = -1e18
        self._stamp: tuple[int, int] | None = None
        self._rules = make(None)

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Told]:
        if abs(frame.at - self._looked) >= 1:
            self._looked = frame.at
            self._look()
        return self._rules.step(tracks, frame)

    def _look(self) -> None:
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            content: bytes | None = self._file.read_bytes()
        except FileNotFoundError:
            if self._stamp is None:
                return
            stamp, content = None, None
        except OSError:
            return
        self._stamp = stamp
        self._rules = self._make(content)


class PlainKit:
    """Names only: nothing follows from where things are, and live pictures are coarse."""

    def rules(self, place: Place) -> Rules:
        del place
        return NoRules()

    def blur(self, place: Place) -> Blur:
        del place
        return coarse

    def namers(self, place: Place) -> Sequence[Namer]:
        made: list[Namer] = []
        if place.model is not None and place.told.detector is not None:
            from edge.camera.detector import DetectorStage

            made.append(DetectorStage(place.told.detector, place.model, place.names))
        if place.told.people.on:
            from edge.camera.people import PeopleStage

            made.append(PeopleStage(place.told.people))
        return made
