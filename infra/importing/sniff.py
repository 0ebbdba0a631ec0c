"""What a file is, found by reading all of it once: its hash, its encoding, or why it is no text."""

import codecs
import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.errors import ConfigError
from infra.importing.aside import Unusable
from infra.importing.packed import content

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 4096  # bytes in which UTF-16 without a mark shows itself, and what is no text
_CONTROLS = bytes(set(range(32)) - set(b"\0\t\n\r"))


class Sniffed(msgspec.Struct, frozen=True):
    """Of the content, where the file is packed."""

    size: int
    sha256: str
    encoding: str
    mark: int  # bytes of the byte order mark


def sniff(path: Path, told: Callable[[int], None] = lambda _read: None) -> Sniffed:
    """Unusable("empty" | "binary") and as `content`. `told`: bytes read."""
    regular(path)
    digest = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    head, size, whole, nulls = b"", 0, True, 0
    for block in content(path):
        head = head or block[:_HEAD]
        digest.update(block)
        size += len(block)
        nulls += block.count(0)
        if whole:
            try:
                utf8.decode(block)
            except UnicodeDecodeError:
                whole = False
        told(size)
    encoding, mark = _encoding(head, nulls, whole=whole)
    if size == mark:
        raise Unusable("empty")
    return Sniffed(size, digest.hexdigest(), encoding, mark)


def regular(path: Path) -> int:
    """Its size. ConfigError: it is not there, or nothing that can be read twice."""
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path}: is no file but a folder or a device. Name a file.")
    return found.st_size


def _encoding(head: bytes, nulls: int, *, whole: bool) -> tuple[str, int]:
    """A file that ends amid a character is still UTF-8: its last line alone is broken. One with
    zeros in it, as a loss of power leaves them, is text when nothing else speaks against it."""
    text = head.strip(b"\0") and len(head.translate(None, _CONTROLS)) == len(head)
    for mark, name in _MARKS:
        if head.startswith(mark):
            if nulls and not text and not name.startswith("utf-16"):
                raise Unusable("binary")
            return name, len(mark)
    if nulls:
        # Text of our kind has ASCII in every line: of those, one byte of two is zero.
        for odd, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            zeros = head[odd::2].count(0)
            if zeros > len(head) // 8 and not head[1 - odd :: 2].count(0):
                return name, 0
        if not text:
            raise Unusable("binary")
    return ("utf-8" if whole else "gb18030"), 0
