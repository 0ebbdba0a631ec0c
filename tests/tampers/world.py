"""Honest logs and their packs, as they are before somebody tampers with them."""

import hashlib
import struct
from functools import lru_cache
from typing import NamedTuple

import msgspec

from core.keys import Signer
from tests import fix_pack
from tests.fix_pack import HUB, HUB2, STEP, Cosigned, Files, Item, Log, Own, Sealed

PLACE = 20  # bytes before a frame
WORLDS = (0, 300)  # batches in front of the range: a tree of one tile, and one of more


class World(NamedTuple):
    log: Log
    built: Sealed
    cosigned: Cosigned
    files: Files

    @property
    def gateways(self) -> list[int]:
        """Positions of the range that gateways wrote."""
        return [at for at in range(self.log.first, self.log.to + 1) if self.is_gateway(at)]

    def is_gateway(self, at: int) -> bool:
        return isinstance(self.log.items[at - 1], bytes)

    def journal(self, at: int) -> str:
        return self.built.batches[at - 1].header.journal.id.hex

    def later(self, at: int) -> int:
        """The next position of the same journal; 0 if there is none."""
        after = range(at + 1, len(self.log.items) + 1)
        return next((one for one in after if self.journal(one) == self.journal(at)), 0)

    def earlier(self, at: int) -> bool:
        """Whether the range shows what stands before it in its journal."""
        before = range(self.log.first, at)
        return self.log.first == 1 or any(self.journal(one) == self.journal(at) for one in before)

    def frame_places(self) -> dict[int, tuple[int, int]]:
        """Position → where its frame stands in `frames`: start and end."""
        found, at, raw = {}, 0, self.files["frames"]
        while at < len(raw):
            position, _, length = struct.unpack_from(">QqI", raw, at)
            found[position] = (at + PLACE, at + PLACE + length)
            at += PLACE + length
        return found

    def rebuilt(self, items: list[Item]) -> Files:
        """All of it anew with other items, by who has the hub's keys and what witnesses said of
        other trees."""
        return self.again(self.log._replace(items=items, to=len(items) - 1), self.cosigned)

    def again(self, log: Log, cosigned: Cosigned | None = None) -> Files:
        items = [*log.items[:-1], fix_pack.exported(HUB2, (len(log.items) - 1) * STEP, log)]
        sizes = sorted({min(one, len(items)) for one in log.sizes})
        log = log._replace(items=items, sizes=sizes)
        built = fix_pack.sealed(items)
        if cosigned is None:
            cosigned = fix_pack.cosign(log, built)
        return fix_pack.files_of(log, built, cosigned)


@lru_cache
def world(extra: int = 0, types: tuple[str, ...] = ()) -> World:
    log = fix_pack.small_log(extra)
    if types:
        log = log._replace(types=types)
        log.items[-1] = fix_pack.exported(HUB2, (len(log.items) - 1) * STEP, log)
    built = fix_pack.sealed(log.items)
    cosigned = fix_pack.cosign(log, built)
    return World(log, built, cosigned, fix_pack.files_of(log, built, cosigned))


def with_frame(one: World, at: int, frame: bytes) -> Sealed:
    """The log with other bytes at a place, whatever they are."""
    leaves = [batch.hash for batch in one.built.batches]
    leaves[at - 1] = hashlib.sha256(b"\0" + frame).digest()
    batches = [*one.built.batches]
    batches[at - 1] = msgspec.structs.replace(batches[at - 1], frame=frame)
    return Sealed(batches, fix_pack.nodes(leaves))


def speaker(one: World, to: int) -> Signer:
    """Whose own batches stand there: the hub's key, or the one it handed over to."""
    over = next(
        at
        for at, own in enumerate(one.log.items)
        if isinstance(own, Own) and b'"role":"hub"' in own.lines and at
    )
    return HUB if to <= over else HUB2


def plain_own(item: Item) -> bool:
    return isinstance(item, Own) and b'"gateway.epoch.changed' in item.lines


def tiles(one: World) -> list[str]:
    return [name for name in one.files if name.startswith("tiles/")]
