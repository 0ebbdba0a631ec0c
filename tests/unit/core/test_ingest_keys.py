"""What ingest believes changes with the log, at the very batch that says so."""

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from core import codec, handover
from core.batch import Batch
from core.errors import DiskFull, Unavailable
from core.event import Event, Personal, source_of
from core.events.key import Enrolled as Said
from core.events.key import Revoked
from core.ingest import Ingest
from core.keyhistory import KeyHistory
from core.store.sqlite import SQLiteEventStore
from core.trust import Trust
from tests.fix_core import COMPOUND, START, Enrolled, door_opened, signer_of

HUB, NEXT = signer_of(30), 31


def handing_over(gateway: Enrolled) -> Batch:
    data = handover.rotated(
        "gateway", gateway.signer, signer_of(NEXT), compound=COMPOUND, gateway="gw-1"
    )
    event = msgspec.structs.replace(door_opened(1), type=data.TYPE, id="over", data=data)
    (made,) = gateway.writer.batches([codec.encode(event)], START)
    gateway.writer.advance([made])
    return made


class Log:
    """Of key events, as the hub's own journal takes them; `fault` is raised after or before."""

    def __init__(self) -> None:
        self.said: list[Event] = []
        self.fault: Exception | None = None
        self.done = True

    def append(self, events: Sequence[Event], _: Mapping[str, Personal]) -> int:
        if self.fault is None or self.done:
            held = {one.id for one in self.said}
            self.said += [one for one in events if one.id not in held]
        if self.fault is not None:
            raise self.fault
        return 100 + len(self.said)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def trust(log: Log, gateway: Enrolled) -> Trust:
    history = KeyHistory()
    for key, role, name in ((HUB, "hub", ""), (gateway.signer, "gateway", "gw-1")):
        said = {"role": role, "key": key.public.hex(), "since": 1, "gateway": name}
        place = {"compound": COMPOUND} if name else {}
        data = msgspec.convert({**said, **place}, Said)
        assert history.told(1, "", HUB.public, data) == ""
    return Trust(history, HUB.public, log.append)


def revoking(gateway: Enrolled) -> Event:
    data = Revoked(role="gateway", key=gateway.signer.public.hex(), reason="stolen")
    source = source_of(COMPOUND, "hub", "keys")
    return msgspec.structs.replace(
        door_opened(1), id="gone", source=source, type=data.TYPE, data=data
    )


def test_what_follows_a_handover_in_one_call_is_judged_by_it(
    store: SQLiteEventStore, trust: Trust, gateway: Enrolled
) -> None:
    ingest = Ingest(store, trust)
    group = [gateway.arrival(one) for one in (gateway.batch(), handing_over(gateway))]
    group.append(gateway.arrival(gateway.batch()))
    answers = ingest.accept(group, START)
    assert [one.refused for one in answers] == ["", "", "rotated"]
    assert store.head() == 2
    after = Enrolled("gw-1", NEXT)
    (answer,) = ingest.accept([after.arrival(after.batch())], START)
    assert answer.refused == ""


def test_a_handover_that_breaks_a_rule_is_stored_and_changes_nothing(
    store: SQLiteEventStore, trust: Trust, gateway: Enrolled
) -> None:
    ingest = Ingest(store, trust)
    data = handover.rotated("gateway", gateway.signer, signer_of(NEXT), compound="other")
    event = msgspec.structs.replace(door_opened(1), type=data.TYPE, data=data)
    (made,) = gateway.writer.batches([codec.encode(event)], START)
    gateway.writer.advance([made])
    answers = ingest.accept([gateway.arrival(made), gateway.arrival(gateway.batch())], START)
    assert [one.refused for one in answers] == ["", ""]
    assert trust.history.entries[-1].disbelieved == "not-believed"


def test_a_revoked_gateway_is_cut_at_once(
    store: SQLiteEventStore, trust: Trust, gateway: Enrolled
) -> None:
    ingest = Ingest(store, trust)
    first, second = gateway.batches(2)
    assert ingest.accept([gateway.arrival(first)], START)[0].refused == ""
    trust.say([revoking(gateway)])
    assert ingest.accept([gateway.arrival(second)], START)[0].refused == "revoked"
    assert store.head() == 1


@pytest.mark.parametrize("done", [False, True])
def test_while_nobody_knows_whether_it_stands_nothing_is_taken(
    store: SQLiteEventStore, trust: Trust, log: Log, gateway: Enrolled, done: bool
) -> None:
    ingest = Ingest(store, trust)
    log.fault, log.done = Unavailable("away"), done
    with pytest.raises(Unavailable):
        trust.say([revoking(gateway)])
    arrival = gateway.arrival(gateway.batch())
    with pytest.raises(Unavailable):
        ingest.accept([arrival], START)
    log.fault = None
    assert ingest.accept([arrival], START)[0].refused == "revoked"
    assert [one.id for one in log.said] == ["gone"]


def test_what_a_full_disk_did_not_take_was_not_said(
    store: SQLiteEventStore, trust: Trust, log: Log, gateway: Enrolled
) -> None:
    log.fault, log.done = DiskFull("full"), False
    with pytest.raises(DiskFull):
        trust.say([revoking(gateway)])
    answers = Ingest(store, trust).accept([gateway.arrival(gateway.batch())], START)
    assert answers[0].refused == ""


def test_who_follows_hears_of_every_change(trust: Trust, gateway: Enrolled) -> None:
    heard: list[int] = []
    trust.changed(lambda: heard.append(len(trust.gateways())))
    trust.say([revoking(gateway)])
    assert heard == [0]
