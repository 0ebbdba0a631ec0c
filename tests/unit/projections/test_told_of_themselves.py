"""What devices say is wrong with themselves, how camera workers fare, what is handed on, and what a
bin tells of its own fullness."""

from typing import Any

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events import camera, device, handoff
from core.events import waste as w
from core.ownjournal import GATEWAY
from projections.alarms.row import Alarm
from projections.safe_community.presence import CONDITIONS
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.handoff import Handoff
from projections.safe_community.rows.presence import Device
from projections.waste_sorting.rows import Bin
from tests.fix_views import NOON, Folded, minutes

NVR, CAM, BIN, POLICE = "device/nvr", "camera/cam-01", "bin/a01-food", "handoff/police"


def changed(condition: str, active: bool | None, **more: Any) -> device.ConditionChanged:
    return device.ConditionChanged(condition=condition, active=active, **more)


def held(safe: Folded) -> list[tuple[str, str]]:
    return [(one.condition, one.part) for one in safe.row("device", "nvr", Device).conditions]


def active(view: Folded) -> list[tuple[str, int]]:
    found = [view.row("alarm", key, Alarm) for key in view.keys("alarm")]
    return [(f"{one.kind}:{one.subject}", one.priority) for one in found if one.active]


def test_conditions_hold_until_they_are_over_each_part_by_itself(safe: Folded) -> None:
    safe.say(changed("storage-failure", active=True, part="1"), NVR)
    safe.say(changed("storage-failure", active=True, part="2"), NVR)
    safe.say(changed("battery-low", active=True, value=11.5), NVR, at=NOON + minutes(1))
    assert held(safe) == [("battery-low", ""), ("storage-failure", "1"), ("storage-failure", "2")]
    safe.say(changed("storage-failure", active=False, part="1"), NVR, at=NOON + minutes(2))
    assert held(safe) == [("battery-low", ""), ("storage-failure", "2")]
    assert active(safe) == [
        ("device.power:device/nvr/battery-low", 3),
        ("device.storage:device/nvr/storage-failure/2", 3),
    ]


def test_since_when_it_holds_is_when_it_was_told_first(safe: Folded) -> None:
    safe.say(changed("fan-failure", active=True), NVR)
    safe.say(changed("fan-failure", active=True, value=3.0), NVR, at=NOON + minutes(9))
    (one,) = safe.row("device", "nvr", Device).conditions
    assert (one.since, one.value) == (rfc3339(NOON), 3.0)


@pytest.mark.parametrize("how", [{"origin": "backfill"}, {"origin": "replay"}])
def test_late_conditions_change_nothing_that_holds(how: dict[str, Any], safe: Folded) -> None:
    safe.say(changed("battery-low", active=True), NVR, **how)
    assert (held(safe), active(safe)) == ([], [])


def test_a_figure_alone_begins_and_ends_nothing(safe: Folded) -> None:
    safe.say(changed("temperature-high", active=None, value=30.0), NVR)
    assert held(safe) == []
    safe.say(changed("temperature-high", active=True), NVR)
    safe.say(changed("temperature-high", active=None, value=60.0), NVR)
    assert held(safe) == [("temperature-high", "")]


def test_who_names_parts_without_end_keeps_the_newest(safe: Folded) -> None:
    for part in range(CONDITIONS + 2):
        told = changed("battery-low", active=True, part=f"{part:02}")
        safe.say(told, NVR, at=NOON + minutes(part))
    assert held(safe)[0] == ("battery-low", "02")
    assert len(held(safe)) == CONDITIONS


@pytest.mark.parametrize("condition", ["digital-input", "point-of-sale", "made-up"])
def test_what_is_no_fault_is_shown_and_no_alarm(condition: str, safe: Folded) -> None:
    safe.say(changed(condition, active=True), NVR)
    assert (held(safe), active(safe)) == ([(condition, "")], [])


def test_a_workers_health_is_not_what_its_camera_saw(safe: Folded) -> None:
    safe.say(camera.RegionEntered(label="person", zone="yard"), CAM)
    told = camera.HealthReported(read=90, dropped=7, fps=4.5, online=True)
    safe.say(told, CAM, at=NOON + minutes(1))
    row = safe.row("camera", CAM, Camera)
    assert (row.last, row.last_label) == (rfc3339(NOON), "person")
    assert row.health is not None
    assert (row.health.at, row.health.fps, row.health.dropped) == (
        rfc3339(NOON + minutes(1)), 4.5, 7,
    )  # fmt: skip


def answered(kind: type[handoff.Delivered | handoff.Failed], **more: Any) -> Data:
    return kind(
        target="police", object="Face", info_ids=("1", "2"), status_code=0, count=2,
        events=("e1", "e2"), from_position=1, to_position=2, basis="b", **more,
    )  # fmt: skip


def test_a_hand_off_that_stops_is_seen_until_it_goes_on(safe: Folded) -> None:
    away = answered(handoff.Failed, reason="unreachable", said="timed out")
    safe.say(away, POLICE, gateway=GATEWAY)
    safe.say(away, POLICE, gateway=GATEWAY, at=NOON + minutes(5))
    row = safe.row("handoff", "police", Handoff)
    assert (row.trouble, row.since, row.delivered) == ("unreachable", rfc3339(NOON), 0)
    assert active(safe) == [("handoff.failed:handoff/police", 3)]
    later = NOON + minutes(9)
    safe.say(answered(handoff.Delivered, personal=True), POLICE, gateway=GATEWAY, at=later)
    row = safe.row("handoff", "police", Handoff)
    assert (row.trouble, row.delivered, row.personal, row.last) == ("", 2, 2, rfc3339(later))
    assert active(safe) == []


def test_a_refusal_is_counted_and_waits_to_be_seen(safe: Folded) -> None:
    refused = answered(handoff.Failed, reason="refused", said="bad image", final=True)
    safe.say(refused, POLICE, gateway=GATEWAY)
    row = safe.row("handoff", "police", Handoff)
    assert (row.refused, row.trouble, row.refusal) == (2, "", "bad image")
    assert safe.row("alarm", "handoff.refused:handoff/police", Alarm).open


def test_what_a_gateway_says_of_hand_offs_is_nobodys_row(safe: Folded) -> None:
    safe.say(answered(handoff.Delivered), POLICE)
    assert safe.keys("handoff") == []


def test_a_bins_own_word_is_its_fill_where_no_distance_tells(waste: Folded) -> None:
    waste.say(waste_of(fullness=0.4, weight_g=12_000), BIN)
    row = waste.row("bin", BIN, Bin)
    assert (row.fill, row.weight_g, row.level_at) == (0.4, 12_000, rfc3339(NOON))
    waste.say(waste_of(fullness=1.5), BIN, at=NOON + minutes(1))
    assert waste.row("bin", BIN, Bin).fill == 1.0
    waste.say(w.BinProfiled(empty_mm=900, full_mm=100), BIN, at=NOON + minutes(2))
    assert waste.row("bin", BIN, Bin).fill == 1.0
    waste.say(waste_of(distance_mm=500), BIN, at=NOON + minutes(3))
    assert waste.row("bin", BIN, Bin).fill == 0.5


def waste_of(**told: Any) -> w.LevelMeasured:
    return w.LevelMeasured(**told)


@pytest.mark.parametrize("source", ["sensor", "camera"])
def test_an_overflow_is_one_alarm_whoever_sees_it(source: Any, waste: Folded) -> None:
    waste.say(w.Overflowed(source=source, zone="bins"), BIN, device="d1")
    assert active(waste) == [(f"waste.bin.overflowed:{BIN}", 3)]
    assert waste.row("bin", BIN, Bin).overflows[0].by == source
    waste.say(w.Cleared(source=source, zone="bins"), BIN, device="d1")
    assert active(waste) == []
