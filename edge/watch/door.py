"""What is remembered of a door."""

from datetime import datetime, timedelta

import msgspec

from core.event import Data
from edge.watch.fact import Said

_PASSABLE = frozenset({"unlocked", "locked-open", "accessed"})  # ONVIF DoorMode


class Door(msgspec.Struct, array_like=True, gc=False):
    """Times are the gateway's, but `at`, `word` and `suspect_at`: those are the device's."""

    subject: str
    device: str
    open: bool | None = None  # nobody told yet, or it said two things at once
    at: datetime | None = None  # of the opening
    since: datetime | None = None  # ... or of when its timers were begun anew
    id: str = ""  # of the opening
    justified: datetime | None = None  # somebody may pass: a grant, a button, an unlocking
    unlocked: bool = False
    mode: str = ""
    fire: bool = False
    word: datetime | None = None  # of what told one of the last three
    suspect: str = ""  # the cause that an opening without a grant will be told with
    suspect_at: datetime | None = None
    suspect_id: str = ""
    forced: datetime | None = None  # when the device itself told it
    tells_forced: bool = False  # ... and that it does so
    tells_held: bool = False

    @property
    def stays_open(self) -> bool:
        """Open as it shall be: nobody holds it."""
        return self.fire or self.mode == "locked-open"

    @property
    def passable(self) -> bool:
        """Open to everybody: whoever passes needs no grant."""
        return self.fire or self.unlocked or self.mode in _PASSABLE

    def granted_since(self) -> bool:
        """Whether somebody may pass who might not when it opened."""
        return self.justified is not None and (self.since is None or self.justified > self.since)

    def said(self, data: Data, at: datetime, cause: str) -> Said:
        return Said(data=data, subject=self.subject, device=self.device, at=at, causationid=cause)

    def shift(self, by: timedelta) -> None:
        self.since = self.since + by if self.since else None
        self.justified = self.justified + by if self.justified else None
        self.forced = self.forced + by if self.forced else None
