"""Cameras: seeing, blind, covered; what they saw last."""

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events import camera
from projections.alarms.row import Alarm
from projections.safe_community.rows.cameras import Camera
from tests.fix_specimens import smallest
from tests.fix_views import NOON, Folded, minutes

CAM = "camera/cam-01"


def cam(safe: Folded) -> Camera:
    return safe.row("camera", CAM, Camera)


@pytest.mark.parametrize(
    ("facts", "state", "lost", "active"),
    [
        ((camera.RegionEntered(),), "up", 0, ()),
        ((camera.VideoLost(),), "lost", 1, ("camera.video.lost",)),
        ((camera.VideoTampered(),), "tampered", 0, ("camera.video.tampered",)),
        ((camera.VideoLost(), camera.VideoRestored()), "up", 1, ()),
        ((camera.VideoTampered(), camera.VideoRestored()), "up", 0, ()),
        ((camera.VideoTampered(), camera.VideoLost()), "lost", 1,
         ("camera.video.lost", "camera.video.tampered")),
        ((camera.VideoTampered(), camera.VideoLost(), camera.VideoRestored()), "up", 1, ()),
        # Analytics that still say something do not bring a lost picture back.
        ((camera.VideoLost(), camera.MotionStarted()), "lost", 1, ("camera.video.lost",)),
        ((camera.VideoLost(), camera.VideoRestored(), camera.VideoLost()), "lost", 2,
         ("camera.video.lost",)),
    ],
)  # fmt: skip
def test_camera_states(
    facts: tuple[Data, ...], state: str, lost: int, active: tuple[str, ...], safe: Folded
) -> None:
    for number, fact in enumerate(facts):
        safe.say(fact, CAM, at=NOON + minutes(number))
    assert (cam(safe).state, cam(safe).lost, cam(safe).events) == (state, lost, len(facts))
    seen = [number for number, fact in enumerate(facts) if fact.BULK]
    assert cam(safe).last == (rfc3339(NOON + minutes(seen[-1])) if seen else "")
    found = [safe.row("alarm", key, Alarm) for key in safe.keys("alarm")]
    assert tuple(one.kind for one in found if one.active) == active
    assert {one.priority for one in found} <= {2}


def test_since_is_of_the_state(safe: Folded) -> None:
    safe.say(camera.VideoLost(), CAM, at=NOON)
    safe.say(camera.RegionEntered(), CAM, at=NOON + minutes(1))
    assert cam(safe).since == rfc3339(NOON)
    safe.say(camera.VideoRestored(), CAM, at=NOON + minutes(2))
    assert cam(safe).since == rfc3339(NOON + minutes(2))


def test_what_it_saw_last_is_kept_when_it_says_less(safe: Folded) -> None:
    safe.say(camera.RegionEntered(label="person", zone="yard"), CAM)
    safe.say(camera.FaceCaptured(quality=0.9), CAM)
    safe.say(camera.MotionEnded(label="car"), CAM)
    assert (cam(safe).last_label, cam(safe).last_zone) == ("car", "yard")


def test_every_camera_fact_is_counted(safe: Folded) -> None:
    for cls in camera.TYPES:
        safe.say(smallest(cls), CAM)
    assert cam(safe).events == len(camera.TYPES)
