"""What is kept of one kind and thing so that its alarm's life can be told again: the newest steps
in their true order, and how it stood before them.

Journals interleave as they like: a guard's act may be read before the gateway's fact it answers,
or days after one that it did not know of. So a step that belongs before others is put there, and
the life is told again from the oldest kept. Steps of one journal keep its order; between journals
the clocks of gateway and hub decide, running never backwards.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from core.clock import rfc3339
from core.ownjournal import GATEWAY
from projections.alarms.row import Alarm
from projections.view import Row

LIFE = "life"
STEPS = 32  # kept; what is older is settled
IDS = 32  # of causes named

What = Literal[
    "trigger", "clear", "tick",
    "acknowledged", "assigned", "shelved", "unshelved", "cleared", "reopened",
]  # fmt: skip
TickOf = Literal["", "escalate", "quiet", "unshelve"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    pass


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """After so long since it was raised or reopened, and nobody took it on."""

    after_s: float
    to: str


class Terms(_Part, frozen=True, kw_only=True):
    """What the rule in force when it happened says of the alarm's life."""

    rule: str = ""
    priority: int = 3
    lasting: bool = False
    quiet_s: float = 0.0
    reopen_s: float = 0.0
    escalate: tuple[Level, ...] = ()
    persist: bool = False  # escalates until acknowledged, over or not
    gb_method: int = 0
    gb_type: int = 0


class Step(_Part, frozen=True, kw_only=True):
    """One thing that happened to it. `ms`: by the clock of the journal's owner, never backwards;
    `at`: when it happened, as it is shown. `journal`: the gateway's name, or the hub's."""

    ms: int
    what: What
    journal: str
    at: str = ""
    last: str = ""  # of several triggers, where that is another
    ids: tuple[str, ...] = ()  # events; of triggers in the same millisecond, the first IDS
    count: int = 1
    position: int = 0
    device: str = ""
    late: bool = False
    terms: Terms | None = None
    alarm: str = ""  # the occurrence that a person meant
    actor: str = ""
    to: str = ""  # assigned
    until: int = 0  # shelved
    tick: TickOf = ""

    @property
    def order(self) -> tuple[int, int, str]:
        """At one instant timers come first, facts before what people do about them."""
        if self.what == "tick":
            return self.ms, 0, ""
        return self.ms, 1 if self.what in ("trigger", "clear") else 2, self.journal


class Standing(_Part, frozen=True, kw_only=True):
    """How it stands between two steps. Milliseconds; 0 for never."""

    alarm: Alarm | None = None
    terms: Terms = Terms()
    since: int = 0  # what escalation is counted from
    touched: int = 0  # when something last changed whether it is open
    escalate: int = 0  # due
    quiet: int = 0
    unshelve: int = 0
    unheard: int = 0  # first due of a quiet one that something passed before it could be believed


class Life(Row, frozen=True, kw_only=True, omit_defaults=True):
    kind: str
    subject: str
    base: Standing = Standing()  # before the steps
    now: Standing = Standing()  # after them
    floor: int = 0  # ms of the newest settled step
    heads: Mapping[str, int] = {}  # journal → its newest step's ms
    quieted: int = 0  # until when the hub knows that nothing more happened
    steps: tuple[Step, ...] = ()

    def heard(self, gateway: str) -> int:
        """Until when it is known that this gateway had nothing else to say about it."""
        return max(self.quieted, self.heads.get(gateway, 0))

    def known(self) -> int:
        """... and the same of whichever gateway was heard last."""
        heads = (ms for journal, ms in self.heads.items() if journal != GATEWAY)
        return max(self.quieted, *heads, 0)


class Waiting(Row, frozen=True, kw_only=True):
    """Acts and ticks of an occurrence whose facts have not come, by its id."""

    steps: tuple[Step, ...] = ()


def placed(life: Life, step: Step) -> tuple[Life, Step, int]:
    """The life with the step in its place, not told yet; the step as it stands; its place."""
    heads, quieted = life.heads, life.quieted
    if step.what == "tick":
        if step.tick == "quiet":
            quieted = max(quieted, step.ms)
    elif step.journal != GATEWAY or step.order[1] == 2:  # what timers told is of when it was due
        ms = max(step.ms, heads.get(step.journal, 0))
        if ms != step.ms:
            step = msgspec.structs.replace(step, ms=ms)
        if heads.get(step.journal) != ms:
            heads = dict(sorted({**heads, step.journal: ms}.items()))
    if step.ms < life.floor:  # later than STEPS others: what is settled stays so
        step = msgspec.structs.replace(step, ms=life.floor)
    place = _place(life.steps, step.order)
    before = life.steps[place - 1] if place else None
    if before is not None and (joined := _joined(before, step)) is not None:
        place -= 1
        steps = (*life.steps[:place], joined, *life.steps[place + 1 :])
    else:
        steps = (*life.steps[:place], step, *life.steps[place:])
    life = msgspec.structs.replace(life, heads=heads, quieted=quieted, steps=steps)
    return life, step, place


def _place(steps: Sequence[Step], order: tuple[int, int, str]) -> int:
    """Behind all that are not later; most come last."""
    place = len(steps)
    while place and steps[place - 1].order > order:
        place -= 1
    return place


def _joined(before: Step, step: Step) -> Step | None:
    """Triggers of one journal at one instant are one step: nothing can come between them."""
    same = (
        before.what == "trigger" == step.what
        and before.order == step.order
        and before.late == step.late
        and before.terms == step.terms
    )
    if not same:
        return None
    return msgspec.structs.replace(
        before,
        count=before.count + step.count,
        ids=(*before.ids, *step.ids)[:IDS],
        last=max(before.last or before.at, step.last or step.at),
    )


def text_of(ms: int) -> str:
    """Milliseconds since 1970 as rows write a time; empty for 0."""
    return rfc3339(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)) if ms else ""
