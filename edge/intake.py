"""Device messages → events → one commit → acknowledgements. The order of these is I1.

Everything a message can become is durable before its `ack`: events in the journal, the
rest in quarantine. If we die anywhere before, the broker delivers again, and what was
recorded already is told by (source, id).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from core import codec, sealing, topics
from core.clock import Clock, parse_rfc3339, rfc3339
from core.event import Data, Draft, Event, source_of
from core.keystore import KeyStore
from core.strictjson import MAX_BYTES
from devices import registry
from devices.adapter import Message, Site
from edge.counters import Counters
from edge.journal import EdgeJournal, SeenId
from edge.mqtt import Delivery
from edge.quarantine import GUESSABLE, Entry, Quarantine
from edge.rejections import Rejections
from edge.skew import SkewWatch

# A bare tag read carries nothing to tell a second read from a redelivery: within this many
# seconds of gateway time (fixed steps) equal reads are one, since readers bounce.
UNNUMBERED_WINDOW_S = 5


# Where one broker serves devices and uplink, `#` brings back what gateways themselves send. Setting
# it aside would make an event, which makes a batch, which comes back: without end.
_OURS = f"{topics.ROOT}/"


class Own(msgspec.Struct, frozen=True):
    """A fact of the gateway itself, on its way into its own journal."""

    data: Data
    device: str = ""  # empty: the gateway


class Intake:
    """Owns the group being committed; runs on one thread."""

    def __init__(
        self,
        *,
        compound: str,
        gateway: str,
        site: Site,
        journal: EdgeJournal,
        quarantine: Quarantine,
        keys: KeyStore,
        clock: Clock,
        counters: Counters,
        only_known: bool = False,
    ) -> None:
        self._compound, self._gateway = compound, gateway
        self._site = site
        self._only_known = only_known
        self._journal = journal
        self._quarantine = quarantine
        self._keys = keys
        self._clock = clock
        self._counters = counters
        self._skew = SkewWatch()
        self._rejections = Rejections()
        self._own = 0

    def take(self, group: Sequence[Delivery | Own]) -> None:
        """Commit the group, then acknowledge its messages. FatalError if it can not."""
        now = self._clock.now()
        work = _Group(now)
        for item in group:
            if isinstance(item, Own):
                work.events.append(self._own_event(item, now))
            else:
                self._message(item, work)
        self._settle(work)
        if work.aside:
            self._quarantine.add(work.aside, now)
            self._counters.quarantined += len(work.aside)
        for data in self._rejections.due(work.aside, now):
            work.events.append(self._own_event(Own(data), now))
        if work.events:
            encoded = [codec.encode(event) for event in work.events]
            self._keys.flush()
            self._journal.commit(encoded, work.seen)
            self._counters.recorded += len(encoded)
            self._counters.batches += 1
        for item in group:
            if isinstance(item, Delivery):
                item.ack()

    def _message(self, delivery: Delivery, work: "_Group") -> None:
        self._counters.received += 1
        if delivery.retained:
            self._counters.retained += 1
            return
        if delivery.topic.startswith(_OURS):
            self._counters.uplink += 1
            return
        payload = delivery.payload
        if len(payload) > MAX_BYTES:
            work.set_aside(delivery, "", "oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
            return
        outcome = registry.decode(Message(delivery.topic, payload), self._site)
        if isinstance(outcome, registry.Aside):
            work.set_aside(delivery, outcome.adapter, outcome.reason, outcome.detail)
            return
        raw = hashlib.sha256(payload).hexdigest()
        for draft in outcome.drafts:
            if self._only_known and draft.device not in self._site.devices:
                work.set_aside(delivery, outcome.adapter, "unknown-device")
                return
            if draft.mark:
                marked = sealing.reference(self._keys.reference_key, "mark", draft.mark)[2:18]
                draft = msgspec.structs.replace(draft, id=f"{draft.id}:{marked}")
            if draft.unnumbered:
                window = int(work.now.timestamp()) // UNNUMBERED_WINDOW_S
                draft = msgspec.structs.replace(draft, id=f"{draft.id}:{window}")
            work.drafts.append(_Candidate(delivery, outcome.adapter, draft, raw))

    def _settle(self, work: "_Group") -> None:
        """Duplicates out, conflicts aside, the rest sealed and ready to commit."""
        known = self._journal.digests([one.key(self._source(one.draft)) for one in work.drafts])
        for one in work.drafts:
            source = self._source(one.draft)
            key, digest = one.key(source), one.digest(self._keys.reference_key)
            found = known.get(key)
            if found is not None:
                if found == digest:
                    self._counters.duplicates += 1
                else:
                    work.set_aside(
                        one.delivery, one.adapter, "conflict", "same source and id, other content"
                    )
                continue
            try:
                event = self._event(one, source, work.now)
            except ValueError as error:
                work.set_aside(one.delivery, one.adapter, "time", str(error)[:120])
                continue
            if len(codec.encode(event)) > codec.MAX_EVENT:
                work.set_aside(one.delivery, one.adapter, "event-too-large")
                continue
            known[key] = digest
            work.seen.append((key, digest))
            work.events.append(event)
            skewed = self._skew.look(one.draft.device, event, work.now)
            if skewed is not None:
                work.events.append(self._own_event(Own(skewed, one.draft.device), work.now))

    def _source(self, draft: Draft) -> str:
        source = source_of(self._compound, self._gateway, draft.device)
        return f"{source}#{draft.origin_source}" if draft.origin_source else source

    def _event(self, one: "_Candidate", source: str, now: datetime) -> Event:
        """ValueError when the adapter let an impossible time through."""
        draft = one.draft
        if draft.time:
            parse_rfc3339(draft.time)
        data, personal = draft.data, draft.personal
        if personal is not None and len(one.delivery.payload) < GUESSABLE:
            # Of so short a payload the hash would give the person away to whoever tries all.
            fields = {**personal.fields, "rawsha256": one.raw}
            personal = msgspec.structs.replace(personal, fields=fields)
        else:
            data = msgspec.structs.replace(data, native={**data.native, "rawsha256": one.raw})
        if personal is not None:
            data = sealing.seal(self._keys, personal, data, draft.id, now)
        return Event(
            id=draft.id,
            source=source,
            type=data.TYPE,
            subject=draft.subject,
            time=draft.time or rfc3339(now),
            recordedtime=rfc3339(now),
            timequality=draft.timequality if draft.time else "gateway",
            origin=draft.origin,
            correlationid=draft.correlationid,
            causationid=draft.causationid,
            traceparent=draft.traceparent,
            data=data,
        )

    def _own_event(self, own: Own, now: datetime) -> Event:
        self._own += 1
        device = own.device or self._gateway
        kind = "device" if own.device else "gateway"
        return Event(
            id=f"gw:{self._gateway}:{self._journal.journal.epoch}-{self._journal.boot}:{self._own}",
            source=source_of(self._compound, self._gateway, device),
            type=own.data.TYPE,
            subject=f"{kind}/{device}",
            time=rfc3339(now),
            recordedtime=rfc3339(now),
            timequality="gateway",
            data=own.data,
        )


class _Candidate(msgspec.Struct, frozen=True):
    delivery: Delivery
    adapter: str
    draft: Draft
    raw: str

    def key(self, source: str) -> bytes:
        return hashlib.sha256(f"{source}\0{self.draft.id}".encode()).digest()[:16]

    def digest(self, key: bytes) -> bytes:
        """Of what the device said, without how it was wrapped this time (native, raw hash).
        Keyed, because a card number can be guessed from a plain hash."""
        draft = self.draft
        said = (
            draft.data.TYPE,
            draft.subject,
            draft.time,
            msgspec.structs.replace(draft.data, native={}),
            draft.personal,
        )
        return hashlib.blake2b(msgspec.json.encode(said), key=key, digest_size=16).digest()


class _Group:
    """One commit in the making."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.drafts: list[_Candidate] = []
        self.events: list[Event] = []
        self.seen: list[SeenId] = []
        self.aside: list[Entry] = []

    def set_aside(self, delivery: Delivery, adapter: str, reason: str, detail: str = "") -> None:
        self.aside.append(
            Entry(
                topic=delivery.topic,
                payload=delivery.payload,
                adapter=adapter,
                reason=reason,
                detail=detail,
            )
        )
