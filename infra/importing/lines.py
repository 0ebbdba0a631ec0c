"""A file as numbered lines of UTF-8, whatever it is written in, in blocks of bounded size."""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.errors import EnvironmentFault
from core.strictjson import MAX_BYTES
from infra.importing.packed import content
from infra.importing.sniff import Sniffed

_SPOILT = "menwei.spoilt"


def _spoil(error: UnicodeError) -> tuple[str, int]:
    """What is not of the encoding becomes a byte that is no UTF-8: its line is then set aside, and
    the neighbours are not."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(_SPOILT, _spoil)


class Block(msgspec.Struct, frozen=True):
    """Whole lines without their ends. `first` is the number of the first one, `read` how many
    bytes of the file have been read. The last line of a file is `open` when nothing ends it. Of a
    line that is too long there is a little more than the limit, which shows that it is."""

    first: int
    lines: list[bytes]
    read: int
    open: bool = False


def blocks(path: Path, sniffed: Sniffed) -> Iterator[Block]:
    """As `text`."""
    number, rest, read, returns = 1, b"", 0, False
    for plain, read in text(path, sniffed):
        if not returns and number == 1 and not rest:
            returns = b"\r" in plain and b"\n" not in plain  # as old Macs end lines
        if returns:
            plain = plain.replace(b"\r", b"\n")
        *lines, rest = (rest + plain).split(b"\n")
        if lines:
            yield Block(number, [_line(one) for one in lines], read)
        number += len(lines)
        rest = rest[: MAX_BYTES + 1]
    if rest:
        yield Block(number, [_line(rest)], read, open=True)


def text(path: Path, sniffed: Sniffed) -> Iterator[tuple[bytes, int]]:
    """As UTF-8, and how many bytes have been read. EnvironmentFault when the file is another than
    was sniffed: what came is not to be used."""
    digest = hashlib.sha256()
    decoder = None
    if sniffed.encoding != "utf-8":
        decoder = codecs.getincrementaldecoder(sniffed.encoding)(_SPOILT)
    read = 0
    for block in content(path):
        digest.update(block)
        plain = block if read else block[sniffed.mark :]
        read += len(block)
        if decoder is not None:
            decoded = decoder.decode(plain, read >= sniffed.size)
            plain = decoded.encode("utf-8", "surrogateescape")
        yield plain, read
    if digest.hexdigest() != sniffed.sha256:
        raise EnvironmentFault(f"{path}: it changed while it was read. Run it again.")


def _line(one: bytes) -> bytes:
    return one.removesuffix(b"\r")[: MAX_BYTES + 1]
