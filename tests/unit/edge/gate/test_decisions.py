"""Who asks is answered in the commit of the question, and the door hears of it afterwards."""

import json
from datetime import timedelta

import pytest

from core.event import Event
from core.events.access import Denied, Granted
from core.events.visitor import PassUsed
from edge.delivery import Delivery
from tests.fix_core import START
from tests.fix_gate import (
    CARD,
    OTHER_CARD,
    PLATE,
    RESIDENT,
    GateRig,
    document,
    fact,
    request,
    visitor,
)

DECISIONS = ("access.granted.v1", "access.denied.v1")


def decided(rig: GateRig) -> list[Event]:
    return rig.events(*DECISIONS)


def reason(rig: GateRig) -> str:
    data = decided(rig)[-1].data
    return data.reason if isinstance(data, Denied) else "granted"


def test_a_resident_is_let_in_and_the_door_is_told(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1))
    granted = decided(rig)[0]
    assert isinstance(granted.data, Granted)
    assert (granted.subject, granted.source) == ("door/south-gate", "/c/c01/gw/gw01/dev/reader-1")
    assert granted.causationid == granted.data.request == "reader-1-1"
    assert granted.data.subject_ref == RESIDENT
    assert (granted.data.policy, granted.data.subject_class) == (1, "resident")
    (word,) = rig.said
    assert word.topic == "cmd/reader-1/open"
    assert json.loads(word.payload) == {
        "id": granted.id,
        "command": "open",
        "door": "door/south-gate",
        "device": "reader-1",
        "until": "2026-11-21T08:00:10.000Z",
    }
    assert rig.counters.openings == 1


def test_the_word_comes_after_the_commit_and_before_the_acknowledgement(rig: GateRig) -> None:
    rig.ask(document())
    rig.steps.clear()
    rig.ask(request(1))
    assert rig.steps == ["say cmd/reader-1/open", "ack 0"]
    rig.reopen()
    assert [event.type for event in decided(rig)] == ["access.granted.v1"]


def test_nobody_is_named(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1), request(2, card=OTHER_CARD), request(3, credential="qr", qr=visitor()))
    for secret in (CARD, OTHER_CARD, visitor()):
        assert secret.encode() not in rig.plain()
    assert all(CARD.encode() not in one.payload for one in rig.said)


def test_a_stranger_is_not_let_in(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1, card=OTHER_CARD))
    assert reason(rig) == "credential-not-found"
    assert not rig.said
    (denied,) = decided(rig)
    assert isinstance(denied.data, Denied)
    assert denied.data.subject_ref.startswith("s:")


def test_without_a_policy_nobody_is(rig: GateRig) -> None:
    rig.ask(request(1))
    assert reason(rig) == "no-policy"
    assert not rig.said


def test_a_request_that_comes_again_opens_nothing(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1), request(1))
    rig.ask(request(1))
    rig.reopen()
    rig.ask(request(1), fact("door.opened.v1", 2))
    assert (len(decided(rig)), len(rig.said)) == (1, 1)


def test_a_duplicate_in_a_group_undoes_what_was_concluded_from_it(rig: GateRig) -> None:
    """The group is settled twice: the first attempt took the duplicate for news."""
    rig.ask(document())
    rig.ask(request(1))
    rig.ask(request(1), request(2, card=OTHER_CARD))
    assert [event.type for event in decided(rig)] == list(DECISIONS)
    assert len(rig.said) == 1


@pytest.mark.parametrize(("seconds", "opens"), [(9, True), (11, False), (3600, False)])
def test_late_is_not_live(rig: GateRig, seconds: float, opens: bool) -> None:
    rig.ask(document())
    rig.ask(request(1, at=START - timedelta(seconds=seconds)))
    assert bool(rig.said) is opens
    assert (reason(rig) == "granted") is opens


@pytest.mark.parametrize("origin", ["backfill", "replay"])
def test_history_is_not_answered(rig: GateRig, origin: str) -> None:
    topic, payload = request(1)
    rig.ask(document())
    rig.ask((topic, json.dumps(json.loads(payload) | {"origin": origin}).encode()))
    assert not decided(rig)
    assert not rig.said


@pytest.mark.parametrize(("aged", "will"), [(True, False), (False, True)])
def test_what_may_have_waited_opens_nothing(rig: GateRig, aged: bool, will: bool) -> None:
    """No time of its own, from a broker that keeps messages; or a will."""
    rig.ask(document())
    one = rig.delivery(request(1, at=None))
    rig.intake.take([Delivery(one.topic, one.payload, one.link, one.packet, aged=aged, will=will)])
    assert reason(rig) == "other"
    assert not rig.said
    rig.ask(request(2, at=None))
    assert len(rig.said) == 1


def test_retained_asks_nothing(rig: GateRig) -> None:
    rig.ask(document())
    rig.intake.take([rig.delivery(request(1), retained=True)])
    assert not decided(rig)


def test_a_commit_that_took_too_long_says_nothing(rig: GateRig) -> None:
    rig.ask(document())
    commit = rig.journal.commit

    def slow(*args: object, **kwargs: object) -> int:
        rig.clock.move(timedelta(seconds=11))
        return commit(*args, **kwargs)  # type: ignore[arg-type]

    rig.journal.commit = slow  # type: ignore[method-assign]
    rig.ask(request(1))
    assert reason(rig) == "granted"
    assert not rig.said
    assert rig.counters.openings_late == 1


def test_antipassback_outlives_a_restart(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1))
    rig.reopen()
    rig.ask(request(2))
    assert reason(rig) == "anti-passback"
    rig.ask(request(3, direction="out"))
    assert reason(rig) == "granted"


def test_a_grant_that_was_not_taken_moves_nobody(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1), fact("door.opened.v1", 2), fact("door.closed.v1", 3))
    rig.tick(seconds=60)
    rig.ask(request(4, at=rig.clock.now(), direction="out"))
    assert reason(rig) == "granted"
    rig.tick(seconds=20)  # nobody opened
    assert len(rig.events("access.nottaken.v1")) == 1
    rig.ask(request(5, at=rig.clock.now(), direction="out"))
    assert reason(rig) == "granted"


def test_a_visitors_pass_is_used_up(rig: GateRig) -> None:
    rig.ask(document())
    text = visitor(uses=1)
    rig.ask(request(1, credential="qr", qr=text))
    (used,) = rig.events("visitor.pass.used.v1")
    assert isinstance(used.data, PassUsed)
    assert (used.data.pass_id, used.data.use) == ("ab" * 8, 1)
    assert used.data.decision == decided(rig)[0].id
    rig.reopen()
    rig.ask(request(2, credential="qr", direction="out", QRCodeInfo=text))
    rig.ask(request(3, credential="qr", code=text))
    assert reason(rig) == "pass-used-up"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (visitor(compound="elsewhere"), "pass-elsewhere"),
        (visitor()[:-4] + "AAAA", "pass-forged"),
        ("https://example.invalid/hello", "credential-not-found"),
    ],
)
def test_passes_that_are_none(rig: GateRig, text: str, why: str) -> None:
    rig.ask(document())
    rig.ask(request(1, credential="qr", qr=text))
    assert reason(rig) in (why, "pass-forged")
    assert not rig.said


def test_a_revoked_pass(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(document(2, revoked=("ab" * 8,)))
    rig.ask(request(1, credential="qr", qr=visitor()))
    assert reason(rig) == "pass-revoked"


def test_a_vehicle_is_let_in_by_its_plate(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1, subject="gate/garage", device="lpr-1", credential="plate", plateNo=PLATE))
    assert reason(rig) == "granted"
    assert [one.topic for one in rig.said] == ["barriers/garage/do"]
    rig.ask(
        request(2, subject="gate/garage", device="lpr-1", credential="plate", plateNo="粤A99999")
    )
    assert reason(rig) != "granted"


def test_a_vehicle_that_passed_gets_its_list(rig: GateRig) -> None:
    rig.ask(document())
    for number, plate in enumerate((PLATE, "粤A99999")):
        told = {"plateNo": plate}
        rig.ask(fact("vehicle.passed.v1", number, data=told, subject="gate/garage"))
    assert [event.data.list for event in rig.events("vehicle.passed.v1")] == ["white", "unknown"]  # type: ignore[attr-defined]
    rig.reopen()
    rig.ask(
        document(2, plates=()),
        fact("vehicle.passed.v1", 0, data={"plateNo": PLATE}, subject="gate/garage"),
    )
    assert rig.counters.duplicates == 1


def test_what_opens_after_a_grant_is_no_force(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1))
    rig.ask(fact("door.opened.v1", 2))
    rig.tick(seconds=5)
    assert not rig.events("door.forced.v1")
    rig.ask(fact("door.closed.v1", 3))
    rig.tick(seconds=60)
    rig.ask(fact("door.opened.v1", 4, at=rig.clock.now()))
    rig.tick(seconds=5)
    (forced,) = rig.events("door.forced.v1")
    assert (forced.subject, forced.source) == ("door/south-gate", "/c/c01/gw/gw01/dev/reader-1")


def test_held_open_is_told_across_a_restart(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1))
    rig.ask(fact("door.opened.v1", 2))
    rig.clock.move(timedelta(seconds=10))
    rig.reopen()
    rig.tick(seconds=60)
    (held,) = rig.events("door.heldopen.v1")
    assert held.time == "2026-11-21T08:00:30.000Z"


def test_our_own_word_comes_back_from_a_broker(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(("cmd/reader-1/open", b'{"command":"open"}'), ("barriers/garage/do", b"{}"))
    assert (rig.counters.uplink, rig.counters.quarantined) == (2, 0)
