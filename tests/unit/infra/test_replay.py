"""`menwei replay` into scratch views: what it prints, what it writes, how it ends."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.errors import ConfigError, EnvironmentFault
from core.events.door import Closed, Forced, HeldOpen, Opened
from core.events.vehicle import Positioned
from core.events.waste import BinCollected, Overflowed
from infra.replaying import command
from infra.replaying.command import replay
from infra.replaying.turn import stepped, timed
from infra.replaying.wish import Wish
from projections.alarms.files import SHIPPED
from projections.replay.pace import Pace
from projections.safe_community.view import SAFE_COMMUNITY
from projections.state import ViewState
from projections.store import open_views
from tests.fix_hub import NOW, HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_waste_hub import SPOT, TAGS, at, opened
from tests.unit.replay.test_pace import Clock

Out = pytest.CaptureFixture[str]
OTHER = SHIPPED.read_text(encoding="utf-8").replace(
    'kind = "door.heldopen"\npriority = 2', 'kind = "door.heldopen"\npriority = 3'
)


@pytest.fixture
def wish(hub_rig: HubRig) -> Wish:
    """A log of four batches and six events, folded."""
    rig = hub_rig
    rig.add([rig.event(Opened(), "door/1"), rig.event(Closed(), "door/1")])
    rig.add([rig.event(HeldOpen(), "door/2", at=NOW + timedelta(seconds=10))])
    rig.add(
        [
            rig.event(Overflowed(), "bin/1", at=NOW + timedelta(seconds=20)),
            rig.event(Forced(), "door/3", at=NOW + timedelta(seconds=20)),
        ]
    )
    rig.add([rig.event(Closed(), "door/2", at=NOW + timedelta(seconds=30))])
    rig.settle()
    return Wish(data=rig.folder)


def changed(wish: Wish, **fields: Any) -> Wish:
    return msgspec.structs.replace(wish, **fields)


def told(out: Out) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.readouterr().out.splitlines()]


def places(lines: Iterable[dict[str, Any]]) -> list[str]:
    return [f"{one['event']['position']}.{one['event']['index']}" for one in lines]


def files(folder: Path) -> dict[str, str]:
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.iterdir()
        if one.is_file() and not one.name.endswith("-shm")
    }


def test_it_ends_in_the_views_as_of_then(wish: Wish, capsys: Out) -> None:
    assert replay(changed(wish, quiet=True)) == 0
    out = capsys.readouterr().out
    assert "6 events, positions 1 to 4" in out
    assert out.count("equals the view as of then") == 3


def test_each_event_is_told_with_the_rows_it_changed(wish: Wish, capsys: Out) -> None:
    assert replay(changed(wish, json=True, compound="c01")) == 0
    *steps, end = told(capsys)
    assert places(steps) == ["1.0", "1.1", "2.0", "3.0", "3.1", "4.0"]
    (door,) = [one for one in steps[1]["changes"] if one["kind"] == "door"]
    assert (door["before"]["physical"], door["after"]["physical"]) == ("open", "closed")
    assert [one["same"] for one in end["ended"]["views"]] == [True, True]
    assert replay(changed(wish, compound="c01", types=("door.closed",))) == 0
    out = capsys.readouterr().out
    assert "1.1  c01  door.closed.v1  door/1" in out
    assert "physical open → closed" in out
    assert "door.opened.v1" not in out


def test_a_range_begins_with_what_was_before_it(wish: Wish, capsys: Out) -> None:
    assert replay(changed(wish, since="1.1", until="3", json=True, compound="c01")) == 0
    *steps, end = told(capsys)
    assert places(steps) == ["1.1", "2.0", "3.0", "3.1"]
    (door,) = [one for one in steps[0]["changes"] if one["kind"] == "door"]
    assert door["before"]["physical"] == "open"
    assert all(one["same"] for one in end["ended"]["views"])
    assert end["ended"]["position"] == 3


def test_a_district_concludes_once_a_batch_also_when_events_are_told_one_by_one(
    tmp_path: Path, capsys: Out
) -> None:
    """A lift that was heard of after its ticket, and where the vehicle was behind it in the same
    batch: by the last of them the ticket is revised."""
    with opened(tmp_path) as hub:
        hub.trip(20)
        when = at(20, "08:20")
        late = BinCollected(
            vehicle="v001", uid_hex=TAGS["o1"], tech="uhf", lat=SPOT[0], lon=SPOT[1],
            gross_g=40_000, tare_g=12_000, net_g=28_000,
        )  # fmt: skip
        there = Positioned(lat=SPOT[0], lon=SPOT[1])
        hub.rig.add([hub.rig.event(one, "vehicle/v001", at=when) for one in (late, there)])
        hub.rig.settle()
        assert replay(Wish(data=tmp_path, json=True)) == 0
        *steps, end = told(capsys)
        assert all(one["same"] for one in end["ended"]["views"])
        revised = [
            one["event"]["type"]
            for one in steps
            if any(change["kind"] == "revision" for change in one["changes"])
        ]
        assert revised == ["vehicle.positioned.v1"]


def test_an_alarm_names_its_range(wish: Wish, hub_rig: HubRig, capsys: Out) -> None:
    kinds = hub_rig.runner.rows(SAFE_COMMUNITY.name, "c01")[1]
    (alarm,) = [row for key, row in kinds["alarm"].items() if key.startswith("door.forced")]
    named = msgspec.to_builtins(alarm)["id"]
    assert replay(changed(wish, alarm=named, around=0, compound="c01", json=True)) == 0
    steps = told(capsys)[:-1]
    assert "door.forced.v1" in [one["event"]["type"] for one in steps]
    with pytest.raises(ConfigError, match="--alarm nothing"):
        replay(changed(wish, alarm="nothing", compound="c01"))


def test_nothing_the_hub_keeps_is_touched(wish: Wish, hub_rig: HubRig, tmp_path: Path) -> None:
    before = files(hub_rig.folder)
    (tmp_path / "aside").mkdir()
    assert replay(changed(wish, quiet=True, into=str(tmp_path / "aside" / "scratch.db"))) == 0
    assert files(hub_rig.folder) == before
    assert hub_rig.log.head() == 4


def test_the_rows_go_into_a_file_of_their_own(wish: Wish, hub_rig: HubRig, tmp_path: Path) -> None:
    folder = tmp_path / "aside"
    folder.mkdir()
    path = folder / "scratch.db"
    assert replay(changed(wish, quiet=True, since="3", into=str(path))) == 0
    store = open_views(path)
    made = list(store.dump(SAFE_COMMUNITY))
    assert store.position(SAFE_COMMUNITY) == 4
    store.close()
    assert made == list(hub_rig.store.dump(SAFE_COMMUNITY))
    for where in (path, hub_rig.folder / "other.db", folder / "nowhere" / "x.db"):
        with pytest.raises(ConfigError, match="--into"):
            replay(changed(wish, into=str(where)))


def nothing() -> ViewState:
    return ViewState(SAFE_COMMUNITY)


def test_rows_that_are_not_those_of_then_are_a_finding(
    wish: Wish, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's snapshot at the end, say, was changed by somebody."""
    monkeypatch.setattr("infra.replaying.into_view.states_at", lambda *_: defaultdict(nothing))
    assert replay(changed(wish, quiet=True, compound="c01")) == 1
    assert "DIFFERENT from the view as of then" in capsys.readouterr().out


def test_the_same_rules_differ_in_nothing_and_others_in_what_they_say(
    wish: Wish, tmp_path: Path, capsys: Out
) -> None:
    assert replay(changed(wish, quiet=True, rules=SHIPPED)) == 0
    assert "0 appear, 0 disappear, 0 change" in capsys.readouterr().out
    (tmp_path / "other.toml").write_text(OTHER, encoding="utf-8")
    assert replay(changed(wish, json=True, rules=tmp_path / "other.toml")) == 0
    (one,) = told(capsys)[-1]["ended"]["rules"]["differences"]
    assert (one["kind"], one["was"]["priority"], one["would"]["priority"]) == (
        "door.heldopen", 2, 3,
    )  # fmt: skip


def test_it_can_be_stopped_and_gone_on_with(
    wish: Wish, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([True] * 4)
    monkeypatch.setattr(command, "timed", lambda *_: lambda _at: next(left, False))
    assert replay(changed(wish, json=True, compound="c01")) == 0
    found = capsys.readouterr()
    *steps, end = [json.loads(line) for line in found.out.splitlines()]
    assert places(steps) == ["1.0", "1.1", "2.0", "3.0"]
    assert end["ended"]["position"] == 2
    assert [one["same"] for one in end["ended"]["views"]] == [None, None]
    assert "go on with --from 3.1 --to 4" in found.err
    monkeypatch.undo()
    assert replay(changed(wish, since="3.1", json=True, compound="c01")) == 0
    assert places(told(capsys)[:-1]) == ["3.1", "4.0"]


def test_stopped_between_two_batches_it_is_still_held_against_then(
    wish: Wish, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([True] * 3)
    monkeypatch.setattr(command, "timed", lambda *_: lambda _at: next(left, False))
    assert replay(changed(wish, json=True, compound="c01")) == 0
    end = told(capsys)[-1]["ended"]
    assert (end["position"], [one["same"] for one in end["views"]]) == (2, [True, True])


def test_steps_are_taken_as_somebody_asks_for_them() -> None:
    answers = iter(["", "2", "x"])
    turn = stepped(lambda: next(answers))
    assert [turn("") for _ in range(4)] == [True, True, True, False]
    assert not stepped(lambda: None)("")


def test_what_is_due_later_is_waited_for_unless_told_to_stop() -> None:
    waited: list[float] = []

    class Stop:
        def wait(self, left: float) -> bool:
            waited.append(left)
            return len(waited) > 1

        def is_set(self) -> bool:
            return False

    turn = timed(Pace(2.0, 9.0, Clock()), Stop())  # type: ignore[arg-type]
    times = [rfc3339(NOW + timedelta(seconds=number)) for number in (0, 4, 6)]
    assert [turn(one) for one in times] == [True, True, False]
    assert waited == [2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"speed": "0"}, "--speed"),
        ({"speed": "quick"}, "--speed"),
        ({"speed": "nan"}, "--speed"),
        ({"longest_wait": -1.0}, "--longest-wait"),
        ({"since": "yesterday"}, "--from"),
        ({"since": "5"}, "--from"),
        ({"since": "4", "until": "3"}, "--from"),
        ({"until": "5"}, "--to"),
        ({"until": "0"}, "--from"),
        ({"compound": "c02"}, "--compound"),
        ({"view": "nothing"}, "--view"),
        ({"view": "waste_district", "compound": "c01"}, "--view"),
        ({"alarm": "x"}, "--alarm"),
        ({"alarm": "x", "compound": "c01", "since": "1"}, "--alarm"),
        ({"mqtt": "127.0.0.1"}, "--mqtt"),
        ({"mqtt": "127.0.0.1", "prefix": "replay/x", "view": "waste_sorting"}, "--mqtt"),
        ({"mqtt": "127.0.0.1", "prefix": "site/x"}, "--prefix"),
        ({"prefix": "replay/x"}, "--prefix"),
    ],
)
def test_what_cannot_be_replayed(wish: Wish, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        replay(changed(wish, **change))


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"log\.db"):
        replay(Wish(data=tmp_path / "nowhere"))


def test_a_time_is_when_the_hub_heard_of_it(wish: Wish, hub_rig: HubRig, capsys: Out) -> None:
    received = hub_rig.log.received_at(3)
    assert received is not None
    exactly = received.isoformat(timespec="microseconds")
    assert datetime.fromisoformat(exactly) == received
    assert replay(changed(wish, since=exactly, json=True, compound="c01")) == 0
    times = [hub_rig.log.received_at(position) or received for position in range(1, 5)]
    first = next(number for number, one in enumerate(times, 1) if one >= received)
    assert places(told(capsys)[:-1])[0] == f"{first}.0"
