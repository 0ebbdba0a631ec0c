"""How much of what bulk records' numbers show is said, device by device.

Gaps, fillings and new epochs are urgent events, never shed; a bulk record may be. A mad device
over its share would so fill the lane that has no limit. Of what its bulk records show, so many a
minute are said each by its own event. What goes beyond is refused like a bulk event beyond the
share: counted by type in the same commit and declared (`journal.gap.declared`, reason `rate`).
A range over several gaps would call missing what is here, so none is made up; the gaps stay
tracked, are counted as open (health), and are filled by what comes. What urgent records show
is always said.
"""

from datetime import datetime

A_MINUTE = 10  # of one device, by the gateway's clock
_DEVICES = 10_000  # names come off the wire: a bound; those beyond it share one allowance


class Allowance:
    """Owns what was said this minute, and what the group in the making would add."""

    def __init__(self) -> None:
        self._minute = 0
        self._said: dict[str, int] = {}
        self._staged: dict[str, int] = {}

    def begin(self, now: datetime) -> None:
        """A group, or the same one anew."""
        self._staged.clear()
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self._said.clear()

    def take(self, device: str) -> bool:
        """One more of this device; False: not said by an event of its own."""
        known = device in self._said or len(self._said) + len(self._staged) < _DEVICES
        name = device if known else ""
        said = self._staged.get(name, self._said.get(name, 0))
        if said >= A_MINUTE:
            return False
        self._staged[name] = said + 1
        return True

    def committed(self) -> None:
        self._said.update(self._staged)
        self._staged.clear()
