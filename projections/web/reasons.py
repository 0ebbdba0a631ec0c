"""Why somebody looked, ordered or revoked. A word of the list stands in the event; what a person
writes freely may name somebody, so it is sealed, and the word is then `other` (I6)."""

from collections.abc import Mapping

from core.errors import MenweiError
from core.event import Personal

WORDS: tuple[str, ...] = (
    "evacuation", "drill", "incident", "police-request", "resident-request", "care", "delivery",
    "visitor", "lost", "mistake", "cancelled", "security", "maintenance", "audit", "test", "other",
)  # fmt: skip
LONGEST = 200


class NoReason(MenweiError):
    """422: nothing personal is shown or changed without one."""


def stated(text: str, actor: str) -> tuple[str, Personal | None]:
    """The word for the event, and what is to be sealed into it."""
    said = text.strip()
    if not said:
        raise NoReason("a reason must be given; the log keeps it")
    if len(said) > LONGEST:
        raise NoReason(f"a reason has at most {LONGEST} characters")
    if said in WORDS:
        return said, None
    return "other", noted(actor, {"note": said})


def noted(actor: str, fields: Mapping[str, str]) -> Personal:
    """Sealed with a key of the account that wrote it: nobody else is known."""
    return Personal(kind="other", identifier=actor, fields=fields, into="")
