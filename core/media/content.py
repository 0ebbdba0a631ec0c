"""What bytes are, by how they begin: a closed list. Anything else is handed out as a file only,
never shown: a stranger's SVG or HTML would run in the reader's page."""

from collections.abc import Callable

UNKNOWN = "application/octet-stream"
HEAD = 32  # bytes that tell

_ISO_VIDEO = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash")
_START = (b"\0\0\0\1", b"\0\0\1")  # of a NAL unit, H.264 Annex B
_PARAMETERS = (7, 9)  # its first one: a sequence parameter set, or an access unit delimiter


def _mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _ISO_VIDEO


def _h264(head: bytes) -> bool:
    return any(
        head.startswith(start) and head[len(start)] & 0x80 == 0
        and head[len(start)] & 0x1F in _PARAMETERS
        for start in _START
        if len(head) > len(start)
    )  # fmt: skip


_KINDS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("image/jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("image/png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("video/mp4", _mp4),
    ("video/h264", _h264),
    ("video/x-msvideo", lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI "),
)
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "video/mp4"})  # by a browser, inline
SUFFIX = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4",
    "video/h264": "h264", "video/x-msvideo": "avi", UNKNOWN: "bin",
}  # fmt: skip


def content_of(head: bytes) -> str:
    """Its type by its first `HEAD` bytes."""
    return next((name for name, fits in _KINDS if fits(head)), UNKNOWN)
