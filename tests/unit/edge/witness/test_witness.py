"""What a gateway believes of the hub's log, and in which order it becomes true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import durable
from core.errors import DiskFull
from core.events import logproof
from core.tlog import checkpoint, note
from edge.witness import state
from edge.witness.judge import Pin
from tests.fix_gateway_witness import COSIGNER, HUB, ORIGIN, HubOf, Watching, grow, met


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Watching]:
    opened = Watching(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def hub() -> HubOf:
    return HubOf()


def test_a_checkpoint_is_kept_believed_and_cosigned(edge: Watching, hub: HubOf) -> None:
    grow(edge, hub, 3)
    assert edge.stream.proven is None
    edge.witness.heard(hub.shows(edge.stream, 0))
    told = edge.witness.standing()
    assert (told.size, told.proven[edge.stream.journal.id.hex]) == (5, 3)
    assert edge.stream.proven == 3
    kept = state.read(edge.folder)
    assert kept.head is not None
    assert (kept.head.origin, kept.head.size) == (ORIGIN, 5)
    text = checkpoint.parse(kept.checkpoint.encode()).note.text
    assert COSIGNER.holds(text, note.signature(told.cosignature))
    assert not edge.said


def test_an_honest_log_may_grow_over_restarts(edge: Watching, hub: HubOf) -> None:
    for _ in range(5):
        grow(edge, hub)
        edge.witness.heard(hub.shows(edge.stream, edge.size))
        edge.restart()
        assert edge.size == hub.log.size
        assert edge.stream.proven == edge.stream.head.number
    assert not edge.said


def test_the_same_checkpoint_again_proves_further_batches(edge: Watching, hub: HubOf) -> None:
    grow(edge, hub, 4)
    edge.witness.heard(hub.shows(edge.stream, 0, 2))
    first = edge.witness.standing()
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert edge.witness.standing().cosignature == first.cosignature
    assert edge.stream.proven == 4
    edge.witness.heard(hub.shows(edge.stream, edge.size, 1))
    assert edge.stream.proven == 4, "an older one takes nothing back"


def test_what_cannot_be_kept_is_neither_believed_nor_signed(
    edge: Watching, hub: HubOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(edge, hub)

    def full(path: Path, *_: object) -> None:
        raise DiskFull(str(path))

    with monkeypatch.context() as patched:
        patched.setattr(durable, "keep", full)
        with pytest.raises(DiskFull):
            edge.witness.heard(hub.shows(edge.stream, 0))
    assert (edge.size, edge.witness.standing().cosignature) == (0, "")
    edge.witness.heard(hub.shows(edge.stream, 0))
    assert edge.size == hub.log.size


def test_an_answer_to_an_older_question_is_passed_over(edge: Watching, hub: HubOf) -> None:
    """Late, or played again by somebody who carries it: no word against the hub."""
    grow(edge, hub)
    first = hub.shows(edge.stream, 0)
    edge.witness.heard(first)
    grow(edge, hub)
    second = hub.shows(edge.stream, edge.size)
    edge.witness.heard(second)
    for again in (first, second, hub.shows(edge.stream, first.since)):
        edge.witness.heard(again)
    assert (edge.size, edge.witness.refused) == (hub.log.size, "")


def test_what_is_not_receipted_yet_is_not_judged(edge: Watching, hub: HubOf) -> None:
    grow(edge, hub, 2)
    found = hub.shows(edge.stream, 0)
    edge.stream.cursor = 1
    edge.witness.heard(found)
    assert edge.size == 0
    edge.stream.cursor = 2
    edge.witness.heard(found)
    assert edge.size == hub.log.size


def test_what_is_not_formed_like_a_proof_is_passed_over(edge: Watching, hub: HubOf) -> None:
    grow(edge, hub)
    edge.witness.heard(hub.shows(edge.stream, 0, proof="c2sp.org/tlog-proof@v9\n"))
    edge.witness.heard(hub.shows(edge.stream, 0, consistency=("none",)))
    assert (edge.size, edge.witness.refused) == (0, "")


def test_nothing_unproven_is_given_up_once_the_hub_has_proven_something(tmp_path: Path) -> None:
    edge, hub = met(tmp_path, 10)
    edge.commit(20)
    hub.take(edge.stream)
    assert edge.journal.make_room()
    assert edge.stream.pruned == 10
    hub.log.publish()
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert edge.journal.make_room()
    assert edge.stream.pruned == 29
    edge.close()


def test_without_a_hub_that_proves_pruning_is_as_ever(edge: Watching, hub: HubOf) -> None:
    edge.commit(10)
    hub.take(edge.stream)
    assert edge.journal.make_room()
    assert edge.stream.pruned == 9


def test_receipts_without_checkpoints_are_told_of_and_the_end_of_it(
    edge: Watching, hub: HubOf
) -> None:
    edge.commit(3)
    hub.take(edge.stream)
    edge.witness.look(10)
    for _ in range(90):
        edge.witness.look(10)
    assert edge.kinds == []
    edge.witness.look(10)
    edge.witness.look(10)
    (late,) = (one.data for one in edge.said)
    assert isinstance(late, logproof.Unproven)
    assert (late.batch, late.proven, late.within_s) == (3, 0, 900)
    edge.restart()
    edge.witness.look(10)
    assert edge.kinds == ["log.unproven.v1"]
    hub.log.publish()
    edge.witness.heard(hub.shows(edge.stream, 0))
    edge.witness.look(10)
    edge.witness.look(10)
    assert edge.kinds == ["log.unproven.v1", "log.proven.v1"]


def test_a_busy_journal_is_not_overdue_while_it_is_proven_again_and_again(tmp_path: Path) -> None:
    edge, hub = met(tmp_path)
    for _ in range(300):
        edge.commit()
        hub.take(edge.stream)
        edge.witness.look(10)
        if hub.log.size + 6 < len(hub.log.leaves):
            edge.witness.heard(hub.shows(edge.stream, edge.size))
            hub.log.publish()
    assert edge.kinds == []
    edge.close()


def test_the_log_has_the_name_it_was_first_shown_under_unless_one_is_pinned(tmp_path: Path) -> None:
    for pinned, refused in (("", ""), ("city/log", ""), ("another/log", "origin")):
        edge, hub = Watching(tmp_path / (pinned or "none").replace("/", "-")), HubOf()
        edge.pin = Pin(HUB.public, pinned)
        edge.restart()
        hub.log.origin = "city/log"
        grow(edge, hub)
        edge.witness.heard(hub.shows(edge.stream, 0))
        assert edge.witness.refused == refused
        edge.close()
