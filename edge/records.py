"""Devices' own record counters: what is missing, what comes late, when a counter began anew.

A device numbers its records. `decide` places one more of them, purely, from where the counter
stands (`Track`) and from whether its id is recorded already. In this order:

- an id recorded with the same content: a duplicate, also when it is the epoch before's;
- an id recorded with other content: the counter began anew if the record is newer than the
  newest one (or names no record before it, from a device that links them), else a conflict;
- the next number: accepted. This is all that ever happens to most devices;
- a higher one: what lies between is a gap, declared by its range however wide, unless the device
  links its records (`previous`) and links this one to what is here: numbers are also used up by
  records that are never pushed. A linking device whose record names no predecessor (0) has
  begun anew instead;
- a lower one inside an open gap: fills it, and with it what the link shows never to have been;
- any other lower one: late history, unless it is live and newer than the newest: begun anew.

*Began anew* (a reset, another unit under the same name, a 16-bit counter that wrapped): the epoch
rises by one, which is said once, and ids of that epoch carry it (`numbered_id`). Where that id is
taken, since the counter's row was forgotten and the ids were not, it rises further. The epoch
before keeps its open gaps: its stragglers, older than the raise by the device's own clock,
still fill them under their old ids. Of epochs before that nothing is remembered.

Clocks order nothing here; they only tell a straggler from a restart, and doubt goes to the
straggler. A time is compared with the time of the newest *number*, so a device whose clock was
set back is on its new scale with the next record. A clock ahead of the gateway's beyond belief
(2036) is compared with itself only, and never makes a sane clock look old. A clock that was
never set (2000, after a reset) makes records look late: they are recorded under the old epoch,
or are conflicts where their number is taken, until the device links none before or has its time.
What remains: a clock set back by more than RTC_S right between a lost record and its late
delivery raises an epoch too many; nothing is lost or doubled by it.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from eventsourcing.sqlite import SQLiteCursor
from msgspec.structs import replace

from core.clock import parse_rfc3339
from core.event import Origin, Record
from core.events.device import EpochRaised, GapDetected, GapFilled
from core.moment import CLOCK_LEAD
from core.store.queries import queries
from edge.damage import Corrupt
from edge.track import Range, Track, orderly, row_of, track_of

SQL = queries(Path(__file__).with_name("records.sql"))

Known = Literal["new", "same", "other"]  # how an id stands in the journal: content compared
Verdict = Literal["accept", "duplicate", "conflict"]
Finding = GapDetected | GapFilled | EpochRaised
Key = tuple[str, str]  # source, counter
Statement = tuple[str, Sequence[tuple[Any, ...]]]

# Open gaps remembered of an epoch. Beyond, the lowest is forgotten: it stays declared, and what
# comes of it later is accepted as late history without a word that it is filled.
MOST_GAPS = 64
JITTER_S = 2.0  # by which records may be stamped out of their order
RTC_S = CLOCK_LEAD.total_seconds()  # ... and a gap's straggler, across a clock's correction
REORDER = 64  # a device without clock began anew only if it falls back by more numbers than this

MOST_ROWS = 20_000  # counters remembered, by last use
MOST_OF_SOURCE = 64  # ... of one device, so that none can push out the others'
MOST_CACHED = 4_096
_FORGET_EVERY = 1_024  # rows saved between two cuts to MOST_ROWS


class Decision(msgspec.Struct, frozen=True):
    """`track` is what to remember, also for the next record of the same group; None while
    nothing of the counter was accepted. `epoch`: the one the record belongs to."""

    verdict: Verdict
    epoch: int
    track: Track | None
    findings: tuple[Finding, ...] = ()


def numbered_id(told: str, epoch: int) -> str:
    """An event's id in its counter's epoch: the first one's is as the adapter made it."""
    return told if epoch == 1 else f"{told}:e{epoch}"


def decide(
    track: Track | None,
    record: Record,
    time: str,
    at: str,
    origin: Origin,
    known: Known,
    known_before: Known = "new",
) -> Decision:
    """`time`: the device's own, empty if it told none; `at`: the gateway's. `known` is about the
    id in the current epoch, `known_before` about the one before (new where there is none)."""
    number = record.number
    if track is None:
        if known != "new":
            return Decision("duplicate" if known == "same" else "conflict", 1, None)
        return Decision("accept", 1, _begin(1, record, time, at))
    following = number == track.highest + 1
    if following and known == "new" and track.before is None:
        linked = number if record.previous > 0 else track.linked
        return Decision(
            "accept",
            track.epoch,
            Track(track.epoch, number, number, linked, time, at, track.began, track.gaps),
        )
    if known == "same":
        return Decision("duplicate", track.epoch, track)
    if known_before == "same" and (time or not following):
        # Without a time, equal content proves nothing against being next in line.
        return Decision("duplicate", track.epoch - 1, track)
    live = origin == "live"
    if track.before is not None and time:
        straggler = _straggler(track, track.before, record, time, live, known_before)
        if straggler == "conflict":
            return Decision("conflict", track.epoch - 1, track)
        if straggler == "accept":
            placed, findings = _placed(track.before, record, time, at)
            return Decision("accept", placed.epoch, replace(track, before=placed), findings)
    if known == "other":
        anew = _newer(track, time, at, JITTER_S) if time else live
        if anew or (live and _unlinked(track, record)):
            return _raised(track, record, time, at)
        return Decision("conflict", track.epoch, track)
    if live and _anew(track, record, time, at):
        return _raised(track, record, time, at)
    placed, findings = _placed(track, record, time, at)
    return Decision("accept", placed.epoch, placed, findings)


def _begin(epoch: int, record: Record, time: str, at: str) -> Track:
    number = record.number
    linked = number if record.previous > 0 else -1
    return Track(epoch, number, number, linked, time, at, time)


def _raised(track: Track, record: Record, time: str, at: str) -> Decision:
    begun = _begin(track.epoch + 1, record, time, at)
    if track.linked >= 0:
        begun = replace(begun, linked=record.number)
    if time and track.last_time and _seconds(time) > _seconds(track.last_time):
        begun = replace(begun, before=replace(track, before=None))
    told = EpochRaised(
        method=record.counter,
        epoch=begun.epoch,
        last_record=track.highest,
        record=record.number,
    )
    return Decision("accept", begun.epoch, begun, (told,))


def unused(raised: Decision, known: Callable[[int], Known]) -> Decision:
    """The raised epoch, or a later one in which the id is not taken. The counter may have been
    there before: its row is forgotten sooner than the ids (`MOST_OF_SOURCE`), or an older one was
    taken over. An id that is recorded with the same content is the same record: the counter goes
    on from there, and that it began anew was said when it did."""
    epoch, track = raised.epoch, raised.track
    assert track is not None
    while (found := known(epoch)) == "other":
        epoch += 1
    if epoch != raised.epoch:  # of the epochs in between nothing is known
        track = replace(track, epoch=epoch, before=None)
    if found == "same":
        return Decision("duplicate", epoch, track)
    told = tuple(replace(each, epoch=epoch) for each in raised.findings)
    return Decision("accept", epoch, track, told)


def _unlinked(track: Track, record: Record) -> bool:
    """Says that no record is before it, and can be taken at its word. 0 is also what firmware
    sends that links nothing."""
    return record.previous == 0 and track.linked >= 0


def _anew(track: Track, record: Record, time: str, at: str) -> bool:
    """Whether a live record under an unused number shows that the counter began anew."""
    number = record.number
    if number > track.highest:
        return number > track.highest + 1 and _unlinked(track, record)
    if number in (track.highest, track.latest):
        return False  # more of one record, or a counter that stands still
    inside = _gap_of(track, number) is not None
    if not time:
        return not inside and number + REORDER < track.highest
    return _newer(track, time, at, RTC_S if inside else JITTER_S)


def _straggler(
    track: Track, before: Track, record: Record, time: str, live: bool, known: Known
) -> Literal["accept", "conflict", ""]:
    """Whether a record belongs to the epoch before; empty: it does not. Whatever can continue
    the current epoch does: a clock set back after a reset may not send its records there."""
    number = record.number
    jump = number > track.highest + 1
    inside = _gap_of(before, number) is not None
    if not jump and not inside:
        return ""
    told = _seconds(time)
    if told <= _seconds(before.last_time):
        if known == "new":
            return "accept" if inside or not live else ""
        return "" if live else "conflict"
    return "accept" if number > before.highest and told < _seconds(track.began) else ""


def _placed(track: Track, record: Record, time: str, at: str) -> tuple[Track, tuple[Finding, ...]]:
    """The record taken into this epoch, and what that opens or fills."""
    number, counter = record.number, record.counter
    linked = max(track.linked, number) if record.previous > 0 else track.linked
    if number > track.highest:
        gaps = track.gaps
        findings: tuple[Finding, ...] = ()
        end = _missing_until(track, record)
        if end > track.highest:
            gaps = _bounded((*gaps, (track.highest + 1, end)))
            findings = (
                GapDetected(
                    from_record=track.highest + 1,
                    to_record=end,
                    method=counter,
                    epoch=track.epoch,
                ),
            )
        moved = replace(
            track, highest=number, latest=number, linked=linked, last_time=time, seen=at, gaps=gaps
        )
        return moved, findings
    index = _gap_of(track, number)
    if index is None:
        return replace(track, latest=number, linked=linked), ()
    start, end = track.gaps[index]
    # A link to inside this gap, or to right before it: nothing was between.
    filled = record.previous + 1 if 0 < start - 1 <= record.previous < number else number
    left = [(start, filled - 1)] if start < filled else []
    right = [(number + 1, end)] if number < end else []
    gaps = _bounded((*track.gaps[:index], *left, *right, *track.gaps[index + 1 :]))
    told = GapFilled(from_record=filled, to_record=number, method=counter, epoch=track.epoch)
    return replace(track, latest=number, linked=linked, gaps=gaps), (told,)


def _missing_until(track: Track, record: Record) -> int:
    """The last number missing before this higher one; `highest` when none is."""
    previous = record.previous
    if track.highest < previous < record.number:
        return previous
    if previous > 0 and previous in (track.highest, track.linked):
        return track.highest
    return record.number - 1  # no link, or one that contradicts what is here: numbers count


def _gap_of(track: Track, number: int) -> int | None:
    for index, (start, end) in enumerate(track.gaps):
        if start <= number <= end:
            return index
    return None


def _bounded(gaps: tuple[Range, ...]) -> tuple[Range, ...]:
    return gaps[-MOST_GAPS:]


def _newer(track: Track, time: str, at: str, by: float) -> bool:
    """Whether the record was made later than the newest one, by clocks as far as they go."""
    told, now, seen = _seconds(time), _seconds(at), _seconds(track.seen)
    last = _seconds(track.last_time) if track.last_time else seen
    if told > now + RTC_S:
        return told > last + by and last > seen + RTC_S
    return told > (seen if last > now + RTC_S else last) + by


def _seconds(time: str) -> float:
    return parse_rfc3339(time).timestamp()


def coalesced(findings: Iterable[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """(source, finding) of a group in order, then its filled ranges, joined where they touch."""
    told: list[tuple[str, Finding]] = []
    filled: dict[tuple[str, str, int], list[Range]] = {}
    for source, finding in findings:
        if isinstance(finding, GapFilled):
            ranges = filled.setdefault((source, finding.method, finding.epoch), [])
            ranges.append((finding.from_record, finding.to_record))
        else:
            told.append((source, finding))
    for (source, method, epoch), ranges in filled.items():
        joined: list[Range] = []
        for start, end in sorted(ranges):
            if joined and start == joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        for start, end in joined:
            one = GapFilled(from_record=start, to_record=end, method=method, epoch=epoch)
            told.append((source, one))
    return told


def create(c: SQLiteCursor) -> None:
    c.execute(SQL["create"])
    c.execute(SQL["index"])


def open_gaps(c: SQLiteCursor) -> int:
    """Declared gaps that are not filled, of all counters remembered."""
    c.execute(SQL["open_gaps"])
    return int(c.fetchone()[0])


def gaps_of(c: SQLiteCursor, source: str) -> list[Range]:
    """Declared gaps of a device's counters that are not filled, those of an epoch before first:
    what it may be asked for."""
    c.execute(SQL["gaps_of"], (source,))
    found: list[Range] = []
    for row in c.fetchall():
        track = track_of(tuple(row))
        found += (*(track.before.gaps if track.before else ()), *track.gaps)
    return found


class Records:
    """Owns the tracks: those saved, cached, and those of the group being decided.

    One group: `begin`, `decide` for each record, `statements` inside the transaction that
    commits its events, then `committed`. A group that is begun anew instead leaves no trace.
    """

    def __init__(
        self,
        c: SQLiteCursor,
        *,
        rows: int = MOST_ROWS,
        of_source: int = MOST_OF_SOURCE,
        cached: int = MOST_CACHED,
    ) -> None:
        c.execute(SQL["last_use"])
        self._used: int = c.fetchone()[0]
        if not orderly(self._used):
            raise Corrupt("records: the order of last use is not as it was written")
        self._rows, self._of_source, self._most_cached = rows, of_source, cached
        self._saved: dict[Key, Track] = {}  # a copy of the newest rows, oldest use first
        self._absent: set[Key] = set()  # asked for by this group, and in no row
        self._staged: dict[Key, Track] = {}
        self._findings: list[tuple[str, Finding]] = []
        self._bulk: list[tuple[str, Finding]] = []
        self._since_cut = 0

    def begin(self, c: SQLiteCursor, keys: Iterable[Key]) -> None:
        """`keys`: every (source, counter) this group may decide about."""
        self._staged.clear()
        self._findings.clear()
        self._bulk.clear()
        self._absent.clear()
        while len(self._saved) > self._most_cached:
            del self._saved[next(iter(self._saved))]
        for key in keys:
            if key in self._saved or key in self._absent:
                continue
            c.execute(SQL["select"], key)
            row = c.fetchone()
            if row is None:
                self._absent.add(key)
                continue
            self._saved[key] = track_of(tuple(row))

    def due(self, source: str, record: Record) -> bool:
        """The next in line of a counter without a doubtful past: its id is new without looking."""
        track = self._track((source, record.counter))
        return track is not None and track.before is None and record.number == track.highest + 1

    def epoch(self, source: str, counter: str) -> int:
        """The current one: look up `numbered_id` of it, and of the one before."""
        track = self._track((source, counter))
        return 1 if track is None else track.epoch

    def decide(
        self,
        source: str,
        record: Record,
        time: str,
        at: str,
        origin: Origin,
        known: Known,
        known_before: Known = "new",
        *,
        known_after: Callable[[int], Known] = lambda _epoch: "new",
        bulk: bool = False,
    ) -> Decision:
        """As the function of this name; what it decides counts for the rest of the group.
        `known_after`: about the id in a later epoch; `bulk`: whose finding it would be."""
        key = (source, record.counter)
        track = self._staged.get(key) or self._track(key)
        decision = decide(track, record, time, at, origin, known, known_before)
        if track is not None and decision.epoch > track.epoch:
            decision = unused(decision, known_after)
        if decision.track is not None and decision.track is not track:
            self._staged[key] = decision.track
            if decision.findings:
                found = self._bulk if bulk else self._findings
                found += [(source, each) for each in decision.findings]
        return decision

    def findings(self) -> list[tuple[str, Finding]]:
        """(source, what the group found about its counters), filled ranges joined."""
        return coalesced(self._findings)

    def bulk_findings(self) -> list[tuple[str, Finding]]:
        """As `findings`, of what bulk records showed."""
        return coalesced(self._bulk)

    def statements(self) -> list[Statement]:
        """(SQL, rows) to execute in the group's own transaction, in this order."""
        if not self._staged:
            return []
        rows: list[tuple[Any, ...]] = []
        for used, ((source, counter), track) in enumerate(self._staged.items(), self._used + 1):
            rows.append(row_of(source, counter, used, track))
        made: list[Statement] = [(SQL["upsert"], rows)]
        if crowded := sorted({source for source, _ in self._absent & self._staged.keys()}):
            cuts = [(source, self._of_source) for source in crowded]
            made.append((SQL["forget_of_source"], cuts))
        if self._since_cut + len(rows) >= _FORGET_EVERY:
            made.append((SQL["forget"], [(self._rows,)]))
        return made

    def committed(self) -> None:
        """The transaction with `statements` is durable."""
        self._used += len(self._staged)
        self._since_cut += len(self._staged)
        if self._since_cut >= _FORGET_EVERY:
            self._since_cut = 0
        for key, track in self._staged.items():
            self._saved.pop(key, None)
            self._saved[key] = track
        self._staged.clear()
        self._findings.clear()
        self._bulk.clear()
        self._absent.clear()

    def _track(self, key: Key) -> Track | None:
        track = self._staged.get(key) or self._saved.get(key)
        if track is None and key not in self._absent:
            raise LookupError(f"begin was not told of counter {key[1]} of {key[0]}")
        return track
