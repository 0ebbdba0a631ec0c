"""A journal file gives back something else than was committed: it is found, it stays, what is
whole of it is delivered once, what is not is declared once, and the gateway goes on."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from core.batch import Lane
from core.events.journal import Opened
from tests.fix_core import FixedClock
from tests.unit.edge.hurt import FLIP, bytes_at, flip, gone, settle
from tests.unit.edge.site import Site, sql


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    opened = Site(tmp_path / "edge", clock)
    yield opened
    opened.rig.close()


# Where in a frame: magic, key, number, chain, payload length, payload.
@pytest.mark.parametrize("at", [1, 20, 52, 75, 110, 200])
@pytest.mark.parametrize("number", [1, 6, 12])
def test_a_flipped_byte_in_a_batch(site: Site, number: int, at: int) -> None:
    site.record(12)
    lost = site.ids(number)
    first = site.rig.journal.path
    site.stop(flip(site, number, at=at))
    assert site.rig.journal.path != first
    (found,) = site.found()
    assert (found.file, found.lane, found.from_batch, found.to_batch) == (
        "journal.db", Lane.URGENT, number, number,
    )  # fmt: skip
    settle(site, lost)
    (gap,) = site.hub.gaps()
    assert (gap.from_batch, gap.to_batch, gap.count) == (number, number, len(lost))
    assert gap.epoch < site.rig.journal.epoch


def test_several_holes_in_both_lanes(site: Site) -> None:
    site.record(14)
    urgent, bulk = (3, 4, 9), (2, 12)
    lost = [name for number in urgent for name in site.ids(number)]
    lost += [name for number in bulk for name in site.ids(number, Lane.BULK)]
    rows, flipped = gone(site, *urgent), [flip(site, n, Lane.BULK) for n in bulk]

    def damage(folder: Path) -> None:
        for one in (rows, *flipped):
            one(folder)

    site.stop(damage)
    settle(site, lost)
    ranges = {(gap.lane, gap.from_batch, gap.to_batch) for gap in site.hub.gaps()}
    assert ranges == {(1, 3, 4), (1, 9, 9), (2, 2, 2), (2, 12, 12)}


def test_what_the_hub_has_already_is_not_declared_lost(site: Site) -> None:
    site.record(10)
    site.pump.run()
    site.record(3)
    site.stop(flip(site, 4))
    assert [one.from_batch for one in site.found()] == [4]
    settle(site, [])


def test_what_the_hub_has_is_asked_where_the_receipts_are_lost(site: Site) -> None:
    """The hub holds the damaged batch, and the gateway does not know that any more."""
    site.record(10)
    site.pump.run()
    site.record(3)
    hurt, forget = flip(site, 4), sql("DELETE FROM lanes")

    def damage(folder: Path) -> None:
        hurt(folder)
        forget(folder)

    site.stop(damage)
    settle(site, [])


@pytest.mark.parametrize("delivered", [3, 4, 5, 6])
def test_a_hub_that_ends_inside_a_hole(site: Site, delivered: int) -> None:
    """Of batches 4 to 6 it holds none, some or all; the receipts are lost."""
    site.record(9)
    urgent = site.rig.journal.streams[Lane.URGENT]
    for stored in urgent.read(0, delivered):
        site.hub.take(stored.state)
    lost = [name for number in range(max(4, delivered + 1), 7) for name in site.ids(number)]
    site.stop(gone(site, 4, 5, 6))
    site.record(1)
    site.pump.run()
    devices = site.hub.devices()
    assert sorted(devices) == sorted(set(site.recorded) - set(lost))
    assert all(count == 1 for count in site.hub.ids().values())
    assert sum(gap.count for gap in site.hub.gaps()) >= len(lost)
    assert bool(site.hub.gaps()) == bool(lost)


@pytest.mark.parametrize("run", range(10))
def test_whoever_dies_on_the_way_says_and_sends_everything_once(
    site: Site, seed: int, run: int
) -> None:
    chance = site.pump.chance = Random(seed + run)
    site.record(12)
    for _ in range(chance.randrange(16)):
        site.pump.step()
    numbers = sorted(chance.sample(range(2, 12), 3))
    held = site.rig.journal.streams[Lane.URGENT].journal.id
    at_hub = sum(one.originator_id == held for one in site.hub.log.stored)
    lost = [name for number in numbers if number > at_hub for name in site.ids(number)]
    site.stop(gone(site, *numbers))
    site.pump.loss = chance.choice((0.0, 0.2))
    for _ in range(80):
        site.pump.step()
        if chance.random() < 0.15:
            site.pump.restart()
    site.pump.loss = 0.0
    settle(site, lost)


def test_a_tail_that_vanished_with_the_wal(site: Site) -> None:
    """SQLite says nothing at all; the head mark does."""
    site.record(3)
    site.stop(lambda _: None)
    site.record(4)
    first = site.rig.journal.streams[Lane.URGENT].head.number
    lost = [name for number in range(5, first + 1) for name in site.ids(number)]
    bulk = site.rig.journal.streams[Lane.BULK].head.number
    lost += [name for number in range(4, bulk + 1) for name in site.ids(number, Lane.BULK)]

    def damage(folder: Path) -> None:
        (folder / "journal.db-wal").unlink()

    site.kill(damage)
    assert {(one.lane, one.from_batch) for one in site.found()} == {(1, 5), (2, 4)}
    settle(site, lost)


def test_a_flipped_bit_in_the_wal(site: Site) -> None:
    site.record(3)
    site.stop(lambda _: None)
    site.record(6)

    def damage(folder: Path) -> None:
        wal = folder / "journal.db-wal"
        bytes_at(wal.stat().st_size // 2, b"\x55\xaa\x55", wal.name)(folder)

    site.kill(damage)
    assert site.found()
    kept = site.rig.folder / "journal.db-wal.kept"
    assert kept.stat().st_size > 0  # SQLite gives up what stands behind; we keep it
    site.record(1)
    site.pump.run()
    missing = set(site.recorded) - set(site.hub.devices())
    assert 0 < len(missing) <= sum(gap.count for gap in site.hub.gaps())
    assert all(count == 1 for count in site.hub.ids().values())


def test_an_older_copy_of_the_file_alone(site: Site) -> None:
    site.record(3)
    copy = b""

    def keep(folder: Path) -> None:
        nonlocal copy
        copy = (folder / "journal.db").read_bytes()

    site.stop(keep)
    site.record(2)

    def put_back(folder: Path) -> None:
        (folder / "journal.db").write_bytes(copy)

    site.stop(put_back)
    assert site.found()[0].detail == "missing"
    assert isinstance(site.rig.journals.findings[0], Opened)
    assert site.rig.journals.findings[0].reason == "damaged"


def test_two_journals_damaged_one_after_the_other(site: Site) -> None:
    site.record(6)
    lost = site.ids(3)
    site.stop(flip(site, 3))
    site.record(6)
    lost += site.ids(4)
    name = site.rig.journal.path.name
    key = site.rig.journal.streams[Lane.URGENT].journal.id.hex
    site.stop(sql(FLIP.format(at=200, byte="7e"), key, 4, name=name))
    settle(site, lost)
    assert len(list(site.rig.folder.glob("journal*.db"))) == 3


def test_a_batch_of_a_stranger_in_the_file(site: Site) -> None:
    site.record(4)
    where = "WHERE originator_version = 3 AND originator_id = ?"
    key = site.rig.journal.streams[Lane.URGENT].journal.id.hex
    site.stop(sql(f"UPDATE stored_events SET originator_id = 'ff' {where}", key))
    assert site.found()[0].from_batch == 3
