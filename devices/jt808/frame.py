"""JT/T 808 frames: bytes between 7e and 7e, escaped, with a checksum and a header of two editions.

The checksum is one byte and proves little: frames with a right one and a wrong length circulate,
so the length in the header is held against the bytes that came.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import xor

import msgspec

from core.errors import Undecodable

MARK = 0x7E
LONGEST = 4096  # bytes of one frame as sent; the longest that may be is about 2,100
MOST_BODY = 1023
_VERSIONED = 1 << 14  # edition 2019
_SPLIT = 1 << 13
_ENCRYPTED = 0b111 << 10


class Head(msgspec.Struct, frozen=True):
    """`phone`: the terminal's number as on the wire, 12 digits (2013) or 20 (2019)."""

    kind: int
    phone: str
    serial: int
    edition: int = -1  # protocol version of edition 2019; -1: edition 2013
    encrypted: bool = False
    packages: int = 1
    package: int = 1


class Frame(msgspec.Struct, frozen=True):
    head: Head
    body: bytes


def pieces(raw: bytes) -> list[bytes]:
    """What stands between delimiters, still escaped, without the empty ones."""
    return [piece for piece in raw.split(bytes([MARK])) if piece]


def read(piece: bytes) -> Frame:
    """One frame without its delimiters. Undecodable("malformed") where escapes, checksum or
    length do not hold; detail quotes nothing of it."""
    if len(piece) > LONGEST:
        raise Undecodable("oversized", f"a frame of {len(piece)} bytes, cap {LONGEST}")
    plain = unescaped(piece)
    if len(plain) < 13:
        raise Undecodable("malformed", f"a frame of {len(plain)} bytes is shorter than its header")
    if reduce(xor, plain):
        raise Undecodable("malformed", "the frame's checksum does not hold")
    attributes = int.from_bytes(plain[2:4], "big")
    at, edition, width = 4, -1, 6
    if attributes & _VERSIONED:
        edition, at, width = plain[4], 5, 10
    begins = at + width + 2 + (4 if attributes & _SPLIT else 0)
    body = plain[begins:-1]
    told = attributes & MOST_BODY
    if begins >= len(plain) or len(body) != told:
        raise Undecodable("malformed", f"body of {len(body)} bytes, the header says {told}")
    packages = package = 1
    if attributes & _SPLIT:
        packages = int.from_bytes(plain[begins - 4 : begins - 2], "big")
        package = int.from_bytes(plain[begins - 2 : begins], "big")
        if not 1 <= package <= packages:
            raise Undecodable("malformed", "a subpackage that is none of its message's")
    phone = plain[at : at + width].hex()
    if not phone.isdecimal():
        raise Undecodable("field", "the terminal's number is not in decimal digits")
    head = Head(
        kind=int.from_bytes(plain[:2], "big"),
        phone=phone,
        serial=int.from_bytes(plain[at + width : at + width + 2], "big"),
        edition=edition,
        encrypted=bool(attributes & _ENCRYPTED),
        packages=packages,
        package=package,
    )
    return Frame(head, body)


def noise(piece: bytes) -> bool:
    """Whether it is no frame at all, damaged or not: too short, or neither checksum nor length
    holds. Modems talk between frames."""
    try:
        plain = unescaped(piece)
    except Undecodable:
        plain = piece
    if len(plain) < 13:
        return True
    attributes = int.from_bytes(plain[2:4], "big")
    length = 13 + (attributes & MOST_BODY)
    length += 5 if attributes & _VERSIONED else 0
    length += 4 if attributes & _SPLIT else 0
    return len(plain) != length and bool(reduce(xor, plain))


def written(head: Head, body: bytes) -> bytes:
    """The inverse of `read`, with delimiters. ValueError for a body that needs subpackages."""
    if len(body) > MOST_BODY:
        raise ValueError(f"a body of {len(body)} bytes, {MOST_BODY} fit into one frame")
    attributes = len(body) | (_VERSIONED if head.edition >= 0 else 0)
    attributes |= _SPLIT if head.packages > 1 else 0
    attributes |= 1 << 10 if head.encrypted else 0
    plain = head.kind.to_bytes(2, "big") + attributes.to_bytes(2, "big")
    if head.edition >= 0:
        plain += bytes([head.edition])
    plain += bytes.fromhex(head.phone) + head.serial.to_bytes(2, "big")
    if head.packages > 1:
        plain += head.packages.to_bytes(2, "big") + head.package.to_bytes(2, "big")
    plain += body
    return b"\x7e" + escaped(plain + bytes([reduce(xor, plain)])) + b"\x7e"


def unescaped(piece: bytes) -> bytes:
    """7d 02 is 7e, 7d 01 is 7d, and 7d alone is nothing."""
    first, *rest = piece.split(b"\x7d")
    made = [first]
    for part in rest:
        if part[:1] not in (b"\x01", b"\x02"):
            raise Undecodable("malformed", "an escape that is none")
        made.append((b"\x7d" if part[0] == 1 else b"\x7e") + part[1:])
    return b"".join(made)


def escaped(plain: bytes) -> bytes:
    return plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def whole(frames: Iterable[Frame]) -> list[Frame]:
    """Frames with subpackages put together, where the first of them stood. Undecodable
    ("malformed") when one is missing. Subpackages may come in any order and more than once."""
    made: dict[object, list[Frame]] = {}
    for count, frame in enumerate(frames):
        head = frame.head
        of, key = (head.phone, head.kind, head.packages), first_of(head)
        if (of, key) not in made and (of, head.serial) in made:
            key = head.serial  # all of a message under one number, with some firmware
        made.setdefault(count if head.packages == 1 else (of, key), []).append(frame)
    return [_joined(parts) for parts in made.values()]


def first_of(head: Head) -> int:
    """Subpackages of one message have serial numbers in a row."""
    return (head.serial - head.package + 1) % 65_536


def _joined(parts: Sequence[Frame]) -> Frame:
    head = parts[0].head
    bodies = {part.head.package: part.body for part in parts}
    if len(bodies) != head.packages:
        raise Undecodable("malformed", f"{len(bodies)} of {head.packages} subpackages")
    return Frame(
        msgspec.structs.replace(head, serial=first_of(head), packages=1, package=1),
        b"".join(body for _, body in sorted(bodies.items())),
    )


def code_of(phone: str) -> str:
    """How a terminal is called where nobody may read its number (I6): some seven thousand
    mobile numbers share each code, so none can be told from it."""
    number = phone.lstrip("0") or "0"
    return f"terminal-{hashlib.sha256(number.encode()).hexdigest()[:5]}"
