"""A region drawn on a picture, through the native form, to what the gateway concludes of it."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import orjson

from core.clock import rfc3339
from core.event import Draft
from core.events.camera import RegionOccupied, RegionVacated
from core.site import Camera, Site, Zone
from devices.adapter import Message
from devices.native.decode import decode
from edge.camera.finding import Finding
from edge.camera.rules.set import Rules
from edge.camera.zones import Region, Zones
from edge.watch.fact import Said
from edge.watch.watch import Fact, Watch
from tests.fix_core import START
from tests.unit.devices.wire import SHANGHAI
from tests.unit.edge.camera.test_rules import SQUARE, walked
from tests.unit.edge.camera.walks import frame
from tests.unit.edge.watch.story import stored

LANE = Region(
    name="lane", polygon=SQUARE, purpose="fire-lane", occupied_s=60, labels=("car",), presence=False
)


def drafted(finding: Finding) -> Draft:
    """As it comes out of the adapter, of what the camera's worker sends."""
    envelope = {
        "specversion": "1.0",
        "id": f"cam-{finding.at}",
        "source": "/camera/cam",
        "type": finding.data.TYPE,
        "subject": finding.subject,
        "time": rfc3339(START + timedelta(seconds=finding.at)),
        "data": finding.body(),
    }
    (draft,) = decode(Message("site/camera/cam", orjson.dumps(envelope)), SHANGHAI)
    return draft


def concluded(watch: Watch, findings: Sequence[Finding], until: float) -> list[Said]:
    said: list[Said] = []
    for finding in findings:
        draft = drafted(finding)
        told = msgspec.structs.replace(draft.data, native={})
        assert told == finding.data  # nothing of it is lost on the way, or refused
        assert draft.data.native == {"adapter": "native"}
        now = START + timedelta(seconds=finding.at)
        said += watch.see(
            Fact(
                data=draft.data, subject=draft.subject, device=draft.device, id=draft.id, at=now,
                now=now, live=True, direct=True,
            )
        )  # fmt: skip
    return [*said, *watch.tick(START + timedelta(seconds=until))]


def test_a_car_that_stands_in_a_drawn_lane_occupies_it() -> None:
    rules = Rules(Zones(regions=(LANE,)), camera="south")
    watch = Watch(Site(), START)
    came = walked(rules, [(0.5, 0.5)] * 600, label="car")
    assert [one.rule for one in came] == ["entered"]
    assert concluded(watch, came, 50) == []
    (occupied,) = watch.tick(START + timedelta(seconds=61))
    assert isinstance(occupied.data, RegionOccupied)
    assert (occupied.data.zone, occupied.data.purpose) == ("lane", "fire-lane")
    assert (occupied.data.label, occupied.data.limit_s) == ("car", 60)
    assert occupied.subject == "camera/south"
    later = Watch(Site(), START + timedelta(seconds=61), stored(watch, {}))  # a restart
    (vacated,) = concluded(later, rules.step([], frame(70)), 71)
    assert isinstance(vacated.data, RegionVacated)
    assert (vacated.data.zone, vacated.data.purpose) == ("lane", "fire-lane")


def test_a_car_that_leaves_in_time_occupies_nothing() -> None:
    rules = Rules(Zones(regions=(LANE,)), camera="south")
    watch = Watch(Site(), START)
    found = walked(rules, [*[(0.5, 0.5)] * 100, *[(0.9, 0.5)] * 10], label="car")
    assert [one.rule for one in found] == ["entered", "left"]
    assert concluded(watch, found, 200) == []


def test_the_sites_own_word_on_a_zone_goes_before_the_drawing() -> None:
    zone = Zone(purpose="passage", limit_s=10, labels=("car",))
    watch = Watch(Site(cameras={"south": Camera(zones={"lane": zone})}), START)
    rules = Rules(Zones(regions=(LANE,)), camera="south")
    (occupied,) = concluded(watch, walked(rules, [(0.5, 0.5)] * 8, label="car"), 11)
    assert isinstance(occupied.data, RegionOccupied)
    assert (occupied.data.purpose, occupied.data.limit_s) == ("passage", 10)


def test_a_limit_nobody_can_mean_is_none() -> None:
    watch = Watch(Site(), START)
    rules = Rules(Zones(regions=(Region(name="yard", polygon=SQUARE),)), camera="south")
    assert concluded(watch, walked(rules, [(0.5, 0.5)] * 8), 100_000) == []
    assert not watch.changed
