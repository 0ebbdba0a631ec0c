"""Where a figure leads: the list of the events behind it."""

from datetime import datetime
from urllib.parse import urlencode

from core.clock import rfc3339


def listed(
    compound: str,
    *types: str,
    subject: str = "",
    device: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """`types`: stored names, or the beginning of some up to a dot."""
    asked = [("compound", compound), *(("type", one) for one in types)]
    asked += [("subject", subject), ("device", device)]
    asked += [
        (name, rfc3339(at)) for name, at in (("from", since), ("to", until)) if at is not None
    ]
    return f"/events?{urlencode([(name, value) for name, value in asked if value])}"
