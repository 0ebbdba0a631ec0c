"""A compound's rows as they stood at one position, and which of them are kept.

Snapshots save folding, they decide nothing: with or without them the answers are the same. Few rows
are taken whole, at positions that are multiples of EVERY, and thinned as they get old. Of MANY rows
only what was changed is taken, every COST events, so that nothing is ever far behind one: snapshot
number n of them continues number n with its lowest bit taken away, so that any of them is read with
log2 n others. These are not thinned: others continue them.
"""

from collections.abc import Iterable, Sequence

import msgspec

from projections.snapshot_rows import Kept, gone_since, packed
from projections.state import CompoundRows, ViewState

EVERY = 1024  # positions; a block ends at each multiple
NEWEST = 32  # blocks of which all snapshots are kept; and so many groups of every coarser step
STEP = 8  # how many times coarser each step is
RARELY = 3  # times as many events as rows: a row costs a fifth of folding an event
OFTEN = 16  # blocks after which a compound that has changed has a new one, however little it did
MANY = 4096  # rows
COST = 32_768  # events: half a second of folding


class Snapshot(msgspec.Struct, frozen=True):
    """`leaf` is the hash of the batch at that position: of another log it is not used."""

    compound: str
    position: int
    leaf: bytes
    rows: bytes  # as `snapshot_rows` packs them


def block(position: int) -> int:
    """The number of the block that holds the position, from 1."""
    return -(-position // EVERY)


def end_of_block(position: int) -> int:
    """Last position of the block that the batch after `position` is in."""
    return (position // EVERY + 1) * EVERY


def many(rows: CompoundRows) -> bool:
    return rows.size() >= MANY


def costly(rows: CompoundRows) -> bool:
    """Whether so many rows are due, wherever the log stands."""
    return rows.events >= COST and many(rows)


def due(rows: CompoundRows, position: int) -> bool:
    """Whether the block that ends there ends with a snapshot of these rows. It waits until its
    cost is little beside that of the events since the one before; but not for ever, because who
    goes back reads the blocks between."""
    if not rows.events:
        return False
    if not rows.block or block(position) - rows.block >= OFTEN:
        return True
    return rows.events >= RARELY * rows.size() and not many(rows)


def kept(positions: Iterable[int], upto: int) -> set[int]:
    """Which of a compound's snapshots remain when the log has come to `upto`: all of the newest
    NEWEST blocks, before them the newest of every STEP blocks, NEWEST times, before them of every
    STEP × STEP, and so on. What it drops it would never ask for again."""
    now = block(upto)
    newest: dict[tuple[int, int], int] = {}
    for position in positions:
        at = block(position)
        width = _width(at, now)
        group = width, (at - 1) // width
        newest[group] = max(newest.get(group, 0), position)
    return set(newest.values())


def lasts(position: int, upto: int) -> bool:
    """Whether a block ends there whose snapshot is still kept at `upto`."""
    if position % EVERY:
        return False
    return block(position) % _width(block(position), block(upto)) == 0


def _width(at: int, now: int) -> int:
    """How many blocks share one snapshot with block `at`. Blocks are drawn together all at once,
    when the last of them is old enough: a group is always made of whole smaller ones."""
    width, reach, wider = 1, NEWEST, STEP
    while now - -(-at // wider) * wider >= reach:
        width, reach, wider = wider, reach + NEWEST * wider, wider * STEP
    return width


class Turn(msgspec.Struct, frozen=True):
    """What the end of a block changes: snapshots to be kept, and (compound, position) of those
    that are old enough to go."""

    snapshots: list[Snapshot]
    thinned: list[tuple[str, int]]


class Shelf:
    """Owns which snapshots there are. `turn` says what is to change; once that is committed,
    `turned` takes it over."""

    def __init__(self, positions: dict[str, list[int]], state: ViewState) -> None:
        self._positions = positions  # of those that may be thinned
        # Compound → number and position of its newest snapshot and of those that this continues,
        # the whole one first.
        self._chains: dict[str, list[tuple[int, int]]] = {}
        for compound, rows in state.compounds.items():
            newest = max(positions.get(compound, ()), default=0)
            rows.block = block(newest)
            # How much was folded since is not known any more: if anything was, it was enough.
            rows.events = RARELY * rows.size() if rows.newest() > newest else 0

    def turn(self, state: ViewState) -> Turn:
        position = state.position
        ends = not position % EVERY
        made = Turn([], [])
        for compound, rows in state.compounds.items():
            if not costly(rows) and not (ends and due(rows, position)):
                continue
            number, base = self._next(rows)
            data = packed(rows, number, base)
            made.snapshots.append(Snapshot(compound, position, state.leaf, data))
            if many(rows):
                continue
            there = self._positions.get(compound, [])
            left = kept([*there, position], position)
            made.thinned.extend((compound, one) for one in there if one not in left)
        return made

    def turned(self, turn: Turn, state: ViewState) -> None:
        for one in turn.snapshots:
            rows = state.compounds[one.compound]
            rows.events, rows.block = 0, block(one.position)
            number, base = self._next(rows)
            chain = self._chains.get(one.compound, []) if number else []
            self._chains[one.compound] = [link for link in chain if link[1] <= base]
            self._chains[one.compound].append((number, one.position))
            if not number:
                rows.gone.clear()
            if not many(rows):
                self._positions.setdefault(one.compound, []).append(one.position)
        for compound, position in turn.thinned:
            self._positions[compound].remove(position)

    def resume(self, compound: str, chain: Sequence[tuple[int, Kept]], rows: CompoundRows) -> None:
        """After a start: go on behind these, positions and what stands there, newest first."""
        self._chains[compound] = [(kept.number, position) for position, kept in reversed(chain)]
        gone = gone_since([kept for _, kept in chain], rows)
        rows.gone = dict.fromkeys(gone, rows.newest())

    def _next(self, rows: CompoundRows) -> tuple[int, int]:
        """Number of the next snapshot, and position of the one it continues; 0, 0: it is whole."""
        chain = self._chains.get(rows.compound)
        if not chain or not many(rows) or len(rows.gone) > rows.size():
            return 0, 0
        number = chain[-1][0] + 1
        return number, dict(chain)[number & (number - 1)]
