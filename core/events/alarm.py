"""The life of an alarm. `alarm` = {kind}:{subject of the thing}:{id of the first cause}.

Rows of views are folded from facts, people's acts (`origin` manual) and timers. `alarm.raised`,
`.escalated` and `.cleared` by facts or timers are the hub's record of what it concluded and when:
folds do not read them, auditors and whoever must be told do.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from core.event import Data


class _Act(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    alarm: str
    actor: str = ""  # the account, never a person's name
    note: str = ""  # as handed over; the log holds it sealed, in `pii`


class Acknowledged(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "alarm.acknowledged.v1"
    alarm: str
    actor: str  # the account, never a person's name
    note: str = ""  # as handed over; the log holds it sealed, in `pii`


class Raised(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`response_ms`: from the gateway's recording of the cause to the hub's raising (GB 55029
    3.5.1: two seconds), measured by the two clocks as they are."""

    TYPE: ClassVar[str] = "alarm.raised.v1"
    alarm: str
    kind: str
    priority: int
    causes: tuple[str, ...] = ()
    gb_method: int = 0  # GB/T 28181 AlarmMethod
    gb_type: int = 0  # ... and AlarmType
    rules: str = ""  # SHA-256 of the rule set in force
    response_ms: int = 0
    late: bool = False


class Assigned(_Act, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "alarm.assigned.v1"
    to: str  # an account or a unit


class Escalated(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "alarm.escalated.v1"
    alarm: str
    level: int
    to: str
    due: str  # RFC 3339: the second at which it was due, whenever it was written


class Shelved(_Act, frozen=True, kw_only=True):
    """ISA-18.2: out of the queue until then. Never one of priority 1."""

    TYPE: ClassVar[str] = "alarm.shelved.v1"
    until: str


class Unshelved(_Act, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "alarm.unshelved.v1"


class Cleared(_Act, frozen=True, kw_only=True):
    """`reason` person: somebody looked and says it is over; the others are the hub's record."""

    TYPE: ClassVar[str] = "alarm.cleared.v1"
    reason: Literal["person", "fact", "quiet"] = "person"
    at: str = ""


class Reopened(_Act, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "alarm.reopened.v1"


class RulesAdopted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The rule set in force from here on, whole: what is folded again is judged as it was."""

    TYPE: ClassVar[str] = "alarm.rules.adopted.v1"
    sha256: str
    rules: tuple[Mapping[str, Any], ...]
    actor: str = ""


TYPES = (
    Acknowledged, Raised, Assigned, Escalated, Shelved, Unshelved, Cleared, Reopened, RulesAdopted,
)  # fmt: skip
