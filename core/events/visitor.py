"""A visitor's pass: issued by a person, shown as a signed QR, checked without the hub."""

from typing import ClassVar

from core.event import Data


class PassIssued(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who visits is sealed in `pii`. `doors` are subjects; empty: every door of the compound."""

    TYPE: ClassVar[str] = "visitor.pass.issued.v1"
    pass_id: str
    valid_from: str
    valid_to: str
    doors: tuple[str, ...] = ()
    uses: int = 1
    host_ref: str = ""
    plate_ref: str = ""
    actor: str = ""


class PassUsed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "visitor.pass.used.v1"
    pass_id: str
    decision: str  # id of the access.granted event
    use: int  # the first is 1
    direction: str = "unknown"


class PassRevoked(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "visitor.pass.revoked.v1"
    pass_id: str
    reason: str
    actor: str = ""


TYPES = (PassIssued, PassUsed, PassRevoked)
