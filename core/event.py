"""What an event is (CloudEvents 1.0 attributes, DESIGN §3) and where it stands in the log."""

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Literal

import msgspec

from core.moment import Moment, TimeQuality

Origin = Literal["live", "replay", "backfill", "manual"]
# Shared objects: a default is left out of the encoding when it is this very object.
DEVICE_ZONE: TimeQuality = "device-zone"
LIVE: Origin = "live"
Scalar = int | float | str | bool
Native = dict[str, Scalar]


class Sealed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Personal fields, AES-256-GCM; `kid` = subject × purpose × month (I6)."""

    alg: Literal["A256GCM"] = "A256GCM"
    kid: str
    ct: str  # base64(nonce 12 ‖ ciphertext ‖ tag 16); associated data = event id


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A picture or clip by its hash; the bytes never travel in MQTT or the log."""

    sha256: str
    kind: str = "scene"
    ref: str = ""
    bytes: int = 0


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """Base of every event's `data`. `TYPE` is the stored name and never a Python path (I7).

    Neither data nor events nor rows can hold themselves, so they are kept from the cycle
    collector, which would else walk all of them again and again (`gc=False`)."""

    TYPE: ClassVar[str] = ""
    BULK: ClassVar[bool] = False  # goes by the bulk lane: waits behind, is refused before, the rest

    native: Native = {}
    pii: Sealed | None = None
    media: tuple[Media, ...] = ()


class Attributes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What stands around the data. The names are CloudEvents' own: lower case, no separators."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    recordedtime: str
    timequality: TimeQuality = DEVICE_ZONE
    origin: Origin = LIVE
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""


class Event(Attributes, frozen=True, kw_only=True, omit_defaults=True):
    """One fact."""

    data: Data


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload says about a person, in the clear; lives between decode and seal only.

    `identifier` becomes the keyed reference in field `into` of the data;
    `fields` become the sealed part. Neither reaches disk unsealed.
    """

    kind: Literal["employee", "card", "plate", "resident", "name", "phone", "other"]
    identifier: str
    fields: Mapping[str, str] = {}
    purpose: Literal["access", "vehicle", "waste", "camera"] = "access"
    into: str = "subject_ref"


class Record(msgspec.Struct, frozen=True):
    """The device's own count of its records, from which a gap can be told.

    `counter` names which of its counters (`serialNo`, or `fCnt` and the session it counts in);
    `previous` is the number of the record before, where the device links them; -1 where not.
    """

    counter: str
    number: int
    previous: int = -1


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event as an adapter hands it over: no gateway, no clock, no keys yet.

    `id` is built from the device's own record number; `device` is the last part of
    the source; `time` is RFC 3339 with offset, as the device told it, or empty when
    it told none (then `timequality` must be "gateway").
    """

    id: str
    device: str
    subject: str
    time: str
    timequality: TimeQuality = DEVICE_ZONE
    origin: Origin = LIVE
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""
    origin_source: str = ""  # the source a native device gave itself, kept as URI fragment
    data: Data
    personal: Personal | None = None
    record: Record | None = None
    mark: str = ""  # tells records of one number apart, but names a person: keyed at intake
    unnumbered: bool = False  # neither record number nor time on the wire: see edge.intake
    # Pictures that came beside it: in the event, but the same record asked for again comes
    # without them, so they do not tell a duplicate from a conflict.
    pictures: tuple[Media, ...] = ()
    # What the record says in every form the device tells it in, where an answer to a search lacks
    # what the push had: then the same is told from a conflict by this and whom it is about, not by
    # all of the data. Names no person.
    essence: str = ""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event where it stands: hub position and index inside the batch, journal and sequence;
    and when it happened, which its times together tell."""

    event: Event
    position: int
    index: int
    journal: str
    sequence: int
    compound: str
    gateway: str
    device: str
    moment: Moment


def source_of(compound: str, gateway: str, device: str) -> str:
    """CloudEvents `source`: /c/{compound}/gw/{gateway}/dev/{device}."""
    return f"/c/{compound}/gw/{gateway}/dev/{device}"


@lru_cache(maxsize=16_384)  # of as many devices; each names itself in every event
def parse_source(source: str) -> tuple[str, str, str]:
    """(compound, gateway, device) of a source; ValueError when it has another form."""
    parts = source.partition("#")[0].split("/", 6)
    if len(parts) != 7 or parts[0] or parts[1] != "c" or parts[3] != "gw" or parts[5] != "dev":
        raise ValueError(f"not a menwei source: {source!r}")
    return parts[2], parts[4], parts[6]
