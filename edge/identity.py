"""How a recorded event is known again: 16 bytes of its source and id.

Ids of one device that count upwards stand side by side in the index, so that a commit touches
a few pages of it and not one for every event. Keyed, so that nobody outside can look for two
ids that meet; no event's id holds personal data in the clear (I6).
"""

import hashlib

_DIGITS = "0123456789"
_COUNTED = 15  # digits that surely fit eight bytes
_STEMS = 10_000  # names come off the wire: a bound

KEY = 16  # bytes


class Identity:
    """Owns hashes of what ids begin with; forgetting them costs time only."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._stems: dict[tuple[str, str, int], bytes] = {}

    def key(self, source: str, id: str) -> bytes:
        stem = id.rstrip(_DIGITS)
        if len(id) - len(stem) > _COUNTED:
            stem = id[:-_COUNTED]
        digits = id[len(stem) :]
        if not digits:
            return self._hash(f"{source}\0{id}", KEY)
        name = (source, stem, len(digits))  # `07` is not `7`
        try:
            begin = self._stems[name]
        except KeyError:
            begin = self._stem(name)
        return begin + int(digits).to_bytes(8)

    def _stem(self, name: tuple[str, str, int]) -> bytes:
        if len(self._stems) >= _STEMS:
            self._stems.clear()
        source, stem, digits = name
        found = self._stems[name] = self._hash(f"{source}\0{stem}\0{digits}", KEY - 8)
        return found

    def _hash(self, text: str, size: int) -> bytes:
        return hashlib.blake2b(text.encode(), key=self._secret, digest_size=size).digest()
