"""Which batches go into a pack, told from their bytes without decoding events."""

import re

import msgspec

from core.batch import Batch
from core.errors import BadFrame

_TYPE = re.compile(rb'"type":"([^"\\]*)"')
# What keys and lives of the log say of themselves: without it nobody could judge a signature.
JUDGING = (b'"type":"key.', b'"type":"log.')


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Positions, both included. `types`: beginnings of type names; empty: all."""

    first: int
    last: int
    compound: str = ""
    types: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing of the range is left out, so that a batch which is not there is missing."""
        return not self.compound and not self.types

    def wants(self, position: int, batch: Batch) -> bool:
        """Whether it is selected. One that cannot be read is, wherever it may belong."""
        if not self.first <= position <= self.last:
            return False
        plain = b"" if self.whole else plain_of(batch)
        return not plain or (self._speaks(plain) and self._says(plain))

    def _speaks(self, plain: bytes) -> bool:
        return not self.compound or f'"/c/{self.compound}/gw/'.encode() in plain or b"\\" in plain

    def _says(self, plain: bytes) -> bool:
        if not self.types:
            return True
        wanted = tuple(one.encode() for one in self.types)
        return any(name.startswith(wanted) for name in _TYPE.findall(plain))


def judges(batch: Batch) -> bool:
    """Whether keys are judged by it: the hub's word of them, or a gateway's of its next one."""
    plain = plain_of(batch)
    return any(mark in plain for mark in JUDGING)


def plain_of(batch: Batch) -> bytes:
    """Its lines; empty where they cannot be read."""
    try:
        return batch.lines() if batch.readable else b""
    except BadFrame:
        return b""
