"""Where a click leads: to the events behind a figure, to one event, or to a thing's own page."""

from datetime import datetime
from urllib.parse import quote, urlencode

from core.clock import rfc3339


def listed(
    compound: str,
    *types: str,
    subject: str = "",
    id: str = "",
    since: datetime | None = None,
) -> str:
    """`types`: stored names, or the beginning of some up to a dot."""
    asked = [("compound", compound), *(("type", one) for one in types)]
    asked += [("subject", subject), ("id", id), ("from", rfc3339(since) if since else "")]
    return f"/events?{urlencode([(name, value) for name, value in asked if value])}"


def event_href(position: int, id: str) -> str:
    return f"/events/{position}?event={quote(id, safe='')}"


def alarm_href(alarm: str, compound: str) -> str:
    """The desk, with this one chosen."""
    return f"/?compound={quote(compound, safe='')}&alarm={quote(alarm, safe='')}"


def replay_href(compound: str, **asked: str) -> str:
    """Step by step; `asked`: alarm, or from and to."""
    given = [(name.rstrip("_"), value) for name, value in asked.items() if value]
    return f"/replay?{urlencode([('compound', compound), *given])}"


def asof_href(path: str, compound: str, position: int) -> str:
    """A page as it was known there."""
    return f"{path}?{urlencode({'compound': compound, 'asof': position})}"


def door_href(subject: str, compound: str) -> str:
    return f"/doors/{quote(subject, safe='/')}?compound={quote(compound, safe='')}"


def device_href(device: str, compound: str) -> str:
    return f"/devices?compound={quote(compound, safe='')}&q={quote(device, safe='')}"


def subject_href(subject: str, compound: str) -> str:
    """A door has a page of its own; of anything else there are its events."""
    if subject.startswith(("door/", "gate/")):
        return door_href(subject, compound)
    return listed(compound, subject=subject)


def waste_href(compound: str) -> str:
    return f"/waste?compound={quote(compound, safe='')}"


def bin_href(key: str) -> str:
    """`key`: compound/bin, as the district calls it."""
    return f"/district/bin/{quote(key, safe='/')}"


def trip_href(key: str) -> str:
    """`key`: vehicle|day|n."""
    return f"/district/trip/{'/'.join(quote(part, safe='') for part in key.split('|'))}"


def evidence_href(trip: str) -> str:
    """Of a line of a ledger, as the API gives it; `trip`: vehicle/day/n."""
    return f"/api/v1/waste/trips/{quote(trip)}"


def quality_href(compound: str, **asked: str) -> str:
    return district_href(f"quality/{quote(compound, safe='')}", **asked)


def ledger_href(compound: str, month: str, **asked: str) -> str:
    """The file itself, as the API gives it."""
    return f"/api/v1/waste/ledger/{quote(compound, safe='')}/{month}?{urlencode(asked)}"


def district_href(page: str = "", **asked: str) -> str:
    given = urlencode({name: value for name, value in asked.items() if value})
    path = f"/district/{page}" if page else "/district"
    return f"{path}?{given}" if given else path
