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
    # What a gateway that decides itself adds (core.policy).
    "watch-listed", "first-person-required", "area-full", "door-mode", "screening", "no-policy",
    "pass-forged", "pass-revoked", "pass-used-up", "pass-elsewhere",
]  # fmt: skip


class _Decision(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    direction: Direction = "unknown"
    credential: Credential = "unknown"
    subject_ref: str = ""  # HMAC reference, see core.sealing
    subject_class: SubjectClass = "unknown"
    confidence: float | None = None  # 0..1, biometric and plate credentials
    policy: int = 0  # version of the policy a gateway decided by; 0: the device decided
    violation: str = ""  # let through all the same: words of core.policy.request, by commas
    request: str = ""  # id of the access.requested event this answers
    pass_id: str = ""  # of the visitor's pass that was shown


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


class ConflictFound(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A grant of this gateway that a newer policy, in force when it was given, would not have
    given: the gateway had not heard of it (revoked while offline). The grant stands; so does this.
    """

    TYPE: ClassVar[str] = "access.conflict.found.v1"
    decision: str  # id of the access.granted event
    policy: int  # that decided
    newer: int  # that was in force already
    reason: DenyReason
    subject_ref: str = ""
    decided: str = ""  # RFC 3339


class AntipassbackReset(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """ONVIF ResetAntipassbackViolation: of one person, or of an area's everybody when empty."""

    TYPE: ClassVar[str] = "access.antipassback.reset.v1"
    subject_ref: str = ""
    area: str = ""
    command: str = ""  # id of the hub's command.issued event


class ScreeningHeld(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An abnormal temperature holds the gate until staff release it. The whole chain has one
    `correlationid`: the id of the access.temperature.measured event."""

    TYPE: ClassVar[str] = "access.screening.held.v1"
    measured: str  # id of the measurement
    temperature_cel: float
    subject_ref: str = ""


class ScreeningReleased(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "access.screening.released.v1"
    measured: str
    outcome: Literal["admitted", "turned-away", "expired"]
    actor: str = ""  # the account; empty when it expired
    command: str = ""


TYPES = (Granted, Denied, Requested, Taken, NotTaken, Duress, Unclassified, TemperatureMeasured,
         ConflictFound, AntipassbackReset, ScreeningHeld, ScreeningReleased)  # fmt: skip
