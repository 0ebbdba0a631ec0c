"""A timer that fires is an event: folds have no clock (I5)."""

from typing import ClassVar

from core.event import Data


class Fired(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a view armed came due. Folds go by `due`, never by when this was written, so a late
    hub and a replay end alike; one that is not armed (any more) changes nothing."""

    TYPE: ClassVar[str] = "timer.fired.v1"
    view: str
    timer: str  # key of the view's row of kind "timer"
    due: str


TYPES = (Fired,)
