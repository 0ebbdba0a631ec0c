"""What the watch is told, and what it concludes. Neither is durable by itself: a fact is told once
the commit that stores it is made, a conclusion is stored by the commit that comes of it."""

from datetime import datetime

import msgspec

from core.event import Data


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored event. `at`: the device's time where it can be believed, else the gateway's.

    `live`: it can still be acted upon (I9); one that is not starts nothing and raises nothing,
    but what it ends (a door closed, a zone left) ends.
    `direct`: straight from the device; not our own, retained, replayed or back-filled, however
    old its time makes it look. It shows that the device speaks, and is what a clock that stands
    still is known by: such a clock soon makes everything look late.
    """

    data: Data
    subject: str
    device: str
    id: str
    at: datetime
    now: datetime  # the gateway's, never before that of an earlier fact or tick
    live: bool = True
    message: int = 0  # facts of one message share it, and `now`
    direct: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """To be stored as the gateway's own event. `at` is what it is about: for a timer the moment
    at which it was due, however late anybody looked."""

    data: Data
    subject: str
    device: str
    at: datetime
    correlationid: str = ""
    causationid: str = ""


def key_of(subject: str) -> str:
    """As a site's description names doors and cameras: `door/south-gate` is `south-gate`."""
    _, slash, rest = subject.partition("/")
    return rest if slash else subject
