"""Texts of an entry that may not stand in the log as they are; what they say is not repeated."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.policy.naming import names_somebody

REFER = (
    "Write s: and 32 hex digits, as the hub answers them in `references` to "
    'POST /api/v1/timeline/{compound} with {"plate": …}; a plate itself stays out of the log.'
)
_FREE = frozenset({"title", "street", "reason", "number", "type"})  # what people word themselves
_LONGEST = 200
_SPACES = str.maketrans("\u3000\u00a0", "  ")  # as they are typed between Chinese words


def unfit(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong, remedy. Codes of eleven digits are no telephones where codes belong."""
    for key, value in raw.items():
        if key == "plateRef":  # must be a reference, whatever else it is not
            continue
        for text in _texts(value):
            if not text.translate(_SPACES).isprintable():
                yield key, "has characters that do not show", "Write it on one line, in letters."
            elif len(text) > _LONGEST:
                yield key, f"has more than {_LONGEST} characters", "Shorten it."
            elif (key in _FREE or not text.isascii()) and names_somebody(text, ()):
                yield key, "holds a licence plate, a telephone or an identity card", _LEAVE


_LEAVE = f"Leave it out. Of a vehicle's plate give the reference as plateRef: {REFER}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
