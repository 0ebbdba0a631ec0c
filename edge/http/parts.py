"""What a body comes to: messages in order, each with the pictures that belong to it. Pure."""

import json
import re
from collections.abc import Mapping, Sequence

import msgspec
import orjson

from core.event import Media
from devices import lifting
from devices.lifting import Picture
from edge.http import multipart
from edge.http.multipart import Multipart, Part

_MOST_PICTURES = 64  # of one message: an event has 64 KiB
_MOST_EVENTS = 5_000  # of one batch, or parts of one body
_PIECE = 65_536
_STRUCTURED, _BATCH = "application/cloudevents", "application/cloudevents-batch"
_FILE = re.compile(r"\.(?:jpe?g|png|bmp|gif|webp)\Z", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"ce-([a-z0-9]{1,40})\Z")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_TEXT = (b"{", b"[", b"<")
_MARK = b"\xef\xbb\xbf"
_Raws = msgspec.json.Decoder(list[msgspec.Raw])


class Found(msgspec.Struct, frozen=True):
    payload: bytes
    pictures: tuple[Picture, ...] = ()

    @property
    def media(self) -> tuple[Media, ...]:
        return tuple(one.media for one in self.pictures)


class Assembly:
    """Puts pictures to the message before them, or to the next where there is none before. Owns
    the message that may still get one."""

    def __init__(self, *, keep: bool) -> None:
        """`keep`: pictures' bytes are wanted, not only their hashes."""
        self._keep = keep
        self._message: Found | None = None
        self._loose: tuple[Picture, ...] = ()

    def add(self, part: Part) -> list[Found]:
        """Messages that get no more pictures."""
        if not part.body.strip():
            return []
        if is_picture(part):
            one = lifting.picture(part.body, part.name, keep=self._keep)
            if self._message is None:
                self._loose = (*self._loose, one)[:_MOST_PICTURES]
            else:
                self._message = _with(self._message, (one,))
            return []
        before = self.flush() if self._message is not None else []
        self._message = _with(message(part.body, keep=self._keep), self._loose)
        self._loose = ()
        return before

    def flush(self) -> list[Found]:
        """What is left, at the end or after some silence. Pictures without a message stand in one
        of ours, which nobody understands and quarantine keeps: that they came is not lost."""
        found = self._message
        if found is None and self._loose:
            found = alone(self._loose)
        self._message, self._loose = None, ()
        return [found] if found is not None else []


def message(body: bytes, *, keep: bool) -> Found:
    """One message, without the pictures that stand in it as base64."""
    lifted = lifting.lift(body, keep=keep)
    return Found(lifted.body, lifted.pictures[:_MOST_PICTURES])


def alone(pictures: Sequence[Picture]) -> Found:
    named = [msgspec.to_builtins(one.media) for one in pictures]
    return Found(json.dumps({"pictures": named}).encode(), tuple(pictures))


def is_picture(part: Part) -> bool:
    if _is_text(part.body):
        return False
    declared = part.type.startswith("image/") or _FILE.search(part.name) is not None
    return declared or lifting.is_picture(part.body)


def _is_text(body: bytes) -> bool:
    return body.removeprefix(_MARK).lstrip()[:1] in _TEXT


def read(headers: Mapping[str, str], body: bytes, topic: str, *, keep: bool) -> list[Found]:
    """Of a whole body. Total; what is none of the forms is one message as it came."""
    declared = headers.get("content-type", "")
    kind = declared.partition(";")[0].strip().lower()
    marked, body = body, body.removeprefix(_MARK)
    if kind.startswith(_BATCH) or (topic.startswith("site/") and body.lstrip()[:1] == b"["):
        return _batch(body, keep=keep)
    if "ce-specversion" in headers and not kind.startswith(_STRUCTURED):
        return [message(_structured(headers, kind, body), keep=keep)]
    if (found := _multipart(declared, kind, body, keep=keep)) is not None:
        return found
    if is_picture(Part({"content-type": kind}, body)):
        return [alone([lifting.picture(body, "", keep=keep)])]
    return [message(marked, keep=keep)]


def _multipart(declared: str, type: str, body: bytes, *, keep: bool) -> list[Found] | None:
    """None where there is no part in it."""
    boundaries = [multipart.looks_like(body)]
    if type.startswith("multipart/"):
        boundaries.insert(0, multipart.boundary_of(declared))
    for boundary in filter(None, boundaries):
        parts = _cut(boundary, body)
        if parts is None:
            return None
        parts = _opened(parts)
        if any(one.body.strip() for one in parts):
            assembly = Assembly(keep=keep)
            made = [found for one in _spoken(parts) for found in assembly.add(one)]
            return made + assembly.flush()
    return None


def _cut(boundary: bytes, body: bytes) -> list[Part] | None:
    """None for more parts than any device sends: 8 MB can be two million, and each costs a hundred
    times its bytes."""
    parser = Multipart(boundary, len(body))
    parts: list[Part] = []
    for at in range(0, len(body), _PIECE):
        parts += parser.feed(body[at : at + _PIECE])
        if len(parts) > _MOST_EVENTS:
            return None
    return [*parts, *parser.end()]


def _opened(parts: Sequence[Part]) -> list[Part]:
    """With what stands in parts that are multipart themselves, in their place (RFC 2046 §5.1)."""
    made: list[Part] = []
    for part in parts:
        boundary = b""
        if part.type.startswith("multipart/"):
            boundary = multipart.boundary_of(part.headers.get("content-type", ""))
        inner = _cut(boundary, part.body) if boundary else None
        made += inner or [part]
    return made


def _spoken(parts: Sequence[Part]) -> list[Part]:
    """Without a form's plain fields, where there are documents beside them."""
    fields = [
        one
        for one in parts
        if "content-type" not in one.headers
        and not _FILE.search(one.name)
        and not lifting.is_picture(one.body)
        and not _is_text(one.body)
        and one.name
    ]
    documents = [one for one in parts if _is_text(one.body)]
    return [one for one in parts if one not in fields] if documents else list(parts)


def _batch(body: bytes, *, keep: bool) -> list[Found]:
    """application/cloudevents-batch+json; what is no array is one message, for quarantine."""
    try:
        events = _Raws.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return [message(body, keep=keep)]
    if len(events) > _MOST_EVENTS:
        return [message(body, keep=keep)]
    return [message(bytes(one), keep=keep) for one in events]


def _structured(headers: Mapping[str, str], type: str, body: bytes) -> bytes:
    """The binary mode of the CloudEvents HTTP binding (§3.1) as a structured event; the body alone
    where it is declared as JSON and is none: quarantine has it then."""
    attributes = {
        match[1]: _attribute(value)
        for name, value in headers.items()
        if (match := _ATTRIBUTE.match(name)) is not None and match[1] != "data"
    }
    attributes["datacontenttype"] = type or "application/json"
    head = json.dumps(attributes, ensure_ascii=False).encode()[:-1]
    if not body.strip():
        return head + b"}"
    if attributes["datacontenttype"].endswith(("/json", "+json")):
        try:
            orjson.loads(body)
        except ValueError:
            return body
        return head + b', "data": ' + body + b"}"
    try:
        return head + b', "data": ' + json.dumps(body.decode()).encode() + b"}"
    except UnicodeDecodeError:
        encoded = json.dumps(msgspec.to_builtins(body)).encode()
        return head + b', "data_base64": ' + encoded + b"}"


def _attribute(value: str) -> str:
    """Percent-encoded, and quoted by some (§3.1.3.2)."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    raw = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text.encode())
    return raw.decode("utf-8", "replace")


def _with(found: Found, pictures: Sequence[Picture]) -> Found:
    return Found(found.payload, (*found.pictures, *pictures)[:_MOST_PICTURES])
