"""Vehicles that are parked."""

from projections.view import Row


class Parked(Row, frozen=True, kw_only=True):
    plate_ref: str
    list: str
    gate: str
    since: str
    due: str = ""  # when it overstays; empty: never
    overstayed: bool = False
    entry: str = ""  # id of the event
    position: int = 0
