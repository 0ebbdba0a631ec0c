"""What a gateway says of the hub's log, which it is shown proofs of and remembers. Roots are 64
hex digits; a size of 0 with an empty root is a tree that was never shown."""

from typing import ClassVar

from core.event import Data


class Refused(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The hub's own word contradicts what it had proven before. From here on nothing it says of
    its log is believed, and nothing that is not proven is given up, until a person decides.
    `reason`: key, signature, origin, forked, rolled-back, withheld, inconsistent, position, batch,
    not-included; unreadable, of what this gateway had kept itself."""

    TYPE: ClassVar[str] = "log.refused.v1"
    reason: str
    origin: str = ""  # the log that was told of
    known_size: int = 0
    known_root: str = ""
    told_size: int = 0
    told_root: str = ""
    epoch: int = 0  # whose batch was to be proven ...
    lane: int = 0
    batch: int = 0
    position: int = 0  # ... and where the hub says it stands
    evidence: str = ""  # the gateway's file with both checkpoints, as they were signed


class Trusted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A person's decision, `detail` in their words: the log that was refused is believed from the
    trusted head on, the one it was refused for; from the known one, where the hub had not signed
    that. Without either, from the next one that is shown."""

    TYPE: ClassVar[str] = "log.trusted.v1"
    reason: str  # why it had been refused
    detail: str
    origin: str = ""
    known_size: int = 0
    known_root: str = ""
    trusted_size: int = 0
    trusted_root: str = ""


class Unproven(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The hub has receipted batches and shows no checkpoint over them. `proven`: the last one."""

    TYPE: ClassVar[str] = "log.unproven.v1"
    epoch: int
    lane: int
    batch: int
    proven: int = 0
    known_size: int = 0
    within_s: float = 0.0  # how long it had


class Proven(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What was unproven too long is proven now."""

    TYPE: ClassVar[str] = "log.proven.v1"
    known_size: int


TYPES = (Refused, Trusted, Unproven, Proven)
