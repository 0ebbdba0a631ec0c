"""Typed looks into a stranger's JSON: a value of the right form, or nothing. Never an exception
but `Undecodable("time")`, and never a control character or a number no encoder can write."""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from unicodedata import category

from core.clock import rfc3339
from core.errors import Undecodable
from core.event import Native, Scalar
from core.moment import TimeQuality
from devices.adapter import from_epoch

Json = Mapping[str, Any]

MAX_TEXT = 256
_SHOWN = 512  # characters of a QR code; a visitor's pass has 300 at most
MAX_INT = 2**53 - 1  # what every JSON reader keeps exactly
_NOTHING: Json = {}
# Not as `int | float` where it is asked: that makes a type each time.
_NUMBERS = (int, float)
_SPELT = (int, float, str)
_WORDS = (str, int)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:+/-]{0,63}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,16}")
# As some firmware writes it: without leading zeros, in the offset too.
_UNPADDED = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,9})?)?"
    r" ?(?:(Z)|([+-])(\d{1,2})(?::?(\d{2}))?)?",
    re.ASCII,
)
# As `moment` writes it, with a zone of its own.
_WRITTEN = re.compile(
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.(?!000)[0-9]{3})?(?:Z|(?![+-]00:00)[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)
_UID = re.compile(r"[0-9A-F]{5,32}")
_UNFIT = re.compile(r"[^\w.-]+")
_BETWEEN_BYTES = str.maketrans("", "", " :-")
_HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]{1,13}")


def clean(value: str) -> str:
    """Trimmed, at most MAX_TEXT characters, no control, format or unassigned characters."""
    cut = value[:MAX_TEXT].strip()
    if cut.isprintable():
        return cut
    return "".join(char for char in cut if category(char)[0] != "C").strip()


def section(record: Json, *names: str) -> Json:
    """The first of these that is an object; an empty one otherwise."""
    for name in names:
        value = record.get(name)
        if isinstance(value, dict):
            return value
    return _NOTHING


def text(record: Json, *names: str) -> str:
    """The first of these that is a non-empty string or a number; numbers as written."""
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        if isinstance(value, str):
            cut = value.strip()
            if len(value) > MAX_TEXT or not cut.isprintable():
                cut = clean(value)
            if cut:
                return cut
        elif isinstance(value, _NUMBERS) and not isinstance(value, bool):
            return str(value)[:MAX_TEXT]
    return ""


def shown(record: Json, name: str) -> str:
    """Like `text`, of what a QR code says: longer than any name, and whole or nothing."""
    value = record.get(name)
    if isinstance(value, str):
        return value.strip() if len(value) <= _SHOWN else ""
    return text(record, name)


def code(record: Json, *names: str) -> str:
    """Like `text`, but only what looks like a vendor's code word: this may stand in `native`."""
    found = text(record, *names)
    plain = found.isalnum() and found.isascii() and len(found) <= 64  # nearly always
    return found if plain or _CODE.fullmatch(found) else ""


def letters(record: Json, *names: str) -> str:
    """Like `text`, but only a word of letters: no card's, person's or car's number can hide in
    it."""
    found = text(record, *names)
    return found if found.isascii() and found.isalpha() and len(found) <= 32 else ""


def integer(record: Json, *names: str) -> int | None:
    """The first of these that is whole: 5, 5.0, "5" or "0x4b"; true and false are not numbers."""
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        if type(value) is int and -MAX_INT <= value <= MAX_INT:  # nearly always
            return value
        if isinstance(value, str):
            stripped = value.strip()
            if _DECIMAL.fullmatch(stripped):
                value = int(stripped)
            elif _HEXADECIMAL.fullmatch(stripped):
                value = int(stripped, 16)
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT:
            return value
    return None


def number(record: Json, *names: str) -> float | None:
    """The first of these that is a finite number, or a string that spells one."""
    for name in names:
        value = record.get(name)
        if isinstance(value, bool) or not isinstance(value, _SPELT):
            continue
        try:
            found = float(value)
        except (OverflowError, ValueError):
            continue
        if math.isfinite(found):
            return found
    return None


def fraction(record: Json, *names: str) -> float | None:
    """The first of these that lies in 0..1."""
    for name in names:
        found = number(record, name)
        if found is not None and 0 <= found <= 1:
            return found
    return None


def truth(record: Json, *names: str) -> bool | None:
    """The first of these that is true, false, or a word or number for it."""
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, _WORDS) else ""
        if word in ("true", "1", "yes", "on"):
            return True
        if word in ("false", "0", "no", "off"):
            return False
    return None


def slug(value: str) -> str:
    """A name as it may stand in a source or subject: letters, digits, `.`, `_`, `-`; at most 64."""
    return _slugged(value) if len(value) <= 64 else _UNFIT.sub("-", value).strip("-.")[:64]


@lru_cache(maxsize=4096)  # names come again and again, and longer ones are not kept
def _slugged(value: str) -> str:
    return _UNFIT.sub("-", value).strip("-.")


def uid_hex(value: str | int) -> str:
    """A tag's UID as upper-case hex without separators: of `74-10-37-94`, `0xE9F35959` or a whole
    number. Empty when it is none."""
    if isinstance(value, int):
        told = f"{value:08X}" if 0 < value < 2**64 else ""
    else:
        told = value.strip().upper().removeprefix("0X").translate(_BETWEEN_BYTES)
    return told.zfill(len(told) + len(told) % 2) if _UID.fullmatch(told) else ""


def native(adapter: str, **codes: Scalar | None) -> Native:
    """The flat `data.native`: the adapter's name and every code the device did send."""
    made: Native = {"adapter": adapter}
    for name, value in codes.items():
        if value is None or value == "":
            continue
        if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INT:
            value = int(value)
        made[name] = value
    return made


def digest(*parts: bytes | str) -> str:
    """First 32 hex digits of SHA-256: the record number of devices that count nothing."""
    joined = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(joined).hexdigest()[:32]


def moment(told: str, zone: tzinfo) -> tuple[str, TimeQuality]:
    """RFC 3339 of a wall clock's text, and whether the zone was the device's or assumed."""
    try:
        if _WRITTEN.fullmatch(told):
            datetime.fromisoformat(told)  # the day exists
            return told, "device-zone"
        parsed = _parsed(told.strip().upper().replace("/", "-"))
        aware = parsed.replace(tzinfo=zone) if parsed.tzinfo is None else parsed
        in_utc = aware.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise Undecodable("time", "not an ISO 8601 date and time") from error
    if len(told.strip()) < len("20260224T1945"):
        raise Undecodable("time", "a date without a time of day")
    offset = aware.utcoffset()
    # RFC 3339 has no seconds in an offset; zones before 1901 do.
    whole = offset is not None and offset.total_seconds() % 60 == 0
    quality: TimeQuality = "device-assumed" if parsed.tzinfo is None else "device-zone"
    # Whole seconds stay whole: the device claimed no milliseconds.
    return rfc3339(aware if whole else in_utc).replace(".000", "", 1), quality


def _parsed(told: str) -> datetime:
    """ValueError for what is no date and time."""
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        match = _UNPADDED.fullmatch(told)
        if match is None:
            raise
    year, month, day, hour, minute, second, part, utc, sign, hours, minutes = match.groups("")
    padded = (each.zfill(2) for each in (hour, minute, second or "0"))
    zone = "+00:00" if utc else sign and f"{sign}{hours:0>2}:{minutes or '00'}"
    date = f"{year}-{month:0>2}-{day:0>2}"
    return datetime.fromisoformat(f"{date}T{':'.join(padded)}{part}{zone}")


def unix(seconds: float) -> str:
    """RFC 3339 of a Unix time."""
    try:
        return from_epoch(seconds)
    except ValueError as error:
        raise Undecodable("time", "not a Unix time") from error


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = re.compile(f"[{_PROVINCES}][A-Z][A-Z0-9]{{4,6}}")  # GA 36-2018, without its separators
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
MOBILE_DIGITS = 11
_SEPARATORS = str.maketrans("", "", " ·•.-_/:")


def squeezed(value: str) -> str:
    """Upper case without separators, so that 粤B·12345 and 粤b-12345 are the same plate."""
    return value.upper().translate(_SEPARATORS)


def spelling(key: str) -> str:
    """`squeezed`, of the names of fields: they are few and come again and again."""
    return _spelling(key) if len(key) <= 64 else squeezed(key)


_spelling = lru_cache(maxsize=4096)(squeezed)


def reveals(value: str, secrets: Iterable[str] = (), shortest: int = 4) -> bool:
    """Whether a person can be read out of a name or id: a plate, a mobile number, or one of the
    clear values of the same payload, `squeezed`. Very short ones are no secrets: they occur by
    chance."""
    if len(value) >= MOBILE_DIGITS and _MOBILE.search(value):
        return True
    plain = value.isascii()  # a plate is not
    if plain and not secrets:
        return False
    flat = squeezed(value)
    if not plain and _PLATE.search(flat):
        return True
    for secret in secrets:
        enough = shortest if secret.isascii() else 2
        if len(secret) >= enough and secret in flat:
            return True
    return False
