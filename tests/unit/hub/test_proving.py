"""What the hub shows each gateway of its log, when it is asked."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from eventsourcing.persistence import Notification

from core import receipt
from core.keys import Signer
from core.receipt import Receipt
from core.tlog import note
from core.tlog.note import Signature
from core.tlog.published import Published
from core.tlog.standing import Standing, standing
from core.trust import Gateway, by_key
from infra.hub import proving as hub_proving
from infra.hub.proving import Proving
from tests.fix_core import signer_of
from tests.fix_gateway_witness import (
    COSIGNER,
    GATEWAY,
    HUB,
    ORIGIN,
    HubOf,
    MemoryLog,
    Watching,
)
from tests.fix_tlog import published

ENROLLED = Gateway(compound="c01", name="gw01", key=GATEWAY.public.hex())
TOPIC = "menwei/v1/c01/gw01/receipt"
NEVER = Standing()


class Hub(HubOf):
    """The real answers of a hub, over a log in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.proving = Proving(self.log, by_key([ENROLLED]), HUB, ())
        self.now = 0.0

    def commits(self, edge: Watching, batches: int = 1) -> None:
        edge.commit(batches)
        self.take(edge.stream)
        opened = receipt.open_receipt(edge.stream.receipt, HUB.public)
        self.proving.committed("c01", "gw01", opened)

    def answers(self, told: Standing, after: float = 60.0) -> list[Receipt]:
        self.now += after
        self.proving.heard("c01", "gw01", told, self.now)
        answers = self.proving.answers()
        assert {topic for topic, _ in answers} <= {TOPIC}
        return [receipt.open_receipt(payload, HUB.public) for _, payload in answers]

    def tells(self, edge: Watching, after: float = 60.0) -> list[Receipt]:
        """Asked and heard, as over the wire."""
        found = self.answers(edge.witness.standing(), after)
        for one in found:
            edge.witness.heard(one)
        return found


@pytest.fixture
def edge(tmp_path: Path) -> Watching:
    return Watching(tmp_path)


@pytest.fixture
def hub() -> Hub:
    return Hub()


def test_nothing_is_said_before_there_is_a_checkpoint(edge: Watching, hub: Hub) -> None:
    hub.commits(edge)
    assert hub.tells(edge) == []


def test_what_is_newer_is_shown_and_then_nothing_more(edge: Watching, hub: Hub) -> None:
    hub.commits(edge, 3)
    hub.log.publish()
    (shown,) = hub.tells(edge)
    assert (shown.committed, shown.since, shown.consistency) == (3, 0, ())
    assert (edge.size, edge.stream.proven) == (3, 3)
    assert hub.tells(edge) == []


def test_a_later_checkpoint_comes_with_the_way_to_it(edge: Watching, hub: Hub) -> None:
    for size in range(1, 40):
        hub.commits(edge)
        hub.log.others(size % 3)
        hub.log.publish()
        (shown,) = hub.tells(edge)
        assert shown.committed == size
        assert edge.size == hub.log.size
    assert edge.said == []


def test_a_checkpoint_that_covers_nothing_new_is_shown_all_the_same(
    edge: Watching, hub: Hub
) -> None:
    hub.commits(edge)
    hub.log.publish()
    hub.tells(edge)
    hub.log.others(5)
    hub.log.publish()
    (shown,) = hub.tells(edge)
    assert (shown.committed, edge.size) == (1, 6)


def test_a_busy_journal_is_proven_up_to_some_batch_of_each_checkpoint(
    edge: Watching, hub: Hub
) -> None:
    """Its newest batch is never covered: one behind the last checkpoint is."""
    hub.commits(edge)
    hub.log.publish()
    hub.tells(edge)
    for size in range(2, 20):
        hub.commits(edge)
        hub.log.publish()
        hub.commits(edge)
        before = edge.stream.proven
        hub.tells(edge)
        assert edge.stream.proven is not None
        assert before is not None
        assert edge.stream.proven > before, size
    assert edge.said == []


def test_an_answer_that_is_lost_is_given_again(edge: Watching, hub: Hub) -> None:
    hub.commits(edge)
    hub.log.publish()
    told = edge.witness.standing()
    assert hub.answers(told) == hub.answers(told)


def test_a_gateway_is_not_answered_at_every_message(edge: Watching, hub: Hub) -> None:
    hub.commits(edge)
    hub.log.publish()
    assert len(hub.tells(edge)) == 1
    hub.commits(edge)
    hub.log.publish()
    assert hub.tells(edge, after=10) == []
    assert len(hub.tells(edge, after=10)) == 1


def test_a_hub_that_starts_again_proves_what_its_log_holds(edge: Watching, hub: Hub) -> None:
    hub.commits(edge, 3)
    hub.log.publish()
    stored = edge.stream.read(2, 1)[0]
    newest = Notification(stored.originator_id, 3, stored.topic, stored.state, 3)
    asked = edge.witness.standing()
    for trusted, shown in ((ENROLLED, [3]), (msgspec.structs.replace(ENROLLED, key="00" * 32), [])):
        hub.proving = Proving(hub.log, by_key([trusted]), HUB, [newest])
        assert [one.committed for one in hub.answers(asked)] == shown


def test_who_knows_more_than_there_is_is_told(edge: Watching, hub: Hub) -> None:
    hub.commits(edge, 3)
    hub.log.publish()
    hub.tells(edge)
    hub.log.leaves.pop()
    hub.log.publish()
    fewer = Proving(hub.log, by_key([ENROLLED]), HUB, ())
    first = msgspec.structs.replace(
        hub.shows(edge.stream, 0, 2), proof="", since=0, consistency=(), sig=""
    )  # fmt: skip
    fewer.committed("c01", "gw01", first)
    hub.proving = fewer
    hub.tells(edge)
    assert edge.witness.refused == "rolled-back"
    assert hub.tells(edge) == [], "who refuses is not asked again"


def test_a_gateway_nobody_enrolled_and_one_that_asks_for_nothing_hear_nothing(hub: Hub) -> None:
    hub.log.others(3)
    hub.log.publish()
    assert not hub.proving.heard("c01", "gw02", NEVER, 0)
    assert hub.answers(NEVER) == []
    strange: Mapping[str, int] = {"0f" * 16: 3}
    assert hub.answers(Standing(proven=strange)) == []


def test_a_cosignature_is_verified_once_and_handed_on(edge: Watching, hub: Hub) -> None:
    hub.commits(edge)
    hub.log.publish()
    hub.tells(edge)
    hub.tells(edge)
    hub.tells(edge)
    (found,) = hub.log.cosignatures
    size, signature = found
    tree = hub.log.published()
    assert tree is not None
    assert size == 1
    assert COSIGNER.holds(tree.checkpoint.note.text, signature)


def test_a_gateway_that_is_to_get_a_new_key_cosigns_by_the_one_it_has(
    edge: Watching, hub: Hub
) -> None:
    coming = msgspec.structs.replace(ENROLLED, key=signer_of(201).public.hex())
    hub.proving = Proving(hub.log, by_key([ENROLLED, coming]), HUB, ())
    hub.commits(edge)
    hub.log.publish()
    hub.tells(edge)
    hub.tells(edge)
    assert len(hub.log.cosignatures) == 1


def test_a_cosignature_that_does_not_hold_goes_nowhere(edge: Watching, hub: Hub) -> None:
    hub.commits(edge)
    hub.log.publish()
    hub.tells(edge)
    honest = edge.witness.standing()
    line = honest.cosignature
    wrong = [
        "no line",
        line.replace("c01/gw01", "c01/gw02"),
        line[:-8] + "AAAAAA==",
        Watching(edge.folder / "other").witness.standing().cosignature,
    ]
    for one in wrong:
        hub.answers(msgspec.structs.replace(honest, cosignature=one))
    assert hub.log.cosignatures == []
    hub.answers(honest)
    assert len(hub.log.cosignatures) == 1


def test_what_others_signed_does_not_go_to_every_gateway(edge: Watching, hub: Hub) -> None:
    class Crowded(MemoryLog):
        def published(self) -> Published | None:
            found = published(tuple(self.leaves[: self.size]), HUB, self.origin)
            noted = found.checkpoint.note
            crowd = tuple(Signature(f"w{n}", bytes(4), bytes(72)) for n in range(500))
            noted = msgspec.structs.replace(noted, signatures=(*noted.signatures, *crowd))
            crowded = msgspec.structs.replace(found.checkpoint, note=noted)
            return msgspec.structs.replace(found, checkpoint=crowded)

    hub.log = Crowded(ORIGIN)
    hub.proving = Proving(hub.log, by_key([ENROLLED]), HUB, ())
    hub.commits(edge)
    hub.log.publish()
    (shown,) = hub.tells(edge)
    assert len(shown.proof) < 1000
    assert edge.size == 1


def test_as_many_cosignatures_are_taken_as_a_note_has_room_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hub_proving, "_COSIGNERS", 2)
    log, signers = MemoryLog(), [signer_of(20 + n) for n in range(5)]
    gateways = [_enrolled(n, one) for n, one in enumerate(signers)]
    log.others(4)
    log.publish()
    tree = log.published()
    assert tree is not None
    made = Proving(log, by_key(gateways), HUB, ())
    for number, signer in enumerate(signers):
        made.heard("c01", f"gw{number}", _standing(tree, f"c01/gw{number}", signer), 0.0)
    made.answers()
    assert [size for size, _ in log.cosignatures] == [4, 4]


def _enrolled(number: int, signer: Signer) -> Gateway:
    return Gateway(compound="c01", name=f"gw{number}", key=signer.public.hex())


def _standing(tree: Published, name: str, signer: Signer) -> Standing:
    head = tree.checkpoint.head
    line = note.cosignature(tree.checkpoint.note.text, name, signer, 1).line().strip()
    return standing(head, line, {}, "")
