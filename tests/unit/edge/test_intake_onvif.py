"""Retained properties: cameras retain every state, and brokers say it again to who subscribes."""

from devices.onvif.simulate import Publisher
from tests.fix_core import START
from tests.fix_edge import EdgeRig, Payload

CAMERA = Publisher("cam-1")
MOTION, SOURCE = "RuleEngine/CellMotionDetector/Motion", {"VideoSource": "1", "Rule": "yard"}


def motion(*, on: bool) -> Payload:
    told = CAMERA.tell(START, MOTION, SOURCE, {"IsMotion": on})
    return told.topic, told.payload


def test_a_retained_replay_is_no_event(edge: EdgeRig) -> None:
    edge.intake.take([edge.delivery(motion(on=True), retained=True)])
    assert edge.batches() == []
    edge.take(motion(on=True))
    edge.intake.take([edge.delivery(motion(on=True), retained=True)])
    assert [event.type for event in edge.events()] == ["camera.motion.started.v1"]
    assert edge.counters.retained == 2


def test_what_a_bridge_says_again_as_if_it_were_new_is_known(edge: EdgeRig) -> None:
    """A bridge brings retained messages anew to our own endpoint, where nothing marks them."""
    edge.take(motion(on=True), motion(on=False))
    edge.take(motion(on=True), motion(on=False))
    assert [event.type for event in edge.events()] == [
        "camera.motion.started.v1",
        "camera.motion.ended.v1",
    ]
    assert edge.counters.duplicates == 2


def test_a_deleted_property_is_no_event_however_it_comes(edge: EdgeRig) -> None:
    gone = CAMERA.deleted(MOTION, SOURCE)
    edge.take((gone.topic, gone.payload))
    edge.intake.take([edge.delivery((gone.topic, gone.payload), retained=True)])
    assert edge.events() == []
    assert edge.held() == []
