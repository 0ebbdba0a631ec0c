"""What was decided at doors and gates, and who went through: as lists and counts. Classes,
never names."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row

Decision = Literal["granted", "denied", "requested", "unclassified", "duress"]


class Passage(Row, frozen=True, kw_only=True):
    """One decision or vehicle at a door or gate, as the recent list shows it."""

    at: str
    id: str
    subject: str
    decision: Decision
    who: str  # subject class, or "vehicle"
    direction: str = "unknown"
    credential: str = "unknown"
    reason: str = ""
    position: int = 0
    ref: str = ""  # the person's or plate's keyed reference: for look-ups, never a name
    policy: int = 0  # version a gateway decided by
    violation: str = ""
    conflict: str = ""  # reason for which a newer policy would not have granted it
    taken: Literal["", "taken", "nottaken"] = ""
    pass_id: str = ""


class Recent(Row, frozen=True, kw_only=True):
    """Newest passages first, by the time they happened, then id."""

    passages: tuple[Passage, ...] = ()


class Flow(Row, frozen=True, kw_only=True):
    """Counts of one time bucket. `granted` by subject class; vehicles are counted apart."""

    bucket: str
    granted: Mapping[str, int] = {}
    denied: int = 0
    vehicles: int = 0
