"""Which characters a font has signs for, as its `cmap` table lists them (OpenType, format 12).

PDF/A forbids text that nothing shows, and the typesetter refuses it: one rare character in a name
would cost the whole ledger.
"""

import struct
from bisect import bisect_right
from pathlib import Path


class Glyphs:
    """Reads the font once."""

    def __init__(self, font: Path) -> None:
        self._first, self._last = zip(*_ranges(font.read_bytes()), strict=True)

    def shown(self, text: str) -> str:
        """What has no sign, or does not show, stands there by its number: 〔U+20BB7〕."""
        if text.isascii() and text.isprintable():
            return text
        return "".join(map(self._sign, text))

    def _sign(self, character: str) -> str:
        code = ord(character)
        at = bisect_right(self._first, code) - 1
        if at >= 0 and code <= self._last[at] and (character.isprintable() or character.isspace()):
            return character
        return " " if character.isspace() else f"〔U+{code:04X}〕"


def _ranges(font: bytes) -> list[tuple[int, int]]:
    """First and last codes, ascending."""
    (tables,) = struct.unpack_from(">H", font, 4)
    offsets = {}
    for entry in range(12, 12 + tables * 16, 16):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, entry)
        offsets[tag] = offset
    cmap = offsets[b"cmap"]
    (encodings,) = struct.unpack_from(">H", font, cmap + 2)
    for entry in range(cmap + 4, cmap + 4 + encodings * 8, 8):
        (at,) = struct.unpack_from(">I", font, entry + 4)
        form, _, _, _, groups = struct.unpack_from(">HHIII", font, cmap + at)
        if form == 12:
            every = struct.iter_unpack(">III", font[cmap + at + 16 : cmap + at + 16 + groups * 12])
            return [(first, last) for first, last, _ in every]
    raise ValueError("the font lists its characters in no format that is known here")
