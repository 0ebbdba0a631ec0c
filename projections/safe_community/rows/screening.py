"""Gates that a measurement holds."""

from typing import Literal

from projections.view import Row


class Held(Row, frozen=True, kw_only=True):
    """A screening chain, by its measurement: abnormal → held → released."""

    measured: str
    door: str
    at: str
    temperature_cel: float
    state: Literal["held", "admitted", "turned-away", "expired"] = "held"
    released_by: str = ""
    released_at: str = ""
    ref: str = ""
    position: int = 0
