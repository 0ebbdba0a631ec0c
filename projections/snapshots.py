"""A compound's rows as they stood at one position, and which of them are kept.

Snapshots save folding, they decide nothing: with or without them the answers are the same. They
are taken at positions that are multiples of EVERY, so that every process takes the same ones.
"""

from collections.abc import Iterable

import msgspec
import zstandard

from projections.packed_rows import packed
from projections.state import CompoundRows, ViewState
from projections.view import Row, View

EVERY = 1024  # positions; a block ends at each multiple
NEWEST = 32  # blocks of which all snapshots are kept; and so many groups of every coarser step
STEP = 8  # how many times coarser each step is
RARELY = 3  # times as many events as rows: a row costs a fifth of folding an event
OFTEN = 16  # blocks after which a compound that has changed has a new one, however little it did
_PACKED = list[tuple[str, str, bytes, int]]
_UNPACK = msgspec.msgpack.Decoder(_PACKED)


class Snapshot(msgspec.Struct, frozen=True):
    """`leaf` is the hash of the batch at that position: of another log it is not used."""

    compound: str
    position: int
    leaf: bytes
    rows: bytes  # zstd of msgpack: kind, key, value as JSON, position


def taken(rows: CompoundRows, position: int, leaf: bytes) -> Snapshot:
    return Snapshot(rows.compound, position, leaf, packed([row[1:] for row in rows.stored()]))


def opened(view: View, snapshot: Snapshot) -> CompoundRows:
    """The rows as they were. ValueError when these are not bytes we wrote."""
    decoders = {kind: msgspec.json.Decoder(row) for kind, row in view.kinds.items()}
    rows = CompoundRows(snapshot.compound)
    rows.block = block(snapshot.position)
    try:
        found: _PACKED = _UNPACK.decode(zstandard.decompress(snapshot.rows))
        for kind, key, value, place in found:
            row: Row = decoders[kind].decode(value)
            rows.lay(kind, key, row, place)
    except (zstandard.ZstdError, msgspec.MsgspecError, KeyError) as error:
        raise ValueError(f"not a snapshot: {error}") from error
    return rows


def block(position: int) -> int:
    """The number of the block that holds the position, from 1."""
    return -(-position // EVERY)


def end_of_block(position: int) -> int:
    """Last position of the block that the batch after `position` is in."""
    return (position // EVERY + 1) * EVERY


def due(rows: CompoundRows, position: int) -> bool:
    """Whether the block that ends there ends with a snapshot of these rows. It waits until its
    cost is little beside that of the events since the one before; but not for ever, because who
    goes back reads the blocks between."""
    if not rows.events:
        return False
    waited = block(position) - rows.block
    return not rows.block or rows.events >= RARELY * rows.size() or waited >= OFTEN


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


NO_TURN = Turn([], [])


class Shelf:
    """Owns which snapshots there are. `turn` says what is to change; once that is committed,
    `turned` takes it over."""

    def __init__(self, positions: dict[str, list[int]], state: ViewState) -> None:
        self._positions = positions
        for compound, rows in state.compounds.items():
            newest = max(positions.get(compound, ()), default=0)
            rows.block = block(newest)
            # How much was folded since is not known any more: if anything was, it was enough.
            rows.events = RARELY * rows.size() if rows.newest() > newest else 0

    def turn(self, state: ViewState) -> Turn:
        position = state.position
        if position % EVERY:
            return NO_TURN
        made = Turn([], [])
        for compound, rows in state.compounds.items():
            if due(rows, position):
                made.snapshots.append(taken(rows, position, state.leaf))
                there = self._positions.get(compound, [])
                left = kept([*there, position], position)
                made.thinned.extend((compound, one) for one in there if one not in left)
        return made

    def turned(self, turn: Turn, state: ViewState) -> None:
        for one in turn.snapshots:
            rows = state.compounds[one.compound]
            rows.events, rows.block = 0, block(one.position)
            self._positions.setdefault(one.compound, []).append(one.position)
        for compound, position in turn.thinned:
            self._positions[compound].remove(position)
