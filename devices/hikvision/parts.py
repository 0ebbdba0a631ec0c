"""The endless multipart of an alert stream, cut as the network cuts it, as parts.

Devices are careless: the header names another boundary than the stream has, lines end in LF or
CRLF, Content-Length is missing or counts wrong. So the first line that begins with `--` is the
boundary; a length is believed unless the boundary comes earlier, or the text it covers has no end;
and without one a text ends where its document does, since the next boundary may be minutes away.
However the stream is cut, the same parts come out. Memory is bounded by MOST.
"""

from collections.abc import Mapping

import msgspec

MOST = 8_000_000  # bytes of one part; what is longer is cut there and its rest skipped
_MOST_HEAD = 16_384
_MOST_LINE = 1_024
_ALERT_END = b"</EventNotificationAlert>"
_OPEN, _SHUT = b"{[", b"}]"
_OPEN_YET = -2  # perhaps a boundary: the end of its line is not here


class Part(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_picture(self) -> bool:
        return self.type.startswith("image/") or self.body[:3] == b"\xff\xd8\xff"


class _Document(msgspec.Struct):
    """How far a text without a length was looked at."""

    at: int = 0
    depth: int = 0
    quoted: bool = False
    escaped: bool = False

    def end(self, body: bytes | bytearray) -> int:
        """Where the document in `body` ends; -1 while it does not."""
        lead = body[:64].lstrip()[:1]
        if lead == b"<":
            found = body.find(_ALERT_END, max(0, self.at - len(_ALERT_END)))
            self.at = len(body)
            return -1 if found < 0 else found + len(_ALERT_END)
        if lead != b"{":
            return -1
        for index in range(self.at, len(body)):
            byte = body[index]
            if self.quoted:
                if self.escaped:
                    self.escaped = False
                elif byte == 0x5C:
                    self.escaped = True
                elif byte == 0x22:
                    self.quoted = False
            elif byte == 0x22:
                self.quoted = True
            elif byte in _OPEN:
                self.depth += 1
            elif byte in _SHUT:
                self.depth -= 1
                if self.depth == 0:
                    return index + 1
        self.at = len(body)
        return -1


class Parts:
    """Owns what has come of a part that is not whole."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = bytearray()
        self._boundary = b""
        self._headers: dict[str, str] | None = None  # None: looking for a boundary
        self._length = -1
        self._document = _Document()
        self._looked = 0  # of the body, for a boundary

    def feed(self, data: bytes) -> list[Part]:
        """The parts that are whole now."""
        found: list[Part] = []
        for start in range(0, len(data), 65_536):
            self._held += data[start : start + 65_536]
            while self._step(found):
                pass
        return found

    def _step(self, found: list[Part]) -> bool:
        return self._line() if self._headers is None else self._part(found)

    def _line(self) -> bool:
        """One line outside of parts, up to a part's headers."""
        end = self._held.find(b"\n")
        if end < 0:
            if len(self._held) > _MOST_LINE and self._held[:2] != b"--":
                del self._held[: -len(b"\n")]
            return False
        line = bytes(self._held[:end]).strip()
        known = self._boundary
        first = not known and line.startswith(b"--") and 2 < len(line) < 200
        if not first and (not known or line != known):
            del self._held[: end + 1]
            return True
        head = self._head(end + 1)
        if head is None:
            return False
        headers, past = head
        del self._held[:past]
        self._boundary = line
        self._begin(headers)
        return True

    def _head(self, start: int) -> tuple[dict[str, str], int] | None:
        """Headers up to the empty line, and where the body begins; None while it has not."""
        headers: dict[str, str] = {}
        begun = start
        while True:
            end = self._held.find(b"\n", start)
            if end < 0 or end - begun > _MOST_HEAD:
                return (headers, start) if len(self._held) - begun > _MOST_HEAD else None
            line = bytes(self._held[start:end]).strip()
            # A body that begins without an empty line before it: a header has a name.
            if line[:1] in (b"{", b"<") and not headers:
                return headers, start
            start = end + 1
            if not line or len(headers) > 64:
                return headers, start
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()[:64]] = value.strip()[:512]

    def _begin(self, headers: dict[str, str]) -> None:
        told = headers.get("content-length", "")
        self._headers = headers
        counted = told.isascii() and told.isdecimal() and len(told) < 12
        self._length = (
            (int(told) or -1) if counted else -1
        )  # some say 0 and mean that they do not know
        self._document = _Document()
        self._looked = 0

    def _part(self, found: list[Part]) -> bool:
        """The body, if it is whole."""
        body, length = self._held, self._length
        within = len(body) if length < 0 else min(length, len(body))
        # A boundary is seen once its line has an end, however the stream is cut.
        edge = self._edge(within if length >= 0 else len(body))
        if edge == _OPEN_YET:
            return False
        ends = [edge] if edge >= 0 else []
        if length >= 0 and len(body) >= length:
            ends.append(length)
        if length < 0:
            whole = self._document.end(body)
            if whole >= 0:
                ends.append(whole)
        if ends:
            end = min(*ends, self._most)
            if end == length and edge != length and not self._sound(body[:end]):
                self._length = -1  # it counts too little: the document's own end, or the boundary
                return True
            self._emit(found, end)
            return True
        if len(body) > self._most:
            self._emit(found, self._most)
            return True
        return False

    def _edge(self, within: int) -> int:
        """Where the body ends because a boundary's line begins within its first bytes; -1: not."""
        start = max(0, self._looked - len(self._boundary) - 4)
        if start == 0 and self._held.startswith(self._boundary):
            closed = self._closes(0)
            if closed is not False:
                return _OPEN_YET if closed is None else 0
        while (at := self._held.find(b"\n" + self._boundary, start, within)) >= 0:
            closed = self._closes(at + 1)
            if closed is None:
                return _OPEN_YET
            if closed:
                return at - 1 if self._held[at - 1 : at] == b"\r" else at
            start = at + 1
        self._looked = max(0, within - 2)
        return -1

    def _closes(self, at: int) -> bool | None:
        """Whether the boundary at `at` is the whole line; None while its end is not here."""
        tail = self._held[at + len(self._boundary) : at + len(self._boundary) + 4]
        end = tail.find(b"\n")
        if end < 0:
            return None if not tail.strip(b"-\r ") and len(tail) < 4 else False
        return not tail[:end].strip(b"-\r ")

    def _sound(self, body: bytes | bytearray) -> bool:
        """Whether it is whole by its look: texts and pictures end as they begin; of anything else
        its length is believed."""
        lead, last = bytes(body[:64]).lstrip(), bytes(body[-64:]).rstrip(b"\r\n\t ")
        for begins, ends in ((b"{", b"}"), (b"<", b">"), (b"\xff\xd8", b"\xff\xd9")):
            if lead.startswith(begins):
                return last.endswith(ends)
        return True

    def _emit(self, found: list[Part], end: int) -> None:
        assert self._headers is not None
        body = bytes(self._held[:end])
        del self._held[:end]
        if body.strip():
            found.append(Part(self._headers, body))
        self._headers = None
