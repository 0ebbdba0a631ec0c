"""Pictures and clips on their way to the hub: one file each, durable before the event that names
it, kept until the hub has said that it is durable there.

The folder is all there is: `{when}-{sha256}-{device}`. Who takes pictures may run in another
process; both use this. Order is by the gateway's clock, and only says what is sent first.
"""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core import durable
from core.clock import Clock
from core.errors import Refused
from core.event import Media
from core.media.credential import DEVICE

_DAMAGED = ".damaged"
_HOUR = 3_600_000_000
_NEW = ".new"  # core.durable writes beside


class NoRoom(Refused):
    """The budget is used up by what the hub has not taken yet: this one is not kept."""


class Waiting(msgspec.Struct, frozen=True, order=True):
    """One that the hub has not confirmed. `when` in microseconds since 1970."""

    when: int
    sha256: str
    device: str

    @property
    def name(self) -> str:
        return f"{self.when:020d}-{self.sha256}-{self.device}"


class Spool:
    """Owns nothing but the folder; any thread, any process."""

    def __init__(self, folder: Path, budget: int, clock: Clock) -> None:
        """`budget`: bytes of all together."""
        self._folder, self._budget, self._clock = folder, budget, clock
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, content: bytes, device: str, kind: str = "scene") -> Media:
        """What the event is to say of it; durable when this returns. NoRoom, and DiskFull:
        it is not kept, and the event goes without."""
        if not DEVICE.fullmatch(device):
            raise ValueError("a device's name is letters, digits, `_`, `-`, `.` and `:`")
        media = Media(sha256=hashlib.sha256(content).hexdigest(), kind=kind, bytes=len(content))
        if any(one.sha256 == media.sha256 and one.device == device for one in self.waiting()):
            return media
        if self.used() + len(content) > self._budget:
            raise NoRoom("budget", f"{self._budget} bytes wait for the hub already")
        when = self._now()
        with durable.room(self._folder):
            durable.put(self._folder / Waiting(when, media.sha256, device).name, content, 0o600)
        return media

    def waiting(self) -> Sequence[Waiting]:
        """First come, first."""
        found = []
        for entry in os.scandir(self._folder):
            when, _, rest = entry.name.partition("-")
            sha256, dash, device = rest.partition("-")
            if dash and when.isdecimal() and not device.endswith((_NEW, _DAMAGED)):
                found.append(Waiting(int(when), sha256, device))
        return sorted(found)

    def used(self) -> int:
        """Bytes of all that is here, also what was set aside."""
        total = 0
        for entry in os.scandir(self._folder):
            with contextlib.suppress(FileNotFoundError):  # just confirmed
                total += entry.stat().st_size
        return total

    def tidy(self) -> None:
        """What somebody died of writing an hour ago or more."""
        for entry in os.scandir(self._folder):
            when = entry.name.partition("-")[0]
            if entry.name.endswith(_NEW) and when.isdecimal() and int(when) < self._now() - _HOUR:
                Path(entry.path).unlink(missing_ok=True)

    def size(self, one: Waiting) -> int:
        return (self._folder / one.name).stat().st_size

    def piece(self, one: Waiting, offset: int, most: int) -> bytes:
        with (self._folder / one.name).open("rb") as file:
            file.seek(offset)
            return file.read(most)

    def sound(self, one: Waiting) -> bool:
        """Whether it still is what its name says."""
        content = (self._folder / one.name).read_bytes()
        return hashlib.sha256(content).hexdigest() == one.sha256

    def done(self, one: Waiting) -> None:
        """The hub has it, or wants it no longer."""
        (self._folder / one.name).unlink(missing_ok=True)
        durable.sync_directory(self._folder)

    def set_aside(self, one: Waiting) -> None:
        """It is not what it was: it stays, and is sent no more."""
        path = self._folder / one.name
        path.rename(path.with_name(path.name + _DAMAGED))
        durable.sync_directory(self._folder)

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1e6)
