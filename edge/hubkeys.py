"""Which keys of the hub this gateway believes: the pinned one, and what it handed over to since.

A handover is believed for its signatures, wherever it came from; it is durable before anything is
believed by it. Owner: the uplink's task. What was kept and does not hold from the pinned key on is
passed over, so that a person who pins another key has the last word.
"""

import logging
from itertools import pairwise
from pathlib import Path

from core import durable, handover
from core.errors import BadFrame

log = logging.getLogger("edge.hubkeys")

FILE = "hub-keys"


class HubKeys:
    """`now` speaks; `known` are that and former ones. Both change as a whole: any thread reads."""

    def __init__(self, folder: Path, pinned: bytes) -> None:
        self._path = folder / FILE
        self._pinned = pinned.hex()
        self._kept = self._read()
        self._follow()

    def follow(self, payload: bytes) -> bool:
        """Whether the hub has another key now. BadFrame for what tells of no handover."""
        told = handover.read(payload)
        every = (*self._kept, *told)  # what is kept comes first: nobody hands over twice
        chain = handover.chain(self._pinned, every)
        if self.now.hex() not in chain[:-1]:
            return False
        held = {(one.old, one.new): one for one in reversed(every) if one.holds()}
        # Only what follows: of keys before, this gateway believes those it followed itself.
        ahead = chain[chain.index(self.now.hex()) :]
        kept = (*self._kept, *(held[link] for link in pairwise(ahead)))
        durable.put(self._path, handover.encode(kept), 0o600)
        self._kept = kept
        self._follow()
        log.warning("the hub's key is %s now, handed over from the one that was pinned", chain[-1])
        return True

    def _read(self) -> tuple[handover.Handover, ...]:
        try:
            return handover.read(self._path.read_bytes())
        except FileNotFoundError:
            return ()
        except BadFrame:
            log.error("%s: cannot be read; the pinned key is believed until the hub tells again",
                      self._path)  # fmt: skip
            return ()

    def _follow(self) -> None:
        chain = handover.chain(self._pinned, self._kept)
        self.known = tuple(bytes.fromhex(one) for one in chain)
        self.now = self.known[-1]
