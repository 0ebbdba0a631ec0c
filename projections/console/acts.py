"""What a person may do from a screen. Each act is an event in the log, by whom and when."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from projections.web.accounts import Account
from projections.web.acts import Acts

MAX_NOTE = 200
MAX_HANDOVER = 2_000
VERBS = ("acknowledge", "assign", "shelve", "unshelve", "clear", "reopen")


def perform(
    acts: Acts,
    verb: str,
    compound: str,
    account: Account,
    alarm: str,
    *,
    note: str = "",
    to: str = "",
    until: datetime | None = None,
) -> Callable[[], int]:
    """What blocks for one fsync and returns the act's position, or raises Refused."""
    line = written(note)
    match verb:
        case "acknowledge":
            return partial(acts.acknowledge, compound, account, alarm, line)
        case "assign":
            return partial(acts.assign, compound, account, alarm, written(to), line)
        case "shelve" if until is not None:
            return partial(acts.shelve, compound, account, alarm, until, line)
        case "unshelve":
            return partial(acts.unshelve, compound, account, alarm, line)
        case "clear":
            return partial(acts.clear, compound, account, alarm, line)
        case "reopen":
            return partial(acts.reopen, compound, account, alarm, line)
    raise ValueError(f"nothing is done by {verb}")


def written(note: str) -> str:
    """One line of printable text; the log keeps it for ever."""
    line = " ".join(note.split())
    return "".join(char for char in line if char.isprintable())[:MAX_NOTE].strip()


def letter(note: str) -> str:
    """Several such lines."""
    lines = ("".join(char for char in one if char.isprintable()) for one in note.splitlines())
    return "\n".join(one.rstrip() for one in lines)[:MAX_HANDOVER].strip()
