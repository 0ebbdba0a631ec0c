"""An alarm as rows see it: raised by facts, judged by rules, taken on, shelved and cleared by
people, escalated by timers (ISA-18.2).

One row per kind and thing; a thousand triggers are one alarm with a thousand causes. The
alarm's id names its first cause, so an act of a person can not hit a later occurrence.
"""

from collections.abc import Mapping
from typing import Literal

from core.moment import millis
from projections.view import Row

KIND = "alarm"
CLOSED = "closed"
FLOOD = "flood"
TIMER = "timer"
UNTOLD = "untold"

FLOOD_LIMIT = 10  # raised within FLOOD_MINUTES: ISA-18.2's bound of what one person can take in
FLOOD_MINUTES = 10

State = Literal["active", "cleared", "acknowledged", "shelved", "closed"]


class Act(Row, frozen=True, kw_only=True):
    """What a person did to it."""

    at: str
    what: Literal["acknowledged", "assigned", "shelved", "unshelved", "cleared", "reopened"]
    actor: str
    position: int = 0


class Escalation(Row, frozen=True, kw_only=True):
    """`at`: the second it was due, whenever that was noticed."""

    level: int
    to: str
    at: str


class Alarm(Row, frozen=True, kw_only=True):
    """Open while `active` or not yet `acknowledged`. Times are RFC 3339."""

    id: str
    kind: str
    subject: str
    device: str
    priority: int  # 1 highest .. 4
    active: bool = False
    acknowledged: bool = False
    late: bool = False  # came from back-fill: shown, never sounded (I9)
    raised: str = ""
    last: str = ""
    cleared: str = ""
    causes: int = 0
    cause: str = ""  # id of the first causing event
    position: int = 0  # of the first cause: the link into the log
    acknowledged_by: str = ""
    acknowledged_at: str = ""
    gateway: str = ""  # of the first cause
    rule: str = ""  # name of the rule that judged it
    cause_ids: tuple[str, ...] = ()  # the first of them
    intervals: tuple[tuple[str, str], ...] = ()  # in which it was active, the newest; "": still is
    interval_count: int = 0
    cleared_by: str = ""  # fact, quiet, or the account
    reopened: int = 0
    assigned_to: str = ""
    assigned_by: str = ""
    assigned_at: str = ""
    level: int = 0  # escalations since it was raised or reopened
    escalated_to: str = ""
    escalations: tuple[Escalation, ...] = ()  # the newest
    next_due: str = ""  # of the next escalation
    quiet_due: str = ""  # when it clears by itself unless something happens
    shelved_until: str = ""
    shelved_by: str = ""
    shelved_at: str = ""
    gb_method: int = 0  # GB/T 28181 AlarmMethod
    gb_type: int = 0  # ... and AlarmType
    acts: tuple[Act, ...] = ()  # the newest

    @property
    def open(self) -> bool:
        return self.active or not self.acknowledged

    @property
    def foldable(self) -> bool:
        """Priority 1 and what somebody was assigned always stand by themselves."""
        return self.priority > 1 and not self.assigned_to

    @property
    def state(self) -> State:
        """What a desk does with it: one word of several that may hold."""
        if not self.open:
            return "closed"
        if self.shelved_until:
            return "shelved"
        if self.acknowledged:
            return "acknowledged"
        return "cleared" if self.cleared else "active"


class Flood(Row, frozen=True, kw_only=True):
    """How many alarms were raised in which minute (UTC, as alarms' own times), the newest."""

    minutes: Mapping[str, int] = {}

    def within(self, at: str) -> int:
        """Raised in the FLOOD_MINUTES that end with the minute of `at`."""
        named = [one for one in self.minutes if one <= at[:16]]
        newest = sorted(named)[-FLOOD_MINUTES:]
        floor = _minute(at[:16]) - FLOOD_MINUTES
        return sum(self.minutes[one] for one in newest if _minute(one) > floor)

    def active(self, at: str) -> bool:
        return self.within(at) > FLOOD_LIMIT

    def folds(self, alarm: Alarm) -> bool:
        """Whether a desk may show it as one of many instead of by itself: in a flood."""
        return alarm.foldable and self.active(alarm.raised)


class Timer(Row, frozen=True, kw_only=True):
    """What the hub's clock shall tell of: `timer.fired` with this row's key and `due`, once every
    gateway in `gateways` was heard at or after it, because silence of a link is no evidence."""

    name: Literal["escalate", "quiet", "unshelve", "overstay", "care", "shift"]
    about: str
    due: str
    cause: str = ""
    gateways: tuple[str, ...] = ()


class Untold(Row, frozen=True, kw_only=True):
    """What the rows concluded and the log does not say yet; gone once the hub has written it."""

    what: Literal["raised", "escalated", "cleared"]
    alarm: str
    kind: str
    subject: str
    device: str
    gateway: str
    priority: int
    at: str  # when it was so
    recorded: str = ""  # raised: when the gateway recorded the cause
    cause: str = ""
    causes: tuple[str, ...] = ()
    gb_method: int = 0
    gb_type: int = 0
    rules: str = ""  # SHA-256 of the rule set that judged it
    late: bool = False
    level: int = 0  # escalated: which, and to whom
    to: str = ""
    reason: Literal["", "fact", "quiet"] = ""  # cleared: by what


def key(kind: str, subject: str) -> str:
    return f"{kind}:{subject}"


def _minute(stamp: str) -> int:
    """Of a time to the minute, in minutes; only differences mean anything."""
    return millis(f"{stamp}:00Z") // 60_000
