"""Candidates become lines: duplicates out, conflicts beside, records placed, the rest stamped.

A message redelivered must be told from a new one (I2). Most are new, and asking the disk about
each would cost more than all the rest: so a group is settled as if all were new, the commit
refuses ids that are recorded (`AlreadyKnown`), and the group is settled again with what is known.
Where the device counts its records and a number is not the next one, it is looked up at once.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from core import codec
from core.clock import parse_rfc3339
from core.event import Data, Draft, parse_source
from core.events.journal import Conflicted
from edge.findings import Allowance
from edge.group import Candidate, Group, Line
from edge.journal import EdgeJournal
from edge.lanes import bulk
from edge.records import Known, Records, numbered_id
from edge.skew import SkewWatch
from edge.stamp import Stamp, Stamped
from edge.upgrade import UNSAID

_CONFLICT = msgspec.json.Encoder()


class Duplicates:
    """Owns the devices' record counters and who was told of a wrong clock."""

    def __init__(
        self, journal: EdgeJournal, supply: Callable[[Draft, datetime], Data | None]
    ) -> None:
        """`supply` gives the data with what the gateway knows and the device did not tell; the
        digest stays that of what the device told."""
        self._journal, self._supply = journal, supply
        self._identity = journal.identity
        with journal.reading() as c:
            self.records = Records(c)
        self.skew = SkewWatch()
        self._allowance = Allowance()
        self._counted = False  # whether the last group had records to begin

    def settle(self, group: Group, stamp: Stamp, *, looked_up: bool) -> None:
        """Fill the group's lines. `looked_up`: ask the journal about every id first."""
        group.begin()
        candidates = [one for one in group.candidates if not one.unfit]
        counters = {
            (_bare(one.source), one.draft.record.counter)
            for one in candidates
            if one.draft.record is not None
        }
        if counters or self._counted:
            with self._journal.reading() as c:
                self.records.begin(c, sorted(counters))
        self._counted = bool(counters)
        known: dict[bytes, bytes] = {}
        if looked_up:
            ids = [self._identity.key(one.source, one.draft.id) for one in candidates]
            known = self._journal.digests(ids)
        for one in candidates:
            self._place(one, group, stamp, known)
        for source, finding in self.records.findings():
            group.findings.append((parse_source(source)[2], finding))
        self._allowance.begin(group.now)
        for source, finding in self.records.bulk_findings():
            device = parse_source(source)[2]
            if self._allowance.take(device):
                group.findings.append((device, finding))
            else:
                group.unsaid[finding.TYPE] += 1

    def committed(self) -> None:
        """The group is durable."""
        self.records.committed()
        self._allowance.committed()

    def _place(self, one: Candidate, group: Group, stamp: Stamp, known: dict[bytes, bytes]) -> None:
        draft = one.draft
        if one.stamped is None:
            one.stamped = stamp.stamped(draft)
            if draft.time and not self._timed(one, group):
                return
        digest = one.stamped.digest
        name = draft.id
        if draft.record is None:
            key = self._identity.key(one.source, name)
            found = known.get(key)
            verdict = "accept" if found is None else _same(found, one.stamped)
        else:
            name, verdict = self._numbered(one, stamp, known, looked_up=group.looked_up)
            key = self._identity.key(one.source, name)
        if verdict == "duplicate":
            group.duplicates += 1
        elif verdict == "conflict":
            self._conflict(one, name, group, stamp, known)
        else:
            known[key] = digest
            supplied = self._supply(draft, group.now) if draft.personal is not None else None
            if supplied is not None:
                draft = one.draft = msgspec.structs.replace(draft, data=supplied)
            data, one.ref = stamp.data(draft, name, one.delivery.payload, one.stamped)
            again = one.delivery.again
            came = again.first if again is not None else ""
            encoded = stamp.line(draft, name, draft.data.TYPE, one.source, data, came)
            _line(one, group, draft.data.BULK, draft.data.TYPE, encoded, (key, digest), name)

    def _timed(self, one: Candidate, group: Group) -> bool:
        """False: the adapter let an impossible time through, and the message is set aside."""
        draft = one.draft
        try:
            told: datetime = parse_rfc3339(draft.time)
        except ValueError as error:
            group.unfit(one, "time", str(error)[:120])
            return False
        one.told = told
        if draft.timequality != "gateway" and draft.origin not in ("replay", "backfill"):
            skewed = self.skew.look(draft.device, told, group.now)
            if skewed is not None:
                group.skewed.append((draft.device, skewed))
        return True

    def _numbered(
        self, one: Candidate, stamp: Stamp, known: dict[bytes, bytes], *, looked_up: bool
    ) -> tuple[str, str]:
        """The id in its counter's epoch, and what the counter says of it."""
        draft, records, device = one.draft, self.records, _bare(one.source)
        assert draft.record is not None
        states: list[Known] = ["new", "new"]
        if looked_up or not records.due(device, draft.record):
            epoch = records.epoch(device, draft.record.counter)
            for at in range(min(epoch, 2)):
                states[at] = self._state(one, numbered_id(draft.id, epoch - at), known)
        decision = records.decide(
            device, draft.record, draft.time, stamp.at, draft.origin, *states,
            known_after=lambda epoch: self._state(one, numbered_id(draft.id, epoch), known),
            bulk=draft.data.BULK,
        )  # fmt: skip
        return numbered_id(draft.id, decision.epoch), decision.verdict

    def _state(self, one: Candidate, id: str, known: dict[bytes, bytes]) -> Known:
        assert one.stamped is not None
        key = self._identity.key(one.source, id)
        found = known.get(key) or self._journal.digests([key]).get(key)
        if found is None:
            return "new"
        return "same" if _same(found, one.stamped) == "duplicate" else "other"

    def _conflict(
        self, one: Candidate, told: str, group: Group, stamp: Stamp, known: dict[bytes, bytes]
    ) -> None:
        """Kept under an id of its own, which is told again like any other."""
        assert one.stamped is not None
        draft, digest = one.draft, one.stamped.digest
        name = f"{told}~{digest.hex()[:16]}"
        key = self._identity.key(one.source, name)
        if key in known or self._journal.digests([key]):
            group.duplicates += 1
            return
        said, _ = stamp.data(draft, name, one.delivery.payload, one.stamped)
        data = Conflicted(
            record_id=told,
            record_type=draft.data.TYPE,
            record_time=draft.time or stamp.at,
            said=msgspec.json.decode(said, type=dict[str, object]),
        )
        known[key] = digest
        group.conflicts += 1
        conflict = _CONFLICT.encode(data)
        encoded = stamp.line(draft, name, data.TYPE, one.source, conflict)
        _line(one, group, bulk(data.TYPE, conflict), data.TYPE, encoded, (key, digest))


def _bare(source: str) -> str:
    """A device counts its records, whatever sources it names in them."""
    return source.partition("#")[0]


def _same(found: bytes, stamped: Stamped) -> str:
    """Journals of before there was an essence hold the digest of the whole."""
    same = found in (stamped.digest, UNSAID) or (stamped.whole and found == stamped.whole)
    return "duplicate" if same else "conflict"


def _line(
    one: Candidate, group: Group, bulk: bool, type: str, encoded: bytes,
    known: tuple[bytes, bytes], fact: str = "",
) -> None:  # fmt: skip
    """`fact`: its id, where it is news and not in conflict with what is stored."""
    if len(encoded) > codec.MAX_EVENT:
        group.unfit(one, "event-too-large")
    else:
        about = one if fact else None
        group.lines.append(Line(bulk, type, encoded, one.message, one.over, known, about, fact))
