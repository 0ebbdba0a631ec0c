"""A visitor's pass from the desk to the QR code, and back out of the log."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.errors import Unavailable
from core.events.visitor import PassIssued, PassRevoked
from core.policy import passes as signed
from core.policy.document import digest, keyed_reference
from core.policy.signed import open_book
from infra.hub.passes import picture
from projections.web.accounts import Account
from projections.web.people import PassWish, Unfit, Unheard, Unready
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import PHONE, PLATE, POLICY, VISITOR, PeopleRig
from tests.fix_people import people_rig as people_rig
from tests.unit.hub.test_policies import ADMIN, told

GUARD = Account("guard1", "guard")


def wish(rig: PeopleRig, **more: object) -> PassWish:
    now = rig.hub.clock.now()
    fields: dict[str, object] = {
        "valid_from": rfc3339(now),
        "valid_to": rfc3339(now + timedelta(hours=4)),
        "doors": ("south-gate",),
        "uses": 2,
        "host": "r-3-2-502",
        "plate": PLATE,
        "name": VISITOR,
        "phone": PHONE,
        **more,
    }
    return PassWish(**fields)  # type: ignore[arg-type]


@pytest.fixture
def rig(people_rig: PeopleRig) -> PeopleRig:
    people_rig.people.publish("c01", ADMIN, POLICY, dry_run=False)
    return people_rig


def test_a_gate_reads_what_was_issued(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    one = signed.read(made.text, rig.signer.public, "c01")
    policy = open_book(rig.wire.last("policy"), rig.signer.public, "c01").policy
    assert (one.id, one.doors, one.uses) == (made.pass_id, ("south-gate",), 2)
    assert one.plate == digest(policy.salt, "plate", PLATE)
    assert one.exp - one.nbf == 4 * 3600


def test_the_log_has_references_and_a_sealed_part(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    (event,) = told(rig.hub, PassIssued)
    data = event.data
    assert isinstance(data, PassIssued)
    assert (data.host_ref,) == rig.people.references("c01", "person", "r-3-2-502")
    policy = rig.people.policies.document("c01")
    assert policy is not None
    assert data.plate_ref == keyed_reference(policy.salt, "plate", PLATE)
    assert data.plate_ref in rig.people.references("c01", "plate", PLATE), "as look-ups ask for it"
    assert (data.doors, data.actor) == (("door/south-gate",), "guard1")
    opened = rig.hub.own.unseal(event)
    assert opened == {
        "name": VISITOR, "phone": PHONE, "plate": PLATE, "host": "r-3-2-502", "code": made.text,
    }  # fmt: skip


def test_its_code_can_be_shown_before_and_after_views_have_it(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    assert rig.people.code("c01", made.pass_id) == made.text
    rig.hub.settle()
    assert rig.again().code("c01", made.pass_id) == made.text
    with pytest.raises(Unheard):
        rig.people.code("c01", "00" * 8)
    with pytest.raises(Unheard):
        rig.people.code("c02", made.pass_id)


def test_a_visitor_is_erased_with_the_key(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    (event,) = told(rig.hub, PassIssued)
    assert event.data.pii is not None
    assert rig.hub.keys.destroy(event.data.pii.kid)
    with pytest.raises(Unheard, match="erased"):
        rig.people.code("c01", made.pass_id)


def test_revoked_is_on_record_and_in_the_next_policy(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    rig.people.revoke("c01", GUARD, made.pass_id, "lost")
    (event,) = told(rig.hub, PassRevoked)
    assert isinstance(event.data, PassRevoked)
    assert (event.data.reason, event.data.actor) == ("lost", "guard1")
    policy = open_book(rig.wire.last("policy"), rig.signer.public, "c01").policy
    assert (policy.version, policy.revoked) == (2, (made.pass_id,))


@pytest.mark.parametrize("folded", [False, True])
def test_revoked_once(rig: PeopleRig, folded: bool) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    rig.people.revoke("c01", GUARD, made.pass_id, "lost")
    people = rig.people
    if folded:
        rig.hub.settle()
        people = rig.again()
    with pytest.raises(Unready):
        people.revoke("c01", GUARD, made.pass_id, "lost")
    assert len(told(rig.hub, PassRevoked)) == 1


def test_revoked_once_though_the_answer_was_lost(rig: PeopleRig) -> None:
    """The database stored it and went away: who asks again is told so, and gates have heard."""
    made = rig.people.issue("c01", GUARD, wish(rig))

    def away() -> None:
        raise Unavailable("gone")

    rig.after = away
    with pytest.raises(Unavailable):
        rig.people.revoke("c01", GUARD, made.pass_id, "lost")
    rig.after = None
    with pytest.raises(Unready, match="already"):
        rig.people.revoke("c01", GUARD, made.pass_id, "lost")
    assert len(told(rig.hub, PassRevoked)) == 1
    policy = open_book(rig.wire.last("policy"), rig.signer.public, "c01").policy
    assert policy.revoked == (made.pass_id,)


def test_one_of_another_process_life_is_revoked_by_its_row(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    rig.hub.settle()
    rig.again().revoke("c01", GUARD, made.pass_id, "cancelled")
    assert len(told(rig.hub, PassRevoked)) == 1
    with pytest.raises(Unheard):
        rig.people.revoke("c01", GUARD, "00" * 8, "lost")


def test_what_is_written_freely_is_sealed(rig: PeopleRig) -> None:
    made = rig.people.issue("c01", GUARD, wish(rig))
    rig.people.revoke("c01", GUARD, made.pass_id, f"{VISITOR} 不来了")
    (event,) = told(rig.hub, PassRevoked)
    assert isinstance(event.data, PassRevoked)
    assert event.data.reason == "other"
    assert rig.hub.own.unseal(event) == {"note": f"{VISITOR} 不来了"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"valid_to": "2020-01-01T00:00:00Z", "valid_from": "2019-01-01T00:00:00Z"}, "over"),
        ({"valid_to": "2020-01-01T00:00:00Z"}, "not after"),
        ({"valid_to": "2099-01-01T00:00:00Z"}, "366 days"),
        ({"valid_from": "2026-11-20 08:00"}, "RFC 3339"),
        ({"doors": ("north-gate",)}, "no door north-gate"),
        ({"plate": "B12345"}, "no licence plate"),
    ],
)
def test_refused(rig: PeopleRig, change: dict[str, object], said: str) -> None:
    with pytest.raises(Unfit, match=said) as refused:
        rig.people.issue("c01", GUARD, wish(rig, **change))
    assert not any(one in str(refused.value) for one in (PLATE, PHONE, VISITOR, "B12345"))
    assert told(rig.hub, PassIssued) == []


def test_which_of_two_hosts_of_one_name_is_asked(rig: PeopleRig) -> None:
    both = POLICY.replace('groups = ["residents"]', 'name = "王芳"\ngroups = ["residents"]')
    rig.people.publish("c01", ADMIN, both, dry_run=False)
    with pytest.raises(Unfit, match="several people"):
        rig.people.issue("c01", GUARD, wish(rig, host="王芳"))
    rig.people.issue("c01", GUARD, wish(rig, host="e-7-wang"))
    (event,) = told(rig.hub, PassIssued)
    assert isinstance(event.data, PassIssued)
    assert (event.data.host_ref,) == rig.people.references("c01", "person", "e-7-wang")


def test_no_pass_before_there_is_a_policy(people_rig: PeopleRig) -> None:
    with pytest.raises(Unready):
        people_rig.people.issue("c01", GUARD, wish(people_rig))


def test_a_code_is_a_picture() -> None:
    assert picture("MWP1.abc", "png").startswith(b"\x89PNG")
    assert b"<svg" in picture("MWP1.abc", "svg")
