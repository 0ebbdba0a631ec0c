"""What the configuration says of keys, beside a log that says it too: the log wins."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from core import codec, handover
from core.errors import EnvironmentFault, FatalError
from core.events.key import Enrolled as Said
from core.events.key import Revoked
from core.ingest import Ingest
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, Trust
from infra.hub import hubkey, keyring
from infra.rebuild import Place
from tests.fix_core import COMPOUND, START, Enrolled, FixedClock, signer_of, trusting

HUB = signer_of(90)


class Hub:
    """A hub's start on this folder, again and again."""

    def __init__(self, folder: Path, store: SQLiteEventStore, keys: KeyStore) -> None:
        self.folder, self.store, self.clock, self._keys = folder, store, FixedClock(), keys
        (folder / hubkey.NAME).write_text((bytes([90]) * 32).hex(), encoding="ascii")
        self.signer = HUB

    def place(self, gateways: Sequence[Gateway]) -> Place:
        return Place(self.folder, self.folder / "log.db", tuple(gateways))

    def start(self, *gateways: Gateway) -> Trust:
        self.signer = hubkey.finish(self.place(gateways), self.store, self._keys, self.clock)
        own = OwnJournal(self.store, self.signer, self.clock, self._keys)
        return keyring.open_trust(
            self.place(gateways), self.store, self.signer.public, own.append, self.clock
        )


@pytest.fixture
def hub(tmp_path: Path, store: SQLiteEventStore, keys: KeyStore) -> Hub:
    return Hub(tmp_path, store, keys)


def names(trust: Trust) -> list[str]:
    return [one.name for one in trust.gateways()]


def test_a_first_start_says_what_the_file_says_and_a_second_nothing(
    hub: Hub, gateway: Enrolled
) -> None:
    assert names(hub.start(gateway.gateway)) == ["gw-1"]
    head = hub.store.head()
    trust = hub.start(gateway.gateway)
    assert hub.store.head() == head
    assert trust.history.believed(gateway.signer.public, 1) is not None
    assert not any(one.disbelieved for one in trust.history.entries)


def test_many_gateways_begin_together(hub: Hub) -> None:
    many = [Gateway(compound="c", name=f"g{n}", key=f"{n:064x}") for n in range(300)]
    trust = hub.start(*many)
    assert len(trust.gateways()) == 300
    assert {one.begins for one in trust.history.enrolments()} == {1}


def test_who_comes_into_the_file_later_is_believed_from_then_on(
    hub: Hub, gateway: Enrolled, neighbour: Enrolled
) -> None:
    hub.start(gateway.gateway)
    Ingest(hub.store, hub.start(gateway.gateway)).accept([gateway.arrival(gateway.batch())], START)
    head = hub.store.head()
    trust = hub.start(gateway.gateway, neighbour.gateway)
    assert trust.history.believed(neighbour.signer.public, head) is None
    assert trust.history.believed(neighbour.signer.public, head + 2) is not None


def test_a_log_from_before_believes_who_wrote_it(
    hub: Hub, gateway: Enrolled, neighbour: Enrolled
) -> None:
    """The neighbour was taken out of the file before the upgrade."""
    both = [gateway, neighbour]
    trusting(hub.store, both).accept([one.arrival(one.batch()) for one in both], START)
    trust = hub.start(gateway.gateway)
    assert names(trust) == ["gw-1"]
    assert trust.history.believed(neighbour.signer.public, 2) is not None
    gone = trust.history.now(neighbour.signer.public)
    assert gone is not None
    assert (gone.revoked > 2, gone.reason) == (True, "retired")


def test_who_is_taken_out_of_the_file_is_revoked(hub: Hub, gateway: Enrolled) -> None:
    hub.start(gateway.gateway)
    trust = hub.start()
    assert names(trust) == []
    (receipt,) = Ingest(hub.store, trust).accept([gateway.arrival(gateway.batch())], START)
    assert receipt.refused == "revoked"


def test_a_revoked_key_does_not_come_back_by_the_file(hub: Hub, gateway: Enrolled) -> None:
    trust = hub.start(gateway.gateway)
    one = trust.history.now(gateway.signer.public)
    assert one is not None
    trust.say([keyring.event_of(keyring.revocation(one, "stolen", "admin"), hub.clock)])
    head = hub.store.head()
    assert names(hub.start(gateway.gateway)) == []
    assert hub.store.head() == head


def test_who_was_enrolled_by_a_person_need_not_stand_in_the_file(hub: Hub) -> None:
    trust = hub.start()
    said = Said(role="gateway", key="ab" * 32, compound=COMPOUND, gateway="gw-9", actor="admin")
    trust.say([keyring.event_of(said, hub.clock)])
    assert names(hub.start()) == ["gw-9"]


def test_a_file_that_still_names_the_key_before_revokes_nobody(hub: Hub, gateway: Enrolled) -> None:
    ingest = Ingest(hub.store, hub.start(gateway.gateway))
    over = handover.rotated(
        "gateway", gateway.signer, signer_of(91), compound=COMPOUND, gateway="gw-1"
    )
    source = f"/c/{COMPOUND}/gw/gw-1/dev/gw-1"
    event = msgspec.structs.replace(keyring.event_of(over, hub.clock), source=source)
    batch = gateway.forged(gateway.next_header(1), codec.lines([event]))
    (receipt,) = ingest.accept([gateway.arrival(batch)], START)
    assert receipt.refused == ""
    trust = hub.start(gateway.gateway)
    new = trust.history.now(signer_of(91).public)
    assert new is not None
    assert new.speaks
    assert [one.key for one in trust.gateways()] == [new.key]
    assert [one.key for one in hub.start().gateways()] == []  # neither is named any more


def test_a_strangers_hub_key_does_not_write_this_log(hub: Hub) -> None:
    hub.start()
    (hub.folder / hubkey.NAME).write_text((bytes([92]) * 32).hex(), encoding="ascii")
    with pytest.raises(EnvironmentFault, match=r"Restore the hub\.key"):
        hub.start()


def test_what_was_read_is_not_read_again_and_is_only_a_help(hub: Hub, gateway: Enrolled) -> None:
    before = hub.start(gateway.gateway).history.entries
    keyring.read(hub.store, hub.folder)
    seen = hub.folder / keyring.SEEN
    told = seen.read_bytes()
    assert keyring.read(hub.store, hub.folder).entries == before
    for content in (b"{", b'{"position":7,"hash":"00","told":[7]}', b"{}"):
        seen.write_bytes(content)
        assert keyring.read(hub.store, hub.folder).entries == before
        assert seen.read_bytes() == told


def test_a_log_that_tells_keys_with_a_broken_signature_stops_the_start(
    hub: Hub, gateway: Enrolled
) -> None:
    hub.start(gateway.gateway)
    (stored,) = hub.store.read(0, 1, 1)
    frame = stored.state[:-1] + bytes([stored.state[-1] ^ 1])
    hub.store._writer.datastore.close()
    db = sqlite3.connect(hub.folder / "log.db")
    with db:
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (frame, stored.id))
    db.close()
    (hub.folder / keyring.SEEN).unlink(missing_ok=True)
    with pytest.raises(FatalError, match="position 1"):
        keyring.read(hub.store, hub.folder)


def test_a_new_key_of_a_hub_that_has_none_is_not_ordered(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="Start the hub once"):
        hubkey.order(tmp_path)


def test_an_order_is_one_order(hub: Hub) -> None:
    assert hubkey.order(hub.folder).public == hubkey.order(hub.folder).public


class Cut(FatalError):
    """The power went."""


STEPS = ((OwnJournal, "append"), (handover, "complete"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_the_hub_dies_while_its_key_changes_hands(
    hub: Hub, gateway: Enrolled, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    hub.start(gateway.gateway)
    new = hubkey.order(hub.folder)
    owner, name = STEPS[step]
    run = getattr(owner, name)

    def dying(*args: object, **kwargs: object) -> object:
        if after:
            run(*args, **kwargs)
        raise Cut("here")

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dying)
        with pytest.raises(Cut):
            hub.start(gateway.gateway)
    trust = hub.start(gateway.gateway)
    assert hub.signer.public == new.public
    assert list(trust.history.hubs) == [HUB.public.hex(), new.public.hex()]
    assert not any(one.disbelieved for one in trust.history.entries)
    newest = {one.originator_id: one for one in hub.store.journals()}
    old = newest[OwnJournal(hub.store, HUB, hub.clock, hub._keys)._journal.id]
    assert b"key.rotated" in old.state  # its last word
    one = trust.history.now(gateway.signer.public)
    assert one is not None
    gone = Revoked(role="gateway", key=one.key, reason="lost")
    trust.say([keyring.event_of(gone, hub.clock)])
    assert names(trust) == []
