"""Events on their way from the file's order to the log's: those that repeat others out, persons
sealed, and in windows of about a day, in which what belongs together is put together."""

import msgspec

from core import codec, sealing
from core.catalog import CATALOG
from core.clock import Clock, parse_rfc3339
from core.keystore import KeyStore
from edge.quarantine import Entry, Quarantine
from infra.importing.aside import REPEATED, Aside
from infra.importing.ids import Ids
from infra.importing.made import GATEWAY, Batch, Made
from infra.importing.pool import Read
from infra.importing.report import Tally
from infra.importing.staging import Frames

_MOST = 100_000  # events of a window
_ENOUGH = 20_000  # events with which one ends where the day does
_BYTES = 40_000_000


class Window:
    """Owns what has been read and is not staged. Without `frames` nothing is: a dry run."""

    def __init__(
        self,
        file: str,
        ids: Ids,
        tally: Tally,
        frames: Frames | None,
        quarantine: Quarantine,
        keys: KeyStore,
        clock: Clock,
    ) -> None:
        self._file, self._ids, self._tally = file, ids, tally
        self._frames, self._quarantine, self._keys, self._clock = frames, quarantine, keys, clock
        self._made: list[Made] = []
        self._aside: list[Entry] = []
        self._bytes = self._day = 0

    def add(self, read: Read, batch: Batch) -> None:
        block = read.block
        self._tally.rows += read.rows
        self._tally.messages += batch.messages
        self._tally.payloads += batch.payloads
        for one in (*read.aside, *batch.aside):
            self._put_aside(_truncated(one, read), block.lines[one.row - block.first])
        for made in batch.made:
            forward = made.day > self._day and len(self._made) >= _ENOUGH
            if forward or len(self._made) >= _MOST:
                self.flush()
            self._day = max(self._day, made.day)
            self._made.append(made)
            self._bytes += len(made.line)
        if self._bytes >= _BYTES:
            self.flush()

    def flush(self) -> None:
        made, self._made = self._made, []
        again = self._ids.add(made)
        for at, found in again.items():
            one = made[at]
            detail = "" if found.row else "an earlier import"
            aside = Aside(one.row, REPEATED if found.same else "conflict", detail, found.row)
            self._put_aside(aside, one.line)
        fresh = [one for at, one in enumerate(made) if at not in again] if again else made
        for one in fresh:
            self._tally.event(one.compound, one.type, one.ms)
            if one.personal is not None:
                one.line = self._sealed(one)
        self._keys.flush()
        if self._aside:
            self._quarantine.add(self._aside, self._clock.now())
        self._aside, self._bytes = [], 0
        if self._frames is not None:
            self._frames.add(fresh)

    def _put_aside(self, one: Aside, raw: bytes) -> None:
        self._tally.put_aside(one)
        self._bytes += len(raw)
        if one.reason != REPEATED:
            topic = f"{self._file}:{one.row}"
            self._aside.append(
                Entry(
                    topic=topic, payload=raw, adapter=GATEWAY, reason=one.reason, detail=one.detail
                )
            )

    def _sealed(self, one: Made) -> bytes:
        (event,) = CATALOG.read_lines(one.line)
        assert one.personal is not None
        recorded = parse_rfc3339(event.recordedtime)
        data = sealing.seal(self._keys, one.personal, event.data, event.id, recorded)
        return codec.encode(msgspec.structs.replace(event, data=data))


def _truncated(one: Aside, read: Read) -> Aside:
    """The last line of a file, which nothing ends, may be the beginning of a longer one."""
    block = read.block
    last = block.open and one.row == block.first + len(block.lines) - 1
    if last and one.reason in ("malformed", "ragged", "charset"):
        return msgspec.structs.replace(one, reason="truncated")
    return one
