"""Gateways bring pictures; nobody sees one but on record; what was removed says by whom."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import DiskFull, Unavailable
from core.event import Event
from core.events.media import Exported, FixityFailed, Held, Released, Removed, Stored, Viewed
from core.keys import Signer
from core.media.store import Damaged
from projections.web import recent
from tests.fix_hub import LARGEST, HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_media import WHY, Bringer, named, picture, recorded, sha256, told
from tests.unit.web.conftest import Caller

PNG = picture()
NAME = sha256(PNG)
PATH = f"/api/v1/media/{NAME}"
HOLD = {"case": "2026-1177", "reason": "police-request"}


@pytest.fixture
def bringer(caller: Caller) -> Bringer:
    return Bringer(caller)


def seen(caller: Caller, path: str = PATH, **more: Any) -> Any:
    more = {"role": "guard", **more}
    return caller.get(path, params=more.pop("params", WHY), **more)


def test_a_gateway_brings_one_and_the_log_says_so_once(caller: Caller, bringer: Bringer) -> None:
    first = bringer.put(PNG)
    assert (first.status_code, first.json()) == (
        201, {"sha256": NAME, "have": len(PNG), "durable": True},
    )  # fmt: skip
    assert bringer.put(PNG).status_code == 201  # its answer was lost, the index knows nothing yet
    caller.rig.settle()
    assert bringer.put(PNG).status_code == 201
    (stored,) = told(caller.rig, Stored)
    assert (stored.sha256, stored.bytes, stored.content) == (NAME, len(PNG), "image/png")
    assert (stored.gateway, stored.device, stored.repaired) == ("gw01", "cam-03", False)
    (item,) = [one for one in recorded(caller.rig) if isinstance(one.event.data, Stored)]
    assert (item.compound, item.gateway, item.event.subject) == ("c01", "hub", f"media/{NAME}")


def test_in_pieces_over_a_line_that_breaks(caller: Caller, bringer: Bringer) -> None:
    begun = bringer.put(PNG[:20], name=NAME, total=len(PNG))
    assert (begun.status_code, begun.json()["have"]) == (202, 20)
    twice = bringer.put(PNG[:20], name=NAME, total=len(PNG))
    assert (twice.status_code, twice.json()["have"]) == (409, 20)
    assert told(caller.rig, Stored) == []
    done = bringer.put(PNG[20:], name=NAME, offset=20, total=len(PNG))
    assert (done.status_code, done.json()["durable"]) == (201, True)
    assert len(told(caller.rig, Stored)) == 1


def test_nobody_else_brings_anything(caller: Caller, bringer: Bringer) -> None:
    stranger = Signer(Ed25519PrivateKey.from_private_bytes(b"\x09" * 32))
    assert Bringer(caller, stranger).put(PNG).status_code == 401
    bare = caller.ask("PUT", PATH, role="admin", content=PNG)
    assert bare.status_code == 401
    assert not caller.rig.archive.store.there(NAME)
    assert told(caller.rig, Stored) == []


def test_what_does_not_hash_or_is_too_large_is_refused(caller: Caller, bringer: Bringer) -> None:
    assert bringer.put(PNG[:-1] + b"\1", name=NAME).status_code == 422
    assert bringer.put(b"", name=NAME, total=LARGEST + 1).status_code == 413
    assert bringer.put(bytes((1 << 20) + 1)).status_code == 413
    assert not caller.rig.archive.store.there(NAME)


@pytest.mark.parametrize("fault", [Unavailable("away"), DiskFull("full")])
def test_it_is_not_durable_before_the_log_says_so(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(caller.rig.archive.events, "_append", _failing(fault))
        assert bringer.put(PNG).status_code == 503
    assert told(caller.rig, Stored) == []
    assert bringer.put(PNG).status_code == 201
    assert len(told(caller.rig, Stored)) == 1


def test_a_look_is_on_record_before_the_bytes_leave(caller: Caller, bringer: Bringer) -> None:
    bringer.kept(PNG)
    answered = caller.post(
        f"{PATH}/look",
        role="guard",
        json={
            "reason": "找孩子",
            "unit": "物业安保部",
            "for": "relative",
            "purpose": "lost child",
            "person": "王家长",
            "event": "hik:1:2",
        },
    )
    assert (answered.status_code, answered.content) == (200, PNG)
    (viewed,) = told(caller.rig, Viewed)
    assert viewed.actor.startswith("token:")
    assert (viewed.reason, viewed.unit, viewed.requester) == ("other", "物业安保部", "relative")
    assert (viewed.purpose, viewed.event_id) == ("lost child", "hik:1:2")
    stored = b"".join(one.state for one in caller.rig.log.read(0, 100, 1 << 30))
    assert viewed.pii is not None
    assert "王家长".encode() not in stored
    (item,) = [one for one in recorded(caller.rig) if isinstance(one.event.data, Viewed)]
    assert caller.rig.own.unseal(item.event) == {"note": "找孩子", "person": "王家长"}


def test_an_export_leaves_as_a_file_and_says_so(caller: Caller, bringer: Bringer) -> None:
    bringer.kept(PNG)
    answered = seen(caller, params={**WHY, "for": "police", "export": "true"})
    assert answered.content == PNG
    assert answered.headers["content-disposition"] == f'attachment; filename="{NAME}.png"'
    assert told(caller.rig, Viewed) == []
    (exported,) = told(caller.rig, Exported)
    assert (exported.sha256, exported.requester) == (NAME, "police")


@pytest.mark.parametrize("fault", [Unavailable("away"), DiskFull("full")])
@pytest.mark.parametrize("export", ["false", "true"])
def test_where_the_log_takes_nothing_nothing_is_shown(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch, fault: Exception, export: str
) -> None:
    bringer.kept(PNG)
    monkeypatch.setattr(caller.rig.archive.events, "_append", _failing(fault))
    answered = seen(caller, params={**WHY, "export": export})
    assert answered.status_code == 503
    assert PNG[:8] not in answered.content


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"unit": "x"}, 422), ({"reason": "", "unit": "x"}, 422), ({"reason": "audit"}, 422),
        ({"reason": "audit", "unit": " "}, 422), ({**WHY, "for": "anybody"}, 422),
        ({**WHY, "purpose": "a\x00b"}, 422), ({**WHY, "unknown": "1"}, 422),
        ({**WHY, "person": "not in an address"}, 422),
    ],
)  # fmt: skip
def test_without_a_reason_and_a_unit_nobody_looks(
    caller: Caller, bringer: Bringer, params: dict[str, str], status: int
) -> None:
    bringer.kept(PNG)
    assert seen(caller, params=params).status_code == status
    assert told(caller.rig, Viewed) == []


def test_who_may_look_and_who_may_not(caller: Caller, bringer: Bringer) -> None:
    bringer.kept(PNG)
    assert seen(caller, role="viewer").status_code == 403
    assert seen(caller, role=None).status_code == 401
    assert seen(caller, role="auditor").status_code == 200
    cookie = caller.session("guard", "guard")
    assert seen(caller, role=None, headers=cookie).status_code == 403  # another site's <img>
    posted = caller.post(f"{PATH}/look", role=None, headers=cookie, json=WHY)
    assert posted.status_code == 403
    assert caller.post(f"{PATH}/look", role="viewer", json=WHY).status_code == 403
    same = {**cookie, "Sec-Fetch-Site": "same-origin"}
    assert seen(caller, role=None, headers=same).status_code == 200
    assert [one.actor for one in told(caller.rig, Viewed)][1:] == ["guard"]
    assert caller.get(f"{PATH}/about").json()["state"] == "kept"  # a viewer may know that it is


def test_nothing_that_could_run_is_shown(caller: Caller, bringer: Bringer) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>"
    bringer.kept(svg)
    answered = seen(caller, f"/api/v1/media/{sha256(svg)}")
    assert answered.headers["content-type"] == "application/octet-stream"
    assert answered.headers["content-disposition"].startswith("attachment")
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answered.headers["content-security-policy"]
    assert answered.headers["cache-control"] == "no-store"


def test_bytes_that_do_not_hash_are_not_shown_and_raise_an_alarm_once(
    caller: Caller, bringer: Bringer
) -> None:
    rig = caller.rig
    bringer.kept(PNG)
    rig.archive.store.path(NAME).write_bytes(PNG[:-1] + b"\0")
    for _ in range(2):
        answered = seen(caller)
        assert (answered.status_code, PNG[:8] in answered.content) == (409, False)
        rig.settle()
    (failed,) = told(rig, FixityFailed)
    assert (failed.problem, failed.bytes) == ("damaged", len(PNG))
    assert told(rig, Viewed) == []
    assert caller.get(f"{PATH}/about").json()["state"] == "damaged"
    alarms = caller.json("/api/v1/views/safe_community/c01")["alarms"]
    (alarm,) = [one for one in alarms if one["kind"] == "media.damaged"]
    assert (alarm["priority"], alarm["active"]) == (1, True)
    assert bringer.put(PNG).status_code == 201  # it is brought again
    rig.settle()
    assert told(rig, Stored)[-1].repaired
    assert seen(caller).content == PNG
    alarms = caller.json("/api/v1/views/safe_community/c01")["alarms"]
    assert [one["active"] for one in alarms if one["kind"] == "media.damaged"] == [False]


def test_one_that_has_not_come_is_awaited(caller: Caller) -> None:
    assert seen(caller).status_code == 404
    assert caller.get(f"{PATH}/about").status_code == 404
    event = named(caller.rig, PNG)
    caller.rig.settle()
    told_of = caller.get(f"{PATH}/about").json()
    assert (told_of["state"], told_of["named"][0]["event"]) == ("awaited", event.id)
    assert seen(caller).status_code == 404
    assert told(caller.rig, FixityFailed) == []


def test_a_hold_outlasts_a_removal_and_is_released_by_an_admin(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    bringer.kept(PNG)
    assert caller.post(f"{PATH}/hold", role="viewer", json=HOLD).status_code == 403
    over = {**HOLD, "until": "2020-01-01T00:00:00Z"}
    assert caller.post(f"{PATH}/hold", role="guard", json=over).status_code == 422
    assert caller.post(f"{PATH}/hold", role="auditor", json=HOLD).status_code == 201
    _later(rig, monkeypatch, days=400)
    unread = caller.post(f"{PATH}/remove", role="admin", json={"reason": "mistake"})
    assert unread.status_code == 409  # the index has not read of the hold yet
    rig.settle()
    assert caller.get(f"{PATH}/about").json()["state"] == "held"
    held = caller.post(f"{PATH}/remove", role="admin", json={"reason": "mistake"})
    assert (held.status_code, "hold" in held.json()["detail"]) == (409, True)
    assert not rig.archive.expire(NAME)
    free = {"case": HOLD["case"], "reason": "cancelled"}
    assert caller.post(f"{PATH}/release", role="auditor", json=free).status_code == 403
    other = {**free, "case": "another"}
    assert caller.post(f"{PATH}/release", role="admin", json=other).status_code == 404
    assert caller.post(f"{PATH}/release", role="admin", json=free).status_code == 201
    rig.settle()
    assert rig.archive.expire(NAME)
    assert [len(told(rig, one)) for one in (Held, Released, Removed)] == [1, 1, 1]


def test_nothing_goes_before_its_floor_and_who_removed_it_is_said(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    bringer.kept(PNG)
    wish = {"reason": "resident-request"}
    floor = caller.post(f"{PATH}/remove", role="admin", json=wish)
    assert (floor.status_code, "30 days" in floor.json()["detail"]) == (409, True)
    _later(rig, monkeypatch, days=31)
    assert caller.post(f"{PATH}/remove", role="guard", json=wish).status_code == 403
    assert caller.post(f"{PATH}/remove", role="admin", json=wish).status_code == 201
    assert seen(caller).status_code == 410  # at once, though the index knows nothing yet
    rig.settle()
    assert not rig.archive.store.there(NAME)
    gone = seen(caller)
    assert (gone.status_code, "resident-request" in gone.json()["detail"]) == (410, True)
    assert bringer.put(PNG).status_code == 410
    (removed,) = told(rig, Removed)
    assert (removed.group, removed.profile, removed.floor_days) == ("default", "art33", 30)
    assert (removed.kept_days, removed.bytes) == (31.0, len(PNG))
    assert caller.get(f"{PATH}/about").json()["state"] == "removed"


def test_a_compounds_pictures_are_listed_newest_first(caller: Caller, bringer: Bringer) -> None:
    names = [bringer.kept(picture(seed)) for seed in range(5)]
    page = caller.json("/api/v1/media?compound=c01&limit=3")
    rest = caller.json("/api/v1/media", params={"compound": "c01", "before": page["next"]})
    found = [one["sha256"] for one in (*page["media"], *rest["media"])]
    assert sorted(found) == sorted(names)
    stored = [one["stored"] for one in (*page["media"], *rest["media"])]
    assert stored == sorted(stored, reverse=True)
    assert rest["next"] == ""
    assert caller.json("/api/v1/media?compound=c99")["media"] == []


def test_the_index_is_made_again_from_the_log(caller: Caller, bringer: Bringer) -> None:
    rig = caller.rig
    bringer.kept(PNG)
    named(rig, PNG)
    caller.post(f"{PATH}/hold", role="guard", json=HOLD)
    seen(caller)
    rig.settle()
    before = rig.register.entry(NAME)
    assert before is not None
    assert (before.viewed, len(before.holds), len(before.named)) == (1, 1, 1)
    rig.index.forget()
    assert rig.register.entry(NAME) is None
    rig.settle()
    assert rig.register.entry(NAME) == before


def test_only_the_hub_itself_says_what_became_of_one(caller: Caller, bringer: Bringer) -> None:
    rig = caller.rig
    bringer.kept(PNG)
    lie = Removed(
        sha256=NAME, bytes=1, group="x", profile="art33", floor_days=0, ceiling_days=0, kept_days=0
    )
    rig.add([rig.event(lie, f"media/{NAME}")])
    rig.settle()
    assert seen(caller).content == PNG


def test_nothing_is_judged_by_an_index_that_is_still_being_read(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hold or a removal may be behind what it has read: nothing is removed, brought again or
    called missing meanwhile."""
    rig = caller.rig
    bringer.kept(PNG)
    caller.post(f"{PATH}/hold", role="guard", json=HOLD)
    rig.settle()
    monkeypatch.setattr(rig.archive._recent, "_floor", rig.log.head() + 1)
    rig.archive.store.remove(NAME)
    assert seen(caller).status_code == 503
    assert bringer.put(PNG).status_code == 503
    _later(rig, monkeypatch, days=400)
    assert caller.post(f"{PATH}/remove", role="admin", json={"reason": "audit"}).status_code == 503
    with pytest.raises(Unavailable):
        rig.archive.failed(rig.archive.entry(NAME), Damaged(NAME))
    assert [len(told(rig, one)) for one in (FixityFailed, Removed)] == [0, 0]


def test_acts_the_index_never_hears_of_stop_what_could_be_wrong(
    caller: Caller, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fold has stopped: what was done here is remembered up to a bound, and nothing is judged
    beyond it."""
    monkeypatch.setattr(recent, "MOST", 2)
    for seed in range(3):
        assert bringer.put(picture(seed)).status_code == 201
    assert bringer.put(picture(4)).status_code == 503
    caller.rig.settle()
    assert bringer.put(picture(4)).status_code == 201


def _failing(fault: Exception) -> Any:
    def append(_events: Sequence[Event], _personal: object = None) -> int:
        raise fault

    return append


def _later(rig: HubRig, monkeypatch: pytest.MonkeyPatch, *, days: float) -> None:
    now = rig.clock.now
    monkeypatch.setattr(rig.clock, "now", lambda: now() + timedelta(days=days))
