"""What a power cut may leave: every mix of what was durable and what was only on its way.

Written down but not yet synced, a write may be there, not there, there in part (512 B or
4 KiB pieces), overtaken by a later one, or leave junk where it should be. Names made or
removed last are lost first, as a journalling file system loses them.
"""

import random
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from tests.crash.lab.trace import Create, Mark, Op, Sync, SyncFolder, Truncate, Unlink, Write


class Mode(StrEnum):
    NONE = "all unsynced dropped"
    ALL = "all kept"
    SUBSET = "random subset"
    REORDERED = "reordered"
    TORN_512 = "torn at 512 B"
    TORN_4K = "torn at 4 KiB"
    JUNK = "junk in place of 512 B"


_BARREN = 10  # rounds without a new state, until there are taken to be no more
RANDOM = (Mode.SUBSET, Mode.REORDERED, Mode.TORN_512, Mode.TORN_4K, Mode.JUNK)


class Piece(msgspec.Struct, frozen=True):
    """Part of one volatile call that made it. `junk`: seed of what stands there instead."""

    call: int  # index among the inode's volatile calls
    start: int = 0
    end: int = 0
    junk: int = 0


class Choice(msgspec.Struct, frozen=True):
    """One crash state at one point: how many name changes and which pieces survived."""

    names: int
    pieces: tuple[tuple[int, tuple[Piece, ...]], ...]  # inode → pieces, in order of arrival


class _Inode:
    def __init__(self) -> None:
        self.image = bytearray()
        self.version = 0
        self.calls: list[Write | Truncate] = []

    def settle(self) -> None:
        for call in self.calls:
            apply(self.image, call)
        self.version += bool(self.calls)
        self.calls.clear()


class Disk:
    """One machine's disk up to some point of a trace."""

    def __init__(self) -> None:
        self._inodes: dict[int, _Inode] = {}
        self._names: dict[str, int] = {}
        self._changes: list[Create | Unlink] = []
        self._folder = 0  # version of the durable names

    def feed(self, op: Op) -> None:
        match op:
            case Create():
                self._inodes[op.inode] = _Inode()
                self._changes.append(op)
            case Unlink():
                self._changes.append(op)
            case SyncFolder():
                self._names = self._named(len(self._changes))
                self._changes.clear()
                self._folder += 1
            case Write() | Truncate():
                self._inodes[op.inode].calls.append(op)
            case Sync():
                self._inodes[op.inode].settle()
            case Mark():
                pass

    def volatile(self) -> int:
        return len(self._changes) + sum(len(one.calls) for one in self._inodes.values())

    def synced(self) -> Choice:
        """What is left for certain."""
        return Choice(0, ())

    def choose(self, mode: Mode, chance: random.Random) -> Choice:
        everything = mode is Mode.ALL
        names = {Mode.NONE: 0, Mode.ALL: len(self._changes)}.get(mode)
        if names is None:
            names = chance.randint(0, len(self._changes))
        odds = chance.choice((0.2, 0.5, 0.8))
        chosen = []
        for number, inode in self._inodes.items():
            if not inode.calls or mode is Mode.NONE:
                continue
            pieces = [
                piece
                for index, call in enumerate(inode.calls)
                if everything or chance.random() < odds or mode in _TEARING
                for piece in _pieces(index, call, mode, odds, chance)
            ]
            if mode is Mode.REORDERED:
                chance.shuffle(pieces)
            if pieces:
                chosen.append((number, tuple(pieces)))
        return Choice(names, tuple(chosen))

    def key(self, choice: Choice) -> int:
        """Equal for states that are the same bytes, as far as that is cheap to tell."""
        versions = tuple(one.version for one in self._inodes.values())
        return hash((self._folder, versions, choice.names, choice.pieces))

    def materialise(self, choice: Choice, folder: Path) -> None:
        pieces = dict(choice.pieces)
        for name, number in self._named(choice.names).items():
            inode = self._inodes[number]
            image = inode.image
            if number in pieces:
                image = bytearray(image)
                for piece in pieces[number]:
                    _restore(image, inode.calls[piece.call], piece)
            (folder / name).write_bytes(image)

    def _named(self, changes: int) -> dict[str, int]:
        names = dict(self._names)
        for change in self._changes[:changes]:
            if isinstance(change, Create):
                names[change.name] = change.inode
            else:
                names.pop(change.name, None)
        return names


_TEARING = (Mode.TORN_512, Mode.TORN_4K, Mode.JUNK)


def _pieces(
    index: int, call: Write | Truncate, mode: Mode, odds: float, chance: random.Random
) -> Iterator[Piece]:
    if isinstance(call, Truncate) or mode not in _TEARING:
        if mode not in _TEARING or chance.random() < odds:
            yield Piece(index, 0, 0 if isinstance(call, Truncate) else len(call.data))
        return
    step = 4096 if mode is Mode.TORN_4K else 512
    start = 0
    while start < len(call.data):
        end = min(len(call.data), start + step - (call.offset + start) % step)
        if chance.random() < odds:
            yield Piece(index, start, end)
        elif mode is Mode.JUNK and chance.random() < odds:
            yield Piece(index, start, end, chance.getrandbits(31) + 1)
        start = end


def apply(image: bytearray, call: Write | Truncate) -> None:
    if isinstance(call, Truncate):
        del image[call.size :]
        image.extend(bytes(call.size - len(image)))
        return
    _put(image, call.offset, call.data)


def _restore(image: bytearray, call: Write | Truncate, piece: Piece) -> None:
    if isinstance(call, Truncate):
        apply(image, call)
        return
    data = call.data[piece.start : piece.end]
    if piece.junk:
        data = random.Random(piece.junk).randbytes(len(data))
    _put(image, call.offset + piece.start, data)


def _put(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))  # a hole reads as zeros
    image[offset : offset + len(data)] = data


def states(
    ops: list[Op], share: tuple[int, int], wanted: int, seed: int
) -> Iterator[tuple[int, Disk, Mode, Choice]]:
    """Up to `wanted` different crash states: at every point of this share of the points nothing
    and everything, then rounds of random ones where there is something to choose.

    Yields (number of calls done, disk, mode, choice); the disk is good until the next step.
    """
    part, of = share
    told: set[tuple[int, int]] = set()
    rounds = barren = 0
    while len(told) < wanted and barren < _BARREN:
        before, disk, marks = len(told), Disk(), 0
        for done, op in enumerate(ops, 1):
            disk.feed(op)
            marks += isinstance(op, Mark)
            if done % of != part or (rounds and not disk.volatile()):
                continue
            chance = random.Random(f"{seed}/{done}/{rounds}")
            for mode in _round(rounds, chance):
                choice = disk.choose(mode, chance)
                key = (marks, disk.key(choice))
                if key not in told:
                    told.add(key)
                    yield done, disk, mode, choice
                    if len(told) >= wanted:
                        return
        rounds += 1
        barren = barren + 1 if len(told) == before else 0


def _round(number: int, chance: random.Random) -> tuple[Mode, ...]:
    if number == 0:
        return Mode.NONE, Mode.ALL
    return tuple(chance.sample(RANDOM, 2))
