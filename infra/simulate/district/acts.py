"""What a crew does in a day, planned before anything is weighed: bins lifted, loads left."""

from typing import Literal

import msgspec

from core.events.waste import Category
from infra.simulate.district.fleet import Vehicle
from infra.simulate.district.ground import Bin

What = Literal["lifted", "refused", "passed"]


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """At a bin. `left`: share of what was in it that stays in."""

    second: float
    vehicle: Vehicle
    bin: Bin
    what: What = "lifted"
    route: str = ""  # whose it is; empty: of none
    left: float = 0.0


class Tip(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A load is brought to a facility."""

    second: float
    vehicle: Vehicle
    category: Category
    facility: str
    mixed: bool = False
    refused: bool = False


Act = Visit | Tip
