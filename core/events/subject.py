"""What concerns a person as such, by reference only: consent, lists, and who looked."""

from typing import ClassVar, Literal

from core.event import Data


class ConsentGiven(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`hours`: for purpose "care", after how long without a passage somebody shall ask."""

    TYPE: ClassVar[str] = "subject.consent.given.v1"
    subject_ref: str
    purpose: str
    basis: str
    evidence_ref: str = ""
    hours: float = 0.0
    actor: str = ""


class ConsentWithdrawn(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "subject.consent.withdrawn.v1"
    subject_ref: str
    purpose: str
    actor: str = ""


class WatchListed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Reason, legal basis and expiry are required: an entry without them is not made."""

    TYPE: ClassVar[str] = "subject.watchlisted.v1"
    subject_ref: str
    reason: str
    basis: str
    until: str
    action: Literal["deny", "alert"] = "alert"
    actor: str = ""


class Unlisted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "subject.unlisted.v1"
    subject_ref: str
    reason: str = ""
    actor: str = ""


class LookedUp(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Written before anything is shown. `what`: timeline, watch-list, muster, pass, register."""

    TYPE: ClassVar[str] = "subject.lookedup.v1"
    what: str
    actor: str
    reason: str
    unit: str = ""
    subject_ref: str = ""


TYPES = (ConsentGiven, ConsentWithdrawn, WatchListed, Unlisted, LookedUp)
