"""What a gateway makes of what it stores: it answers who asks (desk), keeps time (edge.watch),
obeys the hub (orders) and takes over the policy. All of it in the commit of what it comes of.

One turn is one commit. `begin` throws away what an attempt before this one left; `committed` says
the words that had to wait for the disk. Owner: the intake thread.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.errors import FatalError
from core.event import Data, Draft, Personal
from core.events import access, vehicle
from core.events.access import ConflictFound
from core.events.policy import Adopted, PolicyRefused
from core.policy import signed
from core.policy import standing as stands
from core.policy.book import Book
from core.policy.conflicts import conflicts
from core.policy.document import sha256
from core.site import NO_SITE, Site
from edge.damage import Corrupt
from edge.gate import screening
from edge.gate.credentials import hash_of
from edge.gate.desk import NATIVE, Desk, not_taken
from edge.gate.items import Alive, Connection, Document, GateItem, Order, Stepped
from edge.gate.keeper import Keeper
from edge.gate.memory import Adopted as Held
from edge.gate.memory import Memory, Statement, statements
from edge.gate.moves import SEEN, follow
from edge.gate.opening import Opening
from edge.gate.orders import Orders
from edge.gate.references import reference_of
from edge.gate.turn import Turn
from edge.gate.users import Users
from edge.hubkeys import HubKeys
from edge.own import Own
from edge.watch.fact import key_of
from edge.watch.watch import Fact, Said, Watch

log = logging.getLogger("edge.gate")

_VERBS = ("/open", "/mode")


class Gate:
    """Owns the policy in force, the watch, and what is remembered of both."""

    def __init__(
        self, *, compound: str, gateway: str, hub_keys: HubKeys, keeper: Keeper, memory: Memory,
        now: datetime,
    ) -> None:  # fmt: skip
        """`memory`: as the journal has it."""
        self._compound, self._keeper = compound, keeper
        self._desk = Desk(compound, hub_keys)
        self._users = Users()
        self._orders = Orders(compound, gateway, hub_keys, self._users.of_door)
        self._kept = memory
        self._refused = ""  # why the policy on disk is not decided by
        self._book, self._digest = self._from_disk(memory)
        self._book_kept, self._digest_kept = self._book, self._digest
        try:
            self._watch = Watch(self.site, now, memory.watch)
        except msgspec.MsgspecError as error:
            raise Corrupt(f"gate: the watch's state cannot be read ({error})") from error
        self._watched = now  # when `_kept.watch` was asked for
        self._stale = False  # the watch has seen what was not committed
        self._turn = Turn(memory, now, _nameless)
        self._started = False
        self.next_due = self._due()  # when to come again, with a Tick; read on any thread
        self._messages = 0

    @property
    def site(self) -> Site:
        return self._book.site if self._book is not None else NO_SITE

    @property
    def policy(self) -> int:
        """Version in force; 0: none."""
        return self._book.policy.version if self._book is not None else 0

    def _due(self) -> datetime | None:
        ends = (self._watch.due(), screening.due(self._kept.standing))
        return min((one for one in ends if one is not None), default=None)

    # -- one commit ----------------------------------------------------------------------------

    def begin(self, now: datetime, name: Callable[[], str]) -> None:
        """`name` gives ids for the gateway's own events."""
        self._book, self._digest = self._book_kept, self._digest_kept
        if self._stale:
            self._watch = self._watch.again(self.site, self._watched, self._kept.watch, now)
        self._stale = True
        self._turn = Turn(self._kept, now, name)
        if not self._started:
            self._tell_of_start()
        screening.expire(self._turn)

    def ask(self, item: GateItem) -> None:
        turn = self._turn
        if isinstance(item, Document):
            self._document(item.frame)
        elif isinstance(item, Order):
            before = len(turn.said)
            self._orders.received(turn, self.site, self.policy, item)
            self._show(turn.said[before:])
        elif isinstance(item, Connection):
            for device in self._users.devices(item.client):
                self._say(self._watch.connection(device, item.state, turn.now))
        elif isinstance(item, Alive):
            self._say(self._watch.heard(item.device, turn.now))
        elif isinstance(item, Stepped):
            self._watch.shift(timedelta(milliseconds=item.step_ms))
            self._clock_set(item.step_ms / 1000)
        else:
            self._say(self._watch.tick(turn.now))

    def _clock_set(self, by: float) -> None:
        turn = self._turn
        turn.stands(stands.clock_set(turn.standing, self.site, by, turn.now.timestamp()))

    def see(self, fact: Fact, draft: Draft, client: str, *, aged: bool = False) -> None:
        """A fact that this commit stores, and that was not stored before."""
        if client:
            self._users.speaks(client, fact.device)
        self._say(self._watch.see(fact))
        if type(fact.data) is access.Requested:
            before = len(self._turn.said)
            user = client or self._users.user(fact.device)
            self._desk.asked(self._turn, self._book, fact, draft, user, aged=aged)
            self._show(self._turn.said[before:])
            return
        if type(fact.data) in SEEN and self._book is not None:
            follow(self._turn, self._book, fact, draft)

    def says(self, topic: str) -> bool:
        """Whether this is where we speak to doors: behind a broker it comes back to us."""
        if topic.startswith("cmd/") and topic.endswith(_VERBS):
            return True
        return any(one.command == topic for one in self.site.doors.values() if one.command)

    def finish(self) -> tuple[Sequence[Own], Sequence[Statement]]:
        """What is to be stored beside the facts."""
        turn = self._turn
        if self._watch.changed:
            moved = self._watch.rows(self._kept.watch)
            turn.remembers(watch=_changed(self._kept.watch, moved), moved=moved)
        return turn.said, statements(self._kept, turn.memory)

    def committed(self) -> Sequence[Opening]:
        """It is durable. What is to be said to doors now."""
        turn = self._turn
        if turn.memory.watch is not self._kept.watch:
            self._watched = turn.now
        self._kept, self._stale, self._started = turn.memory, False, True
        self._book_kept, self._digest_kept = self._book, self._digest
        self.next_due = self._due()
        return turn.openings

    def listed(self, draft: Draft, now: datetime) -> Data | None:
        """A passing vehicle with the list its plate is on, where the device told none."""
        data, book = draft.data, self._book_kept
        if type(data) is not vehicle.Passed or data.list != "unknown" or book is None:
            return None
        plate = draft.personal.fields.get("plate", "") if draft.personal is not None else ""
        entries = book.plates.get(hash_of("plate", {"plate": plate}, book.policy.salt), ())
        lists = {one.plate.list for one in entries if one.good.holds(now.timestamp())}
        for name in ("black", "temporary", "white"):
            if name in lists:
                return msgspec.structs.replace(data, list=name)
        return None

    def reference(self, personal: Personal) -> str:
        """As the hub calls them; empty while no policy is in force."""
        return reference_of(self._book_kept, personal) if self._book_kept is not None else ""

    # -- policy --------------------------------------------------------------------------------

    def _from_disk(self, memory: Memory) -> tuple[Book | None, str]:
        try:
            return self._keeper.load(memory.adopted.version, memory.adopted.sha256)
        except signed.PolicyRefused as refused:
            log.error("%s: %s; no policy is in force", self._keeper.path, refused)
            self._refused = refused.reason
            return None, ""

    def _tell_of_start(self) -> None:
        """What a life before this one could not tell any more, and what it left behind."""
        self._clock_set(0.0)  # by more, perhaps, while nobody looked
        turn = self._turn
        if self._refused:
            turn.say(PolicyRefused(version=turn.memory.adopted.version, reason=self._refused))
        elif self._book is not None and self._digest != turn.memory.adopted.sha256:
            self._adopted(self._book, self._digest)

    def _document(self, frame: bytes) -> None:
        held, digest, turn = self._turn.memory.adopted, sha256(frame), self._turn
        if digest == self._digest:
            return  # as the broker keeps it for us
        try:
            book = self._keeper.read(frame, held.version, held.sha256)
        except signed.PolicyRefused as refused:
            told = f"{digest}:{refused.reason}"
            if turn.memory.told != told:  # not with every connection anew
                log.error("policy refused: %s", refused)
                turn.say(PolicyRefused(version=held.version, reason=refused.reason))
                turn.remembers(told=told)
            return
        self._keeper.keep(frame)
        self._book, self._digest = book, digest
        self._adopted(book, digest)
        self._watch.adopt(book.site)

    def _adopted(self, book: Book, digest: str) -> None:
        turn, version = self._turn, book.policy.version
        before = turn.memory.adopted.version
        name = turn.say(Adopted(version=version, sha256=digest, previous=before))
        turn.remembers(adopted=Held(version, digest), told="")
        if version == before:  # the same again, for a file that was lost: all of it is told
            log.info("policy %d is in force again", version)
            return
        given = [one.given for one in turn.memory.decided.values()]
        for one in conflicts(book, given):
            device, _, subject = one.given.device.partition("\0")
            found = ConflictFound(
                decision=one.given.id,
                policy=one.given.policy,
                newer=one.newer,
                reason=one.reason,
                subject_ref=one.given.ref,
                decided=rfc3339(one.given.request.at),
            )
            turn.say(found, device, subject, cause=name)
        log.info("policy %d is in force", version)

    # -- what the watch and we ourselves say ----------------------------------------------------

    def _say(self, said: Sequence[Said]) -> None:
        for one in said:
            name = self._turn.say(
                one.data,
                one.device,
                one.subject,
                at=one.at,
                cause=one.causationid,
                chain=one.correlationid,
            )
            if isinstance(one.data, access.NotTaken):
                where = self.site.meant(key_of(one.subject), one.device)
                not_taken(self._turn, self._book, one.data.grant, where, self._turn.now)
            log.debug("%s: %s", one.data.TYPE, name)

    def _show(self, said: Sequence[Own]) -> None:
        """Decisions of ours, to the watch: an opening that follows is no force."""
        self._messages += 1
        for own in said:
            if own.data.native.get("adapter") != NATIVE or own.at is None:
                continue
            fact = Fact(
                data=own.data,
                subject=own.subject,
                device=own.device,
                id=own.id,
                at=own.at,
                now=self._turn.now,
                live=True,
                message=-self._messages,
            )
            self._say(self._watch.see(fact))


def _changed(kept: Mapping[str, bytes], rows: Mapping[str, bytes | None]) -> Mapping[str, bytes]:
    made = {**kept}
    for name, value in rows.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made


def _nameless() -> str:
    raise FatalError("the gate speaks outside of a commit")
