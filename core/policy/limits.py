"""What of a place can be written and not be kept by: spans no clock reckons with, topics nobody may
speak on. Asked where a file is compiled, and again where a document is adopted: a gateway that
cannot live by what it holds would not live at all."""

import math
from collections.abc import Iterator

from core.site import Site

_LONGEST_S = 31 * 86_400.0
_LONGEST_H = 366 * 24.0
_HOTTEST = 100.0
_TOPIC = 256  # characters
_UNFIT = frozenset("+#\0")
# Where devices and gateways speak: what is heard there would be taken for our own word.
_TAKEN = ("site/", "menwei/", "$")


def unfit(site: Site) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong, and what to do."""
    for name, seconds in site.expect_s.items():
        if not 0 <= seconds <= _LONGEST_S:  # nor is NaN
            yield (f"expect_s.{name}", "is no span of time", "Write seconds, at most 31 days; "
                   "0 for never.")  # fmt: skip
    for name, hours in site.parking.overstay_h.items():
        if not 0 < hours <= _LONGEST_H:
            yield (f"parking.overstay_h.{name}", "is no span of time", "Write hours, at most a "
                   "year.")  # fmt: skip
    limit = site.screening.limit_cel
    if not (math.isfinite(limit) and 0 < limit < _HOTTEST):
        yield "screening.limit_cel", "is no temperature of a body", "Write degrees Celsius."
    for name, door in site.doors.items():
        if door.command and not _speakable(door.command):
            yield (f"doors.{name}.command", "is no topic to speak to a door on", "Write one "
                   f"without + and #, of at most {_TOPIC} characters, that does not begin with "
                   f"{' or '.join(_TAKEN)}; or none.")  # fmt: skip


def _speakable(topic: str) -> bool:
    return (
        len(topic) <= _TOPIC
        and topic.isprintable()
        and _UNFIT.isdisjoint(topic)
        and not topic.startswith(_TAKEN)
    )
