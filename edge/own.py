"""What the gateway says itself, on its way into its own journal."""

from datetime import datetime

import msgspec

from core.event import Data


class Own(msgspec.Struct, frozen=True):
    """A fact of the gateway, or its conclusion about one of its devices. What stands empty is the
    gateway's: itself as the source, a new id, the moment of the commit."""

    data: Data
    device: str = ""
    subject: str = ""
    at: datetime | None = None  # the moment it is about
    id: str = ""
    correlationid: str = ""
    causationid: str = ""
    once: bool = False  # told again after a restart, under the same id: recorded once
