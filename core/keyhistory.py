"""Who was believed when: the fold of the log's key events, in the order of positions. Pure.

The hub judges what comes in by it, and a verifier judges what came in by the same rules:

- The history begins with the hub's own key, said by that key. Later hub keys come by handover
  only, in the journal of the one before. Whoever pinned any key of that chain has it whole.
- Only a hub key that is believed at that place enrols and revokes.
- While the history begins, an enrolment may reach back (`since`): a log can be older than its key
  history. It begins as long as nothing else stands between; never afterwards.
- A gateway's key hands over in its own journal, or by the hub with the old key's consent, and in
  both cases with the new key's proof. Behind that the old key is believed only up to the `tails`
  it named itself.
- What is revoked stays revoked. No key comes back, whoever says so.
- Key events count in batches that are not compressed, and nowhere else.

What breaks a rule stays in the log and has no effect; `KeyHistory.entries` says why.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from core import codec, handover
from core.batch import CODEC_NONE, Batch
from core.catalog import CATALOG
from core.errors import BadFrame
from core.events.journal import Tail
from core.events.key import Enrolled, Revoked, Role, Rotated

KeyEvent = Enrolled | Rotated | Revoked
_MARK = b'"type":"key.'
_CODEC_AT = 6  # offset in the frame, see core.batch
_KEY = 64  # hex digits


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """One key as the log has it. Believed from position `begins`; behind `rotated` up to `tails`
    only; behind `revoked` not at all. 0: neither has happened."""

    role: Role
    key: str
    compound: str = ""
    gateway: str = ""
    begins: int = 1
    actor: str = ""
    rotated: int = 0
    successor: str = ""
    tails: tuple[Tail, ...] = ()
    revoked: int = 0
    reason: str = ""  # of the revocation

    @property
    def speaks(self) -> bool:
        """As far as the history goes: it may write new batches."""
        return not self.rotated and not self.revoked

    def takes(self, batch: Batch) -> bool:
        """Of a key that handed over: whether it named this batch as still to come."""
        journal, number = batch.header.journal, batch.header.number
        for tail in self.tails:
            if (tail.epoch, tail.lane) == (journal.epoch, journal.lane):
                if number == tail.number:
                    return batch.hash.hex() == tail.hash
                return number < tail.number
        return False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A key event where it stands. `by`: the key whose journal it is in. `disbelieved`: why it
    has no effect."""

    position: int
    at: str
    by: str
    data: KeyEvent
    disbelieved: str = ""


class KeyHistory:
    """Owns nothing but what it was told. Tell it in the order of the log."""

    def __init__(self, known: Iterable[Enrolment] = ()) -> None:
        self._keys = {one.key: one for one in known}
        self._hubs: list[str] = []
        self._begun = 0  # up to which position the history begins
        self.entries: list[Entry] = []

    @property
    def hubs(self) -> Sequence[str]:
        """The chain of hub keys, oldest first; the last one speaks."""
        return self._hubs

    def begins(self, position: int) -> bool:
        """Whether an enrolment there may reach back."""
        return not self._hubs or position in (self._begun, self._begun + 1)

    def lineage(self, key: str) -> Iterator[str]:
        """The key and those before it that handed over to it."""
        before = {one.successor: one.key for one in self._keys.values() if one.successor}
        found: str | None = key
        while found is not None:
            yield found
            found = before.get(found)

    def now(self, key: bytes) -> Enrolment | None:
        """What is known of a key, believed or not."""
        return self._keys.get(key.hex())

    def believed(self, key: bytes, position: int) -> Enrolment | None:
        """The key's enrolment if a batch at `position` may be signed by it; where it has handed
        over by then, `Enrolment.takes` decides."""
        one = self._keys.get(key.hex())
        if one is None or position < one.begins or (one.revoked and position > one.revoked):
            return None
        over = one.rotated and position > one.rotated
        return None if over and (one.role == "hub" or not one.tails) else one

    def enrolments(self) -> Sequence[Enrolment]:
        """In the order they came, as of now."""
        return list(self._keys.values())

    def told(self, position: int, at: str, by: bytes, data: KeyEvent) -> str:
        """Why it is disbelieved; empty when it has its effect."""
        match data:
            case Enrolled():
                why = self._enrolled(position, by, data)
            case Rotated():
                why = self._rotated(position, by, data)
            case Revoked():
                why = self._revoked(position, by, data)
        self.entries.append(
            Entry(position=position, at=at, by=by.hex(), data=data, disbelieved=why)
        )
        return why

    def _enrolled(self, position: int, by: bytes, data: Enrolled) -> str:
        root = not self._hubs
        if not _is_key(data.key):
            return "malformed"
        if root and (data.role != "hub" or data.key != by.hex() or data.since != 1):
            return "before-the-hub"
        if not root and not self._is_hub(by, position):
            return "not-the-hub"
        if not root and data.role == "hub":
            return "not-handed-over"
        if (known := self._keys.get(data.key)) is not None:
            return "revoked" if known.revoked else "known"
        if data.since and (not self.begins(position) or data.since > position):
            return "reaches-back"
        if data.since:
            self._begun = position
        if root:
            self._hubs.append(data.key)
        self._keys[data.key] = Enrolment(
            role=data.role,
            key=data.key,
            compound=data.compound,
            gateway=data.gateway,
            begins=data.since or position + 1,
            actor=data.actor,
        )
        return ""

    def _rotated(self, position: int, by: bytes, data: Rotated) -> str:
        old = self._keys.get(data.old)
        who = (data.role, data.compound, data.gateway)
        if old is None or not old.speaks or position < old.begins or who != _who(old):
            return "not-believed"
        said = handover.statement(data.role, data.old, data.new, data.compound, data.gateway)
        if by.hex() != data.old:
            consents = handover.signed(data.old, data.consent, said)
            if data.role == "hub" or not self._is_hub(by, position) or not consents:
                return "no-consent"
        if not _is_key(data.new) or not handover.signed(data.new, data.proof, said):
            return "no-possession"
        new = self._keys.get(data.new)
        if data.new == data.old or (
            new is not None and (data.role == "hub" or not new.speaks or _who(new) != who)
        ):
            return "known"
        self._keys[data.old] = msgspec.structs.replace(
            old, rotated=position, successor=data.new, tails=data.tails
        )
        if new is None:
            self._keys[data.new] = Enrolment(
                role=data.role,
                key=data.new,
                compound=data.compound,
                gateway=data.gateway,
                begins=position + 1,
                actor=old.actor,  # who let the first of them in
            )
        if data.role == "hub":
            self._hubs.append(data.new)
        return ""

    def _revoked(self, position: int, by: bytes, data: Revoked) -> str:
        known = self._keys.get(data.key)
        if not self._is_hub(by, position):
            return "not-the-hub"
        if known is None or known.role != data.role:
            return "unknown"
        if known.revoked:
            return "revoked"
        if data.role == "hub" and not known.rotated:
            return "speaks"  # it would take back its own word
        self._keys[data.key] = msgspec.structs.replace(known, revoked=position, reason=data.reason)
        return ""

    def _is_hub(self, key: bytes, position: int) -> bool:
        one = self.believed(key, position)
        return one is not None and one.role == "hub"


def speaks(frame: bytes) -> bool:
    """Whether a stored batch may tell of keys; looks at few bytes of it."""
    return frame[_CODEC_AT] == CODEC_NONE and _MARK in frame


def said_in(batch: Batch) -> list[tuple[str, KeyEvent]]:
    """Time and data of the key events a batch holds. What this version cannot read is none."""
    if not speaks(batch.frame):
        return []
    try:
        found = codec.recorded(batch, 0, CATALOG)
    except BadFrame:
        return []
    events = [one.event for one in found if not isinstance(one, codec.Unread)]
    return [
        (one.recordedtime, one.data)
        for one in events
        if isinstance(one.data, Enrolled | Rotated | Revoked)
    ]


def _who(one: Enrolment) -> tuple[Role, str, str]:
    return one.role, one.compound, one.gateway


def _is_key(text: str) -> bool:
    return len(text) == _KEY and set(text) <= set("0123456789abcdef")
