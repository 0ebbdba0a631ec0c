"""Following a Dahua device: its event stream, and its list of passages for what was missed.

`options["live"]`: "events" (eventManager, the default), "snap" (snapManager, with pictures) or
"upload" (it pushes by HTTP: only gaps of its own numbers are asked for).
"""

from collections.abc import Sequence
from datetime import tzinfo

from core.errors import Undecodable
from core.event import Media
from devices.adapter import Message
from devices.dahua.happening import Happening, happenings
from devices.dahua.history import Passage, heard, history, missing, passage_of, zone_of
from devices.dahua.parts import Part, Parts, boundary_of
from devices.fields import integer
from devices.wire import Line, LineLost, Support

_TARGETS = {
    "events": "/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5",
    "snap": "/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[All]"
    "&heartbeat=5",
}
_POLL_S = 300.0
_MOST_PICTURES = 8


async def follow(line: Line) -> None:
    live = line.source.options.get("live", "events")
    if live == "upload":
        await _gaps(line)
    if live not in _TARGETS:
        raise LineLost(f"{line.source.device}: live = {live!r}: events, snap or upload")
    async with line.stream("GET", _TARGETS[live]) as answer:
        if answer.status != 200:
            raise LineLost(f"{line.source.device}: its event stream answers {answer.status}")
        # The stream is open before the list is asked for, so that nothing falls between them.
        said = Said(await history(line), zone_of(line))
        parts = Parts(boundary_of(answer.headers.get("content-type", "")))
        stream = Stream(line, said)
        try:
            async for chunk in answer.chunks():
                await stream.told(parts.feed(chunk))
        except LineLost:
            await stream.ended()
            raise
        await stream.ended()
    raise LineLost(f"{line.source.device}: it ended its event stream")


async def _gaps(line: Line) -> None:
    """Since when there was no gap is all there is to remember."""
    while True:
        now = int(line.now().timestamp())
        since = integer({"whole": line.note("whole")}, "whole") or now
        if line.gaps():
            await missing(line, since)
        if not line.gaps():
            line.keep("whole", str(now))
        await line.pause(_POLL_S)


class Said:
    """What the list said of this connection: the stream's first events may be the same ones."""

    def __init__(self, passages: set[Passage], zone: tzinfo) -> None:
        self._passages, self._zone = passages, zone

    def already(self, happening: Happening) -> bool:
        if happening.code != "AccessControl":
            return False
        return passage_of(happening, self._zone) in self._passages


class Stream:
    """Parts of one connection → messages. A text waits for the picture right behind it."""

    def __init__(self, line: Line, said: Said) -> None:
        self._line, self._said = line, said
        self._topic = f"dahua/{line.source.device}"
        self._waiting: Part | None = None

    async def told(self, parts: Sequence[Part]) -> None:
        snap = self._line.source.options.get("live") == "snap"
        messages: list[Message] = []
        passages: list[Passage] = []
        for part in parts:
            if part.type.startswith("image/"):
                if self._waiting is not None and part.whole:
                    media = self._pictures(self._waiting.body, part.body)
                    self._let_go(messages, passages, media)
                continue
            self._let_go(messages, passages, ())
            self._waiting = part
            if not snap:
                self._let_go(messages, passages, ())
        await self._tell(messages, passages)

    async def ended(self) -> None:
        """What waited for a picture goes without it."""
        messages: list[Message] = []
        passages: list[Passage] = []
        self._let_go(messages, passages, ())
        await self._tell(messages, passages)

    async def _tell(self, messages: list[Message], passages: list[Passage]) -> None:
        if messages:
            await self._line.tell(messages)
        heard(self._line, passages)

    def _let_go(
        self, messages: list[Message], passages: list[Passage], media: tuple[Media, ...]
    ) -> None:
        part, self._waiting = self._waiting, None
        if part is None:
            return
        try:
            found = happenings(part.body)
        except Undecodable:
            found = []  # set aside by whoever decodes it
        if any((integer(each.data, "RecNo") or 0) > 0 for each in found):
            self._numbered()
        if found and all(self._said.already(each) for each in found):
            return
        messages.append(Message(self._topic, part.body, media, "dahua"))
        zone = zone_of(self._line)
        passages += [passage_of(each, zone) for each in found if each.code == "AccessControl"]

    def _numbered(self) -> None:
        if not self._line.note("numbered"):
            self._line.keep("numbered", "1")

    def _pictures(self, text: bytes, content: bytes) -> tuple[Media, ...]:
        """Several pictures follow each other in one part; the event says where each begins."""
        picture = self._line.picture
        cuts = _cuts(text, len(content))
        return tuple(picture(content[start : start + size], "scene") for start, size in cuts)


def _cuts(text: bytes, size: int) -> list[tuple[int, int]]:
    try:
        found = happenings(text)
    except Undecodable:
        found = []
    cuts: list[tuple[int, int]] = []
    for each in found:
        told = each.data.get("ImageInfo")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                offset, length = integer(one, "Offset"), integer(one, "Length")
                if offset is not None and length and offset >= 0 and offset + length <= size:
                    cuts.append((offset, length))
    return cuts[:_MOST_PICTURES] or [(0, size)]


_DOOR = (
    "access.granted.v1", "access.denied.v1", "access.requested.v1", "access.duress.v1",
    "access.unclassified.v1", "door.opened.v1", "door.closed.v1", "door.forced.v1",
    "door.heldopen.v1", "device.tampered.v1", "device.connected.v1",
)  # fmt: skip
_CAMERA = (
    "camera.line.crossed.v1", "camera.region.entered.v1", "camera.region.left.v1",
    "camera.motion.started.v1", "camera.motion.ended.v1", "camera.object.left.v1",
    "camera.object.removed.v1", "camera.loitering.detected.v1", "camera.crowd.counted.v1",
    "camera.face.captured.v1", "camera.object.recognized.v1", "camera.video.lost.v1",
    "camera.video.restored.v1", "camera.video.tampered.v1", "vehicle.passed.v1",
    "waste.deposit.violated.v1", "waste.bin.overflowed.v1", "waste.bin.lid.opened.v1",
)  # fmt: skip
_LIST = "recordFinder AccessControlCardRec from the last second heard"
SUPPORT = (
    Support(device="Dahua / Intelbras access terminal", by="HTTP push", events=_DOOR,
            backfill="with follow: gaps of RecNo", tested="sample"),
    Support(device="Dahua / Intelbras / Amcrest access terminal", by="HTTP pull", events=_DOOR,
            backfill=_LIST),
    Support(device="Dahua / Amcrest camera", by="HTTP pull", events=_CAMERA),
    Support(device="Dahua camera", by="HTTP push", events=_CAMERA),
)  # fmt: skip
