"""What somebody does at this gateway, on its way through the intake."""

from collections.abc import Callable

import msgspec

from devices.adapter import Site
from edge.own import Own


def _nothing() -> None:
    pass


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """`says` is in the journal when `done` is called, on the intake's thread: only then may it be
    carried out. `site`: what is known of devices from here on, between two messages."""

    says: tuple[Own, ...] = ()
    site: Site | None = None
    done: Callable[[], None] = _nothing
