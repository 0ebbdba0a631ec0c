"""SIP messages (RFC 3261) as far as GB/T 28181 devices need them. Pure; bounded; forgiving in
what costs nothing: bare line feeds, compact names, any case."""

import re
from collections.abc import Mapping, Sequence

import msgspec

MOST_HEAD = 16_384  # bytes
MOST_BODY = 262_144
_COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length",
    "c": "content-type", "m": "contact", "o": "event",
}  # fmt: skip
_REQUEST = re.compile(r"([A-Z]{3,16}) (\S{1,256}) SIP/2\.0")
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: .*)?")
_USER = re.compile(r"sips?:([^@;>\s:]{1,64})", re.IGNORECASE)
_HOST = re.compile(r"sips?:(?:[^@;>\s]{1,64}@)?([^;>\s]{1,80})", re.IGNORECASE)
_CALLED = re.compile(r'"[^"]*"')
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Malformed(ValueError):
    """Bytes that are no SIP message; says what is wrong and quotes nothing."""


class Sip(msgspec.Struct, frozen=True, kw_only=True):
    """Request (`method`) or response (`status`). Header names are lower case and long."""

    method: str = ""
    uri: str = ""
    status: int = 0
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def sequence(self) -> tuple[str, str]:
        """Call-ID and CSeq: the same for a message that comes again."""
        return self.header("call-id"), " ".join(self.header("cseq").split())


def read(raw: bytes) -> Sip:
    """One datagram, or one message off a stream. Malformed."""
    end = _HEAD_END.search(raw[: MOST_HEAD + 4])
    if end is None:
        raise Malformed("no empty line ends the headers")
    head = raw[: end.start()].decode("utf-8", "replace")
    first, *lines = head.lstrip("\r\n").splitlines() or [""]
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and headers:
            name, before = headers.pop()
            headers.append((name, f"{before} {line.strip()}"))
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Malformed("a header line without a name")
        name = name.strip().lower()
        headers.append((_COMPACT.get(name, name), value.strip()))
    body = raw[end.end() :]
    length = _length(headers)
    if length is not None:
        if length > len(body) and not _closed(body):
            raise Malformed("the body is shorter than Content-Length says")
        body = body if _miscounted(body, length) else body[:length]
    request, status = _REQUEST.fullmatch(first.strip()), _STATUS.fullmatch(first.strip())
    if request:
        return Sip(method=request[1], uri=request[2], headers=headers, body=body)
    if status:
        return Sip(status=int(status[1]), headers=headers, body=body)
    raise Malformed("neither a request nor a response of SIP/2.0")


class Cutter:
    """A TCP stream in messages. Owns the bytes of one that is not whole, and looks at none of them
    twice, however small the pieces are that it comes in."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._looked = 0  # up to where no head ends
        self._whole = 0  # length of the message, once its head is there

    def cut(self, data: bytes) -> list[bytes]:
        """Messages that are whole by now. Malformed, with nothing held: nothing that could ever
        become one, and nothing tells where the next begins. Empty lines keep the line alive."""
        if self._held and begins(data):
            # A datagram that was cut, and the next one is a message of its own; one that comes
            # again as it was is whole, whatever length it says.
            again = self._held == data
            self.clear()
            if again:
                return [data]
        self._held += data
        if len(self._held) < self._whole:
            return []
        made: list[bytes] = []
        try:
            while (whole := self._length()) is not None and len(self._held) >= whole:
                end = _HEAD_END.search(self._held, 0, MOST_HEAD + 4)
                if end is not None and _miscounted(self._held[end.end() :], whole - end.end()):
                    whole = len(self._held)
                made.append(bytes(self._held[:whole]))
                del self._held[:whole]
                self._looked = self._whole = 0
        except Malformed:
            self.clear()
            if not made:
                raise
        return made

    def clear(self) -> None:
        self._held.clear()
        self._looked = self._whole = 0

    def _length(self) -> int | None:
        if self._whole:
            return self._whole
        if not self._looked:
            del self._held[: len(self._held) - len(self._held.lstrip(b"\r\n\x00 "))]
        end = _HEAD_END.search(self._held, max(0, self._looked - 3), MOST_HEAD + 4)
        if end is None:
            self._looked = len(self._held)
            if self._looked > MOST_HEAD:
                raise Malformed("headers without an end")
            return None
        headers: list[tuple[str, str]] = []
        for line in self._held[: end.start()].decode("utf-8", "replace").splitlines()[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.append((_COMPACT.get(name, name), value.strip()))
        length = _length(headers)  # without one it is a datagram, and ends with it
        whole = len(self._held) if length is None else end.end() + length
        if whole > MOST_HEAD + MOST_BODY:
            raise Malformed("longer than what is taken")
        self._whole = whole
        return whole


def _closed(body: bytes | bytearray) -> bool:
    return body.rstrip(b"\r\n\x00 ").endswith(b">")


def _miscounted(body: bytes | bytearray, length: int) -> bool:
    """Whether the rest behind `length` is the end of the same document: firmware counts characters
    that are two bytes on the line."""
    rest = body[length:]
    return bool(rest and not _closed(body[:length]) and _closed(rest) and b"SIP/2.0" not in rest)


def begins(data: bytes) -> bool:
    """Whether a message begins here."""
    if b"SIP/2.0" not in data[:300]:
        return False
    first = data[:300].split(b"\n", 1)[0].strip().decode("utf-8", "replace")
    return bool(_REQUEST.fullmatch(first) or _STATUS.fullmatch(first))


def written(message: Sip) -> bytes:
    """With its Content-Length."""
    if message.method:
        first = f"{message.method} {message.uri} SIP/2.0"
    else:
        first = f"SIP/2.0 {message.status} {_REASONS.get(message.status, 'Unknown')}"
    lines = [first, *(f"{_spelt(name)}: {value}" for name, value in message.headers)]
    lines.append(f"Content-Length: {len(message.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + message.body


def reply(request: Sip, status: int, tag: str, extra: Mapping[str, str]) -> bytes:
    """As RFC 3261 §8.2.6: what names the transaction goes back as it came."""
    headers = [("via", value) for value in request.every("via")]
    headers.append(("from", request.header("from")))
    to = request.header("to")
    headers.append(("to", to if ";tag=" in to else f"{to};tag={tag}"))
    headers += [("call-id", request.header("call-id")), ("cseq", request.header("cseq"))]
    headers += list(extra.items())
    return written(Sip(status=status, headers=headers))


def user_of(address: str) -> str:
    """The user part of the first SIP address in a header or request line, whatever it is called."""
    found = _USER.search(_CALLED.sub("", address))
    return found[1] if found else ""


def host_of(address: str) -> str:
    found = _HOST.search(address)
    return found[1] if found else ""


def _length(headers: Sequence[tuple[str, str]]) -> int | None:
    told = next((value for name, value in headers if name == "content-length"), None)
    if told is None:
        return None
    if not re.fullmatch("[0-9]{1,7}", told) or int(told) > MOST_BODY:
        raise Malformed("a Content-Length that is none, or beyond what is taken")
    return int(told)


def _spelt(name: str) -> str:
    return _SPELT.get(name) or "-".join(part.capitalize() for part in name.split("-"))


_SPELT = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    405: "Method Not Allowed", 413: "Request Entity Too Large", 489: "Bad Event",
}  # fmt: skip


def expiry(request: Sip) -> int:
    """Seconds a registration is to last: of its contact, else of its own header, else an hour."""
    told = re.search(r";\s*expires\s*=\s*([0-9]{1,9})", request.header("contact"), re.IGNORECASE)
    if told:
        return int(told[1])
    seconds = request.header("expires").strip()
    return int(seconds) if re.fullmatch("[0-9]{1,9}", seconds) else 3600
