"""What was handed on to another authority's library, and what it answered (GA/T 1400 upward).

The records of providing personal data stay three years (Network Data Regulations art. 12): each
says to whom, on what basis, which objects, and of which events.
"""

from typing import ClassVar

from core.event import Data


class _Answered(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`info_ids`: the objects' ids there; `events`: the ids of ours, in the same order, which
    stand between `from_position` and `to_position` of the log. `personal`: whether names or
    plates went along in the clear."""

    target: str
    object: str  # Face, MotorVehicle, Person
    info_ids: tuple[str, ...]
    status_code: int  # of the objects; of HTTP where they got none
    count: int
    events: tuple[str, ...]
    from_position: int
    to_position: int
    basis: str
    personal: bool = False


class Delivered(_Answered, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "handoff.delivered.v1"


class Failed(_Answered, frozen=True, kw_only=True):
    """`final`: the answer was no, and they are not sent again; else they are, until there is an
    answer, and this is said once of each trouble."""

    TYPE: ClassVar[str] = "handoff.failed.v1"
    reason: str  # refused, busy, unreachable, unregistered, unclear
    said: str = ""  # the status in the receiver's words
    final: bool = False


TYPES = (Delivered, Failed)
