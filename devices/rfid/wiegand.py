"""Cards as Wiegand wires tell them: a number of bits, with parity around 26 and 34 of them.

What is kept is the data's hex and the length: the same decimal is another card in another format.
"""

from core.errors import Undecodable
from devices.fields import Json, integer, text

KEYPAD = frozenset({4, 8})  # bits of one key
_PARITY = {26: 12, 34: 16}  # length → data bits in each half: the first even, the second odd
_LONGEST = 128
_DIGITS = 10
_HEX = frozenset("0123456789abcdefABCDEF")


def read(found: Json) -> tuple[str, int | None]:
    """Upper-case hex of the data bits, and the length with its parity bits; "" when the reader
    says that there is no card. Undecodable("field") for parity that does not hold."""
    told = found.get("bits", found.get("Bits"))
    if isinstance(told, str) and len(told) > 4 and set(told) <= {"0", "1"}:
        return of_bits(told)
    length = integer(found, "Size", "size", "bits", "Bits", "length")
    if length is not None and not 4 <= length <= _LONGEST:
        raise Undecodable("field", "Size")
    raw = integer(found, "raw", "Raw")
    if raw is not None and raw >= 0:
        if length is None or raw >> length:
            raise Undecodable("field", "raw")
        return of_bits(f"{raw:0{length}b}")
    return _number(found, length), length


def keyed(found: Json) -> str:
    """Digits typed at a keypad, which its board tells like a card of four or eight bits; empty
    when there are none in it."""
    if integer(found, "Size", "size", "bits", "Bits", "length") not in KEYPAD:
        return ""
    word = text(found, "UID", "uid", "value")
    if word[-1:] in ("h", "H"):
        word = str(int(word[:-1], 16)) if set(word[:-1]) <= _HEX and word[:-1] else ""
    fits = word.isascii() and word.isdecimal() and len(word) <= _DIGITS
    return word if fits and word.strip("0") else ""


def of_bits(bits: str) -> tuple[str, int]:
    """Of `00101101000000001010001000`, first bit first."""
    if len(bits) > _LONGEST:
        raise Undecodable("field", "bits")
    half = _PARITY.get(len(bits))
    data = bits
    if half is not None:
        data = bits[1:-1]
        if bits[: half + 1].count("1") % 2 or not bits[half + 1 :].count("1") % 2:
            raise Undecodable("field", "parity")
    return f"{int(data, 2):0{_digits(len(data))}X}", len(bits)


def _number(found: Json, length: int | None) -> str:
    """Readers write the number without its parity: decimal, or hex that shows itself as such by a
    letter, by 0x or by having just the length's digits."""
    data = (length - 2 if length in _PARITY else length) if length is not None else None
    digits = _digits(data) if data else 8
    value = found.get("UID", found.get("uid", found.get("value")))
    word = text({"value": value}, "value").replace("-", "").replace(":", "").replace(" ", "")
    plain = word[2:] if word[:2].lower() == "0x" else word.removesuffix("h")
    if not plain or plain.strip("0") == "":
        return ""
    if len(plain) > 32 or not set(plain) <= _HEX:
        raise Undecodable("field", "UID")
    hexadecimal = isinstance(value, str) and (
        plain != word or not plain.isdecimal() or (data is not None and len(plain) == digits)
    )
    number = int(plain, 16 if hexadecimal else 10)
    if length == 34 and number >> 32 == (number >> 16 & 0xFFFF).bit_count() & 1:
        number &= 0xFFFFFFFF  # older boards leave the first half's parity in front of it
    if data is not None and number >> data:
        raise Undecodable("field", "UID")
    made = f"{number:0{digits}X}"
    return made.zfill(len(made) + len(made) % 2)


def _digits(bits: int) -> int:
    return (bits + 7) // 8 * 2
