"""Multipart bodies (RFC 2046, 7578) as devices send them, whole or without an end, in any cutting.

Looser than the standard where devices are: line ends may be LF, parts may lack headers, the last
boundary may be missing, and the declared boundary may have more or fewer dashes than the one used.
A part is given out as soon as it is certain to be whole, because a stream's next boundary comes
with its next event, perhaps tomorrow. Pure; memory is bounded by one part.
"""

import base64
import binascii
import re
from collections.abc import Mapping

import msgspec
import orjson

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_HEADER = re.compile(rb"(" + _TOKEN + rb"+)[ \t]*:[ \t]*(.*)")
_HEADER_SO_FAR = re.compile(rb"\r?\Z|" + _TOKEN + rb"+(?:[ \t]*\Z|[ \t]*:)")
_HEADERS = 8_192  # bytes of one part's
_BOUNDARY = 200  # characters of its name; RFC 2046 has 70
_DASHES = 64
_LOOKS = re.compile(rb"\s*--([!-~](?:[ -~]{0,198}[!-~])?)[ \t]*\r?\n")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;\s]*))')
_ROOT = re.compile(rb"<\?[^>]*>\s*<([A-Za-z_][\w:.-]*)|<([A-Za-z_][\w:.-]*)")


class Part(msgspec.Struct, frozen=True):
    """`headers` have lower-case names. `whole`: False where it was cut off, or is too long."""

    headers: Mapping[str, str]
    body: bytes
    whole: bool = True

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def name(self) -> str:
        """What its Content-Disposition calls it, and the file it says it was."""
        told = self.headers.get("content-disposition", "")
        file = parameter(told, "filename") or parameter(told, "filename*")
        return f"{parameter(told, 'name')} {file}".strip()


def parameter(value: str, name: str) -> str:
    """Of a header with parameters; empty where it has none of that name."""
    for match in _PARAMETER.finditer(value):
        if match[1].lower() == name:
            return match[2] if match[2] is not None else match[3]
    return ""


def boundary_of(content_type: str) -> bytes:
    """As declared; empty where none is."""
    return parameter(content_type, "boundary").strip()[:_BOUNDARY].encode("latin-1", "replace")


def looks_like(body: bytes) -> bytes:
    """The boundary a body begins with, whatever it was declared to be; empty: it does not."""
    match = _LOOKS.match(body, 0, 1024)
    if match is None:
        return b""
    again = body.find(b"\n--" + match[1], match.end(1)) >= 0
    return match[1] if again or _HEADER.match(body, match.end()) else b""


class Multipart:
    """Push parser. Give it bytes with `feed`, tell it of silence with `quiet`, of the end with
    `end`; each gives the parts that became whole."""

    def __init__(self, boundary: bytes, most: int) -> None:
        """`most`: bytes of one part; what is longer is given out cut, and passed over."""
        name = boundary.lstrip(b"-") or boundary
        self._line = re.compile(
            rb"^-{2,%d}%s(?:(--)[^\n]*+(?:\n|\Z)|[ \t\r]*+(\n|\Z))" % (_DASHES, re.escape(name)),
            re.MULTILINE,
        )
        self._longest = _DASHES + len(name) + 8  # of such a line
        self._most = most
        self._data = bytearray()
        self._at = 0  # no boundary begins before it
        self._headers: dict[str, str] | None = None  # of the part that is under way
        self._inside = False  # behind a boundary, within a part that was not given out
        self.begun = False  # a boundary was seen
        self.done = False  # the last one was

    @property
    def waiting(self) -> bool:
        """Whether a part is under way."""
        return self._inside

    @property
    def held(self) -> int:
        """Bytes."""
        return len(self._data)

    def feed(self, data: bytes) -> list[Part]:
        self._data += data
        found: list[Part] = []
        while self._step(found):
            pass
        return found

    def quiet(self) -> list[Part]:
        """Nothing came for a moment: what is whole by itself is taken to be."""
        if not self._inside or not self._headed(last=False):
            return []
        body, length = bytes(self._data), self._length()
        if length is not None and len(body) >= length and not body[length:].strip():
            return [self._give(body[:length])]
        return [self._give(_chomped(body))] if entire(body) else []

    def end(self) -> list[Part]:
        """What is left without a boundary behind it."""
        if not self._inside or not self._headed(last=True):
            return []
        body, length = bytes(self._data), self._length()
        if length is not None and len(body) >= length and not body[length:].strip():
            return [self._give(body[:length])]
        return [self._give(_chomped(body), whole=length is None or entire(body))]

    # -- one step ------------------------------------------------------------------------------

    def _step(self, found: list[Part]) -> bool:
        """False when more bytes are needed."""
        if self.done:
            self._data.clear()
            return False
        if self._inside:
            if not self._headed(last=False):
                return False
            if self._by_length(found):
                return True
        place = self._boundary()
        if place is None:
            self._bound(found)
            return False
        start, stop, last = place
        if self._inside:
            found.append(self._give(_chomped(bytes(self._data[:start]))))
        del self._data[:stop]
        self._at, self._headers = 0, None
        self._inside, self.begun, self.done = not last, True, last
        return True

    def _boundary(self) -> tuple[int, int, bool] | None:
        """(begin, end of its line, whether it is the last) of the next one."""
        data = self._data
        match = self._line.search(data, self._at)
        if match is not None and (match[1] or match[2]):
            return match.start(), match.end(), bool(match[1])
        line = data.rfind(b"\n") + 1
        if match is None and len(data) - line > self._longest:
            line = len(data)  # this line is none
        self._at = max(self._at, match.start() if match is not None else line)
        return None

    def _headed(self, *, last: bool) -> bool:
        """Whether the headers of the part under way are read; takes them off. `last`: no more
        bytes will come."""
        if self._headers is not None:
            return True
        headers: dict[str, str] = {}
        data, at = self._data, 0
        while True:
            stop = data.find(b"\n", at, at + _HEADERS)
            if stop < 0:
                so_far = bytes(data[at : at + _HEADERS])
                if not last and len(so_far) < _HEADERS and _HEADER_SO_FAR.match(so_far):
                    return False
                break  # no empty line: the body begins here
            line = bytes(data[at:stop]).rstrip(b"\r")
            match = _HEADER.fullmatch(line)
            if match is None or stop > _HEADERS:
                at = at if line else stop + 1
                break
            headers[match[1].decode().lower()] = match[2].decode("utf-8", "replace").strip()
            at = stop + 1
        del data[:at]
        self._at, self._headers = 0, headers
        return True

    def _by_length(self, found: list[Part]) -> bool:
        """The part under way is as long as it says, and a boundary follows."""
        length = self._length()
        if length is None or len(self._data) < length:
            return False
        rest = bytes(self._data[length : length + 4])
        if not rest.startswith((b"\r\n--", b"\n--", b"--")):
            return False  # the next bytes tell, or that none come
        found.append(self._give(bytes(self._data[:length])))
        del self._data[:length]
        self._at = 0
        return True

    def _length(self) -> int | None:
        told = (self._headers or {}).get("content-length", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None

    def _bound(self, found: list[Part]) -> None:
        if self._inside and len(self._data) > self._most:
            found.append(self._give(bytes(self._data[: self._most]), whole=False))
        if not self._inside:  # passed over, but for what a boundary may begin in
            del self._data[: self._at]
            self._at = 0
            if len(self._data) > _HEADERS:
                self._data.clear()

    def _give(self, body: bytes, *, whole: bool = True) -> Part:
        self._inside = False
        headers = self._headers or {}
        return Part(headers, _plain(headers, body), whole)


def entire(body: bytes) -> bool:
    """Whether it is a document by itself: JSON, or XML with its last tag."""
    text = body.strip()
    if text[:1] in (b"{", b"["):
        try:
            orjson.loads(text)
        except ValueError:
            return False
        return True
    root = _ROOT.match(text)
    if root is None:
        return False
    return re.search(rb"</" + re.escape(root[1] or root[2]) + rb"\s*>\Z", text[-256:]) is not None


def _plain(headers: Mapping[str, str], body: bytes) -> bytes:
    """Without its transfer encoding (RFC 2045 §6); as it came where that is not so."""
    coding = headers.get("content-transfer-encoding", "").strip().lower()
    if coding == "quoted-printable":
        return binascii.a2b_qp(body)
    if coding != "base64":
        return body
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return body


def _chomped(body: bytes) -> bytes:
    """Without the line end that belongs to the boundary."""
    if body.endswith(b"\r\n"):
        return body[:-2]
    return body.removesuffix(b"\n")
