"""Until when the district is known, and of which days it was told anything."""

import msgspec

from projections.view import Row


class Spell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Days since 1970, of China, with no long silence between them, and the newest moment told."""

    first: int
    last: int
    ms: int


class Mark(Row, frozen=True, kw_only=True):
    ms: int = 0
    spells: tuple[Spell, ...] = ()  # oldest first
