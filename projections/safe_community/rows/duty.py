"""Whose watch it is."""

from collections.abc import Mapping

from projections.view import Row


class Duty(Row, frozen=True, kw_only=True):
    """Whose watch it is."""

    actor: str = ""
    since: str = ""
    handed_by: str = ""
    handed_at: str = ""
    handed: str = ""  # id of the hand-over
    handed_to: str = ""  # who is to take it; empty: whoever comes
    handed_position: int = 0  # where it stands in the log
    figures: Mapping[str, int] = {}
    position: int = 0
