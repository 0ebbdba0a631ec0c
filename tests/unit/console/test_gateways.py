"""The devices page on gateways and their devices: what waits, what is missing, who is silent."""

from datetime import UTC, datetime

import msgspec
import pytest

from core.event import Data, source_of
from core.events.camera import HealthReported as CameraHealth
from core.events.device import (
    ConditionChanged,
    EpochRaised,
    GapDetected,
    HealthReported,
    SessionClosed,
    SessionOpened,
)
from core.events.door import Opened
from core.events.handoff import Failed
from core.events.journal import DamageFound, EpochChanged, GapDeclared
from core.events.logproof import Refused, Unproven
from core.ownjournal import GATEWAY
from projections.console import alarms, devices, gateways, handed, queue, wall
from projections.console.device_figures import figures
from projections.console.snapshots import rows
from projections.console.texts import LANGUAGES, Words
from projections.safe_community.rows.presence import Device
from tests.fix_hub import HubRig
from tests.unit.console.test_alarms import found, text
from tests.unit.console.test_screens import WORDS, by_key, seen

GW = "gateway/gw01"
REASONS = (
    "key", "signature", "origin", "forked", "rolled-back", "withheld", "inconsistent", "position",
    "batch", "not-included", "unreadable",
)  # fmt: skip


def told(rig: HubRig, *facts: Data, by_hub: bool = False) -> None:
    now = datetime.now(UTC)
    events = [rig.event(fact, GW, at=now) for fact in facts]
    if by_hub:
        source = source_of("c01", GATEWAY, "uplink")
        rig.own.append([msgspec.structs.replace(one, source=source) for one in events])
    else:
        rig.add(events)


def card(rig: HubRig, words: Words = WORDS) -> str:
    (item,) = gateways.items(seen(rig), words)
    return text(item.draw())


def uplink(rig: HubRig, *, live: bool) -> None:
    rig.desk = msgspec.structs.replace(rig.desk, gateways=lambda: {"c01/gw01": live})


def test_backlogs_by_lane_ages_and_what_is_kept(hub_rig: HubRig) -> None:
    told(
        hub_rig,
        HealthReported(
            boot=3, backlog=1234, backlog_urgent=4, backlog_bulk=1230, oldest_unreceipted_s=7200,
            oldest_urgent_s=1.5, conflicts=5, throttled=61, open_gaps=7, skewed_devices=2,
            quarantined=9, quarantine_rows=8, disk_free_bytes=5_000_000_000,
        ),
    )  # fmt: skip
    shown = card(hub_rig)
    for part in ("1,234", "4 / 1,230", "2 h", "1.5 s", "9 / 8", "5.0 GB", "61"):
        assert part in shown
    figure = by_key(figures(seen(hub_rig), WORDS))["backlog"]
    assert [part.value for part in figure.parts] == ["2 h", "4", "1,230"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_or_damaged_stands_on_top_and_is_an_alarm(
    hub_rig: HubRig, language: str
) -> None:
    words = Words(language)  # type: ignore[arg-type]
    assert by_key(figures(seen(hub_rig), words))["evidence"].look == ""
    told(
        hub_rig,
        DamageFound(epoch=5, file="journal.db", detail="x", lane=1, from_batch=3, to_batch=9),
        GapDeclared(reason="disk", lane=2, count=4321, since="2026-11-20T03:00:00Z"),
        HealthReported(boot=1, backlog=0, disk_full=True, refused=17),
    )
    told(hub_rig, EpochChanged(previous=5, epoch=6, declared=False), by_hub=True)
    sight = seen(hub_rig)
    (item,) = gateways.items(sight, words)
    drawn = item.draw()
    shown = [text(one) for one in found(drawn, "div") if one[1].get("class") == "finding"]
    assert len(shown) == 4
    for part in ("journal.db", "4,321", "17"):
        assert any(part in one for one in shown)
    links = [one[1]["href"] for one in found(drawn, "a")]
    assert links == ["/events/1", "/events/1"], "the way to the evidence"
    figure = by_key(figures(sight, words))["evidence"]
    assert (figure.value, figure.look) == ("4,321", "hot")
    assert [part.value for part in figure.parts] == ["1", "1", "0"]
    opened = queue.opened(sight.alarms())
    assert {one.kind for one in opened} == {"journal.damaged", "journal.gap", "gateway.wiped"}
    assert {one.priority for one in opened} == {1}
    assert len(alarms.items(sight, words, acts=True)) == 3


@pytest.mark.parametrize(
    ("reason", "live", "shown"),
    [
        ("silent", False, "Silent"), ("uplink-lost", False, "Uplink lost"),
        ("stop", False, "Stopped"), ("silent", True, "Uplink live"),
    ],
)  # fmt: skip
def test_why_a_gateway_is_not_heard(
    hub_rig: HubRig, reason: str, shown: str, *, live: bool
) -> None:
    told(hub_rig, SessionOpened(boot=3, reason="start"))
    told(hub_rig, SessionClosed(boot=3, reason=reason), by_hub=True)
    uplink(hub_rig, live=live)
    assert shown in card(hub_rig)


def test_a_devices_missing_records_are_named(hub_rig: HubRig) -> None:
    now = datetime.now(UTC)
    hub_rig.add(
        [
            hub_rig.event(Opened(), "door/1", at=now),
            hub_rig.event(
                GapDetected(from_record=11, to_record=20, method="serialNo"), "device/1", at=now
            ),
            hub_rig.event(
                GapDetected(from_record=40, to_record=40, method="serialNo"), "device/1", at=now
            ),
            hub_rig.event(
                EpochRaised(method="serialNo", epoch=2, last_record=40, record=1),
                "device/1", at=now,
            ),
        ]
    )  # fmt: skip
    (item,) = devices.table(seen(hub_rig), WORDS, "")
    (cell,) = (one for one in found(item.draw(), "td") if one[1].get("class") == "num gap")
    assert text(cell).strip() == "11"
    for part in ("serialNo 11–20", "serialNo 40", "×1"):
        assert part in cell[1]["title"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [*REASONS, "unproven"])
def test_a_log_in_doubt_is_shown_in_words(hub_rig: HubRig, language: str, reason: str) -> None:
    words = Words(language)  # type: ignore[arg-type]
    if reason == "unproven":
        told(hub_rig, Unproven(epoch=1, lane=1, batch=9, known_size=4711))
    else:
        told(hub_rig, Refused(reason=reason, known_size=4711, told_size=12))
    sight = seen(hub_rig)
    (item,) = gateways.items(sight, words)
    (shown,) = (one for one in found(item.draw(), "div") if one[1].get("class") == "finding")
    assert "4,711" in text(shown)
    assert words.named("distrust", reason) != reason
    assert words.named("distrust", reason) in text(shown)
    assert [one[1]["href"] for one in found(shown, "a")] == ["/events/1"]
    figure = by_key(figures(sight, words))["evidence"]
    assert (figure.look, [part.value for part in figure.parts]) == ("hot", ["0", "0", "1"])


def test_what_devices_say_of_themselves_stands_beside_their_state(hub_rig: HubRig) -> None:
    now = datetime.now(UTC)
    facts = (
        (ConditionChanged(condition="battery-low", active=True, value=11.5), "device/nvr"),
        (ConditionChanged(condition="digital-input", active=True), "device/io"),
        (CameraHealth(fps=4.5, dropped=7, online=True, fault="covered"), "camera/cam-01"),
    )
    hub_rig.add([hub_rig.event(fact, about, at=now) for fact, about in facts])
    lines = {item.key: text(item.draw()) for item in devices.table(seen(hub_rig), WORDS, "")}
    assert next(iter(lines)) == "nvr", "in trouble"
    assert "Battery low 11.5" in lines["nvr"]
    assert "Digital input" in lines["io"]
    assert "4.5 fps · 7 dropped · Covered" in lines["cam-01"]
    assert by_key(figures(seen(hub_rig), WORDS))["troubled"].value == "1"
    assert [item.key for item in devices.table(seen(hub_rig), WORDS, "battery")] == ["nvr"]
    states = {one.device: wall.STATES[wall.code(one, now)]
              for one in rows(seen(hub_rig).safe, "device", Device)}  # fmt: skip
    assert states == {"nvr": "fault", "io": "online", "cam-01": "online"}


def test_a_hand_off_that_stopped_is_seen(hub_rig: HubRig) -> None:
    failed = Failed(
        target="police", object="Face", info_ids=("1",), status_code=0, count=1, events=("e1",),
        from_position=1, to_position=1, basis="b", reason="unreachable", said="timed out",
    )  # fmt: skip
    event = hub_rig.event(failed, "handoff/police", at=datetime.now(UTC))
    source = source_of("c01", GATEWAY, "handoff")
    hub_rig.own.append([msgspec.structs.replace(event, source=source)])
    (item,) = handed.items(seen(hub_rig), WORDS)
    told_of = text(item.draw())
    assert "police" in told_of
    assert "Unreachable" in told_of
    assert "timed out" in told_of
