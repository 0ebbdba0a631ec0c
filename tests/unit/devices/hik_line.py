"""A line to a simulated Hikvision device without sockets: what is told goes through a real
intake, and what is missing is what its journal says."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import orjson

from core.event import Media, source_of
from devices.adapter import Message
from devices.hikvision.isapi import Device, Heard, Sent, part
from devices.hikvision.simulate import Terminal
from devices.wire import Answer, LineLost, Source, Streamed
from edge.delivery import Delivery
from edge.records import gaps_of
from tests.fix_edge import COMPOUND, GATEWAY, EdgeRig, RigLink

MAC, KEY = "02:5e:10:aa:00:07", "025e10aa0007"
Step = bytes | Callable[[], bytes | None]


class Chunks:
    """What a stream brings, step by step; a step may do something first."""

    def __init__(self, status: int, steps: Sequence[Step]) -> None:
        self.status, self.headers = status, {"content-type": "multipart/mixed; boundary=x"}
        self._steps = steps

    async def chunks(self) -> AsyncIterator[bytes]:
        for step in self._steps:
            made = step if isinstance(step, bytes) else step()
            if made:
                yield made


class FakeLine:
    """Owns the notes, and what was asked, told and paused for."""

    def __init__(self, rig: EdgeRig, device: Device, options: Mapping[str, str] = {}) -> None:
        self.rig, self.device = rig, device
        self.source = Source(
            device="south", kind="hikvision", url="http://192.0.2.21", user="admin", options=options
        )
        self.notes: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.told: list[Message] = []
        self.pauses = 0
        self.steps: Sequence[Step] = ()
        self.stream_status = 200
        self.answers: dict[str, Heard] = {}  # by path, instead of the device's own

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer:
        path = target.partition("?")[0]
        if body:
            self.asked.append((path, orjson.loads(body)["AcsEventCond"]))
        heard = self.answers.get(path) or self.device.answer(method, target, body)
        return Answer(status=heard.status, headers={"content-type": heard.type}, body=heard.body)

    @asynccontextmanager
    async def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AsyncIterator[Streamed]:
        yield Chunks(self.stream_status, self.steps)

    async def tell(self, messages: Sequence[Message]) -> None:
        self.told += messages
        link = RigLink(self.rig)
        self.rig.intake.take(
            [
                Delivery(one.topic, one.payload, link, 1, adapter=one.adapter, media=one.media)
                for one in messages
            ]
        )

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def keep(self, key: str, value: str) -> None:
        self.notes[key] = value

    def gaps(self, device: str = "") -> Sequence[tuple[int, int]]:
        with self.rig.journal.reading() as c:
            return gaps_of(c, source_of(COMPOUND, GATEWAY, device or "south"))

    def now(self) -> datetime:
        return self.rig.clock.now()

    def picture(self, content: bytes, kind: str) -> Media:
        return Media(sha256=hashlib.sha256(content).hexdigest(), kind=kind, bytes=len(content))

    async def pause(self, seconds: float) -> None:
        self.pauses += 1
        if self.pauses > 3:
            raise LineLost("enough")


def terminal() -> Terminal:
    return Terminal(MAC, "South gate", "192.0.2.21", 100, Random(3))


def sent(message: Message, **pictures: bytes) -> Sent:
    return Sent(message.payload, {f"{name}.jpg": one for name, one in pictures.items()})


def streamed(sent: Sent) -> bytes:
    return part(sent)
