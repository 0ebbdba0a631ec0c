"""Cameras: what they see, and whether."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row


class Health(Row, frozen=True, kw_only=True):
    """Of the worker that looks at its pictures, as it said last; counters since its start."""

    at: str
    online: bool = False
    fps: float = 0.0
    cpu: float = 0.0  # of one core
    read: int = 0
    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    hung: int = 0
    unsent: int = 0
    lost_events: int = 0
    fault: str = ""


class Camera(Row, frozen=True, kw_only=True):
    """What it sees comes by the bulk lane, whether it sees by the urgent one: fields of one lane
    are never moved by the other, so that how the two interleave changes nothing (I5)."""

    subject: str
    device: str  # the first by name of those that spoke of it
    state: Literal["up", "lost", "tampered"] = "up"
    since: str = ""  # of the state
    reason: str = ""  # why it is not up: covered, frozen ...
    last: str = ""  # of what it saw
    last_label: str = ""
    last_zone: str = ""
    events: int = 0
    lost: int = 0  # how often
    health: Health | None = None  # comes by the bulk lane
    occupied: Mapping[str, str] = {}  # zone → since when something stands there too long
