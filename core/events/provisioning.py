"""What people do at a gateway: devices named and forgotten, raw bytes looked at, what was set aside
decoded again, a camera's zones drawn. Said by the gateway, before it takes effect.

Subject `device/{device}`, `camera/{camera}` or `gateway/{gateway}`; the source is the gateway, so
that none of it counts as a word of the device.
"""

from typing import ClassVar, Literal

from core.event import Data

What = Literal["last", "quarantine", "frame"]


class Provisioned(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`device`: as it calls itself on the wire; the rest as the installer told. `again`: it was
    told of before, and this takes the place of that. `asked`: the gateway asks it; `secret`: there
    is one by which it proves itself. Neither password nor secret stands anywhere here."""

    TYPE: ClassVar[str] = "device.provisioned.v1"
    device: str
    actor: str
    kind: str = ""  # adapter
    called: str = ""  # the name it goes by in subjects
    role: str = ""
    about: str = ""  # the subject of its events, where it is not made from the name
    zone: str = ""
    again: bool = False
    asked: bool = False
    secret: bool = False


class Removed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.removed.v1"
    device: str
    actor: str


class Replayed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Of `count` messages that had been set aside, `became` are decoded now; their events have
    origin `replay`. `still` are set aside as before. `reason` and `adapter`: what was asked for."""

    TYPE: ClassVar[str] = "quarantine.replayed.v1"
    actor: str
    count: int
    became: int
    still: int
    reason: str = ""
    adapter: str = ""


class RawViewed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Durable before the first byte is served. `rawsha256` only of what is too long to be guessed
    from it. `what` is `frame` where somebody looks through a camera, once in a while told."""

    TYPE: ClassVar[str] = "raw.viewed.v1"
    actor: str
    what: What
    device: str = ""
    bytes: int = 0
    rawsha256: str = ""


class ZonesDrawn(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`sha256`: of zones.json as it is from here on."""

    TYPE: ClassVar[str] = "camera.zones.drawn.v1"
    camera: str
    actor: str
    sha256: str


TYPES = (Provisioned, Removed, Replayed, RawViewed, ZonesDrawn)
