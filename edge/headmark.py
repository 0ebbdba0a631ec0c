"""Beside each journal file, how far it went: so that a tail which vanished is noticed.

SQLite drops what follows a damaged frame of its WAL without a word, and an older copy of the
file put back looks whole. The mark is written after every commit and never synced: after a
power cut it may be older than the journal, which says nothing; newer than it can never be.
A mark that does not hold its own checksum says nothing either.
"""

import hashlib
import logging
import os
import struct
from collections.abc import Mapping
from pathlib import Path

from core import durable
from core.batch import Head, Lane

log = logging.getLogger("edge.journal")

_ENTRY = struct.Struct(">QQ32s")  # number, last sequence, hash; one for each lane
_SIZE = _ENTRY.size * len(Lane)
_SUM = 16


class HeadMark:
    """Owns the file `<journal>.mark`; written by the thread that commits."""

    def __init__(self, path: Path) -> None:
        with durable.told(path):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._path = path
        self._failed = False

    def read(self) -> dict[Lane, Head]:
        """Empty when there is none that can be believed."""
        try:
            raw = os.pread(self._file, _SIZE + _SUM, 0)
        except OSError:
            return {}
        body, told = raw[:_SIZE], raw[_SIZE:]
        if len(raw) != _SIZE + _SUM or hashlib.sha256(body).digest()[:_SUM] != told:
            return {}
        return {
            lane: Head(*_ENTRY.unpack_from(body, index * _ENTRY.size))
            for index, lane in enumerate(Lane)
        }

    def write(self, heads: Mapping[Lane, Head]) -> None:
        """After the commit they describe, which stands whatever becomes of this: the older mark
        that is left where there is no room says less, and nothing wrong."""
        nothing = Head()
        body = b"".join(
            _ENTRY.pack(head.number, head.last, head.hash)
            for head in (heads.get(lane, nothing) for lane in Lane)
        )
        try:
            os.pwrite(self._file, body + hashlib.sha256(body).digest()[:_SUM], 0)
        except OSError as error:
            if not self._failed:
                log.warning("%s: not written: %s", self._path, error.strerror)
            self._failed = True

    def close(self) -> None:
        os.close(self._file)
