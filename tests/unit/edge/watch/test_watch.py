"""What the tables cannot show: bounds, what is kept over a restart, what a restart is not."""

from datetime import timedelta

import msgspec
import pytest

from core.event import Data
from core.events import access, camera, device, door, waste
from core.site import Camera, Site, Zone
from edge.watch.watch import AWAY, Fact, Watch
from tests.fix_core import START
from tests.unit.edge.watch.story import stored

SECOND = timedelta(seconds=1)


def fact(
    data: Data, subject: str = "door/a", *, at: float = 0, of: str = "", live: bool = True
) -> Fact:
    now = START + at * SECOND
    return Fact(
        data=data, subject=subject, device=of or subject.partition("/")[2], id=f"{subject}:{at}",
        at=now, now=now, live=live, direct=live,
    )  # fmt: skip


def kinds(said: object) -> list[str]:
    return [one.data.TYPE for one in said]  # type: ignore[attr-defined]


def size(rows: dict[str, bytes]) -> int:
    return sum(len(name) + len(value) for name, value in rows.items())


def test_what_concerns_nobody_is_no_change() -> None:
    watch = Watch(Site(), START)
    for at, data in enumerate([camera.MotionStarted(track_id="1"), waste.LidOpened()]):
        assert watch.see(fact(data, "camera/x", at=at)) == []
    assert not watch.changed
    assert watch.due() is None
    assert size(stored(watch, {})) < 200


def test_a_door_is_a_change_until_the_state_is_asked_for() -> None:
    watch = Watch(Site(), START)
    watch.see(fact(door.Opened(cause="grant")))
    assert watch.changed
    watch.rows(())
    assert not watch.changed
    assert watch.due() == START + 20 * SECOND


def test_hearing_an_expected_device_is_no_change() -> None:
    """A state is not written for each message of each camera."""
    watch = Watch(Site(expect_s={"cam": 60}), START)
    watch.rows(())
    watch.see(fact(camera.MotionStarted(), "camera/x", at=5, of="cam"))
    assert not watch.changed


@pytest.mark.parametrize(
    ("data", "domain"),
    [
        (door.Opened(), "door"), (access.Granted(), "door"), (door.PassageCounted(), "door"),
        (camera.RegionEntered(zone="z", track_id="1"), "camera"), (device.Lost(), "device"),
        (waste.LevelMeasured(), "bin"),
    ],
)  # fmt: skip
def test_names_from_the_wire_are_remembered_up_to_a_bound(data: Data, domain: str) -> None:
    site = Site(
        cameras={str(n): Camera(zones={"z": Zone(labels=())}) for n in range(12_000)}
        if domain == "camera" else {}
    )  # fmt: skip
    watch = Watch(site, START)
    for number in range(12_000):
        watch.see(fact(data, f"{domain}/{number}"))
    kept: dict[str, set[str]] = {}
    for name in stored(watch, {}):
        part, _, key = name.partition("/")
        kept.setdefault(part, set()).add(key)
    for part in ("doors", "takings", "groups", "zones", "devices", "clocks"):
        assert len(kept.get(part, ())) <= 4096
    assert len(kept.get("dues", ())) <= 4096
    first = {name for part in ("doors", "takings", "groups") for name in kept.get(part, ())}
    assert not first or ("11999" in first and "0" not in first)  # the oldest are forgotten


def test_one_zone_and_one_door_are_bounded_too() -> None:
    site = Site(cameras={"x": Camera(zones={"z": Zone(labels=())})})
    watch = Watch(site, START)
    for number in range(2_000):
        entered = camera.RegionEntered(zone="z", track_id=str(number))
        watch.see(fact(entered, "camera/x", at=number / 1000))
        watch.see(fact(access.Granted(), at=number / 1000))
        watch.see(fact(door.PassageCounted(count=9), at=number / 1000))
    assert size(stored(watch, {})) < 60_000


def test_state_of_another_form_is_forgotten_and_broken_state_is_told() -> None:
    watch = Watch(Site(), START, {"form/": b"99", "elsewhere/": b"true"})
    assert watch.due() is None
    with pytest.raises(msgspec.DecodeError):
        Watch(Site(), START, {"form/": b"1", "now/": b'"no'})


def test_nothing_personal_stands_in_the_state() -> None:
    watch = Watch(Site(), START)
    watch.see(fact(access.Granted(subject_ref="s:abc", native={"cardNo": "8888"})))
    assert b"8888" not in b"".join(stored(watch, {}).values())


def test_a_gateway_without_a_clock_of_its_own_goes_on_where_it_was() -> None:
    """It starts years back, and is set right later."""
    watch = Watch(Site(), START)
    watch.see(fact(door.Opened(cause="grant")))
    watch.tick(START + 10 * SECOND)
    back = START - timedelta(days=9000)
    later = Watch(Site(), back, stored(watch, {}))
    assert later.due() == back + 10 * SECOND
    later.shift(timedelta(days=9000, seconds=60))
    assert kinds(later.tick(START + 70 * SECOND)) == [door.PreAlarmed.TYPE]


def test_over_a_restart_what_is_overdue_waits_for_the_broker() -> None:
    watch = Watch(Site(), START)
    watch.see(fact(door.Opened(cause="grant")))
    start = START + 100 * SECOND
    later = Watch(Site(), start, stored(watch, {}))
    assert later.due() == start + AWAY
    assert kinds(later.tick(start + AWAY - SECOND)) == []
    said = later.tick(start + AWAY)
    assert [(one.data.TYPE, one.at) for one in said] == [
        (door.PreAlarmed.TYPE, START + 20 * SECOND),
        (door.HeldOpen.TYPE, START + 30 * SECOND),
    ]


def test_what_the_gateway_says_for_a_device_is_not_that_device_speaking() -> None:
    watch = Watch(Site(expect_s={"a": 60}), START)
    shown = msgspec.structs.replace(fact(access.Granted(), at=50), direct=False)
    watch.see(shown)
    assert kinds(watch.tick(START + 61 * SECOND)) == [device.Lost.TYPE]


def test_a_new_description_holds_from_the_next_fact_on() -> None:
    watch = Watch(Site(expect_s={"cam": 60}), START)
    watch.adopt(Site(expect_s={"other": 100}))
    assert [one.device for one in watch.tick(START + 1000 * SECOND)] == ["other"]
    restarted = Watch(Site(), START + 1000 * SECOND, stored(watch, {}))
    assert kinds(restarted.tick(START + 9000 * SECOND)) == []


def test_what_a_fire_release_clears_is_cleared_in_the_file_too() -> None:
    watch, rows = Watch(Site(), START), dict[str, bytes]()
    watch.see(fact(door.Opened()))  # by nobody: will be told in a second
    stored(watch, rows)
    watch.see(fact(door.FireReleased(), "relay/1", at=0.5))
    later = Watch(Site(), START + SECOND, stored(watch, rows))
    later.see(fact(door.FireEnded(), "relay/1", at=60))
    later.see(fact(door.Closed(), at=100))
    later.see(fact(door.Opened(), at=200))
    assert kinds(later.tick(START + 210 * SECOND)) == [door.Forced.TYPE]


def test_names_nobody_keeps_are_not_remembered_as_touched() -> None:
    watch = Watch(Site(), START)
    watch.rows(())
    for number in range(9_000):
        watch.see(fact(camera.MotionStarted(), f"camera/{number}"))
        watch.heard(str(number), START)
    assert len(watch.rows(())) < 5_000
    assert len(watch._presence.rhythms.touched) < 5_000
