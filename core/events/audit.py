"""What left the house as evidence, and to whom: the list an auditor begins with."""

from typing import ClassVar

from core.event import Data


class Exported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An audit pack of positions `from_position` to `to_position`, both included; empty `compound`
    and `types`: of all. In the log before the first byte of the pack is made."""

    TYPE: ClassVar[str] = "audit.exported.v1"
    from_position: int
    to_position: int
    actor: str
    reason: str  # a word of the list; what was written freely is sealed
    compound: str = ""
    types: tuple[str, ...] = ()
    unit: str = ""  # who it is for


TYPES = (Exported,)
