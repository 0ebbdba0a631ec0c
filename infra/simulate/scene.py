"""A picture as the camera over a door would take it: drawn by code, a valid PNG of a few kilobytes,
with the door's name and the time in it. The same door and moment give the same bytes."""

import zlib
from datetime import datetime
from hashlib import sha256

_WIDTH, _HEIGHT = 320, 180
# Palette: night sky, wall, wall in light, frame, leaf, inside, person, text, stamp
_PALETTE = bytes.fromhex("1018205b64707a85942b2f363e5c76f2d4921b1b1ff5f7fa000000")
_SKY, _WALL, _LIT, _FRAME, _LEAF, _INSIDE, _PERSON, _TEXT, _STAMP = range(9)
# 3×5 dots a sign, a row a digit of octal.
_SIGNS = {
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717",
    "6": "74757", "7": "71111", "8": "75757", "9": "75717", "-": "00700", ":": "02020",
    " ": "00000", "/": "11244", "a": "25755", "b": "65656", "c": "34443", "d": "65556",
    "e": "74647", "f": "74644", "g": "34553", "h": "55755", "i": "72227", "j": "11152",
    "k": "55655", "l": "44447", "m": "57755", "n": "65555", "o": "25552", "p": "65644",
    "q": "25563", "r": "65655", "s": "34216", "t": "72222", "u": "55557", "v": "55552",
    "w": "55775", "x": "55255", "y": "55222", "z": "71247",
}  # fmt: skip


class _Canvas:
    def __init__(self) -> None:
        self.rows = [bytearray([_SKY]) * _WIDTH for _ in range(_HEIGHT)]

    def fill(self, left: int, top: int, width: int, height: int, colour: int) -> None:
        for row in self.rows[max(0, top) : top + height]:
            row[max(0, left) : max(0, left + width)] = bytes([colour]) * len(
                row[max(0, left) : max(0, left + width)]
            )

    def write(self, left: int, top: int, text: str, dot: int = 2) -> None:
        for at, sign in enumerate(text.lower()):
            for line, digit in enumerate(_SIGNS.get(sign, "00000")):
                for column in range(3):
                    if int(digit) >> (2 - column) & 1:
                        x = left + (at * 4 + column) * dot
                        self.fill(x, top + line * dot, dot, dot, _TEXT)

    def png(self) -> bytes:
        packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in self.rows), 9)
        head = _WIDTH.to_bytes(4) + _HEIGHT.to_bytes(4) + bytes((8, 3, 0, 0, 0))
        body = (("IHDR", head), ("PLTE", _PALETTE), ("IDAT", packed), ("IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind.encode(), data) for kind, data in body)


def scene(door: str, at: datetime, *, opened: bool) -> bytes:
    """`at` as the camera's clock shows it."""
    chance = sha256(f"{door} {at.isoformat()}".encode()).digest()
    canvas = _Canvas()
    canvas.fill(0, 0, _WIDTH, _HEIGHT, _WALL if 7 <= at.hour < 18 else _FRAME)
    canvas.fill(60, 0, 200, _HEIGHT, _LIT)
    canvas.fill(0, 150, _WIDTH, 30, _FRAME)
    canvas.fill(118, 28, 84, 126, _FRAME)
    canvas.fill(124, 34, 72, 120, _INSIDE if opened else _LEAF)
    if opened:
        canvas.fill(124, 34, 14, 120, _LEAF)
        left = 146 + chance[0] % 28
        tall = 66 + chance[1] % 24
        canvas.fill(left, 154 - tall, 20, tall, _PERSON)
        canvas.fill(left + 3, 154 - tall - 17, 14, 15, _PERSON)
    canvas.fill(0, 0, _WIDTH, 18, _STAMP)
    canvas.write(6, 4, f"{door}  {at:%Y-%m-%d %H:%M:%S}")
    return canvas.png()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
