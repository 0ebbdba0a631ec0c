"""The key history of this hub's log, and what its configuration says beside it.

The log wins. `hub.toml` is how a key comes in first: what it names and the log does not know is
enrolled, and what it named and names no longer is revoked, before anything is taken under it. A
key that handed over or was revoked in the log does not come back by the file.
"""

import logging
import uuid
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core import durable, sources
from core.batch import parse
from core.clock import Clock, rfc3339
from core.errors import BadFrame, EnvironmentFault, FatalError
from core.event import Event, parse_source, source_of
from core.events.key import Enrolled, Reason, Revoked, Rotated
from core.keyhistory import Enrolment, KeyHistory, said_in, speaks
from core.ownjournal import GATEWAY, Append
from core.store.port import EventStore, Log
from core.tlog.tree import leaf_hash
from core.trust import Gateway, Trust
from infra.importing.made import GATEWAY as IMPORT
from projections.view import DISTRICT

log = logging.getLogger("hub.keys")

SEEN = "keys.seen"  # in the hub's folder; derived: without it the log is read from its beginning
FILE = "hub.toml"  # the actor of what the configuration says
_PAGE, _PAGE_BYTES = 256, 8_000_000


class Place(Protocol):
    """A hub's folder, and the gateways its configuration names."""

    @property
    def folder(self) -> Path: ...
    @property
    def gateways(self) -> Sequence[Gateway]: ...


class _Seen(msgspec.Struct, frozen=True):
    """The log was read up to `position`, where the batch with `hash` stands; of these batches
    that speak of keys stand at `told`."""

    position: int = 0
    hash: str = ""
    told: tuple[int, ...] = ()


def read(store: EventStore, folder: Path) -> KeyHistory:
    """As the log has it up to its head. FatalError when the log does not give it back."""
    history = KeyHistory()
    seen = _seen(store, folder / SEEN)
    told = list(seen.told)
    for position in told:
        _tell(history, store, position)
    head = store.head()
    last = seen.hash
    for position, frame in _batches(store, seen.position, head):
        if speaks(frame):
            _tell(history, store, position)
            told.append(position)
        if position == head:
            last = leaf_hash(frame).hex()
    now = _Seen(head, last, tuple(told))
    if now != seen:
        durable.put(folder / SEEN, msgspec.json.encode(now), 0o600)
    return history


def event_of(data: Enrolled | Rotated | Revoked, clock: Clock) -> Event:
    now = rfc3339(clock.now())
    return Event(
        id=f"key:{uuid.uuid4().hex}",
        source=source_of(data.compound or DISTRICT, GATEWAY, "keys"),
        type=data.TYPE,
        subject=f"{data.role}/{data.gateway or GATEWAY}",
        time=now,
        recordedtime=now,
        timequality="gateway",
        data=data,
    )


def open_trust(place: Place, store: EventStore, hub: bytes, append: Append, clock: Clock) -> Trust:
    """What the log believes, once it has heard of what the configuration says. EnvironmentFault
    where the log is another hub key's."""
    history = read(store, place.folder)
    if history.hubs and history.hubs[-1] != hub.hex():
        raise EnvironmentFault(
            f"{place.folder / 'hub.key'} is {hub.hex()[:16]}…, and the log is written by "
            f"{history.hubs[-1][:16]}…. Restore the hub.key that belongs to the log; a key is "
            "changed by `menwei hub rotate-key`."
        )
    trust = Trust(history, hub, append)
    said: list[Enrolled | Revoked] = []
    if not history.hubs:
        said.append(Enrolled(role="hub", key=hub.hex(), actor=FILE, since=1, reason="first start"))
    begins = history.begins(store.head() + 1)
    said += _named(history, place.gateways, since=int(begins))
    if begins:
        said += _strangers(history, store, {hub.hex(), *(one.key for one in place.gateways)})
    trust.say([event_of(one, clock) for one in said])
    trust.say([event_of(one, clock) for one in _gone(history, place.gateways)])
    return trust


def _named(history: KeyHistory, gateways: Sequence[Gateway], since: int) -> Iterator[Enrolled]:
    """What the configuration names and the log does not know."""
    for one in gateways:
        known = history.now(bytes.fromhex(one.key))
        if known is None:
            yield Enrolled(role="gateway", key=one.key, compound=one.compound, gateway=one.name,
                           actor=FILE, since=since, reason=f"named in {FILE}")  # fmt: skip
        else:
            _warn(one, known)


def _strangers(history: KeyHistory, store: Log, named: Container[str]) -> Iterator[Enrolled]:
    """Of a log older than its key history: who wrote it and is named nowhere. They were believed
    then."""
    held = set[bytes]()
    for newest in store.journals():
        batch = parse(newest.state)
        key, source = batch.header.journal.key, sources.named(batch)
        if key in held or key.hex() in named or history.now(key) is not None or not source:
            continue
        held.add(key)
        compound, gateway, _ = parse_source(source)
        if gateway != GATEWAY:  # else a hub's journal, under a key that is gone
            actor = GATEWAY if gateway == IMPORT else FILE
            yield Enrolled(role="gateway", key=key.hex(), compound=compound, gateway=gateway,
                           actor=actor, since=1, reason="wrote in this log before")  # fmt: skip


def _gone(history: KeyHistory, gateways: Iterable[Gateway]) -> Iterator[Revoked]:
    """What came in by the configuration and stands there no longer, nor what handed over to it."""
    listed = {one.key for one in gateways}
    for one in history.enrolments():
        named = one.actor == FILE and one.role == "gateway"
        if named and one.speaks and listed.isdisjoint(history.lineage(one.key)):
            yield revocation(one, "retired", FILE)


def revocation(one: Enrolment, reason: Reason, actor: str) -> Revoked:
    return Revoked(
        role=one.role,
        key=one.key,
        reason=reason,
        actor=actor,
        compound=one.compound,
        gateway=one.gateway,
    )


def _warn(one: Gateway, known: Enrolment) -> None:
    what = f"{one.compound}/{one.name}, key {one.key[:16]}…"
    if known.revoked:
        log.warning("%s: %s is revoked in the log (%s); it stays so", FILE, what, known.reason)
    elif (known.compound, known.gateway) != (one.compound, one.name):
        log.error("%s: %s is %s/%s in the log, which wins", FILE, what, known.compound,
                  known.gateway)  # fmt: skip


def _seen(store: Log, path: Path) -> _Seen:
    """Nothing where the file is not there, or not of this log."""
    try:
        seen = msgspec.json.decode(path.read_bytes(), type=_Seen)
    except FileNotFoundError:
        return _Seen()
    except msgspec.MsgspecError:
        log.warning("%s: cannot be read; the log is read from its beginning", path)
        return _Seen()
    for _, frame in _batches(store, seen.position - 1, seen.position):
        return seen if leaf_hash(frame).hex() == seen.hash else _Seen()
    return _Seen()


def _batches(store: Log, after: int, head: int) -> Iterator[tuple[int, bytes]]:
    while after < head:
        page = store.read(after, _PAGE, _PAGE_BYTES)
        if not page:
            return
        for one in page:
            if one.id <= head:
                yield one.id, one.state
        after = page[-1].id


def _tell(history: KeyHistory, store: Log, position: int) -> None:
    try:
        for _, frame in _batches(store, position - 1, position):
            batch = parse(frame)
            batch.check_signature()
            for at, data in said_in(batch):
                history.told(position, at, batch.header.journal.key, data)
    except BadFrame as bad:
        raise FatalError(f"the log is damaged at position {position}: {bad}") from bad
