"""One commit in the making: what a group of messages becomes, before anything is durable."""

from collections import Counter
from datetime import datetime

import msgspec

from core.event import Data, Draft, Event
from edge.act import Act
from edge.carry import Portion
from edge.delivery import Delivery
from edge.gate.items import GateItem
from edge.known import SeenId
from edge.quarantine import Entry
from edge.stamp import Stamped
from edge.stream import Stream


class Candidate(msgspec.Struct, gc=False):
    """A draft on its way; `message` is its delivery's place in the group."""

    message: int
    delivery: Delivery
    adapter: str
    draft: Draft
    source: str
    over: bool = False  # bulk, and beyond its device's share
    ref: str = ""  # of the person it names
    told: datetime | None = None  # the device's time, read
    stamped: Stamped | None = None
    unfit: bool = False  # set aside after all


class Line(msgspec.Struct, frozen=True, gc=False):
    """An encoded event; `known` is the id it is remembered by, none for the gateway's own."""

    bulk: bool
    type: str
    encoded: bytes
    message: int = -1
    over: bool = False
    known: tuple[bytes, bytes] | None = None
    fact: Candidate | None = None  # what it was, where it is news of a device
    id: str = ""


class Group:
    """Owns nothing but itself. `lines` may be made again when ids turn out to be known."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.deliveries: list[Delivery] = []
        self.candidates: list[Candidate] = []
        self.asked: list[GateItem] = []
        self.own: list[Event] = []  # the gateway's, as they came
        self.once: list[SeenId] = []  # ids of those that may be told again
        self.skewed: list[tuple[str, Data]] = []  # device, what its clock is like
        self.aside: list[Entry] = []
        self.rejections: list[Data] = []
        self.looked_up = False  # ids turned out to be known: ask before committing
        self.kept = 0  # how many of `aside` are durable
        self.carried: list[tuple[Stream, Portion]] = []
        self.retained = self.uplink = 0
        self.acts: list[Act] = []
        self.again: list[int] = []  # of the deliveries, those out of quarantine
        self.still: set[int] = set()  # rows there that stay as they are
        self.begin()

    def begin(self) -> None:
        """Before candidates are settled, and before they are settled again."""
        self.lines: list[Line] = []
        self.findings: list[tuple[str, Data]] = []  # device, what its record numbers show
        self.unsaid: Counter[str] = Counter()  # event type → findings only counted
        self.duplicates = self.conflicts = 0

    def put_aside(self, delivery: Delivery, adapter: str, reason: str, detail: str = "") -> None:
        if delivery.again is not None:  # it is there, and was told of
            self.still.add(delivery.again.row)
            return
        self.aside.append(
            Entry(
                topic=delivery.topic,
                payload=delivery.payload,
                adapter=adapter,
                reason=reason,
                detail=detail,
                media=delivery.media,
            )
        )

    def unfit(self, one: Candidate, reason: str, detail: str = "") -> None:
        one.unfit = True
        self.put_aside(one.delivery, one.adapter, reason, detail)


class Cut(msgspec.Struct):
    """What of a group's lines is refused, for what reason."""

    reasons: dict[str, Counter[str]]
    messages: set[int]

    def refuse(self, line: Line, reason: str) -> None:
        self.reasons.setdefault(reason, Counter())[line.type] += 1
        self.messages.add(line.message)

    def leave_unsaid(self, kinds: Counter[str]) -> None:
        """What no message is refused for."""
        if kinds:
            self.reasons.setdefault("rate", Counter()).update(kinds)
