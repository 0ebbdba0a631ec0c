"""What a person may do from a screen. Each act is an event in the log, by whom and when."""

from core.errors import Refused
from projections.web.accounts import Account
from projections.web.acknowledgement import (
    Acknowledgements,
    AlreadyAcknowledged,
    Behind,
    NoSuchAlarm,
)

MAX_NOTE = 200
_REASONS = {NoSuchAlarm: "unknown", AlreadyAcknowledged: "acknowledged", Behind: "behind"}


def acknowledge(
    acknowledgements: Acknowledgements, account: Account, compound: str, alarm: str, note: str
) -> int:
    """Position of the acknowledgement, durable. Blocks for one fsync. Refused with reason
    `role`, `unknown`, `acknowledged` or `behind`."""
    if not account.acts:
        raise Refused("role", account.role)
    try:
        return acknowledgements.acknowledge(compound, alarm, account, written(note))
    except (NoSuchAlarm, AlreadyAcknowledged, Behind) as error:
        raise Refused(_REASONS[type(error)], str(error)) from error


def written(note: str) -> str:
    """One line of printable text; the log keeps it for ever."""
    line = " ".join(note.split())
    return "".join(char for char in line if char.isprintable())[:MAX_NOTE].strip()
