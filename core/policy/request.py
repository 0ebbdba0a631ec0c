"""What is asked at a door, and the answer."""

from datetime import datetime
from typing import Literal

import msgspec

from core.events.access import Credential, DenyReason, Direction, SubjectClass
from core.policy.document import Listed
from core.policy.passes import Pass

PlateList = Literal["", "white", "black", "temporary", "unknown"]
Reason = DenyReason | Literal[""]
# What is let through all the same, and told.
WATCH_LISTED, ANTIPASSBACK, FIRST_PERSON = "watch-listed", "anti-passback", "first-person"
OVERSTAYED = "overstayed"


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something shown at a door. `hash` and `pin` are `document.digest`s under the policy's salt;
    a QR code comes as the pass it was read as, or with the reason it was refused for."""

    door: str
    kind: Credential
    at: datetime
    hash: str = ""
    direction: Direction = "unknown"
    pin: str = ""
    pass_: Pass | None = None
    pass_refused: str = ""
    plate: str = ""  # hash of the plate seen beside it


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`violation`: let through all the same, several joined by a comma. `watched`: the entry of
    the watch list that is to be told of, granted or not. `bearer`: who moves when it is taken."""

    granted: bool
    reason: Reason = ""
    violation: str = ""
    ref: str = ""
    subject_class: SubjectClass = "unknown"
    group: str = ""  # by whose grant
    duress: bool = False
    watched: Listed | None = None
    pass_id: str = ""
    use: int = 0  # of the pass; the first is 1, 0 where none is taken
    list: PlateList = ""
    policy: int = 0
    bearer: str = ""
