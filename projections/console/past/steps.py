"""The batch before or after one that tells something of a compound."""

from projections.web.desk import Desk
from projections.web.scan import scan, window
from projections.web.selection import Wanted


def beside(desk: Desk, compound: str, position: int, *, forward: bool) -> int | None:
    """Its position; where none is near, how far was looked. None: there is none. Reads the log: off
    the loop."""
    head = desk.log.head()
    limits = window(f"{position}", None, head) if forward else window(None, f"{position}", head)
    wanted = Wanted(compounds=frozenset((compound,)) if compound else frozenset())
    found = scan(desk.log, desk.catalog, wanted, limits, 1)
    if found.lines:
        return found.lines[0].item.position
    return None if found.complete else _position(found.next)


def _position(place: int | str) -> int:
    return int(str(place).partition(".")[0])
