"""What a day's vendor payloads say, counted by themselves: no adapter, no event, no fold.

Each message once, whatever the times it was sent; torn copies not at all. The maker's codes
stand here a second time on purpose.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from infra.simulate.agenda import Timed

Json = dict[str, Any]
CHINA = timezone(timedelta(hours=8))

# Minor codes under major 5 (event) that a terminal of the simulation sends.
GRANTED = {0x01, 0x17, 0x26, 0x4B, 0x9C, 0xB5}
DENIED = {0x06, 0x07, 0x08, 0x09, 0x0A, 0x27, 0x4C, 0x68, 0x71, 0x9D}
OPENED, CLOSED, FORCED, HELD_OPEN, TAILGATED = 0x19, 0x1A, 0x1B, 0x1C, 0x85
CLASSES = {"normal": "resident", "visitor": "visitor"}


class Tally:
    """Counts; of alarms the causes, and which of the lasting ones are not over."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()  # device → facts it told
        self.granted: dict[str, Counter[str]] = defaultdict(Counter)  # door → class
        self.denied: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.vehicles: Counter[str] = Counter()
        self.flow: dict[str, Counter[str]] = defaultdict(Counter)  # hour → class, denied, vehicles
        self.causes: Counter[str] = Counter()  # kind:subject
        self.active: dict[str, bool] = {}
        self.seen: Counter[str] = Counter()  # camera → facts
        self.lost: Counter[str] = Counter()
        self.deposits: dict[str, Counter[str]] = defaultdict(Counter)  # point → category
        self.grams: dict[str, Counter[str]] = defaultdict(Counter)
        self.by_hour: dict[str, Counter[str]] = defaultdict(Counter)  # hour → grams brought
        self.violations: dict[str, Counter[str]] = defaultdict(Counter)
        self.purity: dict[str, float] = {}
        self.lifts: Counter[str] = Counter()
        self.lifted: Counter[str] = Counter()  # category → grams
        self.weighed: Counter[str] = Counter()
        self.tickets: list[str] = []
        self.distance: dict[str, int] = {}

    def add(self, sent: Iterable[Timed], arrived: Iterable[datetime]) -> None:
        told: set[tuple[str, bytes]] = set()
        for timed, gateway_time in zip(sent, arrived, strict=True):
            key = (timed.topic, timed.payload)
            if timed.fault == "garbage" or key in told:
                continue
            told.add(key)
            body = orjson.loads(timed.payload)
            room = timed.topic.partition("/")[0]
            if room == "hikvision":
                self._terminal(body, gateway_time)
            elif room == "site":
                self._native(body, gateway_time)
            elif room == "frigate":
                self._tracked(body)
            elif room == "v3":
                bin_ = body["end_device_ids"]["device_id"]
                self.distance[bin_] = body["uplink_message"]["decoded_payload"]["distance"]

    def _terminal(self, alert: Json, arrived: datetime) -> None:
        record = alert["AccessControllerEvent"]
        minor, door = record["subEventType"], f"door/{record['deviceName']}"
        at = _believed(datetime.fromisoformat(alert["dateTime"]), arrived)
        who = CLASSES.get(record.get("userType", ""), "unknown")
        if minor in GRANTED:
            self.granted[door][who] += 1
            self.flow[_hour(at)][who] += 1
        elif minor in DENIED:
            self.denied[door] += 1
            self.flow[_hour(at)]["denied"] += 1
        elif minor == FORCED:
            self._raise("door.forced", door, lasting=True)
        elif minor == HELD_OPEN:
            self._raise("door.heldopen", door, lasting=True)
        elif minor == TAILGATED:
            self._raise("gate.tailgated", door, lasting=False)
        elif minor == CLOSED:
            self._over(door, "door.forced", "door.heldopen")
        else:
            assert minor == OPENED, f"a code nobody counts: {minor:#x}"

    def _native(self, envelope: Json, arrived: datetime) -> None:
        name, subject, data = envelope["type"], envelope["subject"], envelope["data"]
        at = _believed(datetime.fromisoformat(envelope["time"]), arrived)
        if name == "access.taken.v1":
            self.taken[subject] += 1
        elif name == "door.closed.v1":
            self._over(subject, "door.forced", "door.heldopen")
        elif name == "vehicle.passed.v1":
            self.vehicles[subject] += 1
            self.flow[_hour(at)]["vehicles"] += 1
        elif name == "vehicle.denied.v1":
            self.denied[subject] += 1
            self.flow[_hour(at)]["denied"] += 1
        elif name.startswith("camera.video."):
            self.seen[subject] += 1
            if name == "camera.video.lost.v1":
                self.lost[subject] += 1
                self._raise("camera.video.lost", subject, lasting=True)
            else:
                self._over(subject, "camera.video.lost")
        elif name.startswith("waste."):
            self._waste(name, subject, data, at)

    def _waste(self, name: str, subject: str, data: Json, at: datetime) -> None:
        if name == "waste.deposit.recorded.v1":
            self.deposits[subject][data["category"]] += 1
            self.grams[subject][data["category"]] += data["netG"]
            self.by_hour[_hour(at)][data["category"]] += data["netG"]
        elif name == "waste.deposit.violated.v1":
            self.violations[subject][data["kind"]] += 1
        elif name == "waste.inspection.recorded.v1":
            self.purity[subject] = data["purity"]
        elif name == "waste.bin.collected.v1":
            bin_ = f"bin/{data['bin']}"
            self.lifts[bin_] += 1
            self.lifted[data["category"]] += data["netG"]
            self._over(bin_, "waste.bin.overflowed")
        elif name == "waste.load.weighed.v1":
            self.weighed[data["category"]] += data["netG"]
            self.tickets.append(data["ticketNo"])
        elif name == "waste.bin.overflowed.v1":
            self._raise("waste.bin.overflowed", subject, lasting=True)
        elif name == "waste.bin.smoke.detected.v1":
            self._raise("waste.bin.smoke", subject, lasting=True)
        elif name == "waste.bin.cleared.v1":
            self._over(subject, "waste.bin.overflowed", "waste.bin.smoke")

    def _tracked(self, body: Json) -> None:
        """Into zones, out of zones, a plate read; an object appears and is gone."""
        after, before = body["after"], body["before"]
        zones, had = set(after["current_zones"]), set(before["current_zones"])
        plate = after.get("recognized_license_plate")
        facts = plate is not None and plate != before.get("recognized_license_plate")
        if body["type"] == "new":
            had = set()
        facts += (body["type"] in ("new", "end")) + len(zones ^ had)
        self.seen[f"camera/{after['camera']}"] += facts

    def _raise(self, kind: str, subject: str, *, lasting: bool) -> None:
        self.causes[f"{kind}:{subject}"] += 1
        self.active[f"{kind}:{subject}"] = lasting

    def _over(self, subject: str, *kinds: str) -> None:
        for kind in kinds:
            if f"{kind}:{subject}" in self.active:
                self.active[f"{kind}:{subject}"] = False


def _believed(told: datetime, arrived: datetime) -> datetime:
    """A clock five minutes ahead, or a year behind, is no clock."""
    lead, lag = timedelta(minutes=5), timedelta(days=366)
    return told if arrived - lag <= told <= arrived + lead else arrived


def _hour(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%dT%H")
