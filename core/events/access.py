"""Access decisions at a door, in ONVIF's words: granted is a decision, taken is a passage."""

from typing import ClassVar, Literal

from core.event import Data

Direction = Literal["in", "out", "unknown"]
Credential = Literal[
    "card", "face", "fingerprint", "pin", "qr", "plate", "ble", "idcard", "remote", "button",
    "unknown",
]  # fmt: skip
SubjectClass = Literal["resident", "visitor", "staff", "courier", "unknown"]
# ONVIF AccessControl/Denied reasons, in kebab case, and what Chinese controllers add to them.
DenyReason = Literal[
    "credential-not-found", "credential-not-enabled", "credential-not-active",
    "credential-expired", "invalid-pin", "not-permitted-at-this-time", "unauthorized",
    "anti-passback", "blocked", "liveness-failed", "interlock", "other",
]  # fmt: skip


class _Decision(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    direction: Direction = "unknown"
    credential: Credential = "unknown"
    subject_ref: str = ""  # HMAC reference, see core.sealing
    subject_class: SubjectClass = "unknown"
    confidence: float | None = None  # 0..1, biometric and plate credentials


class Granted(_Decision, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "access.granted.v1"


class Denied(_Decision, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "access.denied.v1"
    reason: DenyReason = "other"


class Requested(_Decision, frozen=True, kw_only=True):
    """A credential was shown to a reader that decides nothing itself (ONVIF Request/Credential)."""

    TYPE: ClassVar[str] = "access.requested.v1"


class Taken(_Decision, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "access.taken.v1"
    grant: str = ""  # id of the access.granted event


class NotTaken(_Decision, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "access.nottaken.v1"
    grant: str = ""


class Duress(_Decision, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "access.duress.v1"
    priority: int = 1


class Unclassified(_Decision, frozen=True, kw_only=True):
    """A code no table knows; kept with its native codes, never dropped."""

    TYPE: ClassVar[str] = "access.unclassified.v1"


class TemperatureMeasured(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "access.temperature.measured.v1"
    temperature_cel: float
    abnormal: bool = False
    subject_ref: str = ""


TYPES = (Granted, Denied, Requested, Taken, NotTaken, Duress, Unclassified, TemperatureMeasured)
