"""What was set aside and is decoded again: once, as history, and whatever else is under way."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from core.event import Media
from core.events.provisioning import Removed
from devices.adapter import Known, Site
from edge.act import Act
from edge.budget import Room
from edge.delivery import Again, Delivery
from edge.own import Own
from edge.provisioning.again import Replaying, tried
from edge.provisioning.aside import AsideFile, Asked
from edge.quarantine import Quarantine
from tests.fix_core import FixedClock
from tests.fix_edge import SHANGHAI, EdgeRig, level, native

SITE = Site(zone=SHANGHAI, devices={"door-07": Known(name="west")})


def again(rig: EdgeRig, row: int) -> None:
    file = AsideFile(rig.folder)
    (held,) = file.rows([row])
    payload, whole = file.raw(held)
    assert payload is not None
    assert whole
    delivery = rig.delivery((held.topic, payload))
    told = msgspec.structs.replace(delivery, again=Again(held.row, held.first))
    rig.intake.take([told])


def test_it_is_recorded_once_with_the_time_at_which_it_came(
    tmp_path: Path, clock: FixedClock
) -> None:
    rig = EdgeRig(tmp_path, clock, known={})
    timeless = msgspec.json.decode(native(1)[1])
    del timeless["time"]
    rig.take((native(1)[0], msgspec.json.encode(timeless)))
    came = clock.now()
    clock.move(timedelta(days=3))
    again(rig, 1)  # still of nobody known: it stays, and is not counted again
    (row,) = AsideFile(tmp_path).page(Asked(), 10)
    assert (row.count, row.resolved) == (1, "")
    done: list[str] = []
    rig.intake.take([Act(site=SITE, done=lambda: done.append("live"))])
    assert done == ["live"]
    again(rig, 1)
    again(rig, 1)
    (event,) = rig.events("door.opened.v1")
    assert (event.subject, event.origin, event.timequality) == ("door/west", "replay", "gateway")
    assert event.time.startswith(f"{came:%Y-%m-%dT%H:%M}")
    assert AsideFile(tmp_path).page(Asked(), 10) == []
    (row,) = AsideFile(tmp_path).page(Asked(all=True), 10)
    assert row.resolved
    assert AsideFile(tmp_path).raw(row)[1]  # its bytes stay
    rig.close()


def test_its_pictures_come_with_it(tmp_path: Path, clock: FixedClock) -> None:
    rig = EdgeRig(tmp_path, clock, known={})
    taken = Media(sha256="a" * 64, kind="face", bytes=7)
    rig.intake.take([msgspec.structs.replace(rig.delivery(native(1)), media=(taken,))])
    rig.intake.take([Act(site=SITE)])
    file = AsideFile(tmp_path)
    found = tried(file, file.page(Asked(), 10), SITE, "", only_known=True)

    def take(deliveries: Sequence[Delivery]) -> None:
        rig.intake.take(deliveries)

    async def replay() -> None:
        await Replaying(take).run(found)

    asyncio.run(replay())
    (event,) = rig.events("door.opened.v1")
    assert event.data.media == (taken,)
    rig.close()


def test_what_comes_again_and_is_set_aside_again_was_not_mended(edge: EdgeRig) -> None:
    edge.take(("x/y", b"{}"))
    edge.quarantine.resolve([1], edge.clock.now())
    assert AsideFile(edge.folder).page(Asked(), 10) == []
    edge.take(("x/y", b"{}"))
    (row,) = AsideFile(edge.folder).page(Asked(), 10)
    assert (row.count, row.resolved) == (2, "")


def test_an_act_is_in_the_journal_when_it_is_told_done(edge: EdgeRig) -> None:
    seen: list[int] = []
    own = Own(Removed(device="x", actor="admin"), subject="device/x")
    edge.intake.take(
        [Act(says=(own,), done=lambda: seen.append(len(edge.events("device.removed.v1"))))]
    )
    assert seen == [1]


def test_bulk_that_finds_no_room_stays_set_aside(tmp_path: Path, clock: FixedClock) -> None:
    rig = EdgeRig(tmp_path, clock, known={})
    rig.take(level(1))
    rig.intake.take([Act(site=Site(zone=SHANGHAI, devices={"bin-03": Known()}))])
    rig.room = Room(bulk=False, prune=False)
    again(rig, 1)
    assert len(AsideFile(tmp_path).page(Asked(), 10)) == 1
    rig.room = Room(bulk=True, prune=False)
    again(rig, 1)
    assert AsideFile(tmp_path).page(Asked(), 10) == []
    rig.close()


def test_what_it_would_become_is_told_without_doing_it(tmp_path: Path, clock: FixedClock) -> None:
    rig = EdgeRig(tmp_path, clock, known={})
    rig.take(native(1), ("x/y", b"{}"))
    file = AsideFile(tmp_path)
    rows = file.page(Asked(), 10)
    found = {one.row.row: one for one in tried(file, rows, SITE, "", only_known=True)}
    assert [(found[n].reason, found[n].devices) for n in (1, 2)] == [
        ("", ("door-07",)),
        ("unrecognised", ()),
    ]
    assert found[1].events[0]["origin"] == "replay"
    by_name = tried(file, rows, SITE, "rfid", only_known=True)
    assert all(one.reason for one in by_name)
    assert rig.events() == []
    rig.close()


def test_a_quarantine_of_before_gains_its_column(tmp_path: Path, edge: EdgeRig) -> None:
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as db:
        db.execute(
            "CREATE TABLE quarantine (sha256 BLOB, topic TEXT, adapter TEXT, reason TEXT, "
            "detail TEXT, first TEXT, last TEXT, count INTEGER, size INTEGER, raw BLOB, "
            "PRIMARY KEY (sha256, topic, reason))"
        )
        db.execute(
            "INSERT INTO quarantine VALUES (x'00', 't', '', 'shape', '', '2026-11', '2026-11', "
            "1, 2, NULL)"
        )
    db.close()
    for _ in range(2):
        held = Quarantine(old, edge.keys, 1000)
        assert held.rows == 1
        held.resolve([1], edge.clock.now())
        held.close()
