"""Pictures that stand inside JSON as base64 (ImageEncode, SubImageInfo.Data …): taken out before
anything is decoded, kept, or set aside, so that none gets into an event and bodies of several MB
become messages of a few kB.

The JSON keeps its shape: where the picture stood, `sha256:<hex of its bytes>` stands as a string.
All else is byte for byte as it came; what is no JSON has nothing that looks like a value and stays
whole. The hash of the raw bytes in `data.native` is then that of the message without pictures.
"""

import binascii
import hashlib
import re

import msgspec

from core.event import Media

_LEAST = 2_048  # characters of base64: what is shorter is a template or a code, not a picture
_TAIL = 2_048  # bytes looked at before and behind for what kind of picture it is
# A value in JSON: behind `:`, `[` or `,`. Solidus and line ends may be escaped in it. Possessive,
# because a hostile body must not be gone through twice.
_VALUE = re.compile(
    rb'(?:"([^"\\]{1,64})"\s*+:|[\[,])\s*+"(?=[^"]{2048})(data:image/[a-z+]{1,16};base64,)?'
    rb'((?:[A-Za-z0-9+/_-]++|\\[/rn]|[\r\n]++)*+={0,2}(?:\\[rn])*+)"'
)
_DROPPED = re.compile(rb"\\[rn]|[\r\n]")
_TYPE = re.compile(rb'"Type"\s*+:\s*+"?(\d{1,2})\b')
_KINDS = {b"11": "face", b"14": "scene", b"02": "plate", b"2": "plate"}  # GA/T 1400 SubImageInfo
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class Picture(msgspec.Struct, frozen=True):
    """`content` is empty where only its hash is wanted."""

    media: Media
    content: bytes = b""


class Lifted(msgspec.Struct, frozen=True):
    """What is left, and what was in it, in order; the same picture twice is one."""

    body: bytes
    pictures: tuple[Picture, ...] = ()


def picture(content: bytes, name: str = "", *, keep: bool) -> Picture:
    """`name`: what the device calls it. `keep`: its bytes are wanted too."""
    digest = hashlib.sha256(content).hexdigest()
    media = Media(sha256=digest, kind=kind_of(name), bytes=len(content))
    return Picture(media, content if keep else b"")


def is_picture(content: bytes) -> bool:
    return content.startswith(_MAGIC)


def kind_of(name: str) -> str:
    """From names such as licensePlatePicture.jpg, detectionPicture, FaceImage."""
    lower = name.lower()
    if "plate" in lower:
        return "plate"
    if "face" in lower or "head" in lower:
        return "face"
    return "scene"


def mark(media: Media) -> bytes:
    """What stands in the JSON for a picture."""
    return b"sha256:" + media.sha256.encode()


def lift(body: bytes, *, keep: bool = False) -> Lifted:
    """Total over bytes."""
    if len(body) <= _LEAST:
        return Lifted(body)
    parts: list[bytes] = []
    found: dict[str, Picture] = {}
    done = 0
    for match in _VALUE.finditer(body):
        content = _content(match[3])
        if content is None:
            continue
        one = picture(content, (match[1] or b"").decode("ascii", "replace"), keep=keep)
        if match[1] is not None and (kind := _told(body, match.start(), match.end())):
            one = Picture(msgspec.structs.replace(one.media, kind=kind), one.content)
        found.setdefault(one.media.sha256, one)
        start = match.start(2) if match[2] is not None else match.start(3)
        parts += (body[done:start], mark(one.media))
        done = match.end(3)
    if not found:
        return Lifted(body)
    return Lifted(b"".join([*parts, body[done:]]), tuple(found.values()))


def _content(text: bytes) -> bytes | None:
    """The picture's bytes, or None where it is no picture."""
    if len(text) <= _LEAST:
        return None
    plain = text.translate(_URL_SAFE)
    head = _DROPPED.sub(b"", plain[:64]).replace(b"\\/", b"/")[:16]
    try:
        if not is_picture(binascii.a2b_base64(head)):
            return None
        bare = _DROPPED.sub(b"", plain).replace(b"\\/", b"/").rstrip(b"=")
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def _told(body: bytes, start: int, end: int) -> str:
    """The kind by GA/T 1400's `Type` of the object around the picture; empty where none is."""
    before = body.rfind(b"{", max(0, start - _TAIL), start)
    behind = body.find(b"}", end, end + _TAIL)
    found = _TYPE.search(body, before, start + 1) if before >= 0 else None
    if found is None and behind >= 0:
        found = _TYPE.search(body, end, behind)
    return _KINDS.get(found[1], "") if found is not None else ""
