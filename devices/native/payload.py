"""`data` as a native device sent it → the catalogue's class. Strict in what a field means,
deaf to fields it does not know: an unknown field could hold anything, so it is not stored."""

import re
from typing import Any

import msgspec

from core.catalog import CATALOG
from core.errors import Undecodable
from core.event import Data
from devices.fields import (
    MAX_INT,
    Json,
    clean,
    code,
    integer,
    native,
    reveals,
    spelling,
    squeezed,
    uid_hex,
)
from devices.native.personal import is_personal

OURS = frozenset({"native", "pii", "media"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_MEDIA = 32
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")

# What the classes leave open and no device can measure. Confidences are refused, not clamped:
# 87 may be a percentage or a mistake, and an event cannot be taken back.
LIMITS: dict[str, tuple[float, float]] = {
    "confidence": (0, 1), "quality": (0, 1), "batteryPct": (0, 100), "durationS": (0, MAX_INT),
    "headingDeg": (0, 360), "speedKmh": (0, 1000), "count": (0, MAX_INT),
    "temperatureCel": (-273.15, 2000), "batteryV": (0, 1000),
}  # fmt: skip


def _spellings(cls: type[Data]) -> dict[str, msgspec.structs.FieldInfo]:
    fields = msgspec.structs.fields(cls)
    return {
        squeezed(each.encode_name): each
        for each in fields
        if each.encode_name not in OURS and not is_personal(each.encode_name)
    }


FIELDS = {cls: _spellings(cls) for cls in CATALOG.types.values()}


def typed(cls: type[Data], data: Json, secrets: tuple[str, ...]) -> Data:
    """The typed data, with what was dropped counted in its native part."""
    known = FIELDS[cls]
    values: dict[str, Any] = {}
    dropped = 0
    for key, told in data.items():
        field = known.get(spelling(key))
        value = clean(told) if isinstance(told, str) else told
        if field is None:
            dropped += key not in OURS and not is_personal(key)
        elif value is None:
            continue  # said to be unknown: the same as not said
        elif field.encode_name == "uidHex" and isinstance(value, str):
            values["uidHex"] = _tag(value, secrets)
        elif isinstance(value, str) and reveals(value, secrets):
            if field.required:
                raise Undecodable("personal", f"{field.encode_name} names a person or a plate")
            dropped += 1
        else:
            values[field.encode_name] = value
    media, unusable = _media(data.get("media"), secrets)
    if media:
        values["media"] = media
    values["native"] = native("native", dropped=(dropped + unusable) or None)
    plausible(values)
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        raise Undecodable("field", _where(error)) from error


def _tag(told: str, secrets: tuple[str, ...]) -> str:
    uid = uid_hex(told)
    if not uid:
        raise Undecodable("field", "uidHex")
    if uid in secrets:
        raise Undecodable("personal", "uidHex is a person's card")
    return uid


def plausible(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        low, high = LIMITS.get(name, (-MAX_INT, MAX_INT))
        if not low <= value <= high:
            raise Undecodable("field", f"{name} out of range")
    box = values.get("box")
    if isinstance(box, list):
        for edge in box:
            if isinstance(edge, int | float) and not 0 <= edge <= 1:
                raise Undecodable("field", "box out of range")
    gross, tare, net = (values.get(name) for name in ("grossG", "tareG", "netG"))
    if isinstance(gross, int):
        if isinstance(tare, int) and tare > gross:
            raise Undecodable("field", "tareG above grossG")
        if isinstance(net, int) and net > gross:
            raise Undecodable("field", "netG above grossG")


def _media(told: Any, secrets: tuple[str, ...]) -> tuple[list[dict[str, Any]], int]:
    """References by hash; whatever else an entry holds, pictures first of all, is dropped."""
    if told is None:
        return [], 0
    entries = told if isinstance(told, list) else [told]
    kept: list[dict[str, Any]] = []
    dropped = max(0, len(entries) - _MAX_MEDIA)
    for entry in entries[:_MAX_MEDIA]:
        sha256 = str(entry.get("sha256", "")).lower() if isinstance(entry, dict) else ""
        if not _SHA256.fullmatch(sha256):
            dropped += 1  # the fact counts; a reference nobody can check does not
            continue
        made: dict[str, Any] = {"sha256": sha256}
        if kind := code(entry, "kind"):
            made["kind"] = kind
        ref = entry.get("ref")
        if isinstance(ref, str) and not ref.startswith("data:") and not reveals(ref, secrets):
            made["ref"] = clean(ref)
        size = integer(entry, "bytes")
        if size is not None and size >= 0:
            made["bytes"] = size
        kept.append(made)
        dropped += len(entry.keys() - made.keys())
    return kept, dropped


def _where(error: msgspec.ValidationError) -> str:
    """The field's name only: the message itself may quote what the device sent."""
    message = str(error)
    found = _PATH.search(message) or _MISSING.search(message)
    return found[1][:64] if found else "data"
