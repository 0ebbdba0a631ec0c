"""Every picture is read again; what is over is removed; neither does anything twice."""

import json
from datetime import timedelta

import pytest

from core.errors import Unavailable
from core.events.media import FixityChecked, FixityFailed, Removed
from core.media.retention import Group, Retention
from projections.web.fixity import Fixity
from projections.web.keeping import Keeping
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_media import Bringer, picture, told
from tests.unit.web.conftest import Caller

MANY = 5


@pytest.fixture
def names(caller: Caller) -> list[str]:
    bringer = Bringer(caller)
    return sorted(bringer.kept(picture(seed)) for seed in range(MANY))


def later(rig: HubRig, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = rig.clock.now
    monkeypatch.setattr(rig.clock, "now", lambda: now() + timedelta(days=days))


def checker(rig: HubRig) -> Fixity:
    return Fixity(rig.archive, rig.folder / "media" / "fixity.json", timedelta(days=7))


def turn(fixity: Fixity) -> int:
    """Steps until it is over."""
    for steps in range(1, 100):
        fixity.step()
        if fixity.status()["until"]:
            return steps
    raise AssertionError("it never ends")


def test_a_turn_reads_every_file_and_says_so(caller: Caller, names: list[str]) -> None:
    rig = caller.rig
    turn(checker(rig))
    (checked,) = told(rig, FixityChecked)
    assert (checked.files, checked.damaged, checked.missing) == (MANY, 0, 0)
    assert checked.bytes == rig.register.total()[1]
    assert told(rig, FixityFailed) == []


def test_it_finds_what_is_damaged_and_what_is_missing_once(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    rig.archive.store.path(names[1]).write_bytes(b"rotten")
    rig.archive.store.path(names[3]).unlink()
    fixity = checker(rig)
    turn(fixity)
    rig.settle()
    fixity.hurry()
    fixity.step()
    turn(fixity)
    assert [(one.sha256, one.problem) for one in told(rig, FixityFailed)] == [
        (names[1], "damaged"), (names[3], "missing"),
    ]  # fmt: skip
    assert [(one.damaged, one.missing) for one in told(rig, FixityChecked)] == [(1, 1)] * 2


def test_a_medium_that_fails_to_read_is_damage(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.media import store

    def unreadable(_file: object) -> tuple[str, int]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store, "hashed", unreadable)
    turn(checker(caller.rig))
    assert {one.found for one in told(caller.rig, FixityFailed)} == {"unreadable"}


def test_a_restart_goes_on_where_it_was(caller: Caller, names: list[str]) -> None:
    rig = caller.rig
    rig.archive.store.path(names[4]).unlink()
    first = checker(rig)
    for _ in range(3):  # the beginning, and two files
        first.step()
    path = rig.folder / "media" / "fixity.json"
    assert json.loads(path.read_bytes())["after"] == ""  # not every file is noted
    first._save(first._turn)
    again = checker(rig)
    assert again.status()["after"] == names[1]
    assert turn(again) == MANY - 2 + 1
    (checked,) = told(rig, FixityChecked)
    assert (checked.files, checked.missing) == (MANY, 1)


def test_the_next_turn_waits_for_its_time_unless_it_is_hurried(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixity = checker(caller.rig)
    turn(fixity)
    assert fixity.step() > 0
    assert fixity.status()["until"]
    fixity.hurry()
    fixity.step()
    assert (fixity.status()["until"], fixity.hurried) == ("", True)
    turn(fixity)
    assert not fixity.hurried
    later(caller.rig, monkeypatch, days=7)
    fixity.step()
    assert fixity.status()["until"] == ""


def test_a_turn_is_paced_to_end_in_half_its_time(caller: Caller, names: list[str]) -> None:
    fixity = Fixity(caller.rig.archive, caller.rig.folder / "x.json", timedelta(seconds=1e-6))
    fixity.step()
    assert sum(fixity.step() for _ in names) == pytest.approx(0.5e-6)


def test_a_log_that_is_away_keeps_the_turn_open(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    fixity = checker(rig)
    for _ in range(1 + MANY):
        fixity.step()

    def away(*_: object) -> int:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(rig.archive.events, "_append", away)
        with pytest.raises(Unavailable):
            fixity.step()
    fixity.step()
    assert len(told(rig, FixityChecked)) == 1


def test_what_is_over_is_removed_and_the_rest_stays(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    gate = Bringer(caller).kept(picture(77), device="gate-south")
    groups = {
        "gates": Group(profile="art7", floor_days=30, ceiling_days=60, devices=("c01/gate-*",)),
        "default": Group(floor_days=1, ceiling_days=9),
    }
    monkeypatch.setattr(rig.archive, "retention", Retention(groups))
    keeping = Keeping(rig.archive)
    for days, removed in ((8.9, 0), (0.2, MANY), (50, MANY), (1, MANY + 1)):
        later(rig, monkeypatch, days)
        keeping.tick()
        keeping.tick()
        assert len(told(rig, Removed)) == removed, days
        rig.settle()
    last = told(rig, Removed)[-1]
    assert (last.sha256, last.group, last.profile) == (gate, "gates", "art7")
    assert (last.actor, last.ceiling_days) == ("", 60)
    assert [name for name in (*names, gate) if rig.archive.store.there(name)] == []


def test_dying_between_the_event_and_the_removal_is_made_good(
    caller: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = caller.rig
    later(rig, monkeypatch, days=91)
    with monkeypatch.context() as patched:
        patched.setattr(rig.archive.store, "remove", lambda _name: False)
        Keeping(rig.archive).tick()
    rig.settle()
    assert rig.archive.store.there(names[0])
    assert caller.get(f"/api/v1/media/{names[0]}/about").json()["state"] == "removed"
    Keeping(rig.archive).tick()
    assert not any(rig.archive.store.there(name) for name in names)
    assert len(told(rig, Removed)) == MANY


def test_it_is_asked_and_hurried_over_http(caller: Caller, names: list[str]) -> None:
    assert caller.json("/api/v1/media/fixity")["since"] == ""
    assert caller.post("/api/v1/media/fixity", role="auditor").status_code == 403
    hurried = caller.post("/api/v1/media/fixity", role="admin")
    assert (hurried.status_code, hurried.json()["hurried"]) == (202, True)
    fixity = caller.rig.desk.fixity
    assert fixity is not None
    turn(fixity)
    found = caller.json("/api/v1/media/fixity")
    assert (found["files"], found["counts"]["c01"]["files"]) == (MANY, MANY)
