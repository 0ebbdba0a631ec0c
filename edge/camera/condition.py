"""Whether a camera still sees what it should: no picture, one that stands still, black, covered,
turned away, out of focus. Pure: pictures and times in, changes out.

Something is told when it has been so for a while, and is over when it has not been so for a while.
One thing at a time, the gravest: who covers a camera also makes it black.
"""

from collections.abc import Sequence
from typing import Literal

from core.event import Data
from core.events.camera import VideoLost, VideoRestored, VideoTampered
from edge.camera import config
from edge.camera.motion import Grey
from edge.camera.scene import Look, Usual, difference, look

Fault = Literal["no-frames", "frozen", "black", "covered", "moved", "blurred"]
_GRAVEST: tuple[Fault, ...] = ("no-frames", "black", "covered", "moved", "frozen", "blurred")
_LOST: frozenset[Fault] = frozenset({"no-frames", "frozen"})

EVERY_S = 0.5  # between two looks: nothing here is in a hurry
_STILL = 0.15  # of the usual noise between two pictures
_IDENTICAL = 0.01  # grey levels; for cameras whose coding leaves no noise
_BLURRED = 0.35  # of the usual sharpness ...
_FOCUSED = 0.5  # ... and sharp again from here
_AGREES, _AGREED = 0.35, 0.5  # of lasting outlines: less is another view, more the usual one
_FEW = 0.25  # of outlines are left when something is in front of the lens
_FOLLOW_S = 300.0  # in which what is usual is learned


class _Since:
    """How long something has been so, and not so."""

    __slots__ = ("held", "since", "so")

    def __init__(self) -> None:
        self.so, self.since, self.held = False, 0.0, False

    def step(self, at: float, hold_s: float, clear_s: float, *, so: bool) -> None:
        if so != self.so:
            self.so, self.since = so, at
        if self.held != so and at - self.since >= (hold_s if so else clear_s):
            self.held = so


class ConditionStage:
    """Of one camera; one thread. `step` with every analysed picture, `missing` while none comes."""

    def __init__(self, told: config.Condition, began: float) -> None:
        self._told = told
        self._usual = Usual(round(_FOLLOW_S / EVERY_S))
        self._last: Look | None = None
        self._looked = -1e18
        self._frame = began
        self._noise: float | None = None
        self._still_since: float | None = None
        self._faults: dict[Fault, _Since] = {fault: _Since() for fault in _GRAVEST}
        self._now: Fault | None = None
        self._said = False  # anything since the worker began: until then nobody knows
        self._moved_since: float | None = None

    @property
    def fault(self) -> Fault | None:
        """What was told last."""
        return self._now

    def step(self, grey: Grey, at: float) -> Sequence[Data]:
        self._frame = at
        if at - self._looked < EVERY_S:
            return ()
        self._looked = at
        now = look(grey)
        so = self._so(now, at)
        self._last = now
        told = self._told
        for fault, since in self._faults.items():
            hold = {"no-frames": 0.0, "frozen": 0.0}.get(fault, told.tampered_s)
            since.step(at, hold, told.clear_s, so=fault in so and so[fault])
        if not any(since.so for since in self._faults.values()):
            self._usual.learn(now)
        return self._change()

    def missing(self, at: float) -> Sequence[Data]:
        """`at`: now, while no picture has come."""
        if at - self._frame < self._told.lost_s:
            return ()
        self._last, self._still_since = None, None
        self._faults["no-frames"].step(at, 0.0, 0.0, so=True)
        return self._change()

    def _so(self, now: Look, at: float) -> dict[Fault, bool]:
        told, found = self._told, dict[Fault, bool]()
        found["frozen"] = told.frozen_s > 0 and self._frozen(now, at)
        if told.tampered_s <= 0:
            return found
        found["black"] = now.black
        found["covered"] = now.flat and not now.black
        if not self._usual.known or now.black or now.flat:
            self._moved_since = None
            return found
        before = self._faults
        agreed, edges = self._usual.kept(now)
        strange = agreed < (_AGREED if before["moved"].so or before["covered"].so else _AGREES)
        sharp = _FOCUSED if before["blurred"].so else _BLURRED
        found["blurred"] = now.sharp < sharp * self._usual.sharp
        # Out of focus, too, few outlines are left where they were: what is moved is sharp.
        found["moved"] = strange and not found["blurred"] and edges >= _FEW
        found["covered"] = (
            strange
            and edges < _FEW
            and (not found["blurred"] or now.sharp < sharp * self._usual.sharp / 4)
        )
        found["blurred"] = found["blurred"] and not found["covered"]
        if found["moved"] and self._settled(at):
            found["moved"] = False
        return found

    def _frozen(self, now: Look, at: float) -> bool:
        if self._last is None:
            return False
        apart = difference(now, self._last)
        still = apart <= max(_IDENTICAL, _STILL * (self._noise or 0.0))
        if not still:
            self._still_since = None
            share = 0.02
            # Movement is no noise: what is learned from above is learned slowly.
            noise = apart if self._noise is None else min(apart, 4 * self._noise + _IDENTICAL)
            self._noise = (
                noise if self._noise is None else (self._noise + share * (noise - self._noise))
            )
            return False
        if self._still_since is None:
            self._still_since = at
        return at - self._still_since >= self._told.frozen_s

    def _settled(self, at: float) -> bool:
        """Another view for so long that it is meant: from here on it is the usual one."""
        if self._moved_since is None:
            self._moved_since = at
        if at - self._moved_since < self._told.relearn_s:
            return False
        self._usual = Usual(round(_FOLLOW_S / EVERY_S))
        self._moved_since = None
        return True

    def _change(self) -> Sequence[Data]:
        held = [fault for fault in _GRAVEST if self._faults[fault].held]
        if not held:
            if self._now is None and self._said:
                return ()
            if self._now is None and not self._good():
                return ()
            over, self._now, self._said = self._now, None, True
            # After a restart: whatever was told in an earlier life is over.
            return (VideoRestored(reason=over or "started"),)
        gravest = held[0]
        if gravest == self._now:
            return ()
        self._now, self._said = gravest, True
        if gravest in _LOST:
            return (VideoLost(reason=gravest),)
        return (VideoTampered(reason=gravest),)

    def _good(self) -> bool:
        return self._usual.known and not any(since.so for since in self._faults.values())
