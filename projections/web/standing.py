"""What was done here and is not folded yet: so that two clicks, and two people, are told apart."""

import contextlib
import threading
from collections.abc import Iterator, Sequence

import msgspec

from core.event import Event
from projections.web.desk import Desk
from projections.web.refusal import Behind


class Unfolded(msgspec.Struct, frozen=True):
    """`about`: what it was done to; an alarm's id, or a compound's watch."""

    compound: str
    about: str
    event: Event
    position: int


class Standing:
    """Owns what was appended here and is not folded yet; the views know the rest. Any thread, one
    act at a time.

    Dying after the append is safe: the views read it at the next start, and until they have
    nothing is done anew.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._floor = desk.log.head()
        self._unfolded: list[Unfolded] = []

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else acts inside. Behind while the views do not know what was done before."""
        with self._lock:
            folded = self._desk.runner.position()
            if folded < self._floor:
                raise Behind
            self._unfolded = [one for one in self._unfolded if one.position > folded]
            yield

    def of(self, compound: str, about: str) -> Sequence[Event]:
        """In their order; inside a turn."""
        return [
            one.event for one in self._unfolded if (one.compound, one.about) == (compound, about)
        ]

    def append(self, compound: str, about: str, *events: Event) -> int:
        """Position of the last one, durable all; inside a turn. Blocks for one fsync."""
        position = self._desk.append(events)
        self._unfolded += [Unfolded(compound, about, one, position) for one in events]
        return position
