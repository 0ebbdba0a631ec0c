"""What the hub shows its gateways of its log: to each that says what it knows, what is newer.

A gateway's state message is the question. Answers are made off the event loop, a few at a time, so
that a checkpoint that ten thousand gateways ask about costs a few percent of a core for a while
and holds nobody up. Nothing here is durable: who dies is asked again ten seconds later.
"""

import logging
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
from eventsourcing.persistence import Notification

from core import receipt, topics
from core.batch import parse
from core.errors import BadProof, DiskFull
from core.keys import Signer
from core.receipt import Receipt
from core.tlog import note
from core.tlog.lines import encoded
from core.tlog.note import Signature, SignatureType, VerifierKey
from core.tlog.published import Published
from core.tlog.standing import Standing, witness_name
from core.trust import Gateway, Trust

log = logging.getLogger("hub.proving")

_AT_ONCE = 64  # gateways answered in one go
_JOURNALS = 8  # of one gateway, that are looked at
_TEXTS = 16  # checkpoints whose cosignatures are still taken
_COSIGNERS = 256  # gateways whose cosignatures go with one checkpoint: a note has its bounds
_PAUSE = 20.0  # seconds between two answers to one gateway, however often checkpoints come
_Name = tuple[str, str]  # compound, gateway
_Answer = tuple[str, bytes]  # topic, signed receipt


class Tree(Protocol):
    """The hub's log as gateways are shown it. Any thread."""

    def published(self) -> Published | None: ...

    def cosigned(self, size: int, signatures: Sequence[Signature]) -> None:
        """Verified ones, of the checkpoint of that size; BadProof when it is not kept."""
        ...


class _Committed:
    """One journal's batches: the newest that a checkpoint covers, the first behind that, and the
    newest of all. Whichever of them the next checkpoint covers is the one to prove."""

    __slots__ = ("_covered", "_newest", "_next")

    def __init__(self) -> None:
        self._covered: Receipt | None = None
        self._next: Receipt | None = None
        self._newest: Receipt | None = None

    def add(self, one: Receipt) -> None:
        self._next = self._next or one
        self._newest = one

    def under(self, size: int) -> Receipt | None:
        if self._newest is not None and self._newest.position <= size:
            self._covered, self._next = self._newest, None
        elif self._next is not None and self._next.position <= size:
            self._covered, self._next = self._next, self._newest
        return self._covered


class Proving:
    """Owns how far every enrolled gateway's journals are committed, and who waits for an answer.
    `committed` on the ingest's thread, `heard` on the event loop, `answers` on any."""

    def __init__(
        self,
        tree: Tree,
        trust: Trust,
        signer: Signer,
        journals: Iterable[Notification],
    ) -> None:
        """`journals`: the newest batch of each, as the log has them."""
        self._tree, self._trust, self._signer = tree, trust, signer
        self._lock = threading.Lock()
        self._journals: defaultdict[_Name, dict[str, _Committed]] = defaultdict(dict)
        self._enrol()
        trust.changed(self._enrol)
        self._waiting: OrderedDict[_Name, tuple[Standing, bool]] = OrderedDict()
        self._answered: dict[_Name, float] = {}
        self._cosigned: dict[_Name, str] = {}  # the line that was looked at last
        self._texts: OrderedDict[int, str] = OrderedDict()  # size → what was published of it
        self._taken: Counter[int] = Counter()  # size → cosignatures
        for one in journals:
            header = parse(one.state).header
            if gateway := trust.whose(header.journal.key):
                self.committed(*_name(gateway), _stands(one))

    def _enrol(self) -> None:
        """Who is answered from now on, and by which keys each may cosign."""
        keys: defaultdict[_Name, list[VerifierKey]] = defaultdict(list)
        for one in self._trust.speaking():
            keys[_name(one)].append(_witness_key(one))
        self._keys = dict(keys)

    def committed(self, compound: str, gateway: str, one: Receipt) -> None:
        """A receipt that was given, not a refusal."""
        with self._lock:
            journals = self._journals[compound, gateway]
            journals.setdefault(one.journal, _Committed()).add(one)

    def heard(self, compound: str, gateway: str, told: Standing, now: float) -> bool:
        """`now` by the loop's clock. False when there is nothing to answer, or it is too soon, and
        for a gateway nobody enrolled."""
        name, published = (compound, gateway), self._tree.published()
        if name not in self._keys or published is None:
            return False
        if told.refused:
            return False
        fresh = bool(told.cosignature) and told.cosignature != self._cosigned.get(name)
        due = now - self._answered.get(name, float("-inf")) >= _PAUSE
        due = due and bool(self._due(name, told, published))
        if due:
            self._answered[name] = now
        if due or fresh:
            with self._lock:
                waits = self._waiting.get(name, (told, False))[1]
                self._waiting[name] = (told, due or waits)
        return due or fresh

    @property
    def asked(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def answers(self) -> Sequence[_Answer]:
        """To the next of those that wait. Reads tiles, verifies and signs."""
        published = self._tree.published()
        with self._lock:
            count = min(_AT_ONCE, len(self._waiting))
            asked = [self._waiting.popitem(last=False) for _ in range(count)]
        if published is None:
            return ()
        self._texts[published.size] = published.checkpoint.note.text
        while len(self._texts) > _TEXTS:
            del self._taken[self._texts.popitem(last=False)[0]]
        self._take_cosignatures([(name, told) for name, (told, _) in asked])
        answers: list[_Answer] = []
        for name, (told, due) in asked:
            try:
                answers += self._shown(name, told, published) if due else ()
            except BadProof as bad:
                log.error("%s/%s: no proof can be given of the hub's own log: %s", *name, bad)
        return answers

    def _due(self, name: _Name, told: Standing, published: Published) -> Mapping[str, Receipt]:
        """By journal, what is to be shown: what is newer, or anything under another checkpoint."""
        with self._lock:
            journals = self._journals[name]
            asked = {one: journals[one] for one in [*told.proven][:_JOURNALS] if one in journals}
            covered = {one: journal.under(published.size) for one, journal in asked.items()}
        found = {
            one: given
            for one, given in covered.items()
            if given is not None and given.position <= published.size
        }
        newer = {one: given for one, given in found.items() if given.committed > told.proven[one]}
        same = (told.size, told.root) == (published.size, encoded(published.checkpoint.head.root))
        return newer if newer or same else dict([*found.items()][:1])

    def _shown(self, name: _Name, told: Standing, published: Published) -> Sequence[_Answer]:
        due = self._due(name, told, published)
        if not due:
            return ()
        published = _bare(published)
        # Who knows of more than there is, is told so: nobody else would notice.
        steps = published.consistency(told.size) if 0 < told.size < published.size else []
        topic = topics.topic(*name, topics.RECEIPT)
        shown = [
            msgspec.structs.replace(
                one,
                proof=published.proof(one.position).encode().decode(),
                since=told.size,
                consistency=tuple(map(encoded, steps)),
            )
            for one in due.values()
        ]
        return [(topic, receipt.sign(one, self._signer)) for one in shown]

    def _take_cosignatures(self, asked: Sequence[tuple[_Name, Standing]]) -> None:
        """Those that hold, of checkpoints that were published."""
        found: dict[int, list[Signature]] = {}
        for name, told in asked:
            line, text = told.cosignature, self._texts.get(told.size)
            if not line or text is None or self._cosigned.get(name) == line:
                continue
            self._cosigned[name] = line
            if self._taken[told.size] >= _COSIGNERS:
                continue
            try:
                signature = note.signature(line)
            except BadProof as bad:
                log.warning("%s/%s: %s", *name, bad)
                continue
            keys = self._keys.get(name, ())
            if any(key.made(signature) and key.holds(text, signature) for key in keys):
                found.setdefault(told.size, []).append(signature)
                self._taken[told.size] += 1
            else:
                log.warning("%s/%s knows another tree of %d leaves", *name, told.size)
        for size, signatures in found.items():
            try:
                self._tree.cosigned(size, signatures)
            except (BadProof, DiskFull) as error:
                log.warning("%d cosignatures are not kept: %s", len(signatures), error)


def _bare(published: Published) -> Published:
    """Without what others have signed below it, which a gateway does not ask for."""
    of = published.checkpoint
    own = tuple(one for one in of.note.signatures if one.name == of.head.origin)
    noted = msgspec.structs.replace(of.note, signatures=own)
    return msgspec.structs.replace(published, checkpoint=msgspec.structs.replace(of, note=noted))


def _name(gateway: Gateway) -> _Name:
    return gateway.compound, gateway.name


def _witness_key(gateway: Gateway) -> VerifierKey:
    name = witness_name(gateway.compound, gateway.name)
    return VerifierKey(name, SignatureType.COSIGNATURE_ED25519, bytes.fromhex(gateway.key))


def _stands(one: Notification) -> Receipt:
    batch = parse(one.state)
    return Receipt(
        journal=batch.header.journal.id.hex,
        committed=batch.header.number,
        hash=batch.hash.hex(),
        position=one.id,
    )
