"""MQTT's data representations (MQTT 5 §1.5, the same in 3.1.1), read and written strictly."""

from edge.endpoint.reasons import malformed

MAX_VARINT = 268_435_455
MAX_STRING = 65_535


class Reader:
    """Walks one packet's body. Every read beyond its end is a malformed packet."""

    __slots__ = ("_data", "at", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self._data = data
        self.at = at
        self.end = len(data) if end is None else end

    def take(self, count: int) -> bytes:
        start, stop = self.at, self.at + count
        if stop > self.end:
            raise malformed(f"{count} bytes expected, {self.end - start} left")
        self.at = stop
        return self._data[start:stop]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def varint(self) -> int:
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if shift and not byte:
                    raise malformed("variable byte integer longer than needed")
                return value
        raise malformed("variable byte integer over four bytes")

    def binary(self) -> bytes:
        return self.take(self.u16())

    def text(self) -> str:
        return utf8(self.binary())

    def rest(self) -> bytes:
        return self.take(self.end - self.at)

    def left(self) -> int:
        return self.end - self.at

    def done(self) -> None:
        if self.at != self.end:
            raise malformed(f"{self.end - self.at} bytes after the end of the packet")


def utf8(raw: bytes) -> str:
    """§1.5.4: well-formed, no surrogates, no U+0000. A byte order mark is kept as it is."""
    try:
        found = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed(f"string is not UTF-8 at byte {error.start}") from error
    if "\0" in found:
        raise malformed("string holds U+0000")
    return found


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    if value > MAX_VARINT:
        raise ValueError(f"{value} is beyond a variable byte integer")
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def binary(value: bytes) -> bytes:
    if len(value) > MAX_STRING:
        raise ValueError(f"{len(value)} bytes are beyond a string of 65,535")
    return len(value).to_bytes(2, "big") + value


def text(value: str) -> bytes:
    return binary(value.encode())
