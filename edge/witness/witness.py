"""The gateway's own eye on the hub's log: every gateway is a witness.

Order, so that we never sign two histories whenever we die: judged, kept durably, then believed,
then cosigned. What is refused is kept with the hub's two signed words beside it (evidence), said
in the journal once, and ends all believing until a person decides (edge/witness/trust.py).
"""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from core.clock import Clock
from core.errors import BadProof, DiskFull
from core.event import Data
from core.events import logproof
from core.keys import Signer
from core.receipt import Receipt
from core.tlog import note
from core.tlog.standing import Standing, standing
from edge.own import Own
from edge.stream import Stream
from edge.witness import evidence, state, words
from edge.witness.judge import Contradiction, Log, Pin, judged
from edge.witness.overdue import Overdue
from edge.witness.state import State

log = logging.getLogger("edge.witness")

_REFUSED = (
    "the hub's log is refused (%s): nothing it shows is believed, and nothing unproven is given "
    "up, until a person has decided (docs/recovery.md)"
)


class Witness:
    """Owns checkpoint.json and what is believed of the hub's log. Any thread; who is heard or
    looks waits for whoever does. `proven` of the streams follows it: what is not proven is not
    given up."""

    def __init__(
        self,
        folder: Path,
        pin: Callable[[], Pin],
        name: str,
        signer: Signer,
        clock: Clock,
        streams: Mapping[str, Stream],
        say: Callable[[Own], None],
        unproven_s: float = 0.0,
    ) -> None:
        """`pin`: with the key that the hub has now. `name`: under which it cosigns. `streams`: by
        journal (UUID hex), those that grow. `say` takes events of the gateway to its journal; the
        same one may come again."""
        self._folder, self._pin, self._name = folder, pin, name
        self._signer, self._clock = signer, clock
        self._streams, self._say = streams, say
        self._limit, self._overdue = unproven_s, Overdue(unproven_s)
        self._cosigned = ("", "")  # checkpoint, our line
        self._kept = True
        self._lock = threading.Lock()
        try:
            self._state = state.read(folder)
        except BadProof as bad:
            log.error("%s", bad)
            self._state = words.unreadable(folder, name, clock.now())
        if self._state.refused:
            log.error(_REFUSED, self._state.refused)
        self._spread()
        for word in self._state.words:  # the journal drops those it has
            self._say(words.own(word))

    @property
    def refused(self) -> str:
        return self._state.refused

    def standing(self) -> Standing:
        """For the state message: what we know, cosigned."""
        now, proven = self._state, {}
        for name in self._streams:
            proven[name] = now.proven[name].number if name in now.proven else 0
        return standing(now.head, self._cosignature(), proven, now.refused)

    def heard(self, found: Receipt) -> None:
        """A receipt with a proof, signed by the hub. Blocks on the disk. DiskFull: not believed
        yet; it comes again. FatalError when it is not known what is on disk, Damaged when our own
        batch is not what was committed."""
        with self._lock:
            self._hear(found)

    def look(self, elapsed: float) -> None:
        """`elapsed` seconds of connection later: whether the hub shows too little."""
        with self._lock:
            self._look(elapsed)

    def _hear(self, found: Receipt) -> None:
        stream = self._streams.get(found.journal)
        if self._state.refused or stream is None or not 0 < found.committed <= stream.cursor:
            return  # where the sides do not agree on what is delivered, edge/channel.py judges
        leaf = stream.leaf(found.committed)
        try:
            after = judged(self._state, found, self._log(), leaf.hex() if leaf else None)
        except Contradiction as contradiction:
            self._refuse(contradiction, found, stream)
            return
        except BadProof as bad:
            log.error("a proof of the hub is not understood: %s", bad)
            return
        if after != self._state:
            state.keep(self._folder, after)
            self._state = after
            self._spread()

    def _look(self, elapsed: float) -> None:
        if not self._kept:
            self._keep()
        late = self._overdue.look(self._streams.values(), elapsed)
        before = self._state
        size = before.head.size if before.head else 0
        if before.refused:
            return
        if before.unproven is not None:
            name, batch = before.unproven
            stream = self._streams.get(name)  # of an older epoch nothing more is proven
            if stream is None or (stream.proven or 0) >= batch:
                log.info("the hub has proven what was missing")
                proven = msgspec.structs.replace(before, unproven=None)
                self._tell(proven, logproof.Proven(known_size=size))
        elif late is not None:
            stream, batch = late
            log.error("batch %d was receipted and is not proven for %.0f s", batch, self._limit)
            unproven = msgspec.structs.replace(before, unproven=(stream.journal.id.hex, batch))
            said = logproof.Unproven(
                epoch=stream.journal.epoch,
                lane=int(stream.journal.lane),
                batch=batch,
                proven=stream.proven or 0,
                known_size=size,
                within_s=self._limit,
            )
            self._tell(unproven, said)

    def _log(self) -> Log:
        return self._pin().log(self._state)

    def _refuse(self, found: Contradiction, said: Receipt, stream: Stream) -> None:
        """Even where nothing can be kept any more: what is on disk is older, and as true."""
        now, before, pinned = self._clock.now(), self._state, self._log()
        log.error(_REFUSED, found)
        told = found.told.encode().decode() if found.told else ""
        name = evidence.write(self._folder, found, before.checkpoint, told, said, pinned, now)
        after = msgspec.structs.replace(before, refused=found.reason, told=told, unproven=None)
        journal, known, head = stream.journal, before.head, after.told_head
        self._tell(
            after,
            logproof.Refused(
                reason=found.reason,
                origin=head.origin if head else pinned.origin,
                known_size=known.size if known else 0,
                known_root=known.root.hex() if known else "",
                told_size=head.size if head else 0,
                told_root=head.root.hex() if head else "",
                epoch=journal.epoch,
                lane=int(journal.lane),
                batch=said.committed,
                position=said.position,
                evidence=name,
            ),
        )

    def _tell(self, after: State, data: Data) -> None:
        word = words.word(self._name, data, self._clock.now())
        self._state = after.saying(word)
        self._spread()
        self._keep()
        self._say(words.own(word))

    def _keep(self) -> None:
        """What takes belief away holds at once; it is kept as soon as there is room."""
        try:
            state.keep(self._folder, self._state)
        except DiskFull as full:
            log.error("%s", full)
            self._kept = False
        else:
            self._kept = True

    def _spread(self) -> None:
        now = self._state
        for name, stream in self._streams.items():
            if name in now.proven:
                stream.proven = now.proven[name].number
            else:
                stream.proven = 0 if now.witnessed else None

    def _cosignature(self) -> str:
        """Ours over what is believed; the same checkpoint is signed once a life."""
        now = self._state
        if now.refused or not now.checkpoint:
            return ""
        if self._cosigned[0] != now.checkpoint:
            text = note.parse(now.checkpoint.encode()).text
            when = int(self._clock.now().timestamp())
            line = note.cosignature(text, self._name, self._signer, when).line()
            self._cosigned = (now.checkpoint, line.removesuffix("\n"))
        return self._cosigned[1]
