"""Pictures and clips: kept, looked at, held, removed, checked."""

from core.event import Data, Event
from core.events.media import (
    Exported,
    FixityChecked,
    FixityFailed,
    Held,
    Released,
    Removed,
    Stored,
    Viewed,
)
from tests.golden.samples.envelope import event

SHA256 = "5f" * 32
CAUSE = "hik:FY0597362:3:1199"


def _own(data: Data, subject: str = f"media/{SHA256}") -> Event:
    return event(data, subject, device="console", quality="gateway", origin="manual")


SAMPLES = (
    _own(
        Stored(
            sha256=SHA256, bytes=48213, content="image/jpeg", gateway="gw-1", device="cam-03",
            repaired=True,
        )
    ),
    _own(
        Viewed(
            sha256=SHA256, actor="guard", reason="incident", unit="物业安保部",
            requester="relative", purpose="lost child", event_id=CAUSE,
        )
    ),
    _own(
        Exported(
            sha256=SHA256, actor="guard", reason="police-request", unit="某派出所",
            requester="police", purpose="case 2026-1177", event_id=CAUSE,
        )
    ),
    _own(
        Held(
            sha256=SHA256, case="2026-1177", actor="auditor", reason="police-request",
            until="2027-11-21T00:00:00.000+08:00",
        )
    ),
    _own(
        Released(
            sha256=SHA256, case="2026-1177", actor="admin", reason="mistake"
        )
    ),
    _own(
        Removed(
            sha256=SHA256, bytes=48213, group="gates", profile="art7", floor_days=30,
            ceiling_days=90, kept_days=90.25, actor="admin", reason="resident-request",
        )
    ),
    _own(
        FixityChecked(
            files=1204, bytes=58_051_452, damaged=1, missing=2,
            since="2026-11-14T00:00:00.000Z", until="2026-11-21T00:00:00.000Z",
        ),
        "media",
    ),
    _own(FixityFailed(sha256=SHA256, problem="damaged", found="a0" * 32, bytes=48212)),
)  # fmt: skip
