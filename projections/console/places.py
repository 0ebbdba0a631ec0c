"""What people call a thing, from its subject: installers name devices by one convention.

`door/gate-south` reads 南门 / South gate; a name outside the convention is shown as it is,
so a Chinese device name stays itself. The id stays visible in the row's title.
"""

import re
from functools import lru_cache

from projections.console.texts import CATALOGUE, Language, Words

_FORMS = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"gate-(?P<side>south|north|east|west|main|vehicle|garden)", "place.gate"),
        (r"lane-(?P<side>south|north|east|west|main|vehicle)", "place.lane"),
        (r"door-b0*(?P<n>\d+)", "place.door"),
        (r"cam-0*(?P<n>\d+)", "place.camera"),
        (r"point-(?P<code>[a-z]\d+)", "place.point"),
        (r"bin-(?P<code>[a-z]\d+)-(?P<category>recyclable|hazardous|food|residual)", "place.bin"),
        (r"truck-0*(?P<n>\d+)", "place.truck"),
        (r"transfer-0*(?P<n>\d+)", "place.transfer"),
    )
)

_SUBJECT = re.compile(r"[a-z]*/(.+)", re.DOTALL)


def name(subject: str) -> str:
    """A subject without its kind: `door/gate-south` → `gate-south`; anything else as it is."""
    found = _SUBJECT.fullmatch(subject)
    return found[1] if found else subject


def place(subject: str, words: Words) -> str:
    return _place(subject, words.language)


@lru_cache(maxsize=1 << 14)  # the same things are named several times a second
def _place(subject: str, language: Language) -> str:
    text, words = name(subject), Words(language)
    if subject.startswith("alarm/"):
        return words.named("alarmkind", text)
    if subject == "compound/fire":
        return words("place.everywhere")
    for form, key in _FORMS:
        if found := form.fullmatch(text):
            parts = found.groupdict()
            if side := parts.get("side"):
                parts["side"] = words.named("side", side)
            if code := parts.get("code"):
                parts["code"] = code.upper()
            if category := parts.get("category"):
                parts["category"] = words.named("category", category)
            return words(key, **parts)
    thing, *rest = text.split("/")
    # An alarm of one of its conditions, or of one zone of its picture.
    if rest and (subject.startswith("camera/") or f"condition.{rest[0]}" in CATALOGUE):
        return " · ".join((place(thing, words), words.named("condition", rest[0]), *rest[1:]))
    return text


@lru_cache(maxsize=1 << 14)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that puts b2 before b10."""
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
    )
