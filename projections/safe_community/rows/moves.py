"""Movements of one reference, a person's or a plate's."""

import msgspec

from projections.safe_community.rows.timers import Said
from projections.view import Row


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """Somebody, or a vehicle, went through a door. Areas are as the site was described then."""

    at: str
    id: str
    door: str
    who: str = "unknown"
    areas: tuple[str, ...] = ()  # where they are now, the innermost first; empty: outside
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    due: str = ""  # of a vehicle that may not stay for ever
    list: str = ""
    void: bool = False  # the grant was not taken after all
    said: Said | None = None  # of a vehicle's
    position: int = 0


class Moves(Row, frozen=True, kw_only=True):
    """The newest of one reference's movements, by when they happened. Not shown: what is inside or
    parked follows from it, whatever order the gateways were heard in."""

    ref: str
    moves: tuple[Move, ...] = ()  # oldest first
    count: int = 0  # of all
