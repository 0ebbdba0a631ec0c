"""What the pages make of real rows: sums, silence, tiles, tables, the events behind them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.clock import SystemClock
from core.errors import BadFrame
from core.event import Recorded, source_of
from core.events.access import Denied, Granted
from core.events.camera import VideoLost
from core.events.device import HealthReported, Lost, Rejected
from core.events.door import Closed, HeldOpen, Opened, PreAlarmed
from core.events.vehicle import Passed
from core.events.waste import (
    BinCollected,
    BinProfiled,
    DepositRecorded,
    DepositViolated,
    LevelMeasured,
)
from projections.console import (
    bins,
    devices,
    doors,
    evidence,
    gateways,
    passages,
    pulse,
    waste_figures,
)
from projections.console.device_figures import figures as device_figures
from projections.console.duty_figures import figures as duty_figures
from projections.console.figures import Figure
from projections.console.snapshots import Sight, Snapshots
from projections.console.texts import Words
from projections.console.tonnage import days_chart, today_chart
from projections.safe_community.rows.passages import Flow
from tests.fix_hub import HubRig
from tests.unit.console.test_alarms import found, text

WORDS = Words("en")


NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stood(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon as long as a test takes."""
    monkeypatch.setattr(SystemClock, "now", lambda _: NOON)


def now() -> datetime:
    return NOON


def seen(rig: HubRig, compound: str = "c01") -> Sight:
    rig.settle()
    return asyncio.run(Snapshots(rig.desk).sight(compound))


def own_waste(sight: Sight, words: Words) -> list[Figure]:
    """Of a compound that the district does not know."""
    return waste_figures.figures(sight, (), 0, words)


def by_key(figures: list[Figure]) -> dict[str, Figure]:
    return {one.key: one for one in figures}


def test_the_last_quarter_of_an_hour_is_summed_by_class(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(Granted(subject_class="resident"), "door/1", at=at),
            hub_rig.event(
                Granted(subject_class="resident"), "door/1", at=at - timedelta(minutes=13)
            ),
            hub_rig.event(Granted(subject_class="courier"), "door/1", at=at),
            hub_rig.event(Passed(), "door/2", at=at),
            hub_rig.event(Denied(), "door/1", at=at - timedelta(minutes=1)),
            hub_rig.event(Granted(subject_class="staff"), "door/1", at=at - timedelta(minutes=16)),
        ]
    )
    figure = by_key(duty_figures(seen(hub_rig), WORDS))["passages"]
    assert figure.value == "5"
    assert [part.value for part in figure.parts] == ["2", "0", "0", "1", "0", "1", "1"]
    assert len(figure.parts) == len(passages.CLASSES)


def test_a_class_no_table_knows_is_counted_as_unknown() -> None:
    flow = Flow(bucket="x", granted={"ghost": 2, "unknown": 1, "staff": 4}, denied=3)
    assert passages.classes(flow) == {
        "unknown": 3, "staff": 4, "vehicle": 0, "denied": 3,
    }  # fmt: skip


def test_every_figure_says_of_when_and_from_where(hub_rig: HubRig) -> None:
    hub_rig.add([hub_rig.event(Opened(), "door/1", at=now())])
    sight = seen(hub_rig)
    for make in (duty_figures, device_figures, own_waste):
        for figure in make(sight, WORDS):
            assert figure.source, figure.key
            assert figure.as_of, figure.key


def test_a_passage_shows_a_class_and_never_a_reference(hub_rig: HubRig) -> None:
    event = hub_rig.event(
        Denied(
            subject_ref="r-1234", subject_class="visitor", credential="card",
            direction="in", reason="credential-expired",
        ),
        "door/gate-south", at=now(),
    )  # fmt: skip
    position = hub_rig.add([event])
    (item,) = passages.items(seen(hub_rig), WORDS)
    row: Any = item.draw()
    assert "r-1234" not in str(row)
    shown = text(row)
    for word in ("Denied", "South gate", "Visitor", "In", "Card", "Credential expired"):
        assert word in shown
    assert row[1]["data-event-id"] == event.id
    assert row[1]["data-position"] == str(position)


@pytest.mark.parametrize(
    ("minutes", "late", "quiet"), [(14, 0, "0"), (16, 0, "1"), (16, 20, "0"), (0, 0, "0")]
)
def test_silence_is_by_the_screens_clock(
    hub_rig: HubRig, minutes: int, late: int, quiet: str
) -> None:
    at = now() - timedelta(minutes=minutes)
    hub_rig.add([hub_rig.event(Closed(), "door/1", at=at)])
    if late:
        hub_rig.add([hub_rig.event(Closed(), "door/1", at=now())])
    sight = seen(hub_rig)
    assert by_key(device_figures(sight, WORDS))["silent"].value == quiet
    (item,) = devices.table(sight, WORDS, "")
    assert ("Silent" in text(item.draw())) == (quiet == "1")


def test_a_door_that_is_about_to_be_held_open_too_long_is_no_alarm_yet(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(PreAlarmed(), "door/1", at=at),
            hub_rig.event(HeldOpen(), "door/2", at=at),
        ]
    )
    figure = by_key(duty_figures(seen(hub_rig), WORDS))["doors"]
    assert (figure.parts[0].value, figure.look) == ("1", "hot")


def test_what_is_of_today_leads_to_the_events_of_today(hub_rig: HubRig) -> None:
    for figure in own_waste(seen(hub_rig), WORDS)[2:]:
        assert "&from=" in figure.href, figure.key


def test_devices_in_trouble_come_first_and_the_filter_reads_every_column(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(Closed(), "door/gate-south", at=at),
            hub_rig.event(Closed(), "door/door-b10", at=at),
            hub_rig.event(Closed(), "door/door-b9", at=at),
            hub_rig.event(VideoLost(), "camera/cam-01", at=at - timedelta(hours=1)),
            hub_rig.event(Lost(reason="ping"), "door/door-b11", at=at),
        ]
    )
    sight = seen(hub_rig)
    order = [item.key for item in devices.table(sight, WORDS, "")]
    assert order == ["door-b11", "cam-01", "door-b9", "door-b10", "gate-south"]
    assert [one.key for one in devices.table(sight, WORDS, "south gate")] == ["gate-south"]
    assert [one.key for one in devices.table(sight, WORDS, "camera")] == ["cam-01"]
    assert [one.key for one in devices.table(sight, WORDS, "lost")] == ["door-b11"]
    assert devices.table(sight, WORDS, "nothing like it") == []


def test_a_terminal_known_by_its_mac_is_called_by_its_door(hub_rig: HubRig) -> None:
    event = hub_rig.event(Closed(), "door/gate-south", at=now())
    mac = msgspec.structs.replace(event, source=source_of("c01", "gw01", "e0ca3c1d0423"))
    hub_rig.add([mac])
    sight = seen(hub_rig)
    (item,) = devices.table(sight, WORDS, "south")
    assert text(item.draw()).split()[:3] == ["South", "gate", "e0ca3c1d0423"]


def test_many_devices_are_capped_and_it_says_so(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add([hub_rig.event(Closed(), f"door/{n}", at=at) for n in range(devices.SHOWN + 5)])
    made = devices.table(seen(hub_rig), WORDS, "")
    assert len(made) == devices.SHOWN + 1
    assert "405" in text(made[-1].draw())


def test_a_door_in_use_is_calm_and_one_left_open_is_not(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(Opened(), "door/1", at=at),
            hub_rig.event(Opened(), "door/2", at=at - timedelta(minutes=2)),
            hub_rig.event(Opened(), "door/3", at=at - timedelta(minutes=2)),
            hub_rig.event(HeldOpen(), "door/3", at=at),
            hub_rig.event(Closed(), "door/4", at=at),
        ]
    )
    tiles: list[Any] = [item.draw() for item in doors.door_items(seen(hub_rig), WORDS)]
    looks = [tile[1]["class"].rpartition(" ")[2] for tile in tiles]
    assert looks == ["alarm", "open", "long", "closed"]
    assert "Held open" in text(tiles[0])


def test_gateways_show_uplink_health_and_what_was_set_aside(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(HealthReported(boot=3, backlog=7), "gateway/gw09", at=at),
            hub_rig.event(Rejected(adapter="lora", reason="empty", count=4), "gateway/gw09", at=at),
        ]
    )
    items = gateways.items(seen(hub_rig), WORDS)
    assert [item.key for item in items] == ["gw01", "gw09"]
    heard_of, spoke = (text(item.draw()) for item in items)
    assert "Uplink live" in heard_of
    assert "Uplink unknown" in spoke
    assert "lora/empty ×4" in spoke


def test_a_lift_nobody_weighed_empty_shows_its_full_weight_and_says_so(hub_rig: HubRig) -> None:
    lift = BinCollected(category="food", gross_g=14_600)
    hub_rig.add([hub_rig.event(lift, "bin/x", at=now())])
    (point,) = (item.draw() for item in bins.point_items(seen(hub_rig), WORDS))
    assert "gross 14.6 kg" in text(point)


def test_bins_stand_by_point_with_level_and_category(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(LevelMeasured(distance_mm=5), "bin/lost", at=at),
            hub_rig.event(
                BinProfiled(empty_mm=1000, full_mm=200, category="food", point="point-a02"),
                "bin/x", at=at,
            ),
            hub_rig.event(LevelMeasured(distance_mm=280, position="tilt"), "bin/x", at=at),
            hub_rig.event(DepositRecorded(category="food", net_g=2500), "point/point-a02", at=at),
            hub_rig.event(DepositViolated(kind="mixed"), "point/point-a02", at=at),
        ]
    )  # fmt: skip
    sight = seen(hub_rig)
    known, nowhere = (item.draw() for item in bins.point_items(sight, WORDS))
    assert "Point A02" in text(known)
    assert "90%" in text(known)
    assert WORDS("binstate.full") in text(known)
    assert "Tilted" in text(known)
    assert "No point known" in text(nowhere)
    fills = [one[1]["vars"] for one in found(known, "div") if "vars" in one[1]]
    assert fills == [{"fill": "90%"}]
    (row,) = (item.draw() for item in bins.tally_items(sight, WORDS))
    assert "2.5 kg ×1" in text(row)
    assert "Mixed  1" in text(row)
    assert by_key(own_waste(sight, WORDS))["deposited"].value == "2.5 kg"
    series = today_chart(sight, WORDS)["series"]
    assert sum(sum(one["data"]) for one in series) == 2.5
    assert days_chart(sight, (), WORDS)["series"][2]["data"][-1] == 2.5


def test_the_events_behind_a_position_are_found_or_said_to_be_missing(hub_rig: HubRig) -> None:
    event = hub_rig.event(Closed(), "door/1")
    position = hub_rig.add([event])
    batch = evidence.batch(hub_rig.desk, position)
    assert not isinstance(batch, BadFrame)
    assert [one.event for one in batch if isinstance(one, Recorded)] == [event]
    assert evidence.compound_of(batch) == "c01"
    assert event.id in text(evidence.drawn(batch[0], event.id, hub_rig.desk, WORDS))
    for absent in (0, -3, position + 1, 10**30):
        assert evidence.batch(hub_rig.desk, absent) == []


def test_a_long_batch_is_shown_around_the_event_asked_for(hub_rig: HubRig) -> None:
    events = [hub_rig.event(Closed(), "door/1") for _ in range(300)]
    batch = evidence.batch(hub_rig.desk, hub_rig.add(events))
    assert not isinstance(batch, BadFrame)
    assert len(batch) == 300
    for marked in (0, 150, 299):
        shown = evidence.around(batch, events[marked].id)
        assert len(shown) == evidence.SHOWN
        assert batch[marked] in shown
    assert evidence.around(batch, "no such") == batch[: evidence.SHOWN]


def test_a_screen_asked_for_an_unknown_compound_shows_the_first(hub_rig: HubRig) -> None:
    assert seen(hub_rig, "c99").compound == ""
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    sight = seen(hub_rig, "c99")
    assert (sight.compound, list(sight.compounds)) == ("c01", ["c01"])
    assert sight.position == hub_rig.log.head()
    assert sight.uplinks == {"gw01": True}
    assert pulse.head(sight, everywhere=False)["total"] == 1


def test_pages_about_all_compounds_count_all_gateways(hub_rig: HubRig) -> None:
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    sight = msgspec.structs.replace(seen(hub_rig), uplinks={}, everywhere=(True, False, True))
    assert [pulse.head(sight, everywhere=all_)["total"] for all_ in (False, True)] == [0, 3]
    assert pulse.head(sight, everywhere=True)["up"] == 2


def test_one_page_of_rows_is_read_once_for_all_screens(
    hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    hub_rig.settle()
    reads: list[str] = []
    rows = type(hub_rig.runner).rows

    def counted(self: Any, view: str, compound: str) -> Any:
        reads.append(view)
        return rows(self, view, compound)

    monkeypatch.setattr(type(hub_rig.runner), "rows", counted)

    async def many() -> None:
        snapshots = Snapshots(hub_rig.desk)
        await asyncio.gather(*(snapshots.sight("c01") for _ in range(20)))

    asyncio.run(many())
    assert sorted(reads) == ["safe_community", "waste_sorting"]
