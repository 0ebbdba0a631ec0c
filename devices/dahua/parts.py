"""The endless multipart answer of eventManager and snapManager, cut at whatever byte.

Firmware leaves Content-Length off or miscounts it, and ends lines with LF or CRLF. So an event
ends where its braces do, other text at the next boundary, and Content-Length is taken at its word
for pictures only. No input raises; memory is bounded by `most`.
"""

import re

import msgspec

MOST_TEXT = 1_000_000  # bytes of one text part
_MOST_HEAD = 16_000
_KEPT = 4_000  # bytes of what is given up as too long
_LENGTH = re.compile(rb"content-length\s*:\s*(\d{1,9})", re.IGNORECASE)
_TYPE = re.compile(rb"content-type\s*:\s*([\w.+/-]{1,80})", re.IGNORECASE)
_BLANK = re.compile(rb"[\r\n \t]+")
_EVENTS = (b"Code=", b"Events[")  # come without a boundary, too
_BODIES = (*_EVENTS, b"records[", b"{", b"Heartbeat")
_OPENED = re.compile(rb"(?:Code=[^\r\n{]{0,300}?data=\s{0,8})?\{")
_LONE = re.compile(rb"Code=(?:(?!data=)[^\r\n{]){1,400}(?=[\r\n])")
_NAMED = re.compile(r"boundary=\"?-*([\w'()+,./:=?-]{1,70})\"?")


class Part(msgspec.Struct, frozen=True):
    type: str  # lower case; empty where the part has no head
    body: bytes
    whole: bool = True  # False: too long, this is how it began


def boundary_of(content_type: str) -> str:
    """Without its dashes; empty when the header names none."""
    named = _NAMED.search(content_type)
    return named.group(1) if named else ""


class Braces:
    """Follows one `{...}` through a growing text; strings and escapes as JSON has them."""

    def __init__(self) -> None:
        self.depth = 0
        self._string = self._escaped = False

    def end(self, text: bytes | bytearray, start: int) -> int:
        """Index behind the brace that closes the first one; -1: not yet. Go on from the end."""
        for at in range(start, len(text)):
            byte = text[at]
            if self._escaped:
                self._escaped = False
            elif self._string:
                if byte == 0x5C:
                    self._escaped = True
                elif byte == 0x22:
                    self._string = False
            elif byte == 0x22:
                self._string = self.depth > 0
            elif byte == 0x7B:
                self.depth += 1
            elif byte == 0x7D and self.depth:
                self.depth -= 1
                if not self.depth:
                    return at + 1
        return -1


class Parts:
    def __init__(self, boundary: str = "", most: int = 8_000_000) -> None:
        """`boundary` as `boundary_of` gives it; empty: the first one met."""
        self._line = b"--" + boundary.encode("ascii", "replace") if boundary else b""
        self._most = most
        self._buffer = bytearray()
        self._state = "seek"
        self._begin()

    def feed(self, data: bytes) -> list[Part]:
        self._buffer += data
        made: list[Part] = []
        while self._step(made):
            pass
        return made

    def close(self) -> list[Part]:
        """What was under way when the stream ended without a boundary behind it."""
        made: list[Part] = []
        if self._state == "body" and self._buffer.strip():
            made.append(Part(self._type, bytes(self._buffer).strip(b"\r\n")))
        self._buffer.clear()
        self._state = "seek"
        self._begin()
        return made

    def _begin(self) -> None:
        self._type, self._length = "", -1
        self._seen = 0  # bytes of the body looked at for a boundary
        self._braces, self._braced = Braces(), -1  # up to where the braces were followed

    def _step(self, made: list[Part]) -> bool:
        """False when more bytes are needed."""
        if self._state == "seek":
            return self._seek()
        if self._state == "head":
            return self._head()
        if self._state == "skip":
            return self._skip()
        return self._body(made)

    def _seek(self) -> bool:
        """To the line of a boundary, or to an event that came without one."""
        buffer = self._buffer
        while True:
            if blank := _BLANK.match(buffer):
                del buffer[: blank.end()]
            if buffer.startswith(_EVENTS):
                self._state = "body"
                return True
            end = buffer.find(b"\n")
            if end < 0:
                if len(buffer) > _MOST_HEAD:
                    del buffer[:-100]
                return False
            line = bytes(buffer[:end]).strip()
            del buffer[: end + 1]
            if self._is_boundary(line):
                self._state = "head"
                return True

    def _is_boundary(self, line: bytes) -> bool:
        if not self._line:
            if line[:2] != b"--" or len(line) < 3:
                return False
            self._line = line.removesuffix(b"--") if len(line) > 4 else line
            return True
        return line.startswith(self._line)

    def _head(self) -> bool:
        buffer = self._buffer
        while True:
            end = buffer.find(b"\n")
            if end < 0:
                if len(buffer) > _MOST_HEAD:
                    self._state = "seek"
                return len(buffer) > _MOST_HEAD
            line = bytes(buffer[:end]).strip()
            if line.startswith(_BODIES):
                self._state = "body"  # a body without a head
                return True
            del buffer[: end + 1]
            if not line:
                self._state = "body"
                return True
            if found := _LENGTH.match(line):
                self._length = int(found.group(1))
            elif found := _TYPE.match(line):
                self._type = found.group(1).decode().lower()

    def _body(self, made: list[Part]) -> bool:
        binary = self._type.startswith("image/")
        if binary and 0 <= self._length <= self._most:
            if len(self._buffer) < self._length:
                return False
            return self._out(made, self._length)
        end = self._brace_end() if not binary else -1
        bound = self._bound()
        if end >= 0 and (bound < 0 or end <= bound):
            return self._out(made, end)
        if bound >= 0:
            return self._out(made, bound)
        if len(self._buffer) > (self._most if binary else MOST_TEXT):
            made.append(Part(self._type, bytes(self._buffer[:_KEPT]), whole=False))
            self._state = "skip"
            return True
        return False

    def _out(self, made: list[Part], end: int) -> bool:
        body = bytes(self._buffer[:end])
        del self._buffer[:end]
        if body := body if self._type.startswith("image/") else body.strip():
            made.append(Part(self._type, body))
        self._state = "seek"
        self._begin()
        return True

    def _skip(self) -> bool:
        bound = self._bound()
        if bound < 0:
            keep = len(self._line) + 4
            del self._buffer[: max(0, len(self._buffer) - keep)]
            self._seen = 0
            return False
        del self._buffer[:bound]
        self._state = "seek"
        self._begin()
        return True

    def _bound(self) -> int:
        """Where the next boundary's line begins, with the line end before it; -1: not here."""
        if not self._line:
            return -1
        buffer = self._buffer
        if buffer.startswith(self._line):
            return 0
        found = buffer.find(b"\n" + self._line, max(0, self._seen - len(self._line) - 2))
        self._seen = len(buffer)
        if found < 0:
            return -1
        return found - 1 if found and buffer[found - 1] == 0x0D else found

    def _brace_end(self) -> int:
        """Behind `Code=...;data={...}`, its line if there is no data, or a JSON object; -1: not
        all here, or another form."""
        buffer = self._buffer
        if self._braced < 0:
            opened = _OPENED.match(buffer)
            if opened is None:
                lone = _LONE.match(buffer)
                return lone.end() if lone else -1
            self._braced = opened.end() - 1
        end = self._braces.end(buffer, self._braced)
        self._braced = len(buffer)
        return end
