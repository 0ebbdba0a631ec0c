"""What lines of a file became: events on their way into the log, and what was set aside."""

import msgspec

from core.event import Personal
from infra.importing.aside import Aside

GATEWAY = "import"  # the gateway part of the sources of what was imported


class Made(msgspec.Struct, array_like=True, gc=False):
    """An event as it will stand in the log; what `personal` says is still to be sealed in it.
    `day` and `who` say with what it is to stand together."""

    row: int
    compound: str
    day: int
    who: str
    ms: int  # when it happened
    type: str
    key: bytes
    digest: bytes
    line: bytes
    personal: Personal | None = None


class Batch(msgspec.Struct, array_like=True, gc=False):
    """`messages`, `payloads`: how many lines were either."""

    made: list[Made]
    aside: list[Aside]
    messages: int = 0
    payloads: int = 0
