"""What becomes of pictures and clips at the hub: kept, looked at, held, removed, found damaged.

The bytes stand beside the log, by their SHA-256; these events are the register that Order 799
art. 16 and 17 ask for. Subject `media/{sha256}`; a summary's is `media`.
"""

from typing import ClassVar, Literal

from core.event import Data

# Who asked, beside the account that did it (Order 799 art. 22).
Requester = Literal[
    "internal", "police", "state-body", "relative", "resident", "insurer", "court", "other"
]
Profile = Literal["art7", "art9", "art33"]  # of Order 799: which duty a camera group stands under
Problem = Literal["damaged", "missing"]


class Stored(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The bytes are durable at the hub; written before the gateway is told so. `device` took it.
    `repaired`: damaged bytes stood under this name, and are kept beside."""

    TYPE: ClassVar[str] = "media.stored.v1"
    sha256: str
    bytes: int
    content: str  # by its first bytes, such as image/jpeg; never what somebody said it was
    gateway: str
    device: str = ""
    repaired: bool = False


class _Looked(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Durable before the first byte is served. `unit`: of whoever asked. What was written freely,
    and who asked by name, is sealed."""

    sha256: str
    actor: str
    reason: str
    unit: str
    requester: Requester = "internal"
    purpose: str = ""
    event_id: str = ""  # behind which it was looked at


class Viewed(_Looked, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "media.viewed.v1"


class Exported(_Looked, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "media.exported.v1"


class Held(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Not removed while a hold of any case stands. `until`: then it ends by itself."""

    TYPE: ClassVar[str] = "media.held.v1"
    sha256: str
    case: str
    actor: str
    reason: str
    until: str = ""


class Released(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "media.released.v1"
    sha256: str
    case: str
    actor: str
    reason: str


class Removed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Durable before the bytes go. By whom (empty: by the rule), and by which rule of its camera
    group they were allowed to."""

    TYPE: ClassVar[str] = "media.removed.v1"
    sha256: str
    bytes: int
    group: str
    profile: Profile
    floor_days: int
    ceiling_days: int
    kept_days: float
    actor: str = ""
    reason: str = ""


class FixityChecked(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Every file of this compound was read again and hashed, between these times."""

    TYPE: ClassVar[str] = "media.fixity.checked.v1"
    files: int
    bytes: int
    damaged: int
    missing: int
    since: str
    until: str


class FixityFailed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Its bytes are no longer those of its name, or are gone without having been removed."""

    TYPE: ClassVar[str] = "media.fixity.failed.v1"
    sha256: str
    problem: Problem
    found: str = ""  # SHA-256 of what stands there
    bytes: int = 0  # ... and how many


TYPES = (
    Stored, Viewed, Exported, Held, Released, Removed, FixityChecked, FixityFailed,
)  # fmt: skip
