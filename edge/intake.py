"""Device messages → events → one commit → acknowledgements. The order of these is I1.

Everything a message can become is durable before it is acknowledged: events in the journal,
what could not be read in quarantine, what was refused as a count that an event declares. If
we die anywhere before, it is delivered again, and what was recorded is told by (source, id).
"""

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from core import codec, sealing, topics
from core.batch import Lane
from core.clock import Clock, parse_rfc3339, rfc3339
from core.errors import DiskFull, FatalError
from core.event import Data, Draft, Event, Personal, source_of
from core.keystore import KeyStore
from core.strictjson import MAX_BYTES
from devices import registry
from devices.adapter import Message, Site
from edge.act import Act
from edge.budget import Room
from edge.carry import Carry, portion
from edge.clockwatch import ClockWatch
from edge.counters import Counters
from edge.delivery import Answer, Delivery, Link
from edge.duplicates import Duplicates
from edge.facts import Facts
from edge.gate.gate import Gate
from edge.gate.items import Alive, GateItem, Stepped
from edge.gate.opening import Opening
from edge.group import Candidate, Cut, Group, Line
from edge.heard import Heard
from edge.journal import EdgeJournal, Statement
from edge.known import AlreadyKnown
from edge.own import Own as Own
from edge.quarantine import Quarantine
from edge.rates import Shares
from edge.refusals import Refusals
from edge.rejections import Rejections
from edge.stamp import Stamp
from edge.upgrade import UNSAID

log = logging.getLogger("edge.intake")

# A bare tag read carries nothing to tell a second read from a redelivery: within this many
# seconds of gateway time (fixed steps) equal reads are one, since readers bounce.
UNNUMBERED_WINDOW_S = 5

# Where one broker serves devices and uplink, `#` brings back what gateways themselves send. Setting
# it aside would make an event, which makes a batch, which comes back: without end. Nor is a replay
# what happens here (I9).
_OURS = (f"{topics.ROOT}/", f"{topics.REPLAY}/")

Item = Delivery | Own | Act | Carry | GateItem


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
        room: Callable[[], Room],
        shares: Shares,
        monotonic: Callable[[], float],
        only_known: bool = False,
        gate: Gate | None = None,
        publish: Callable[[Opening], None] = lambda _opening: None,
        clockwatch: ClockWatch | None = None,
        heard: Heard | None = None,
    ) -> None:
        """`gate`: none in a tool that only stores. `publish` says a word to a door; any thread.
        `clockwatch`: of `clock` and `monotonic`. `heard`: where somebody may ask for it."""
        self._compound, self._gateway = compound, gateway
        self._site = site
        self._quickly = registry.quickly(site)
        self._only_known = only_known
        self._journal = journal
        self._quarantine = quarantine
        self._keys = keys
        self._clock = clock
        self._counters = counters
        self._room = room
        self._shares = shares
        self._monotonic = monotonic
        self._gate, self._publish, self._clockwatch = gate, publish, clockwatch
        self._heard = heard
        self._duplicates = Duplicates(journal, self._supplied)
        self._rejections = Rejections()
        self._refusals = Refusals(journal.refused())
        # Two lives with the same boot number (an old image restored) must not share ids.
        self._life = f"{journal.epoch}-{journal.boot}-{secrets.token_hex(4)}"
        self._own = 0
        self._waiting: Group | None = None
        self.arrived = 0.0  # when the first of the group came, by the monotonic clock
        self._openings: Sequence[Opening] = ()
        self._messages = 0  # of all groups before

    def take(self, items: Sequence[Item]) -> list[Carry]:
        """Commit the group, then acknowledge its messages. Returns what is to come again.
        DiskFull: nothing is acknowledged; `again` when there may be room. Else FatalError."""
        group = Group(self._clock.now())
        for item in items:
            if isinstance(item, Delivery):
                self._message(item, group)
            elif isinstance(item, Own):
                self._own_word(item, group)
            elif isinstance(item, Act):
                self._act(item, group)
            elif isinstance(item, GateItem):
                group.asked.append(item)
            elif not item.stream.closed:
                group.carried.append((item.stream, portion(item)))
        self._look_at_the_clock(group)
        self._waiting = group
        return self.again()

    def make_room(self) -> bool:
        """On a full disk: gives up what the hub has. True when that was something."""
        return self._journal.make_room()

    def again(self) -> list[Carry]:
        """Finish what `take` began."""
        group = self._waiting
        if group is None:
            return []
        try:
            cut = self._finish(group)
        except AlreadyKnown:
            group.looked_up = True
            cut = self._asked(group)
        self._waiting = None
        self._messages += len(group.deliveries)
        self._say(self._clock.now())
        self._settle_again(group, cut)
        self._acknowledge(group, cut)
        for act in group.acts:
            act.done()
        self._journal.checkpoint()
        return [Carry(stream, part.upto + 1) for stream, part in group.carried if not part.whole]

    def _asked(self, group: Group) -> Cut:
        """Every id was looked up: one that is recorded all the same is our own mistake."""
        try:
            return self._finish(group)
        except AlreadyKnown as error:
            raise FatalError(
                f"{self._journal.path}: an id that was looked up as new is recorded, in a group "
                f"of {len(group.deliveries)} messages; nothing of it is acknowledged"
            ) from error

    def _finish(self, group: Group) -> Cut:
        stamp = Stamp(self._keys, group.now, self._reference)
        self._duplicates.settle(group, stamp, looked_up=group.looked_up)
        self._set_aside(group)
        return self._commit(group)

    def _look_at_the_clock(self, group: Group) -> None:
        """Here, because the first group after a step must not find everything due."""
        if self._clockwatch is None:
            return
        stepped = self._clockwatch.look(group.now, self._monotonic())
        if stepped is not None:
            log.warning("the clock was set by %.1f s", stepped.step_ms / 1000)
            group.asked.insert(0, Stepped(stepped.step_ms))
            group.own.append(self._own_event(Own(stepped), group.now))

    # -- from message to candidate -------------------------------------------------------------

    def _message(self, delivery: Delivery, group: Group) -> None:
        message = len(group.deliveries)
        group.deliveries.append(delivery)
        if delivery.retained:
            group.retained += 1
            return
        if delivery.again is not None:
            group.again.append(message)
        plain = not delivery.adapter and not delivery.media and delivery.again is None
        draft = self._quickly(delivery.topic, delivery.payload) if plain else None
        if draft is None or (self._only_known and draft.device not in self._site.devices):
            self._decoded(message, delivery, group)
        else:
            if self._heard is not None:
                self._heard.hear(draft.device, "native", delivery, group.now)
            self._candidate(message, delivery, "native", draft, group)

    def _decoded(self, message: int, delivery: Delivery, group: Group) -> None:
        gate = self._gate
        mute = not delivery.client and not delivery.deaf  # behind a broker: anybody, also we
        echo = gate is not None and mute and gate.says(delivery.topic)
        if echo or delivery.topic.startswith(_OURS):
            group.uplink += 1
            return
        payload = delivery.payload
        if len(payload) > MAX_BYTES:
            group.put_aside(delivery, "", "oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
            return
        message_read = Message(delivery.topic, payload, delivery.media, delivery.adapter)
        outcome = registry.decode(message_read, self._site)
        if isinstance(outcome, registry.Aside):
            group.put_aside(delivery, outcome.adapter, outcome.reason, outcome.detail)
            return
        again = delivery.again
        if self._heard is not None and again is None:
            self._heard.decoded(outcome, delivery, group.now)
        for device in outcome.alive:
            if (
                not delivery.aged
                and again is None
                and (not self._only_known or device in self._site.devices)
            ):
                group.asked.append(Alive(device))
        for index, draft in enumerate(outcome.drafts):
            if delivery.media and index == 0:
                draft = msgspec.structs.replace(draft, pictures=delivery.media)
            if self._only_known and draft.device not in self._site.devices:
                group.put_aside(delivery, outcome.adapter, "unknown-device")
                return
            if draft.mark:
                marked = sealing.reference(self._keys.reference_key, "mark", draft.mark)[2:18]
                draft = msgspec.structs.replace(draft, id=f"{draft.id}:{marked}")
            if again is not None and draft.origin != "backfill":
                draft = msgspec.structs.replace(draft, origin="replay")
            if draft.unnumbered:
                came = group.now if again is None else parse_rfc3339(again.first)
                window = int(came.timestamp()) // UNNUMBERED_WINDOW_S
                draft = msgspec.structs.replace(draft, id=f"{draft.id}:{window}")
            self._candidate(message, delivery, outcome.adapter, draft, group)

    def _candidate(
        self, message: int, delivery: Delivery, adapter: str, draft: Draft, group: Group
    ) -> None:
        """A share is what a device sends, whatever becomes of it. At the agent's own endpoint
        nobody is refused for it: there the connection is slowed down."""
        behind = draft.data.BULK and not delivery.client and delivery.again is None
        over = behind and self._shares.over(draft.device, self._monotonic())
        source = self._source(draft)
        group.candidates.append(Candidate(message, delivery, adapter, draft, source, over))

    def _source(self, draft: Draft) -> str:
        source = source_of(self._compound, self._gateway, draft.device)
        return f"{source}#{draft.origin_source}" if draft.origin_source else source

    def _name(self) -> str:
        self._own += 1
        return f"gw:{self._gateway}:{self._life}:{self._own}"

    def _own_word(self, own: Own, group: Group) -> None:
        event = self._own_event(own, group.now)
        if own.once:
            key = self._journal.identity.key(event.source, event.id)
            if self._journal.digests([key]) or (key, UNSAID) in group.once:
                return
            group.once.append((key, UNSAID))
        group.own.append(event)

    def _act(self, act: Act, group: Group) -> None:
        for own in act.says:
            self._own_word(own, group)
        if act.site is not None:  # for what stands behind it in the queue
            self._site = act.site
            self._quickly = registry.quickly(act.site)
        group.acts.append(act)

    def _own_event(self, own: Own, now: datetime) -> Event:
        device = own.device or self._gateway
        kind = "device" if own.device else "gateway"
        return Event(
            id=own.id or self._name(),
            source=source_of(self._compound, self._gateway, device),
            type=own.data.TYPE,
            subject=own.subject or f"{kind}/{device}",
            time=rfc3339(own.at or now),
            recordedtime=rfc3339(now),
            timequality="gateway",
            correlationid=own.correlationid,
            causationid=own.causationid,
            data=own.data,
        )

    # -- from line to disk ---------------------------------------------------------------------

    def _set_aside(self, group: Group) -> None:
        fresh = group.aside[group.kept :]
        if fresh:
            self._quarantine.add(fresh, group.now, short=not self._room().bulk)
            self._counters.quarantine_rows = self._quarantine.rows
        for data in self._rejections.due(fresh, group.now):
            group.rejections.append(data)
        group.kept = len(group.aside)

    def _commit(self, group: Group) -> Cut:
        room = self._room()
        try:
            return self._write(group, room)
        except DiskFull:
            if not room.bulk or not any(line.bulk for line in group.lines):
                raise
            return self._write(group, Room(bulk=False, prune=True))

    def _write(self, group: Group, room: Room) -> Cut:
        cut = Cut({}, set())
        kept: list[Line] = []
        for line in group.lines:
            if line.bulk and (line.over or not room.bulk):
                cut.refuse(line, "rate" if line.over else "disk")
            else:
                kept.append(line)
        cut.leave_unsaid(group.unsaid)
        lines: dict[Lane, list[bytes]] = {
            Lane.URGENT: [line.encoded for line in kept if not line.bulk],
            Lane.BULK: [line.encoded for line in kept if line.bulk],
        }
        known = [line.known for line in kept if line.known is not None] + group.once
        if cut.messages and not group.looked_up:
            raise AlreadyKnown  # perhaps: what is recorded can not be refused
        declared = self._refusals.declare(cut.reasons, group.now, refusing=bool(cut.reasons))
        beside: list[Statement] = list(declared.statements)
        noticed = [Own(data, device) for device, data in (*group.skewed, *group.findings)]
        noticed += [Own(data) for data in (*group.rejections, *declared.events)]
        if self._gate is not None:
            said, statements = self._at_the_gate(self._gate, group, kept)
            noticed += said
            beside += statements
        beside += self._duplicates.records.statements()
        for _, part in group.carried:
            noticed += [Own(gap) for gap in part.gaps]
            for lane, again in part.lines.items():
                lines[lane] = again + lines[lane]
        # What a journal begins with stands before all else in it, what was noticed behind.
        lines[Lane.URGENT][:0] = [codec.encode(event) for event in group.own]
        lines[Lane.URGENT] += [codec.encode(self._own_event(own, group.now)) for own in noticed]
        if any(lines.values()) or beside or group.carried:
            self._keys.flush()
            carried = {stream: (part.upto, part.whole) for stream, part in group.carried}
            self._counters.batches += self._journal.commit(
                lines, known, beside, carried, make_room=room.prune
            )
        if self._gate is not None:
            self._openings = self._gate.committed()
        self._duplicates.committed()
        self._refusals.committed(declared, group.now)
        for stream, part in group.carried:
            stream.cursor = max(stream.cursor, part.upto)
        counters = self._counters
        counters.recorded += sum(map(len, lines.values()))
        counters.refused += sum(map(Counter.total, cut.reasons.values()))
        return cut

    # -- what the gateway makes of it ----------------------------------------------------------

    def _reference(self, personal: Personal) -> str:
        return self._gate.reference(personal) if self._gate is not None else ""

    def _supplied(self, draft: Draft, now: datetime) -> Data | None:
        return self._gate.listed(draft, now) if self._gate is not None else None

    def _at_the_gate(
        self, gate: Gate, group: Group, lines: Sequence[Line]
    ) -> tuple[Sequence[Own], Sequence[Statement]]:
        gate.begin(group.now, self._name)
        for item in group.asked:
            gate.ask(item)
        facts = Facts(group.now, self._messages, self._duplicates.skew)
        for line in lines:
            one = line.fact
            if one is not None:
                fact = facts.fact(one, line.id)
                came = one.delivery
                client = "" if came.deaf else came.client
                gate.see(fact, one.draft, client, aged=facts.aged(one))
        return gate.finish()

    def _say(self, now: datetime) -> None:
        """Words to doors, if it is not too late for them by now (I9)."""
        openings, self._openings = self._openings, ()
        for one in openings:
            if now >= one.until:
                self._counters.openings_late += 1
                continue
            self._publish(one)
            took = round((self._monotonic() - self.arrived) * 1000, 3)
            self._counters.openings += 1
            self._counters.opening_ms = took
            self._counters.opening_worst_ms = max(self._counters.opening_worst_ms, took)

    def _settle_again(self, group: Group, cut: Cut) -> None:
        """Behind the commit: dying in between decodes them again, which their ids tell."""
        rows = [
            again.row
            for message in group.again
            if (again := group.deliveries[message].again) is not None
            and again.row not in group.still
            and message not in cut.messages
        ]
        if not rows:
            return
        try:
            self._quarantine.resolve(rows, group.now)
        except DiskFull as full:
            log.warning("%d messages are decoded and stay in quarantine: %s", len(rows), full)

    def _acknowledge(self, group: Group, cut: Cut) -> None:
        counters = self._counters
        counters.received += len(group.deliveries)
        counters.retained += group.retained
        counters.uplink += group.uplink
        counters.quarantined += len(group.aside)
        counters.duplicates += group.duplicates
        counters.conflicts += group.conflicts
        counters.skewed_devices = self._duplicates.skew.devices
        answers: dict[int, tuple[Link, list[tuple[int, Answer]]]] = {}
        stored, quota, refused = Answer.STORED, Answer.QUOTA, cut.messages  # an enum looks them up
        for message, delivery in enumerate(group.deliveries):
            answer = quota if message in refused else stored
            link = delivery.link
            found = answers.get(id(link))
            if found is None:
                found = answers[id(link)] = (link, [])
            found[1].append((delivery.packet, answer))
        for link, settled in answers.values():
            link.settle(settled)
