"""Whether free text names somebody. What is written as a reason or a legal basis goes into the log
as it stands, and the log names nobody (I6)."""

import re
from collections.abc import Iterable

from core.policy.plates import PROVINCES, normal

_PHONE = r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"
_IDENTITY_CARD = r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dX](?!\d)"
_PLATE = rf"[{PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9警学挂港澳领]"
_SOMEBODY = re.compile(f"{_PHONE}|{_IDENTITY_CARD}|{_PLATE}")
_SHORTEST = 4  # of what else would stand in other words; two where it is Chinese


def names_somebody(text: str, known: Iterable[str]) -> bool:
    """A telephone, an identity card, a plate, or one of the `known` names and numbers, which come
    in the one written form of `normal`."""
    told = normal(text)
    return bool(_SOMEBODY.search(told)) or any(
        one in told for one in known if len(one) >= (_SHORTEST if one.isascii() else 2)
    )
