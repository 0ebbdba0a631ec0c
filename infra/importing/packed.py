"""A file's bytes, as they stand or unpacked: what is known of a file is known of its content."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from core.errors import ConfigError
from infra.importing.aside import Unusable

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
# Text shrinks to a tenth, what is made to fill memory or time to a thousandth.
_MOST = 200
_ANY = 64 << 20  # bytes that may come out of anything


def content(path: Path) -> Iterator[bytes]:
    """In blocks. Unusable("packed" | "packed-bomb"), or ConfigError when it cannot be read."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if not packed:
                while block := file.read(_BLOCK):
                    yield block
                return
            most, out = max(_ANY, path.stat().st_size * _MOST), 0
            with gzip.GzipFile(fileobj=file) as unpacked:
                while block := unpacked.read(_BLOCK):
                    out += len(block)
                    if out > most:
                        raise Unusable("packed-bomb")
                    yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unusable("packed") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
