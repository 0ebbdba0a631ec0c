"""All rules of one camera, and their findings as events.

Owns every rule's state. It lives as long as the worker: counts begin at 0 with it, which a reader
of `count` sees as a fall. New zones keep what is not drawn anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.event import Data
from core.events import camera, waste
from core.events.camera import Box
from edge.camera.finding import Finding
from edge.camera.rules.left import LeftRule
from edge.camera.rules.line import LineRule
from edge.camera.rules.overflow import OverflowRule
from edge.camera.rules.presence import Presence, PresenceRule
from edge.camera.seen import Frame, Track
from edge.camera.zones import NO_ZONES, Line, Region, Zones

# GA/T 2000.254 EventSort
TRIPWIRE, INTRUSION, LOITERING, GATHERING = "05", "06", "08", "11"
_DIGITS = 4


class Rules:
    """`camera`: its subject without the kind, as the site calls it."""

    def __init__(self, zones: Zones = NO_ZONES, *, camera: str) -> None:
        self._subject = f"camera/{camera}"
        self._lines: dict[str, LineRule] = {}
        self._presence: dict[str, PresenceRule] = {}
        self._closed: list[PresenceRule] = []  # of regions no longer drawn: all in them leave
        self._left: dict[str, LeftRule] = {}
        self._overflow: dict[str, OverflowRule] = {}
        self.zones = NO_ZONES
        self.adopt(zones)

    def adopt(self, zones: Zones) -> None:
        """A line drawn elsewhere counts from 0; one whose labels alone changed goes on counting."""
        self._lines = {line.name: _line(line, self._lines.get(line.name)) for line in zones.lines}
        regions = {region.name: region for region in zones.regions}
        before = self._presence
        self._presence = {
            name: _presence(region, before.get(name))
            for name, region in regions.items()
            if region.presence or region.loiter_s or region.crowd or region.occupied_s
        }
        self._closed += [rule for name, rule in before.items() if name not in self._presence]
        self._left = {
            name: _left(region, self._left.get(name))
            for name, region in regions.items()
            if region.left_s
        }
        self._overflow = {
            name: _overflow(region, self._overflow.get(name))
            for name, region in regions.items()
            if region.overflow
        }
        self.zones = zones

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By line and direction."""
        return {name: dict(rule.counts) for name, rule in self._lines.items()}

    def occupants(self) -> Mapping[str, int]:
        """How many are in a region now."""
        return {name: rule.inside for name, rule in self._presence.items()}

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Finding]:
        """`tracks`: all there are, those only presumed too: one that is not named has ended."""
        found: list[Finding] = []
        for closed in self._closed:
            found += self._presences(closed, (), frame)
        self._closed = []
        for line in self._lines.values():
            found += self._crossings(line, tracks, frame)
        for region in self._presence.values():
            found += self._presences(region, tracks, frame)
        for left in self._left.values():
            found += self._changes(left, tracks, frame)
        for overflow in self._overflow.values():
            found += self._fills(overflow, tracks, frame)
        return found

    def _crossings(
        self, rule: LineRule, tracks: Sequence[Track], frame: Frame
    ) -> Sequence[Finding]:
        return [
            self._finding(
                "line",
                rule.line.name,
                frame,
                camera.LineCrossed(
                    **_of(one.track, rule.line.name, "line", TRIPWIRE),
                    direction=one.direction,
                    count=one.count,
                ),
                (one.track.box,),
            )
            for one in rule.step(tracks, frame.at)
        ]

    def _presences(
        self, rule: PresenceRule, tracks: Sequence[Track], frame: Frame
    ) -> Sequence[Finding]:
        return [
            self._present(rule.region, one, frame)
            for one in rule.step(tracks, frame.at)
            if _said(rule.region, one)
        ]

    def _present(self, region: Region, one: Presence, frame: Frame) -> Finding:
        seen = one.track.seen >= frame.at
        shown = frame if seen else None  # a picture of an empty place proves nothing
        name = region.name
        boxes: tuple[Box, ...] = (_box(one.track.box),)
        data: Data
        match one.sort:
            case "entered":
                data = camera.RegionEntered(
                    **_of(one.track, name, "entered", INTRUSION),
                    count=one.count,
                    purpose=region.purpose,
                    limit_s=region.occupied_s or None,
                )
            case "left":
                data = camera.RegionLeft(
                    **_of(one.track, name, "left", ""), count=one.count, purpose=region.purpose
                )
                shown = None
            case "loitering":
                data = camera.LoiteringDetected(
                    **_of(one.track, name, "loitering", LOITERING), count=one.count
                )
            case "crowd":
                data = camera.CrowdCounted(
                    zone=name, rule="crowd", ga_code=GATHERING, label=one.track.label,
                    count=one.count,
                )  # fmt: skip
                boxes = ()
        return self._finding(one.sort, name, frame, data, boxes, shown=shown is not None)

    def _changes(self, rule: LeftRule, tracks: Sequence[Track], frame: Frame) -> Sequence[Finding]:
        found = []
        for one in rule.step(tracks, frame):
            made = camera.ObjectLeft if one.sort == "left" else camera.ObjectRemoved
            name, box = rule.region.name, _box(one.box)
            word = f"object-{one.sort}"
            data = made(zone=name, rule=word, label="object", box=box)
            found.append(self._finding(word, name, frame, data, (box,)))
        return found

    def _fills(
        self, rule: OverflowRule, tracks: Sequence[Track], frame: Frame
    ) -> Sequence[Finding]:
        made: Sequence[Finding] = [
            self._finding(
                "overflow" if one.full else "cleared",
                rule.region.name,
                frame,
                (waste.Overflowed if one.full else waste.Cleared)(
                    source="camera", zone=rule.region.name, confidence=one.confidence
                ),
            )
            for one in rule.step(tracks, frame)
        ]
        subject = f"bin/{rule.region.bin}"
        return [msgspec.structs.replace(one, subject=subject) for one in made]

    def _finding(
        self,
        rule: str,
        zone: str,
        frame: Frame,
        data: Data,
        boxes: tuple[Box, ...] = (),
        *,
        shown: bool = True,
    ) -> Finding:
        return Finding(
            rule=rule,
            zone=zone,
            at=frame.at,
            subject=self._subject,
            data=data,
            boxes=boxes,
            frame=frame if shown else None,
        )


def _of(track: Track, zone: str, rule: str, code: str) -> dict[str, Any]:
    return {
        "track_id": str(track.id),
        "label": track.label,
        "box": _box(track.box),
        "zone": zone,
        "rule": rule,
        "ga_code": code,
        "confidence": round(min(max(track.confidence, 0.0), 1.0), _DIGITS),
    }


def _box(box: Box) -> Box:
    """Within the frame, which a tracker's guess may leave, and without digits nobody measured."""
    x, y = min(max(box[0], 0.0), 1.0), min(max(box[1], 0.0), 1.0)
    right, bottom = min(max(box[0] + box[2], x), 1.0), min(max(box[1] + box[3], y), 1.0)
    return (
        round(x, _DIGITS), round(y, _DIGITS), round(right - x, _DIGITS), round(bottom - y, _DIGITS)
    )  # fmt: skip


def _said(region: Region, one: Presence) -> bool:
    """The gateway concludes from comings and goings, so where it is to, they are said."""
    if one.sort in ("entered", "left"):
        return region.presence or region.occupied_s > 0
    return True


def _line(line: Line, before: LineRule | None) -> LineRule:
    if before is None:
        return LineRule(line)
    if before.line == line:
        return before
    made = LineRule(line)
    if (line.start, line.end, line.in_side) == (
        before.line.start,
        before.line.end,
        before.line.in_side,
    ):
        made.resume(before.counts)
    return made


def _overflow(region: Region, before: OverflowRule | None) -> OverflowRule:
    if before is not None and before.region == region:
        return before
    made = OverflowRule(region)
    if before is not None and before.region.bin == region.bin:
        made.full = before.full
    return made


def _presence(region: Region, before: PresenceRule | None) -> PresenceRule:
    if before is None:
        return PresenceRule(region)
    before.redrawn(region)
    return before


def _left(region: Region, before: LeftRule | None) -> LeftRule:
    return before if before is not None and before.region == region else LeftRule(region)
