"""What witnesses of the hub's log told the hub."""

from typing import ClassVar, Literal

from core.event import Data

# It was shown another history than this hub's; it stands further than this hub ever published; it
# stands behind what it had cosigned.
Reason = Literal["inconsistent", "ahead", "forgot"]


class Refused(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A witness does not follow: what it saw and what the hub published are not one history.
    Subject `witness/{name}`, as the hub's trust policy names it."""

    TYPE: ClassVar[str] = "witness.refused.v1"
    origin: str
    reason: Reason
    size: int  # leaves of the checkpoint it was asked to cosign
    known: int = 0  # ... of the one it cosigned last, by its own word
    detail: str = ""


TYPES = (Refused,)
