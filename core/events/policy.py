"""Who may pass is a signed, versioned document; its coming into force is an event. The document
itself names credentials (as keyed hashes) and stays out of the log; what it says of the place
is here."""

from collections.abc import Mapping
from typing import ClassVar

from core.event import Data
from core.site import Site


class Published(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "policy.published.v1"
    version: int
    sha256: str  # of the signed document
    site: Site
    actor: str = ""
    counts: Mapping[str, int] = {}  # persons, credentials, plates, watched ...


class Adopted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The gateway's word: it decides by this from now on."""

    TYPE: ClassVar[str] = "policy.adopted.v1"
    version: int
    sha256: str
    previous: int = 0


class PolicyRefused(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The gateway keeps what it has: signature, another compound, older than what it holds."""

    TYPE: ClassVar[str] = "policy.refused.v1"
    version: int
    reason: str


class CommandIssued(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A person's order to a gateway, on its way by `…/cmd/{verb}`. `until`: not to be obeyed
    later (I9)."""

    TYPE: ClassVar[str] = "command.issued.v1"
    verb: str
    target: str  # a subject such as door/south-gate
    actor: str
    reason: str = ""
    until: str = ""
    gateway: str = ""


class CommandDone(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The gateway's answer. `outcome`: obeyed, or why not (late, unknown, forged, refused)."""

    TYPE: ClassVar[str] = "command.done.v1"
    command: str  # id of the command.issued event
    verb: str
    outcome: str


TYPES = (Published, Adopted, PolicyRefused, CommandIssued, CommandDone)
