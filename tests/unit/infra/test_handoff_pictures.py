"""Pictures that leave with a hand-off leave the archive, on record first."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.event import Media, Recorded
from core.events.camera import FaceCaptured
from core.events.media import Exported
from infra.handoff.config import Handoff, Target
from infra.handoff.pictures import ArchiveGallery
from tests.fix_hub import HubRig
from tests.fix_media import picture


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubRig]:
    made = HubRig(tmp_path)
    yield made
    made.close()


def gallery(rig: HubRig) -> ArchiveGallery:
    config = Handoff(
        url="http://192.0.2.7",
        device="34020000002000000001",
        user="menwei",
        password_file="",
        basis="Order 799 art. 20",
        requester="state-body",
    )
    target = Target(name="bureau", config=config, password="", zone=ZoneInfo("Asia/Shanghai"))
    return ArchiveGallery(rig.archive, target)


def exported(rig: HubRig) -> list[Recorded]:
    found: list[Recorded] = []
    for stored in rig.log.read(0, 100, 1_000_000):
        items = codec.recorded(parse(stored.state), stored.id, CATALOG)
        found += [
            one
            for one in items
            if isinstance(one, Recorded) and isinstance(one.event.data, Exported)
        ]
    return found


def test_what_leaves_is_on_record(rig: HubRig) -> None:
    content = picture(5)
    name = hashlib.sha256(content).hexdigest()
    rig.add([rig.event(FaceCaptured(media=(Media(sha256=name),)), "camera/east")])
    rig.archive.store.take(name, "c01/gw01", 0, content, len(content))
    rig.settle()
    there = gallery(rig)
    assert there.there(name)
    assert there.take(name, "test:east:1:1") == (content, "image/png")
    (record,) = exported(rig)
    data = record.event.data
    assert isinstance(data, Exported)
    assert (data.sha256, data.actor, data.unit) == (name, "handoff:bureau", "bureau")
    assert (data.requester, data.purpose) == ("state-body", "Order 799 art. 20")
    assert data.event_id == "test:east:1:1"
    assert record.compound == "c01"


def test_what_is_not_there_or_not_what_it_was_does_not_leave(rig: HubRig) -> None:
    content = picture(6)
    name = hashlib.sha256(content).hexdigest()
    rig.add([rig.event(FaceCaptured(media=(Media(sha256=name),)), "camera/east")])
    rig.settle()
    there = gallery(rig)
    assert not there.there(name)
    assert there.take(name, "e") is None
    rig.archive.store.take(name, "c01/gw01", 0, content, len(content))
    rig.archive.store.path(name).write_bytes(b"other")
    assert there.take(name, "e") is None
    assert exported(rig) == []
