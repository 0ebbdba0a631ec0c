"""The hub's side of policies: compiled, numbered, signed, on record, and with the gateways.

What a policy changes about the watch list enters the log in one append with it.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import get_args

import msgspec

from core import codec
from core.clock import Clock, rfc3339
from core.event import Data, Event, Personal
from core.events.policy import Published
from core.events.subject import Unlisted, WatchListed
from core.keys import Signer
from core.ownjournal import GATEWAY, Append
from core.policy.document import Listed, Policy, sha256
from core.policy.signed import PolicyRefused, sign_document, signed_by
from core.policy.source_people import Identity
from core.sealing import reference
from core.store.port import EventStore
from infra.hub.differences import between
from infra.hub.policy_files import Held, PolicyFiles, Stored
from infra.hub.policy_source import compiled
from projections.safe_community.rows.policy import Rulebook
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.people import Publication, Unfit, Unready

log = logging.getLogger("hub.policies")

Send = Callable[[str, str, str, bytes], object]  # compound, gateway, verb, payload
Beside = tuple[Sequence[Event], Mapping[str, Personal]]

_HUB = Account(name=GATEWAY, role="admin")
_NOTHING: Beside = ((), {})
_NONE = Stored(version=0, head=0, sha256="", document=b"", source="")
_TIMES = 200  # versions whose beginnings are known
_REVOKED = timedelta(days=1)  # a pass stays in the list so long after its own end


class Policies:
    """Owns which policy is the newest of each compound. Any thread; blocks for syncs."""

    def __init__(
        self,
        files: PolicyFiles,
        log: EventStore,
        signer: Signer,
        key: bytes,
        clock: Clock,
        gateways: Mapping[str, Sequence[str]],
        append: Append,
        send: Send,
        known: Callable[[str], Rulebook],
    ) -> None:
        self._files = files
        self._log = log
        self._signer = signer
        self._key = key
        self._clock = clock
        self._gateways = gateways  # compound → names
        self._append = append
        self._send = send
        self._known = known  # compound → what its view has heard of versions
        self._lock = threading.Lock()
        self._held = {compound: files.current(compound) for compound in gateways}

    def start(self) -> None:
        """Says the newest again: a broker that lost its disk has nothing to give gateways. What a
        former key of the hub signed is signed anew, as the next version: gateways that follow
        the key take nothing of the old one any more."""
        with self._lock:
            for held in self._held.values():
                if held is None:
                    continue
                stored = held.stored
                if signed_by(stored.document) == self._signer.public:
                    self._tell(held)
                    continue
                ends = self._ends(held)
                again = self._numbered(held, held.policy, stored.source, stored.register, ends)
                self._put(_HUB, held, again, _NOTHING)

    def document(self, compound: str) -> Policy | None:
        held = self._held.get(compound)
        return held.policy if held else None

    def newest(self, compound: str) -> Publication | None:
        held = self._held.get(compound)
        return self._publication(held) if held else None

    def names(self, compound: str, refs: Sequence[str]) -> Mapping[str, str]:
        register = _stored(self._held.get(compound)).register
        return {ref: register[ref] for ref in refs if ref in register}

    def references(self, compound: str, name: str) -> tuple[str, ...]:
        """Of those the register calls so, or whose id it is."""
        register = _stored(self._held.get(compound)).register
        called = sorted(ref for ref, one in register.items() if one == name)
        own = (reference(self._key, kind, name) for kind in get_args(Identity))
        return tuple(dict.fromkeys((*called, *(ref for ref in own if ref in register))))

    def publish(
        self, compound: str, account: Account, source: str, *, dry_run: bool
    ) -> Publication:
        with self._lock:
            before = self._current(compound)
            salt = before.policy.salt if before else ""
            read = compiled(source, compound, salt, self._key, self._clock.now())
            held = self._numbered(before, read.policy, source, read.register, self._ends(before))
            position = 0 if dry_run else self._put(account, before, held, _NOTHING)
            return msgspec.structs.replace(
                self._publication(held),
                position=position,
                warnings=tuple(read.warnings),
                differences=between(before.policy if before else None, held.policy),
            )

    def revoke(
        self, compound: str, account: Account, pass_id: str, ends: int, beside: Beside
    ) -> int:
        """The policy once more with this pass in it, and `beside` in the same append."""
        with self._lock:
            before = self._current(compound)
            if before is None:
                raise Unready("this compound has no policy: no gate lets a pass in")
            if pass_id in before.stored.ends:
                raise Unready("this pass is revoked already")
            source, register = before.stored.source, before.stored.register
            revoked = {**self._ends(before), pass_id: ends}
            held = self._numbered(before, before.policy, source, register, revoked)
            return self._put(account, before, held, beside)

    # --- how a version is made ------------------------------------------------------------------

    def _current(self, compound: str) -> Held | None:
        """After a publication whose end nobody saw, as the log has it; gateways hear of it now."""
        known = self._held.get(compound)
        with _kept():
            found = self._held[compound] = self._files.current(compound)
        if found is not None and found.stored.version != _stored(known).version:
            self._tell(found)
        return found

    def _ends(self, before: Held | None) -> Mapping[str, int]:
        floor = int((self._clock.now() - _REVOKED).timestamp())
        return {one: end for one, end in _stored(before).ends.items() if end > floor}

    def _numbered(
        self,
        before: Held | None,
        policy: Policy,
        source: str,
        register: Mapping[str, str],
        ends: Mapping[str, int],
    ) -> Held:
        """`policy` as the next version, signed."""
        was, known = _stored(before), self._known(policy.compound)
        now = rfc3339(self._clock.now())
        version = max(was.version, known.version) + 1
        times = {**was.times, version: now}
        over = was.ends.keys() - ends.keys()
        fresh = msgspec.structs.replace(
            policy,
            version=version,
            issued=now,
            since=min(policy.since or now, since(times, known.gateways)),
            revoked=tuple(sorted({*policy.revoked, *ends} - over)),
        )
        try:
            document = sign_document(fresh, self._signer)
        except PolicyRefused as refused:
            raise Unfit(f"no gateway would take this policy: {refused.detail}") from refused
        stored = Stored(
            version=version,
            head=self._log.head(),
            sha256=sha256(document),
            document=document,
            source=source,
            register=register,
            ends=ends,
            times=dict(sorted(times.items())[-_TIMES:]),
        )
        return Held(stored=stored, policy=fresh)

    def _put(self, account: Account, before: Held | None, held: Held, beside: Beside) -> int:
        compound = held.policy.compound
        told = _events(account, before.policy if before else None, held)
        if any(len(codec.encode(event)) > codec.MAX_EVENT for event in told):
            raise Unfit("the description of the site is too long: 64 kB as one event")
        with _kept():
            self._files.put_aside(compound, held.stored)
        position = self._append([*beside[0], *told], beside[1])
        self._held[compound] = held
        self._tell(held)
        try:
            self._files.adopt(compound, held.stored)
        except OSError as error:  # on record and sent; what is put aside says so at the next start
            log.error("policy %d of %s stays aside: %s", held.stored.version, compound, error)
        return position

    def _tell(self, held: Held) -> None:
        compound = held.policy.compound
        for gateway in self._gateways.get(compound, ()):
            self._send(compound, gateway, "policy", held.stored.document)

    def _publication(self, held: Held) -> Publication:
        return Publication(
            compound=held.policy.compound,
            version=held.stored.version,
            sha256=held.stored.sha256,
            issued=held.policy.issued,
            counts=counts(held.policy),
            gateways=tuple(self._gateways.get(held.policy.compound, ())),
        )


@contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unready(f"the hub cannot keep the policy: {error.strerror}") from error


def _stored(held: Held | None) -> Stored:
    return held.stored if held else _NONE


def since(times: Mapping[int, str], gateways: Mapping[str, int]) -> str:
    """From when on grants are looked at again: the first version that a gateway which decides has
    not adopted was in force from then on. A gateway that was away for several versions is told of
    the newest only; what an earlier one of them took away must not stay unseen."""
    oldest = min(gateways.values(), default=max(times) - 1)
    return min(
        (at for version, at in times.items() if version > oldest), default=max(times.values())
    )


def counts(policy: Policy) -> dict[str, int]:
    return {
        "persons": len(policy.persons),
        "credentials": sum(len(one.credentials) for one in policy.persons),
        "plates": len(policy.plates),
        "groups": len(policy.groups),
        "schedules": len(policy.schedules),
        "doors": len(policy.site.doors),
        "watched": len(policy.listed),
        "revoked": len(policy.revoked),
    }


def _events(account: Account, before: Policy | None, held: Held) -> list[Event]:
    """The publication, and what it changes about the watch list."""
    policy, who = held.policy, account.name
    published = Published(
        version=held.stored.version,
        sha256=held.stored.sha256,
        site=policy.site,
        actor=who,
        counts=counts(policy),
    )
    said: list[tuple[str, Data]] = [(f"policy/{policy.compound}", published)]
    old, new = _listed(before), _listed(policy)
    for ref, one in new.items():
        if old.get(ref) != one:
            entry = WatchListed(
                subject_ref=ref,
                reason=one.reason,
                basis=one.basis,
                until=one.until,
                action=one.action,
                actor=who,
            )
            said.append((f"subject/{ref}", entry))
    said += [
        (f"subject/{ref}", Unlisted(subject_ref=ref, actor=who))
        for ref in sorted(old.keys() - new.keys())
    ]
    return [event_of(policy.compound, subject, data, policy.issued) for subject, data in said]


def _listed(policy: Policy | None) -> dict[str, Listed]:
    """By reference: the person's, or of who holds the credential; else its hash stands for it."""
    found = policy.listed if policy else ()
    if policy is None or not found:
        return {}
    known: dict[tuple[str, str], str] = {
        ("plate", one.hash): one.ref for one in policy.plates if one.ref
    }
    for person in policy.persons:
        known.update({(one.kind, one.hash): person.ref for one in person.credentials})
    return {one.ref or known.get((one.kind, one.hash), f"s:{one.hash}"): one for one in found}
