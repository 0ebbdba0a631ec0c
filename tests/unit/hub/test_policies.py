"""The hub's side of policies: numbered, signed, on record once, whatever ends the process."""

import errno
from collections.abc import Sequence

import pytest

from core.event import Event
from core.events.policy import Adopted, Published
from core.events.subject import Unlisted, WatchListed
from core.policy.document import Policy, digest, sha256
from core.policy.signed import open_book
from infra.hub.policies import since
from infra.hub.vault import Vault
from projections.web.accounts import Account
from projections.web.lines import lines
from projections.web.people import Unfit, Unready
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import CARD, LISTED, POLICY, PeopleRig
from tests.fix_people import people_rig as people_rig

ADMIN = Account("admin", "admin")


class PowerCut(BaseException):
    """The process ends here: nobody catches this."""


def told(rig: HubRig, kind: type) -> list[Event]:
    return [
        line.item.event
        for notification in rig.log.read(0, 1000, 1 << 24)
        for line in lines(notification, rig.desk.catalog)
        if isinstance(line.item.event.data, kind)
    ]


def held_by_gateways(rig: PeopleRig) -> Policy:
    return open_book(rig.wire.last("policy"), rig.signer.public, "c01").policy


def publish(rig: PeopleRig, source: str = POLICY) -> int:
    return rig.people.publish("c01", ADMIN, source, dry_run=False).version


def test_published_is_signed_on_record_and_with_every_gateway(people_rig: PeopleRig) -> None:
    made = people_rig.people.publish("c01", ADMIN, POLICY, dry_run=False)
    assert (made.version, made.gateways) == (1, ("gw01", "gw02"))
    sent = [(compound, gateway, verb, retain) for compound, gateway, verb, _, retain in
            people_rig.wire.sent]  # fmt: skip
    assert sent == [("c01", "gw01", "policy", True), ("c01", "gw02", "policy", True)]
    policy = held_by_gateways(people_rig)
    assert policy.version == 1
    assert policy.persons[0].credentials[0].hash == digest(policy.salt, "card", CARD)
    (event,) = told(people_rig.hub, Published)
    assert isinstance(event.data, Published)
    assert event.data.sha256 == sha256(people_rig.wire.last("policy")) == made.sha256
    assert event.data.site == policy.site
    assert event.data.counts["persons"] == 2


def test_the_salt_stays_and_versions_rise(people_rig: PeopleRig) -> None:
    publish(people_rig)
    first = held_by_gateways(people_rig)
    assert publish(people_rig) == 2
    second = held_by_gateways(people_rig)
    assert (second.salt, second.version) == (first.salt, 2)
    assert second.persons == first.persons


def test_a_dry_run_changes_nothing(people_rig: PeopleRig) -> None:
    made = people_rig.people.publish("c01", ADMIN, POLICY, dry_run=True)
    assert (made.version, made.position) == (1, 0)
    assert made.differences == ("first policy of this compound",)
    assert people_rig.wire.sent == []
    assert people_rig.people.policy("c01") is None
    assert people_rig.hub.log.head() == 0


def test_differences_are_told_without_names(people_rig: PeopleRig) -> None:
    publish(people_rig)
    changed = POLICY.replace("[doors.garage]", "[doors.north-gate]") + LISTED
    made = people_rig.people.publish("c01", ADMIN, changed, dry_run=True)
    assert made.differences == (
        "door north-gate added", "door garage removed", "watch-list entry: 1 added",
    )  # fmt: skip


def test_the_watch_list_is_told_by_its_differences(people_rig: PeopleRig) -> None:
    publish(people_rig, POLICY + LISTED)
    publish(people_rig, POLICY + LISTED)
    publish(people_rig, POLICY + LISTED.replace("court order", "police request"))
    publish(people_rig)
    listed = [one.data for one in told(people_rig.hub, WatchListed)]
    assert [(one.reason, one.action) for one in listed if isinstance(one, WatchListed)] == [
        ("court order", "deny"), ("police request", "deny"),
    ]  # fmt: skip
    (gone,) = told(people_rig.hub, Unlisted)
    assert isinstance(gone.data, Unlisted)
    assert gone.data.subject_ref == people_rig.people.references("c01", "person", "r-3-2-502")[0]
    assert gone.subject == f"subject/{gone.data.subject_ref}"


def test_a_person_is_found_by_name_and_by_id(people_rig: PeopleRig) -> None:
    """An employee too, and one whom a listing calls by the id alone."""
    named = POLICY.replace('class = "staff"', 'name = "王保安"\nclass = "staff"')
    publish(people_rig, named + LISTED.replace("r-3-2-502", "e-7-wang"))
    (listed,) = told(people_rig.hub, WatchListed)
    assert isinstance(listed.data, WatchListed)
    for called in ("王保安", "e-7-wang"):
        found = people_rig.people.references("c01", "person", called)
        assert found == (listed.data.subject_ref,)
    assert people_rig.people.names("c01", found) == {found[0]: "王保安"}


def test_a_listed_card_is_its_holder(people_rig: PeopleRig) -> None:
    by_card = LISTED.replace('person = "r-3-2-502"', f'kind = "card"\nnumber = "{CARD}"')
    publish(people_rig, POLICY + by_card)
    (one,) = told(people_rig.hub, WatchListed)
    assert isinstance(one.data, WatchListed)
    assert (one.data.subject_ref,) == people_rig.people.references("c01", "person", "e-7-wang")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("compound = ", "not TOML"),
        (POLICY.replace('"c01"', '"c02"', 1), "not of this one"),
        (POLICY + LISTED.replace('basis = "case 2026-117"', ""), "1 mistakes"),
    ],
)
def test_what_is_no_policy_is_refused_whole(people_rig: PeopleRig, source: str, said: str) -> None:
    with pytest.raises(Unfit, match=said) as refused:
        publish(people_rig, source)
    assert CARD not in str(refused.value) + "".join(refused.value.errors)
    assert people_rig.hub.log.head() == 0


def test_the_next_start_sends_the_newest_again(people_rig: PeopleRig) -> None:
    publish(people_rig)
    publish(people_rig)
    document = people_rig.wire.last("policy")
    people_rig.wire.sent.clear()
    again = people_rig.again()
    assert [one[3] for one in people_rig.wire.sent] == [document, document]
    assert again.names("c01", again.references("c01", "person", "e-7-wang")) != {}


def test_dying_before_the_log_has_it_it_never_was(people_rig: PeopleRig) -> None:
    publish(people_rig)

    def cut(_: Sequence[Event]) -> None:
        raise PowerCut

    people_rig.before = cut
    with pytest.raises(PowerCut):
        publish(people_rig, POLICY + LISTED)
    people_rig.before = None
    again = people_rig.again()
    newest = again.policy("c01")
    assert newest is not None
    assert newest.version == 1
    assert again.publish("c01", ADMIN, POLICY, dry_run=False).version == 2


def test_dying_once_the_log_has_it_it_is(
    people_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(people_rig)
    files = type(people_rig.people.policies._files)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(files, "adopt", cut)
        with pytest.raises(PowerCut):
            publish(people_rig, POLICY + LISTED)
    people_rig.wire.sent.clear()
    again = people_rig.again()
    newest = again.policy("c01")
    assert newest is not None
    assert (newest.version, newest.counts["watched"]) == (2, 1)
    assert held_by_gateways(people_rig).version == 2
    assert len(told(people_rig.hub, Published)) == 2


def test_a_publication_that_cannot_be_settled_is_not_followed_by_another(
    people_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was room for what is put aside, and for nothing else since."""
    publish(people_rig)
    write = Vault.write

    def full(vault: Vault, name: str, plain: bytes) -> None:
        if not name.endswith("/pending"):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(vault, name, plain)

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "write", full)
        assert publish(people_rig, POLICY + LISTED) == 2
        with pytest.raises(Unready, match="No space left"):
            publish(people_rig)
    assert publish(people_rig) == 3
    assert len(told(people_rig.hub, Published)) == 3


def test_a_revocation_is_one_append_with_the_policy_that_carries_it(
    people_rig: PeopleRig,
) -> None:
    publish(people_rig)
    ends = int(people_rig.hub.clock.now().timestamp()) + 3600
    head = people_rig.hub.log.head()
    people_rig.people.policies.revoke("c01", ADMIN, "00" * 8, ends, ((), {}))
    assert people_rig.hub.log.head() == head + 1
    assert held_by_gateways(people_rig).revoked == ("00" * 8,)
    publish(people_rig)
    assert held_by_gateways(people_rig).revoked == ("00" * 8,), "a new source keeps it"


def test_a_pass_long_over_need_not_be_named(people_rig: PeopleRig) -> None:
    publish(people_rig)
    now = int(people_rig.hub.clock.now().timestamp())
    policies = people_rig.people.policies
    policies.revoke("c01", ADMIN, "00" * 8, now - 3 * 86_400, ((), {}))
    policies.revoke("c01", ADMIN, "11" * 8, now + 60, ((), {}))
    assert held_by_gateways(people_rig).revoked == ("11" * 8,)


def test_nothing_to_revoke_in_without_a_policy(people_rig: PeopleRig) -> None:
    with pytest.raises(Unready):
        people_rig.people.policies.revoke("c01", ADMIN, "00" * 8, 0, ((), {}))


def test_a_version_the_log_has_heard_of_is_not_used_again(people_rig: PeopleRig) -> None:
    """The folder of policies was lost, the log was not."""
    publish(people_rig)
    publish(people_rig)
    people_rig.hub.settle()
    for one in (people_rig.hub.folder / "policies" / "c01").iterdir():
        one.unlink()
    people_rig.people = people_rig.again()
    assert publish(people_rig) == 3


def test_grants_are_looked_at_from_the_first_version_a_gateway_missed() -> None:
    times = {1: "2026-01-01", 2: "2026-02-01", 3: "2026-03-01", 4: "2026-04-01"}
    assert since(times, {}) == "2026-04-01"
    assert since(times, {"gw01": 3}) == "2026-04-01"
    assert since(times, {"gw01": 3, "gw02": 1}) == "2026-02-01"
    assert since(times, {"gw01": 9}) == "2026-04-01"


def test_a_gateway_that_missed_versions_is_asked_about_all_of_them(people_rig: PeopleRig) -> None:
    publish(people_rig)
    hub = people_rig.hub
    hub.add([hub.event(Adopted(version=1, sha256="0" * 64), "gateway/gw01")])
    hub.settle()
    publish(people_rig)
    second = held_by_gateways(people_rig)
    publish(people_rig)
    third = held_by_gateways(people_rig)
    assert third.issued > second.issued
    assert third.since == second.issued
