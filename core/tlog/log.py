"""The hub's transparency log: leaf hashes in, signed checkpoints and proofs out.

Its folder holds one life of the log: `origin` (core.tlog.lives), `level-<n>` (core.tlog.levels)
and checkpoints.db. The order is what keeps it honest: leaves are integrated, their tiles synced,
then the checkpoint is signed and committed, and only then does anybody see it. Died before the
commit, the leaves are integrated again; died behind it, the next start finds it and publishes it.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from core.clock import Clock
from core.errors import BadProof
from core.keys import Signer
from core.tlog import checkpoint, frontier, note, tiles
from core.tlog.checkpoint import Checkpoint
from core.tlog.checkpoints import Checkpoints, Dated
from core.tlog.diverged import Diverged
from core.tlog.frontier import Frontier, held
from core.tlog.head import TreeHead
from core.tlog.levels import Levels
from core.tlog.note import Signature, VerifierKey
from core.tlog.published import Published
from core.tlog.tiles import Tile


class TransparencyLog:
    """Owns the folder. One thread integrates and publishes; every other method may be called
    from any. DiskFull changes nothing that was published: call again. Other failures of its
    files are fatal (I8)."""

    def __init__(self, folder: Path, origin: str, signer: Signer, clock: Clock) -> None:
        self.origin = origin
        self.halted: Diverged | None = None
        self._signer = signer
        self._clock = clock
        self._lock = threading.Lock()
        self._levels = Levels(folder)
        self._kept = Checkpoints(folder / "checkpoints.db")
        self._nodes = tiles.cached(self._levels.read)
        self._published: Published | None = None
        self._frontier = Frontier()
        try:
            self._resume()
        except BadProof as bad:
            self.halt(Diverged("tree", 0, f"the log's own files: {bad}"))

    @property
    def key(self) -> VerifierKey:
        """By which its checkpoints are signed now."""
        return checkpoint.log_key(self.origin, self._signer.public)

    @property
    def size(self) -> int:
        """Leaves integrated; those behind the published ones are nobody's yet."""
        return self._frontier.size

    def published(self) -> Published | None:
        """As last published; what it proves stays true, also after later ones."""
        return self._published

    def integrate(self, leaves: Sequence[bytes]) -> None:
        """The hashes of the next positions, in order."""
        after, new = self._frontier.extended(leaves)
        for level, hashes in enumerate(new):
            self._levels.write(level, held(self.size, level), hashes)
        self._frontier = after

    def publish(self) -> bool:
        """What is integrated, if it is more than was published: whether it was. Never again once
        the log has halted."""
        if self.halted or not self.size or self.size == self._signed_size():
            return False
        self._levels.sync()
        head = TreeHead(self.origin, self.size, self._frontier.root())
        with self._lock:
            self._put(Dated(self._clock.now(), checkpoint.signed(head, self._signer)))
        return True

    def cosigned(self, size: int, signatures: Sequence[Signature]) -> None:
        """Further signatures, verified, for the checkpoint of that size: kept with it, and seen
        under it when it is the newest. BadProof("size", …) when there is none, or not any more;
        BadProof("note", …) when so many do not fit under it."""
        with self._lock:
            found = self._kept.of(size)
            if found is None:
                raise BadProof("size", f"no checkpoint of {size} leaves is kept")
            signed = note.merged(found.checkpoint.note, signatures)
            self._put(Dated(found.at, Checkpoint(found.checkpoint.head, signed)))

    def checkpoints(self, since: datetime) -> Sequence[Dated]:
        """Published since then, the oldest first: every one of the last hour, of thirty days one
        a minute, of all before one an hour, and of each day the first and the last cosigned."""
        with self._lock:
            return self._kept.since(since)

    def tile(self, tile: Tile) -> bytes | None:
        """Its bytes; None when what is published does not have it."""
        published = self._published
        if published is None:
            return None
        if tile.index * tiles.WIDTH + tile.width > held(published.size, tile.level):
            return None
        return self._levels.read(tile)

    def halt(self, found: Diverged) -> None:
        """Nothing is published from here on, until a new start finds it put right."""
        self.halted = self.halted or found

    def close(self) -> None:
        self._levels.close()
        self._kept.close()

    def _signed_size(self) -> int:
        return self._published.size if self._published else 0

    def _put(self, one: Dated) -> None:
        """Commits, then publishes unless it is an older one."""
        self._kept.put(one)
        size = one.checkpoint.head.size
        if size >= self._signed_size():
            self._published = Published(one.checkpoint, tiles.reader(self._nodes, size))

    def _resume(self) -> None:
        """From the newest checkpoint. BadProof when the files do not lead to it."""
        newest = self._kept.newest()
        if newest is None:
            return
        found = newest.checkpoint
        if found.head.origin != self.origin:
            raise BadProof("origin", f"a checkpoint of the log {found.head.origin!r}")
        self._frontier = frontier.read(self._levels.read, found.head.size)
        if self._frontier.root() != found.head.root:
            raise BadProof("root", f"the tiles lead to another root of {found.head.size} leaves")
        mine = self.key
        if any(map(mine.made, found.note.signatures)):
            note.opened(found.note, (mine,))
        else:  # the key was rotated: what stands is signed by the new one as well
            ours = note.own_signature(found.note.text, self.origin, self._signer)
            signed = note.merged(found.note, (ours,))
            newest = msgspec.structs.replace(newest, checkpoint=Checkpoint(found.head, signed))
        self._put(newest)
