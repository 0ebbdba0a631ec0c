"""Whom the hub listed, and when."""

from projections.view import Row


class Spell(Row, frozen=True, kw_only=True):
    """From when to when somebody was listed."""

    since: str
    until: str
    ended: str = ""  # taken off before it expired


class Watched(Row, frozen=True, kw_only=True):
    ref: str
    reason: str
    basis: str
    until: str
    action: str
    actor: str = ""
    since: str = ""
    seen: str = ""  # last passage
    ended: str = ""  # taken off the list: kept for what comes late, not shown
    former: tuple[Spell, ...] = ()
    position: int = 0
