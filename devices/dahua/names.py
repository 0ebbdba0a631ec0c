"""Who sent it: the name a line or topic gives the device, else its MAC."""

import re

from devices.fields import slug

NUMBERED = "numbered"  # last level of a topic: a list whose numbers come live, too
_MAC = re.compile(r"[0-9a-f]{12}")
# Levels of a topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"event", "events", "stream", "snap", "history", "records", "upload", "json", "notification",
     "alarm", NUMBERED}
)  # fmt: skip


def device_of(mac: str, topic: str) -> str:
    """The same for the list of passages, which names nobody, as for what is sent live."""
    for level in topic.split("/")[1:]:
        if level.lower() not in _NOT_A_DEVICE and (made := _mac(level) or slug(level)):
            return made
    return _mac(mac) or "dahua"


def _mac(told: str) -> str:
    plain = told.replace(":", "").replace("-", "").lower()
    return plain if _MAC.fullmatch(plain) and plain.strip("0") else ""
