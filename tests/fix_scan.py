"""Looks for values in bytes, in every form in which one could have leaked without notice."""

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable

SHORTEST = 6  # bytes: what is shorter occurs by chance in compressed data


def forms(value: str) -> dict[str, bytes]:
    """UTF-8, JSON with escapes, hex and base64 of it; base64 at each of its three offsets."""
    plain = value.encode()
    escaped = json.dumps(value)[1:-1]
    found = {
        "utf-8": plain,
        "escaped": escaped.encode(),
        "ESCAPED": _upper(escaped).encode(),
        "escaped twice": json.dumps(escaped)[1:-1].encode(),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
    }
    for shift in range(3):
        # Only the characters that depend on the value alone, not on what stands around it.
        encoded = b64encode(bytes(shift) + plain)
        found[f"base64+{shift}"] = encoded[-(-shift * 8 // 6) : (shift + len(plain)) * 8 // 6]
    return {name: form for name, form in found.items() if len(form) >= SHORTEST}


def _upper(escaped: str) -> str:
    r"""\u6d59 → \u6D59; some encoders write hexadecimal digits large."""
    head, *rest = escaped.split("\\u")
    return head + "".join(f"\\u{part[:4].upper()}{part[4:]}" for part in rest)


class Needles:
    """Many values at once: one pass over the bytes, whatever their number."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = frozenset(values)
        self._starts: dict[bytes, set[tuple[bytes, str]]] = defaultdict(set)
        for value in self.values:
            for name, form in forms(value).items():
                self._starts[form[:SHORTEST]].add((form, f"{value} as {name}"))

    def found(self, haystack: bytes) -> set[str]:
        """What stands in it, and in which form."""
        starts = self._starts
        hits: set[str] = set()
        for at in range(len(haystack) - SHORTEST + 1):
            head = haystack[at : at + SHORTEST]
            if head in starts:
                hits |= {said for form, said in starts[head] if haystack.startswith(form, at)}
        return hits
