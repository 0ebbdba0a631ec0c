"""Content-Encoding of a body: gzip and deflate, never more than is granted (RFC 9110 §8.4)."""

import zlib

from edge.http.declined import Declined

_PIECE = 65_536
_GZIP_OR_ZLIB, _RAW = 47, -15
CODED = ("gzip", "x-gzip", "deflate")


class Inflated:
    """Push: `feed` gives what came of it. What is not what it says it is raises ValueError."""

    def __init__(self, coding: str) -> None:
        """Declined for a coding we do not know; empty and `identity` are none."""
        names = [one.strip().lower() for one in coding.split(",") if one.strip()]
        names = [one for one in names if one != "identity"]
        if len(names) > 1 or any(one not in CODED for one in names):
            said = "only gzip and deflate are understood"
            raise Declined(415, "coding", said, {"accept-encoding": "gzip, deflate"})
        self.coded = bool(names)
        self._first = True
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    def feed(self, data: bytes, room: int) -> bytes:
        """Declined beyond `room` bytes."""
        if not self.coded:
            return data
        if self._first and data:
            self._first = False
            # Some deflate without zlib's two bytes around it, whatever the standard says.
            if data[0] & 0x0F != 8 and not data.startswith(b"\x1f"):
                self._stream = zlib.decompressobj(_RAW)
        made: list[bytes] = []
        size = 0
        try:
            while True:
                piece = self._stream.decompress(data, _PIECE)
                made.append(piece)
                size += len(piece)
                if size > room:
                    raise Declined(413, "oversized", "the body unpacks to more than is taken")
                data = self._stream.unconsumed_tail
                if self._stream.eof:
                    data = self._stream.unused_data
                    if not data.startswith(b"\x1f\x8b"):
                        break  # what stands behind is nobody's
                    self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
                elif not data and len(piece) < _PIECE:
                    break
        except zlib.error as error:
            raise ValueError("not what its Content-Encoding says") from error
        return b"".join(made)
