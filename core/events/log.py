"""Facts of the hub's transparency log about itself."""

from typing import ClassVar

from core.event import Data

SUBJECT = "log/hub"


class Diverged(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What is stored is not what was signed: nothing is signed from here on, until somebody
    looked. `what` and `position` as core.tlog.diverged has them."""

    TYPE: ClassVar[str] = "log.diverged.v1"
    origin: str
    size: int  # leaves of the newest checkpoint
    what: str
    position: int
    detail: str = ""


class Renewed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A new life of the log, under a name of its own; what the one before had signed last stands
    here as it was signed, for whoever holds it against what is stored now."""

    TYPE: ClassVar[str] = "log.renewed.v1"
    origin: str
    reason: str  # the operator's words
    previous: str = ""  # checkpoint; empty where none was ever published, or it cannot be read


TYPES = (Diverged, Renewed)
