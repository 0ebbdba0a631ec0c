"""What a device says in one message and can not both be."""

from datetime import datetime

from core.events.door import StateReported
from edge.watch.fact import Fact

_SHUT = frozenset({"locked", "locked-down", "double-locked"})


class Contradictions:
    """Owns what the message at hand said of each door. A restart never falls into a message."""

    def __init__(self) -> None:
        self._message: tuple[int, datetime] | None = None
        self._words: dict[str, tuple[str, datetime, str]] = {}

    def found(self, key: str, fact: Fact, word: str) -> tuple[str, ...] | None:
        """The types, if this message said the opposite of this door for the same moment; nothing
        if that was told already; None if all is well. A list of records, which tells one moment
        after another, is well."""
        message = (fact.message, fact.now)
        if message != self._message:
            self._message, self._words = message, {}
        before = self._words.get(key)
        if before is None or before[1] != fact.at or before[0] == word:
            self._words[key] = (word, fact.at, fact.data.TYPE)
            return None
        self._words[key] = ("both", fact.at, "")
        return (before[2], fact.data.TYPE) if before[0] != "both" else ()


def contradictions(told: StateReported) -> tuple[str, ...]:
    """What of a snapshot can not be true together, as `field=value`; nothing of one that holds.

    An open door may be locked (the bolt is out), and a forced door may be shut again.
    """
    pairs = (
        (told.physical == "closed" and told.alarm == "heldopen", "physical", "alarm"),
        (told.lock == "locked" and told.mode in ("unlocked", "locked-open"), "lock", "mode"),
        (told.lock == "unlocked" and told.mode in _SHUT, "lock", "mode"),
        (told.fault == "none" and told.physical == "fault", "physical", "fault"),
        (told.fault == "none" and told.lock == "fault", "lock", "fault"),
    )
    fields = dict.fromkeys(field for wrong, *both in pairs if wrong for field in both)
    return tuple(f"{field}={getattr(told, field)}" for field in fields)
