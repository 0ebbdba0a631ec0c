"""What devices say in a run: seeded, a few hundred messages of every kind the intake tells apart.

Pure: the same seed gives the same messages. Each message knows what must come of it.
"""

import hashlib
import json
import random
from datetime import timedelta

import msgspec

from core.events.waste import LevelMeasured
from tests.crash.lab.account import conflict
from tests.fix_core import START
from tests.fix_edge import Payload, face, native


class Message(msgspec.Struct, frozen=True):
    """`record`: id of the event it becomes; empty for one that is set aside, which is then told
    by the SHA-256 of its payload."""

    payload: Payload
    record: str = ""
    bulk: bool = False

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.payload[1]).digest()


class Take(msgspec.Struct, frozen=True):
    """Arrive as one group."""

    messages: tuple[Message, ...]


class Receipted(msgspec.Struct, frozen=True):
    """The hub answers: all but the newest `behind` batches are stored there."""

    behind: int


class Restart(msgspec.Struct, frozen=True):
    """A clean stop and start."""


Step = Take | Receipted | Restart


class Devices:
    """Doors, face terminals and bins of one gateway, and what is wrong with some of them."""

    def __init__(self, seed: int, *, repeat: bool = True) -> None:
        """`repeat`: some messages are told twice, and some with other content."""
        self._repeat = repeat
        self._chance = random.Random(seed)
        self._said: list[Message] = []
        self._conflicting: set[str] = set()
        self._numbers = 0

    def message(self) -> Message:
        self._numbers += 1
        number, chance = self._numbers, self._chance
        kind = chance.uniform(0.0 if self._repeat else 0.12, 1.0)
        if kind < 0.08 and self._said:
            return chance.choice(self._said)  # a redelivery
        if kind < 0.11:
            return self._conflict(number)
        if kind < 0.19:
            return Message(("site/access/door-07", b"{broken %d" % number))
        made = self._fresh(number)
        if self._repeat:
            self._said.append(made)
        return made

    def _fresh(self, number: int) -> Message:
        at = START + timedelta(seconds=number)
        kind = self._chance.random()
        if kind < 0.12:
            name = f"resident {number}"
            return Message(face(number, at=at, name=name), f"hik:025e10aa0007:1:{number}")
        if kind < 0.55:
            level = {"distanceMm": self._chance.randrange(1200), "temperatureCel": 21.5}
            bin_ = f"bin-{number % 5}"
            told = native(number, device=bin_, type=LevelMeasured.TYPE, at=at, data=level)
            return Message(told, f"{bin_}-{number}", bulk=True)
        door = f"door-{number % 3}"
        return Message(native(number, device=door, at=at), f"{door}-{number}")

    def _conflict(self, number: int) -> Message:
        """The id of a door's record that was told before, with another cause."""
        doors = [
            one
            for one in self._said
            if one.record.startswith("door-") and one.record not in self._conflicting
        ]
        if not doors:
            return self._fresh(number)
        one = self._chance.choice(doors)
        self._conflicting.add(one.record)  # one conflict a record is enough to tell
        topic, payload = one.payload
        envelope = json.loads(payload)
        envelope["data"] = {"cause": "forced", "native": {"again": number}}
        return Message((topic, json.dumps(envelope).encode()), conflict(one.record))


def steps(seed: int, events: int = 200) -> list[Step]:
    """At least `events` messages that become events; starts, receipts and groups between."""
    chance = random.Random(f"steps {seed}")
    devices = Devices(seed)
    told: list[Step] = []
    recorded: set[str] = set()
    while len(recorded) < events:
        size = chance.choice((1, 1, 2, 3, 5, 8, 12))
        group = tuple(devices.message() for _ in range(size))
        recorded.update(one.record for one in group if one.record)
        told.append(Take(group))
        if chance.random() < 0.35:
            told.append(Receipted(chance.randrange(4)))
        if chance.random() < 0.02:
            told.append(Restart())
    return told
