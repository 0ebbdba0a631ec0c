"""Doors and gates, with the grants whose end is not known yet."""

from typing import Literal

import msgspec

from projections.safe_community.rows.moves import Move
from projections.safe_community.rows.passages import Passage
from projections.view import Row


class Grant(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False
):
    """A grant at a door whose end is not known. `move`: what was counted for it already."""

    id: str
    at: str
    ref: str = ""
    who: str = "unknown"
    direction: str = "unknown"
    move: Move | None = None


class Door(Row, frozen=True, kw_only=True):
    """ONVIF Door/State: physical state, lock and alarm are three different things."""

    subject: str
    device: str
    physical: Literal["open", "closed", "unknown"] = "unknown"
    lock: Literal["locked", "unlocked", "unknown"] = "unknown"
    alarm: Literal["normal", "forced", "heldopen", "prealarm"] = "normal"
    mode: str = "unknown"  # ONVIF DoorMode, kebab case
    tamper: Literal["none", "detected", "unknown"] = "unknown"
    fault: Literal["none", "detected", "unknown"] = "unknown"
    fire: bool = False  # released by the fire relay: open is as it shall be
    contradicted: str = ""  # when it last said two things at once; empty once it said one
    held_due: str = ""  # of the pre-alarm: when it will be held open
    known: bool = True  # False: the site's description has doors, and this is none of them
    nottaken: int = 0
    conflicts: int = 0
    tailgated: int = 0
    counted: int = 0
    temperatures: int = 0
    held: str = ""  # id of the measurement that holds this gate (screening)
    takes: bool = False  # it tells takings: a grant alone is no passage here
    faces: int = 0  # of the granted, those by face
    face_only: str = ""  # since when so many in a row were by face and nothing else
    grants: tuple[Grant, ...] = ()  # the newest
    since: str = ""  # of the physical state
    last: str = ""  # of any event
    granted: int = 0
    denied: int = 0
    taken: int = 0
    vehicles: int = 0
    decision: Passage | None = None  # the newest decision
