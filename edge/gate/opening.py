"""The word to a door, once the decision behind it is durable. Said at most once: whoever dies
between the commit and the word has not said it, and the request that comes again is a duplicate."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.site import Site
from edge.watch.fact import key_of

FRESH = timedelta(seconds=10)  # who asked longer ago has gone (I9)
# What may stand in a topic as one level: no wildcard, no further level.
_UNFIT = str.maketrans("", "", "+#/\0")


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is said from `until` on."""

    topic: str
    payload: bytes
    until: datetime


def opening(
    *, verb: str, decision: str, door: str, device: str, topic: str, until: datetime,
    more: Mapping[str, str] | None = None,
) -> Opening:  # fmt: skip
    said = {
        "id": decision,
        "command": verb,
        "door": door,
        "device": device,
        "until": rfc3339(until),
        **(more or {}),
    }
    return Opening(topic=topic, payload=msgspec.json.encode(said), until=until)


def topic_of(site: Site, door: str, verb: str, user: str) -> str:
    """The site's word first; else below the name under which its client may subscribe."""
    command = site.door(key_of(door)).command
    return command or f"cmd/{user.translate(_UNFIT) or 'unnamed'}/{verb}"
