"""What the devices of a compound say, seeded: doors, bins and readers in our own form.

Half door events, a quarter bin levels, a quarter passages with a card number in the clear, as
such a reader sends it: the costly quarter, since the card is keyed and sealed on its way in.
Ids and numbers are a device's own counters, so they read like real ones and never repeat.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.clock import rfc3339

_CARDS = 500  # residents, who pass in turn: a key is made at first sight only
_STEP = timedelta(milliseconds=1)  # devices' clocks tell milliseconds, and are not all alike


class Spoken(NamedTuple):
    id: str
    topic: str
    payload: bytes


class Device:
    """One device, by its number: what it is follows from it. Owns its record counter."""

    def __init__(self, number: int, run: str, seed: int, start: datetime) -> None:
        self._random = random.Random(f"{seed}/{number}")
        self._number = number
        kind, domain, self._says = (
            ("door", "door", self._door),
            ("bin", "waste", self._bin),
            ("door", "door", self._door),
            ("reader", "access", self._reader),
        )[number % 4]
        self._name = f"{kind}-{number:03d}"
        self._run = run
        self._at = start
        self._count = 0
        self.topic = f"site/{domain}/{self._name}"

    def says(self, count: int) -> Iterator[Spoken]:
        for _ in range(count):
            self._count += 1
            self._at += _STEP
            name = f"{self._name}-{self._run}-{self._count:07d}"
            kind, subject, data = self._says()
            payload = (
                f'{{"specversion":"1.0","id":"{name}","source":"/devices/{self._name}",'
                f'"type":"{kind}","subject":"{subject}","time":"{rfc3339(self._at)}",'
                f'"datacontenttype":"application/json","data":{{{data}}}}}'
            )
            yield Spoken(name, self.topic, payload.encode())

    def _door(self) -> tuple[str, str, str]:
        cause = self._random.choice(("grant", "button", "remote"))
        if self._count % 2:
            return "door.opened.v1", f"door/{self._name}", f'"cause":"{cause}"'
        after = round(self._random.uniform(2, 20), 1)
        data = f'"cause":"{cause}","durationS":{after}'
        return "door.closed.v1", f"door/{self._name}", data

    def _bin(self) -> tuple[str, str, str]:
        draw = self._random
        data = (
            f'"distanceMm":{draw.randrange(100, 1500)},'
            f'"temperatureCel":{round(draw.uniform(5, 35), 1)},'
            f'"batteryPct":{draw.randrange(20, 100)},"position":"normal"'
        )
        return "waste.bin.level.measured.v1", f"bin/{self._name}", data

    def _reader(self) -> tuple[str, str, str]:
        card = 3_000_000_000 + 7919 * ((self._number * 21 + self._count) % _CARDS)
        way = self._random.choice(("in", "out"))
        data = (
            f'"credential":"card","subjectClass":"resident","direction":"{way}","cardNo":"{card}"'
        )
        return "access.granted.v1", f"door/{self._name}", data


def compound(devices: int, run: str, seed: int, start: datetime | None = None) -> list[Device]:
    """`run` keeps the ids of two runs apart. The first message is of `start`, by default now."""
    begun = start or datetime.now(UTC)
    return [Device(number, run, seed, begun) for number in range(devices)]
