"""Whom somebody asks for when nothing is seen of them."""

import msgspec

from projections.safe_community.rows.timers import Said
from projections.view import Row


class Sign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Of life."""

    id: str
    said: Said


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """From the first to the last of signs none of which is too long after another."""

    first: Sign
    last: Sign


class Care(Row, frozen=True, kw_only=True):
    """Somebody who lives alone and asked for it: no passage for `hours`, and somebody shall ask."""

    ref: str
    hours: float
    basis: str
    since: str
    last: str = ""  # passage
    due: str = ""
    spans: tuple[Span, ...] = ()  # in which something was seen of them, from the consent on
    position: int = 0
