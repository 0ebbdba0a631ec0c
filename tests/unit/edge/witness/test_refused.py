"""A hub that contradicts itself: every way is refused under its own name, once, for good."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.batch import Lane
from core.errors import ConfigError
from core.events import logproof
from core.receipt import Receipt
from core.tlog import checkpoint, inclusion, note
from core.tlog.checkpoint import log_key
from core.tlog.inclusion import LogProof
from core.tlog.published import Published
from edge.witness import state
from edge.witness.evidence import Evidence
from edge.witness.judge import Pin
from edge.witness.trust import trust
from tests.fix_core import signer_of
from tests.fix_edge import EdgeRig
from tests.fix_gateway_witness import (
    HUB,
    NAME,
    ORIGIN,
    HubOf,
    MemoryLog,
    Watching,
    grow,
    met,
    signed,
)
from tests.fix_tlog import published

Lie = Callable[[Watching, HubOf], Receipt]


def under(found: Receipt, tree: Published) -> Receipt:
    """The same answer, out of another tree."""
    return signed(
        msgspec.structs.replace(
            found, proof=tree.proof(found.position).encode().decode(), sig=""
        )
    )  # fmt: skip


def forked(edge: Watching, hub: HubOf) -> Receipt:
    hub.log.leaves[0] = bytes(32)
    return hub.shows(edge.stream, edge.size)


def rolled_back(edge: Watching, hub: HubOf) -> Receipt:
    hub.log.size -= 1
    return hub.shows(edge.stream, edge.size)


def withheld(edge: Watching, hub: HubOf) -> Receipt:
    grow(edge, hub)
    return hub.shows(edge.stream, edge.size, consistency=())


def inconsistent(edge: Watching, hub: HubOf) -> Receipt:
    hub.log.leaves[1] = bytes(32)
    grow(edge, hub)
    return hub.shows(edge.stream, edge.size)


def dropped(edge: Watching, hub: HubOf) -> Receipt:
    """Our newest batch was never put into the log that is shown."""
    edge.commit()
    hub.take(edge.stream)
    hub.log.leaves[-1] = sha256(b"another").digest()
    hub.log.publish()
    return hub.shows(edge.stream, edge.size)


def moved(edge: Watching, hub: HubOf) -> Receipt:
    """Proven at another place than the receipt names."""
    found = hub.shows(edge.stream, edge.size)
    proof = inclusion.parse(found.proof.encode())
    other = LogProof(proof.index - 1, proof.path, proof.checkpoint)
    return signed(msgspec.structs.replace(found, proof=other.encode().decode()))


def placed_anew(edge: Watching, hub: HubOf) -> Receipt:
    """The newest batch twice in the log, and now said to be the second."""
    name, number = edge.stream.journal.id.hex, edge.stream.head.number
    leaf = edge.stream.leaf(number)
    assert leaf is not None
    hub.positions[name, number] = hub.log.add(leaf)
    hub.log.publish()
    return hub.shows(edge.stream, edge.size)


def out_of_order(edge: Watching, hub: HubOf) -> Receipt:
    """An older batch behind a newer one."""
    leaf = edge.stream.leaf(1)
    assert leaf is not None
    hub.positions[edge.stream.journal.id.hex, 1] = hub.log.add(leaf)
    hub.log.publish()
    return hub.shows(edge.stream, edge.size, 1)


def replaced(edge: Watching, hub: HubOf) -> Receipt:
    """Another batch under our number, in a log that grew honestly."""
    edge.commit()
    edge.stream.took(edge.stream.head.number)
    other = sha256(b"another").digest()
    place = (edge.stream.journal.id.hex, edge.stream.head.number)
    hub.positions[place] = hub.log.add(other)
    hub.log.publish()
    return hub.shows(edge.stream, edge.size, hash=other.hex())


def renamed(edge: Watching, hub: HubOf) -> Receipt:
    hub.log.origin = f"{ORIGIN}/2"
    return hub.shows(edge.stream, edge.size)


def another_key(edge: Watching, hub: HubOf) -> Receipt:
    tree = published(tuple(hub.log.leaves), signer_of(5), ORIGIN)
    return under(hub.shows(edge.stream, edge.size), tree)


def wrong_signature(edge: Watching, hub: HubOf) -> Receipt:
    tree = hub.log.published()
    assert tree is not None
    (line,) = tree.checkpoint.note.signatures
    broken = msgspec.structs.replace(line, body=bytes(64))
    noted = msgspec.structs.replace(tree.checkpoint.note, signatures=(broken,))
    found = msgspec.structs.replace(tree.checkpoint, note=noted)
    return under(hub.shows(edge.stream, edge.size), msgspec.structs.replace(tree, checkpoint=found))


LIES: dict[Lie, str] = {
    forked: "forked",
    rolled_back: "rolled-back",
    withheld: "withheld",
    inconsistent: "inconsistent",
    dropped: "not-included",
    moved: "position",
    placed_anew: "position",
    out_of_order: "position",
    replaced: "batch",
    renamed: "origin",
    another_key: "key",
    wrong_signature: "signature",
}
UNSIGNED = ("key", "signature")  # nothing of the hub's to show to others
each_lie = pytest.mark.parametrize(
    ("lie", "reason"), LIES.items(), ids=[one.__name__ for one in LIES]
)


@each_lie
def test_it_is_refused_by_name_and_for_good(tmp_path: Path, lie: Lie, reason: str) -> None:
    edge, hub = met(tmp_path)
    known, proven = edge.witness.standing(), edge.stream.proven
    honest = hub.log.leaves[:]
    edge.witness.heard(lie(edge, hub))
    told = edge.witness.standing()
    assert (told.refused, told.size, told.root, told.cosignature) == (
        reason, known.size, known.root, "",
    )  # fmt: skip
    assert edge.kinds == ["log.refused.v1"]
    hub.log = MemoryLog()
    hub.log.leaves = honest
    grow(edge, hub, 3)
    for life in range(2):
        edge.witness.heard(hub.shows(edge.stream, edge.size))
        assert (edge.witness.refused, edge.size) == (reason, known.size), life
        assert edge.stream.proven == proven, "what came later may not be given up"
        edge.restart()
    assert edge.kinds == ["log.refused.v1"]
    edge.close()


@each_lie
def test_the_event_names_both_trees_and_the_evidence_convinces_others(
    tmp_path: Path, lie: Lie, reason: str
) -> None:
    edge, hub = met(tmp_path)
    known = state.read(tmp_path).head
    assert known is not None
    found = lie(edge, hub)
    edge.witness.heard(found)
    (event,) = (one.data for one in edge.said)
    assert isinstance(event, logproof.Refused)
    assert (event.known_size, event.known_root) == (known.size, known.root.hex())
    assert (event.batch, event.position) == (found.committed, found.position)
    told = checkpoint.parse(inclusion.parse(found.proof.encode()).checkpoint)
    kept = msgspec.json.decode((tmp_path / event.evidence).read_bytes(), type=Evidence)
    assert (kept.receipt, kept.reason, kept.hub_key) == (found, reason, HUB.public.hex())
    if reason in UNSIGNED:
        assert (event.told_size, kept.told) == (0, "")
    else:
        assert (event.told_size, event.told_root) == (told.head.size, told.head.root.hex())
        for one in (kept.known, kept.told):
            shown = checkpoint.parse(one.encode())
            note.opened(shown.note, [log_key(shown.head.origin, HUB.public)])
    edge.close()


def test_the_first_checkpoint_must_hold_our_batch_too(tmp_path: Path) -> None:
    edge, hub = Watching(tmp_path), HubOf()
    edge.commit(2)
    hub.take(edge.stream)
    hub.log.leaves[1] = bytes(32)
    hub.log.publish()
    edge.witness.heard(hub.shows(edge.stream, 0))
    assert edge.witness.refused == "not-included"
    assert edge.stream.proven is None, "it had never proven anything: as ever"
    edge.close()


def test_a_flipped_bit_in_what_was_kept_accuses_nobody(tmp_path: Path) -> None:
    edge, hub = met(tmp_path)
    path = tmp_path / state.FILE
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        damaged = bytes((*whole[:at], whole[at] ^ 4, *whole[at + 1 :]))
        edge.restart(lambda _, damaged=damaged: path.write_bytes(damaged))  # type: ignore[misc]
        assert edge.witness.refused == "unreadable", at
        edge.witness.heard(hub.shows(edge.stream, edge.size))
        assert path.read_bytes() == damaged, "it stays as it is"
        assert edge.stream.proven == 0
    edge.close()


def test_the_journal_has_it_once_however_often_it_is_said(tmp_path: Path) -> None:
    edge, hub = met(tmp_path / "watching")
    edge.witness.heard(forked(edge, hub))
    edge.restart()
    edge.restart()
    assert len(edge.said) == 3
    rig = EdgeRig(tmp_path, edge.clock)
    rig.intake.take(edge.said[:2])
    rig.reopen()
    rig.intake.take(edge.said[2:])
    rig.intake.take(edge.said[2:])
    assert [one.type for one in rig.events("log.refused.v1")] == ["log.refused.v1"]
    assert rig.lane(Lane.URGENT)
    rig.close()
    edge.close()


@each_lie
def test_a_person_decides(tmp_path: Path, lie: Lie, reason: str) -> None:
    edge, hub = met(tmp_path)
    known, proven = state.read(tmp_path).head, edge.stream.proven
    edge.witness.heard(lie(edge, hub))
    told = state.read(tmp_path).told_head

    def decide(folder: Path) -> None:
        decision = trust(folder, edge.pin, NAME, "restored", edge.clock.now())
        trusted = told or known
        assert (decision.reason, decision.known, decision.trusted) == (reason, known, trusted)

    edge.restart(decide)
    believed = told or known
    assert believed is not None
    assert (edge.witness.refused, edge.size) == ("", believed.size)
    assert edge.stream.proven == (0 if told else proven)
    assert edge.kinds == ["log.refused.v1", "log.trusted.v1"]
    event = edge.said[-1].data
    assert isinstance(event, logproof.Trusted)
    assert (event.reason, event.detail, event.trusted_size) == (
        reason, "restored", believed.size,
    )  # fmt: skip
    with pytest.raises(ConfigError, match="nothing is refused"):
        trust(tmp_path, edge.pin, NAME, "again", edge.clock.now())
    edge.close()


def test_what_was_trusted_is_believed_on(tmp_path: Path) -> None:
    """A new life of the log, under its new name."""
    edge, hub = met(tmp_path)
    edge.witness.heard(renamed(edge, hub))
    edge.restart(lambda folder: trust(folder, edge.pin, NAME, "restored", edge.clock.now()))
    grow(edge, hub)
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert (edge.witness.refused, edge.stream.proven) == ("", edge.stream.head.number)
    hub.log.origin = ORIGIN
    grow(edge, hub)
    edge.witness.heard(hub.shows(edge.stream, edge.size))
    assert edge.witness.refused == "origin", "the old one is another log now"
    edge.close()


def test_a_damaged_file_is_kept_when_somebody_decides(tmp_path: Path) -> None:
    edge, hub = met(tmp_path)
    path = tmp_path / state.FILE
    edge.restart(lambda _: path.write_bytes(b"{}"))
    edge.restart(lambda folder: trust(folder, edge.pin, NAME, "flash died", edge.clock.now()))
    assert [one.read_bytes() for one in tmp_path.glob("checkpoint-unreadable-*")] == [b"{}"]
    assert (edge.size, edge.witness.refused, edge.stream.proven) == (0, "", 0)
    edge.witness.heard(hub.shows(edge.stream, 0))
    assert edge.stream.proven == edge.stream.head.number
    edge.close()


def test_a_log_that_is_pinned_by_name_is_not_trusted_under_another(tmp_path: Path) -> None:
    edge, hub = met(tmp_path)
    edge.witness.heard(renamed(edge, hub))
    named: Any = Pin(HUB.public, ORIGIN)
    with pytest.raises(ConfigError, match="log_origin"):
        trust(tmp_path, named, NAME, "restored", edge.clock.now())
    edge.close()
