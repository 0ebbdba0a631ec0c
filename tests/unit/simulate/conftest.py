"""One simulated day, run once for all tests of this room."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from infra.simulate.compound import Compound
from infra.simulate.day import messages

START = datetime.fromisoformat("2026-11-20T00:00:00+08:00")  # a Friday
HOURS = 24


class Said:
    """A message that is not Frigate's, parsed."""

    def __init__(self, at: datetime, topic: str, body: dict[str, Any]) -> None:
        self.at = at
        self.topic = topic
        self.body = body

    @property
    def record(self) -> dict[str, Any]:
        """The access record of a Hikvision message, empty for others."""
        found: dict[str, Any] = self.body.get("AccessControllerEvent", {})
        return found

    @property
    def type(self) -> str:
        """The type of a native message, empty for others."""
        found: str = self.body.get("type", "")
        return found


class Day:
    """What a day's stream contained; Frigate's messages only by phase, they are too many."""

    def __init__(self, compound: Compound) -> None:
        self.end = START + timedelta(hours=HOURS)
        self.said: list[Said] = []
        self.tracks: dict[str, list[tuple[str, str, datetime]]] = defaultdict(list)
        self.per_hour: Counter[int] = Counter()
        self.longest_gap: dict[int, float] = defaultdict(float)
        self.backwards = 0
        self.plates_read: set[str] = set()
        last = START
        for timed in messages(compound, START, until=self.end):
            self.backwards += timed.at < last
            gap = (timed.at - last).total_seconds()
            self.longest_gap[timed.at.hour] = max(self.longest_gap[timed.at.hour], gap)
            last = timed.at
            self.per_hour[timed.at.hour] += 1
            body = orjson.loads(timed.payload)
            if timed.topic == "frigate/events":
                after = body["after"]
                self.tracks[after["id"]].append((body["type"], after["camera"], timed.at))
                self.plates_read.add(after.get("recognized_license_plate", ""))
            else:
                self.said.append(Said(timed.at, timed.topic, body))

    def native(self, type: str) -> list[Said]:
        return [said for said in self.said if said.type == type]


@pytest.fixture(scope="session")
def compound() -> Compound:
    return Compound(7, "c01")


@pytest.fixture(scope="session")
def day(compound: Compound) -> Day:
    return Day(compound)
