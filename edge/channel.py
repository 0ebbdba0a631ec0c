"""One journal on its way to the hub: what a receipt means for it. No socket, no clock of its own.

Whoever disagrees is told apart here. The hub lost batches: they go again. It never had what
this gateway already gave up (`pruned`), holds other batches under our numbers (`fork`), or more
than we wrote (`ahead`): nothing moves until a person has looked (docs/recovery.md). An older
journal that was set aside (renewed, damaged) has had that look: what cannot go under its old
number is written again, once the hub's own word shows that it has not got it.
"""

import logging
from collections.abc import Callable, Sequence

from eventsourcing.persistence import StoredEvent

from core.receipt import Receipt
from edge.carry import Carry
from edge.stream import Stream
from edge.window import Window

log = logging.getLogger("edge.uplink")

_DISBELIEVED = frozenset({"revoked", "rotated"})  # this key's word counts no more
_PROBE = 5.0  # seconds between questions to a silent hub


class Channel:
    """Owns the window over one stream. Used from the uplink's task only."""

    def __init__(self, stream: Stream, resend: float, carry: Callable[[Carry], None]) -> None:
        self.stream = stream
        self.window = Window(stream.cursor, resend, patient=not stream.urgent)
        self._carry = carry
        self._heard = False  # the hub has spoken of this journal in this session
        self._carrying = 0  # the batch from which events are being written again
        self._probed = float("-inf")
        self._asked = 0  # the batch that was sent only to hear
        if stream.retired and stream.carried and not stream.closed:
            self._write_again(stream.carried + 1)  # where the last life left off

    def begin(self) -> None:
        """A new session."""
        self.window.begin(self.stream.cursor)
        self._heard, self._probed, self._asked = False, float("-inf"), 0
        self._finish()

    def room(self, now: float) -> int:
        """How many batches may go now."""
        self.window.expire(now)
        if self.stream.closed or self._carrying:
            return 0
        return self.window.room(self.stream.sendable())

    def wait(self, now: float) -> float | None:
        """Seconds until there is something to do unasked."""
        waits = [self.window.wait(now)]
        if self._stuck() and not self._heard:
            waits.append(max(0.0, self._probed + _PROBE - now))
        return min((one for one in waits if one is not None), default=None)

    def next(self, limit: int) -> Sequence[StoredEvent]:
        """Batches to send, none if the next was given up. Blocks on the disk."""
        after = self.window.sent
        found = self.stream.read(after, limit)
        return found if found and found[0].originator_version == after + 1 else ()

    def gone(self, now: float) -> bool:
        """True when what should go next was given up: the hub fell behind what we kept."""
        if self.window.sent >= self.stream.pruned:
            return False
        if self.stream.retired:
            self._write_again(self.window.sent + 1)
        else:
            self._refused("pruned", f"batch {self.window.sent + 1} was given up", now)
            self.window.went(self.window.sent + 1, now)  # as good as: until the next knock
        return True

    def probe(self, now: float) -> int:
        """The number of a batch to send only to hear where the hub stands; 0: none."""
        hole = self.stream.next_hole()
        if hole is None or not self._stuck() or self._heard or now < self._probed + _PROBE:
            return 0
        self._probed = now
        if hole.first - 1 > self.stream.pruned:
            self._asked = hole.first - 1
            return self._asked
        if hole.last < self.stream.head.number:
            self._asked = hole.last + 1
            return self._asked
        self._write_again(
            max(hole.first, self.window.held + 1)
        )  # nothing of it can be read: nobody can be asked
        return 0

    def news(self, found: Receipt) -> bool:
        """Whether the hub names a batch it had not named before: then it is to be compared."""
        return self.window.held < found.committed <= self.stream.head.number

    def receipted(self, found: Receipt, payload: bytes, now: float, *, same: bool) -> bool:
        """True when the cursor moved. `same`: the hub's newest batch is the one we wrote."""
        self._heard = True
        stream, window = self.stream, self.window
        cursor = stream.cursor
        if found.committed <= window.held or (found.committed <= stream.head.number and same):
            self._took(found.committed, payload, now)
        elif not stream.retired:
            if found.committed > stream.head.number:
                self._refused("ahead", "the hub holds batches this gateway has not", now)
            else:
                self._refused("fork", f"the hub holds another batch {found.committed}", now)
            return False
        elif not found.refused and found.number <= stream.head.number:
            # This very batch is there, and so is all before it. The hub's newest is another's, or
            # stands where ours cannot be read any more.
            hole = stream.next_hole()
            inside = hole is not None and hole.first - 1 == found.number < found.committed
            inside = inside and hole is not None and found.committed <= hole.last
            self._took(found.committed if inside else found.number, b"", now)
        if not self._carrying:
            self._answered(found, payload, now)
        self._finish()
        return stream.cursor > cursor

    def _answered(self, found: Receipt, payload: bytes, now: float) -> None:
        stream, window = self.stream, self.window
        if found.refused == "gap":
            had = stream.cursor
            if window.gap(found.committed, found.number, now):
                stream.lost(found.committed, payload)
            elif found.number == self._asked and found.committed < window.held:
                window.begin(found.committed)
                stream.lost(found.committed, payload)
            if stream.cursor < had:
                log.error(
                    "the hub has lost batches %d to %d, which it had receipted; sending again",
                    found.committed + 1, had,
                )  # fmt: skip
        elif found.refused == "fork" and stream.retired:
            if found.number == window.held + 1:
                self._write_again(found.number)
            else:
                window.begin(window.held)  # is the one before it another's, too?
        elif found.refused in _DISBELIEVED and stream.retired:
            self._write_again(window.held + 1)  # by the key that is believed now
        elif found.refused and (found.number > found.committed or not found.journal):
            self._refused(found.refused, f"batch {found.number}", now)
        hole = stream.next_hole()
        if self._stuck() and hole is not None and window.held < hole.last:
            self._write_again(window.held + 1)

    def _took(self, committed: int, payload: bytes, now: float) -> None:
        self.stream.took(committed, payload)
        self.window.took(committed, now)

    def _stuck(self) -> bool:
        """All that can be served is delivered, and a hole follows."""
        hole = self.stream.next_hole()
        return (
            hole is not None
            and not self.stream.closed
            and not self._carrying
            and self.window.held >= hole.first - 1
        )

    def _write_again(self, first: int) -> None:
        if not self._carrying:
            log.error("%s: from batch %d on its events are written again", self.stream.file, first)
            self._carrying = first
            self._carry(Carry(self.stream, first))

    def _finish(self) -> None:
        stream = self.stream
        done = stream.cursor >= stream.head.number and stream.next_hole() is None
        if stream.retired and done and not self._carrying:
            stream.closed = True

    def _refused(self, reason: str, detail: str, now: float) -> None:
        if self.window.refuse(reason, now):
            log.error("the hub refuses this gateway: %s (%s)", reason, detail)


def held_back(channel: Channel, among: Sequence[Channel]) -> bool:
    """A new key is believed once the hub has read the old one's last word: until then there is no
    use in sending what it signed. What the hub refuses of the old one, nobody waits for."""
    own = channel.stream.journal
    return any(
        one.stream.pending and not one.window.refused
        for one in among
        if one.stream.urgent
        and one.stream.journal.key != own.key
        and one.stream.journal.epoch < own.epoch
    )
