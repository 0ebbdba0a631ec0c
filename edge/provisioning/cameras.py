"""Cameras of this gateway, as somebody draws on their picture: a frame when one is asked for, and
zones.json. The camera worker shares the folder and nothing else: it writes `live.jpg` for as long
as `wanted` is young, and reads zones.json when it changes.
"""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from core import durable
from core.clock import Clock

FOLDER = "camera"  # in the gateway's data folder
NO_ZONES = b'{"version":1}'
_NAME = re.compile(r"\w[\w.-]{0,63}")
_FRESH = 10.0  # seconds
_LARGEST = 4_000_000  # bytes of a frame
_TOLD = 600.0  # seconds for which one look is told once
_LOOKERS = 1000


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """`live`: there is a fresh frame now. `sha256` of its zones; empty: none are drawn."""

    camera: str
    live: bool
    sha256: str


class Cameras:
    """One thread at a time."""

    def __init__(self, folder: Path, clock: Clock, read: Callable[[bytes], object]) -> None:
        """`read` raises core.errors.Refused for a document that no camera can work with."""
        self._folder, self._clock, self._read = folder / FOLDER, clock, read
        self._told: dict[tuple[str, str], float] = {}

    def names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(
            one.name for one in self._folder.iterdir() if one.is_dir() and _NAME.fullmatch(one.name)
        )

    def has(self, camera: str) -> bool:
        return bool(_NAME.fullmatch(camera)) and (self._folder / camera).is_dir()

    def every(self) -> list[Camera]:
        return [
            Camera(camera=name, live=self._fresh(name) is not None, sha256=self._hash(name))
            for name in self.names()
        ]

    def frame(self, camera: str) -> bytes | None:
        """The newest; None: there is none yet, and the worker knows now that one is wanted."""
        (self._folder / camera / "wanted").touch(mode=0o600)
        path = self._fresh(camera)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        return content if len(content) <= _LARGEST else None

    def to_be_told(self, camera: str, actor: str) -> bool:
        """Whether this look is another than the last one of theirs."""
        now = self._clock.now().timestamp()
        before = self._told.get((camera, actor))
        if before is not None and 0 <= now - before < _TOLD:
            return False
        if len(self._told) >= _LOOKERS:
            self._told.clear()
        self._told[camera, actor] = now
        return True

    def zones(self, camera: str) -> bytes:
        try:
            return (self._folder / camera / "zones.json").read_bytes()
        except FileNotFoundError:
            return NO_ZONES

    def checked(self, document: bytes) -> str:
        """Its hash; Refused, with every reason."""
        self._read(document)
        return hashlib.sha256(document).hexdigest()

    def draw(self, camera: str, document: bytes) -> None:
        """Durable when it returns; OSError: it is as it was."""
        durable.put(self._folder / camera / "zones.json", document)

    def _fresh(self, camera: str) -> Path | None:
        path = self._folder / camera / "live.jpg"
        try:
            age = self._clock.now().timestamp() - path.stat().st_mtime
        except FileNotFoundError:
            return None
        return path if abs(age) < _FRESH and os.access(path, os.R_OK) else None

    def _hash(self, camera: str) -> str:
        document = self.zones(camera)
        return "" if document == NO_ZONES else hashlib.sha256(document).hexdigest()
