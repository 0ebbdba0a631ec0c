"""Who was heard since the start, and what each said last: in memory only, and little of it.

Raw bytes may name people. They are not on disk here, and nobody is shown them without an event
that says who looked (`edge.provisioning`).
"""

from datetime import datetime

import msgspec

from devices.registry import Decoded
from edge.delivery import Delivery

LARGEST = 64 * 1024  # bytes of one message that are kept; of a larger one, that it came


class Last(msgspec.Struct, frozen=True, gc=False):
    """`payload` is None where it was too large, or gave way to newer ones. `client`: who sent it,
    where the endpoint knows.."""

    device: str
    adapter: str
    topic: str
    payload: bytes | None
    size: int
    client: str
    named: str  # adapter that the line knew it to be of
    first: datetime
    at: datetime
    count: int


class Heard:
    """The newest message of each device. Written by the intake's thread, read by any: entries are
    never changed, only replaced."""

    def __init__(self, devices: int, budget: int) -> None:
        """`budget`: bytes of payload kept, of all devices."""
        self._most, self._budget = devices, budget
        self._last: dict[str, Last] = {}
        self._bytes = 0

    def hear(self, device: str, adapter: str, delivery: Delivery, now: datetime) -> None:
        payload = delivery.payload
        size = len(payload)
        before = self._last.pop(device, None)  # and in again at the end: the oldest stand first
        first, count = now, 1
        if before is not None:
            first, count = before.first, before.count + 1
            if before.payload is not None:
                self._bytes -= before.size
        elif len(self._last) >= self._most:
            self._forget(next(iter(self._last)))
        kept = payload if size <= min(LARGEST, self._budget) else None
        if kept is not None:
            self._bytes += size
        self._last[device] = Last(
            device, adapter, delivery.topic, kept, size, delivery.client, delivery.adapter,
            first, now, count,
        )  # fmt: skip
        if self._bytes > self._budget:
            self._shed()

    def decoded(self, outcome: Decoded, delivery: Delivery, now: datetime) -> None:
        """Of each device that spoke in it, once."""
        for device in dict.fromkeys((*(one.device for one in outcome.drafts), *outcome.alive)):
            self.hear(device, outcome.adapter, delivery, now)

    def devices(self) -> list[Last]:
        return list(self._last.values())

    def last(self, device: str) -> Last | None:
        return self._last.get(device)

    def _forget(self, device: str) -> None:
        gone = self._last.pop(device)
        if gone.payload is not None:
            self._bytes -= gone.size

    def _shed(self) -> None:
        for device, one in list(self._last.items()):
            if self._bytes <= self._budget:
                return
            if one.payload is not None:
                self._last[device] = msgspec.structs.replace(one, payload=None)
                self._bytes -= one.size
