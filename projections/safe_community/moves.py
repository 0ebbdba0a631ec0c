"""Movements of one reference, a person's or a plate's, put in the order in which they happened.

Gateways are heard in any order: an exit may be known before the entry it ends. So the newest
movements are kept, and everything else (who is inside, whose exit had no entry, how long a
vehicle stayed) is a function of what is kept.
"""

from collections.abc import Iterator, Mapping

import msgspec

from projections.safe_community.rows.moves import Move, Moves
from projections.view import Rows, oldest

REFERENCES = 20_000  # of a kind; beyond, those that moved longest ago are forgotten

_replace = msgspec.structs.replace


def order(move: Move) -> tuple[str, str]:
    return move.at, move.id


def of(rows: Rows, kind: str, ref: str) -> Moves:
    return rows.get(kind, ref, Moves) or Moves(ref=ref)


def with_move(found: Moves, move: Move, keep: int) -> Moves:
    at = len(found.moves)
    while at and order(found.moves[at - 1]) > order(move):
        at -= 1
    kept = (*found.moves[:at], move, *found.moves[at:])[-keep:]
    return _replace(found, moves=kept, count=found.count + 1)


def without(found: Moves, id: str, door: str) -> Moves:
    """With that one marked as never made; it stays, so that none older takes its room."""
    kept = tuple(
        _replace(one, void=True) if (one.id, one.door) == (id, door) else one for one in found.moves
    )
    return _replace(found, moves=kept)


def made(found: Moves) -> Iterator[Move]:
    return (one for one in found.moves if not one.void)


def where(found: Moves) -> Move | None:
    for one in reversed(found.moves):
        if not one.void:
            return one
    return None


def after(found: Moves, move: Move) -> Move | None:
    """The next one that was made."""
    for one in found.moves:
        if not one.void and order(one) > order(move):
            return one
    return None


def unmatched(found: Moves) -> Mapping[str, int]:
    """Area → exits of somebody who, by all that is kept, was not in."""
    counts: dict[str, int] = {}
    before: Move | None = None
    whole = found.count <= len(found.moves)
    for one in made(found):
        for area in one.left:
            if area not in before.areas if before is not None else whole:
                counts[area] = counts.get(area, 0) + 1
        before = one
    return counts


def surplus(rows: Rows, kind: str) -> str:
    """Whom to forget, if one is too many: who moved longest ago."""
    return oldest(rows, kind, Moves, _newest) if len(rows.keys(kind)) > REFERENCES else ""


def _newest(found: Moves) -> tuple[str, str]:
    return order(found.moves[-1]) if found.moves else ("", "")
