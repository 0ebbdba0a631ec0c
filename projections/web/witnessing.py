"""Who cosigns the hub's log, and how far: what metrics, API and screens are given of it."""

from collections.abc import Sequence
from typing import Literal

import msgspec

LATE_S = 60.0  # that a checkpoint may be without its quorum before somebody should look
# asking: nothing was heard yet. following: it cosigned what it was asked to. away: no answer.
# unknown, untrusted: it does not watch this log, or not by this key. unfit: its answer made no
# sense. inconsistent, ahead, forgot: it saw another history.
State = Literal[
    "asking", "following", "away", "unknown", "untrusted", "unfit",
    "inconsistent", "ahead", "forgot",
]  # fmt: skip


class WitnessStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`size` leaves it cosigned last, at `at`; 0 and empty where it never did since the start."""

    name: str
    url: str
    state: State
    size: int = 0
    at: str = ""
    detail: str = ""


class Witnessing(msgspec.Struct, frozen=True, kw_only=True):
    """`published` leaves stand under the newest checkpoint, `witnessed` under the newest that
    enough witnesses cosigned; `tail_s`: since when there is more than that, in seconds."""

    published: int = 0
    witnessed: int = 0
    tail_s: float = 0.0
    witnesses: Sequence[WitnessStanding] = ()
