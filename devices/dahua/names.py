"""Who sent it: the name a line or topic gives the device, else its MAC or the name it says."""

import re

from devices.fields import reveals, slug

NUMBERED = "numbered"  # last level of a topic: a list whose numbers come live, too
_MAC = re.compile(r"[0-9a-f]{12}")
# Levels of a topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"event", "events", "stream", "snap", "history", "records", "upload", "json", "notification",
     "alarm", "tollgateinfo", "keepalive", "deviceinfo", "notificationinfo", NUMBERED}
)  # fmt: skip


def device_of(told: str, topic: str) -> str:
    """The same for the list of passages, which names nobody, as for what is sent live. `told`: a
    MAC, or what a plate camera is called on its own page."""
    for level in topic.split("/")[1:]:
        if level.lower() not in _NOT_A_DEVICE and (made := _mac(level) or slug(level)):
            return made
    if _MAC.fullmatch(_plain(told)) or reveals(told):
        return _mac(told) or "dahua"
    return slug(told) or "dahua"


def _mac(told: str) -> str:
    plain = _plain(told)
    return plain if _MAC.fullmatch(plain) and plain.strip("0") else ""


def _plain(told: str) -> str:
    return told.replace(":", "").replace("-", "").lower()
