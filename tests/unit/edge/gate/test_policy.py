"""A policy comes into force, or is refused; either is an event."""

from datetime import timedelta

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import ConflictFound
from core.events.policy import Adopted, PolicyRefused
from core.policy.document import sha256
from core.policy.signed import sign_document
from edge.gate.items import Document
from tests.fix_core import START, signer_of
from tests.fix_gate import OTHER_CARD, RESIDENT, GateRig, document, policy, request


def said(rig: GateRig, kind: type[Data]) -> list[Data]:
    return [event.data for event in rig.events(kind.TYPE)]


def test_adopted_once_however_often_the_broker_repeats_it(rig: GateRig) -> None:
    one, two = document(1), document(2)
    rig.ask(one, one)
    rig.ask(one)
    rig.reopen()
    rig.ask(one, two)
    assert said(rig, Adopted) == [
        Adopted(version=1, sha256=sha256(one.frame)),
        Adopted(version=2, sha256=sha256(two.frame), previous=1),
    ]
    assert rig.gate.policy == 2


def test_in_force_after_a_restart_without_a_hub(rig: GateRig) -> None:
    rig.ask(document())
    rig.reopen()
    rig.ask(request(1))
    assert len(rig.said) == 1


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (sign_document(policy(9), signer_of(2)), "forged"),
        (document(1).frame, "older"),
        (document(9, compound="other").frame, "other-compound"),
        (b"garbage", "malformed"),
    ],
)
def test_refused_once_and_what_was_in_force_stays(rig: GateRig, frame: bytes, why: str) -> None:
    rig.ask(document(2))
    rig.ask(Document(frame))
    rig.ask(Document(frame))
    rig.reopen()
    rig.ask(Document(frame))
    assert said(rig, PolicyRefused) == [PolicyRefused(version=2, reason=why)]
    rig.ask(request(1))
    assert len(rig.said) == 1


def test_an_older_one_behind_a_newer_one_in_the_same_commit_is_refused(rig: GateRig) -> None:
    rig.ask(document(2), document(1))
    assert rig.gate.policy == 2
    assert said(rig, PolicyRefused) == [PolicyRefused(version=2, reason="older")]
    rig.reopen()
    assert rig.gate.policy == 2


def test_a_damaged_file_is_loud_and_nobody_is_let_in(rig: GateRig) -> None:
    rig.ask(document())
    path = rig.folder / "policy.signed"
    hurt = path.read_bytes()[:-1]
    path.write_bytes(hurt)
    rig.reopen()
    rig.ask(request(1))
    assert said(rig, PolicyRefused) == [PolicyRefused(version=1, reason="damaged")]
    assert not rig.said
    assert path.read_bytes() == hurt
    rig.ask(document(), request(2))  # the hub's word heals it
    assert len(rig.said) == 1
    assert path.read_bytes() == document().frame


def test_a_file_that_vanished_is_loud(rig: GateRig) -> None:
    rig.ask(document())
    (rig.folder / "policy.signed").unlink()
    rig.reopen()
    rig.begin()
    assert said(rig, PolicyRefused) == [PolicyRefused(version=1, reason="missing")]


def test_kept_but_not_told_is_told_at_the_next_start(rig: GateRig) -> None:
    """Power went between the file and the journal."""
    (rig.folder / "policy.signed").write_bytes(document().frame)
    rig.reopen()
    rig.begin()
    assert said(rig, Adopted) == [Adopted(version=1, sha256=sha256(document().frame))]


def test_a_right_revoked_while_offline_is_a_conflict(rig: GateRig) -> None:
    rig.ask(document(1))
    rig.ask(request(1, at=START))
    rig.clock.move(timedelta(hours=2))
    granted = rig.events("access.granted.v1")[0]
    gone = [msgspec.structs.replace(policy().persons[0], credentials=())]
    revoked = rfc3339(START - timedelta(hours=1))
    rig.reopen()
    rig.ask(document(2, persons=tuple(gone), issued=revoked))
    (event,) = rig.events(ConflictFound.TYPE)
    assert event.data == ConflictFound(
        decision=granted.id,
        policy=1,
        newer=2,
        reason="credential-not-found",
        subject_ref=RESIDENT,
        decided=granted.time,
    )
    assert (event.subject, event.source) == (granted.subject, granted.source)
    (rig.folder / "policy.signed").unlink()
    rig.reopen()
    rig.ask(document(2, persons=tuple(gone), issued=revoked))
    assert len(said(rig, Adopted)) == 3
    assert len(rig.events(ConflictFound.TYPE)) == 1  # told once, however often it is adopted
    rig.ask(document(3, persons=tuple(gone), issued=rfc3339(rig.clock.now())))
    assert len(rig.events(ConflictFound.TYPE)) == 1


def test_what_was_given_before_it_was_in_force_is_none(rig: GateRig) -> None:
    rig.ask(document(1))
    rig.ask(request(1), request(2, card=OTHER_CARD))
    rig.clock.move(timedelta(hours=2))
    later = rfc3339(START + timedelta(hours=1))
    rig.ask(document(2, persons=(), issued=later))
    assert not rig.events(ConflictFound.TYPE)
