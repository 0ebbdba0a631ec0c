"""Gateway and hub do not agree: whatever was lost, copied or put back on either side, every event
ends in the hub's log once, or stands still with a reason until a person has decided."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from core.batch import Lane
from core.events.journal import Opened
from edge.budget import Room
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig, events_of, native
from tests.unit.edge.pump import Pump
from tests.unit.edge.site import Site


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    opened = Site(tmp_path / "edge", clock)
    yield opened
    opened.rig.close()


def lanes(sent: Sequence[tuple[int, int, int]]) -> list[int]:
    return [lane for _, lane, _ in sent]


def test_urgent_goes_before_a_bulk_backlog(site: Site) -> None:
    site.record(30)
    for _ in range(40):
        site.pump.step()
    assert lanes(site.pump.sent)[:30] == [Lane.URGENT] * 30
    before = len(site.pump.sent)
    site.record(1)
    site.pump.step()
    assert site.pump.sent[before][1] == Lane.URGENT
    site.pump.run()
    site.once()


@pytest.mark.parametrize("run", range(8))
def test_a_line_that_loses_and_an_agent_that_dies(site: Site, seed: int, run: int) -> None:
    chance = site.pump.chance = Random(seed + run)
    site.pump.loss = chance.choice((0.0, 0.1, 0.4))
    for _ in range(12):
        site.record(chance.randrange(4))
        for _ in range(chance.randrange(12)):
            site.pump.step()
        if chance.random() < 0.2:
            site.pump.restart()
        if chance.random() < 0.1:
            site.renew()
    site.pump.loss = 0.0
    site.pump.run()
    site.once()


@pytest.mark.parametrize("delivered", [0, 5, 1000])
def test_a_renewal_with_a_backlog(site: Site, delivered: int) -> None:
    site.record(20)
    for _ in range(delivered):
        site.pump.step()
    older = site.rig.journal.epoch
    site.renew()
    assert site.rig.journal.epoch > older
    site.record(3)
    site.pump.run()
    site.once()
    assert not site.rig.journal.tails or all(one.closed for one in site.rig.journal.tails)
    site.pump.restart()
    assert site.rig.journal.tails == ()  # nothing is left to deliver, and nobody asks again
    sent = len(site.pump.sent)
    site.pump.run()
    assert {epoch for epoch, _, _ in site.pump.sent[sent:]} == {site.rig.journal.epoch}


def test_three_epochs_with_a_backlog_each(site: Site) -> None:
    for _ in range(3):
        site.record(5)
        site.renew()
    site.record(2)
    site.pump.run()
    site.once()


# How far the image lies back, and how the lives after it compare: the hub holds more batches than
# the gateway writes again, as many, or fewer.
@pytest.mark.parametrize(("lost", "again"), [(6, 2), (4, 4), (2, 9), (3, 0)])
@pytest.mark.parametrize("seen", [True, False])
def test_an_old_image_put_back_and_renewed(
    site: Site, tmp_path: Path, lost: int, again: int, seen: bool
) -> None:
    site.record(5)
    if seen:
        site.pump.run()
    site.copy(tmp_path / "image")
    site.record(lost)
    site.pump.run()
    held = list(site.hub.log.stored)
    site.put_back(tmp_path / "image")
    site.record(again)
    site.pump.run()
    assert site.pump.refused & {"fork", "ahead"}
    assert site.hub.log.stored == held  # nothing overwritten, nothing added
    site.renew()
    site.record(1)
    site.pump.run()
    site.once()


@pytest.mark.parametrize("run", range(12))
def test_an_old_image_with_deaths_and_losses_on_the_way(
    site: Site, tmp_path: Path, seed: int, run: int
) -> None:
    chance = site.pump.chance = Random(seed + run)
    site.record(chance.randrange(1, 8))
    for _ in range(chance.randrange(12)):
        site.pump.step()
    site.copy(tmp_path / "image")
    site.record(chance.randrange(1, 8))
    site.pump.run()
    site.put_back(tmp_path / "image")
    site.record(chance.randrange(8))
    site.renew()
    site.pump.loss = chance.choice((0.0, 0.2))
    for _ in range(60):
        site.pump.step()
        if chance.random() < 0.1:
            site.pump.restart()
    site.pump.loss = 0.0
    site.pump.run()
    site.once()


@pytest.mark.parametrize("kept", [0, 1, 7])
def test_a_hub_put_back_to_an_older_state(site: Site, kept: int) -> None:
    site.record(10)
    site.pump.run()
    site.hub.restart(kept)
    site.record(1)
    site.pump.run()
    site.once()


def test_what_a_hub_has_lost_is_not_given_up_meanwhile(site: Site) -> None:
    """It had receipted everything; now room is made while it is still sent again."""
    site.record(30)
    site.pump.run()
    site.hub.restart(3)
    site.record(1)
    for _ in range(8):
        site.pump.step()
    site.rig.room = Room(bulk=True, prune=True)
    site.record(1)
    site.record(1)
    site.pump.run()
    site.once()


def test_a_hub_that_lost_what_was_given_up(site: Site) -> None:
    site.record(20)
    site.pump.run()
    site.rig.room = Room(bulk=True, prune=True)
    site.record(1)
    pruned = site.rig.journal.streams[Lane.URGENT].pruned
    assert pruned > 10
    site.rig.room = Room(bulk=True, prune=False)
    site.hub.restart(0)
    site.pump.run()
    assert site.pump.refused == {"pruned"}
    assert site.hub.log.stored == []
    site.pump.restart()
    site.pump.run()
    assert site.pump.refused == {"pruned"}
    site.renew()
    site.pump.run()
    declared = {(gap.lane, gap.from_batch, gap.to_batch) for gap in site.hub.gaps()}
    assert (int(Lane.URGENT), 1, pruned) in declared
    assert {gap.reason for gap in site.hub.gaps()} == {"pruned"}
    assert all(count == 1 for count in site.hub.ids().values())
    assert site.recorded[-1] in site.hub.devices()


def test_receipts_of_another_hub_key_do_not_stop_a_gateway_that_gave_up_batches(
    site: Site,
) -> None:
    """The hub has a new key and all its batches: it is asked, not presumed empty."""
    site.record(20)
    site.pump.run()
    site.rig.room = Room(bulk=True, prune=True)
    site.record(1)
    for stream in site.rig.journal.streams.values():
        stream.receipt = b'{"journal": "signed by the key before"}'
    site.rig.room = Room(bulk=True, prune=False)
    site.pump.restart()
    site.pump.run()
    assert site.pump.refused == set()
    site.once()


def test_a_clone_is_refused_and_nothing_is_overwritten(site: Site, tmp_path: Path) -> None:
    site.record(4)
    site.pump.run()
    site.copy(tmp_path / "twin")
    twin = EdgeRig(tmp_path / "twin", site.clock)
    twin.begin()
    other = Pump(twin, site.hub)
    site.record(3)
    site.pump.run()
    held = list(site.hub.log.stored)
    twin.take(native(90_001))
    other.run()
    assert other.refused & {"fork", "ahead"}
    assert site.hub.log.stored == held
    site.record(1)
    site.pump.run()
    site.once()
    twin.close()


def test_an_old_folder_is_refused_once_its_epoch_is_over(site: Site, tmp_path: Path) -> None:
    site.record(4)
    site.pump.run()
    site.copy(tmp_path / "old")
    site.pump.run()
    site.renew()
    site.record(1)
    site.pump.run()
    old = EdgeRig(tmp_path / "old", site.clock)
    for number in range(5):
        old.take(native(90_001 + number))
    other = Pump(old, site.hub)
    other.run()
    assert other.refused & {"epoch", "fork", "ahead"}
    old.close()
    site.once()


def test_the_first_event_of_an_epoch_names_where_the_others_end(site: Site) -> None:
    site.record(6)
    ends = {lane: stream.head for lane, stream in site.rig.journal.streams.items()}
    older = site.rig.journal.epoch
    site.renew()
    first = events_of(site.rig.lane(Lane.URGENT))[0].data
    assert isinstance(first, Opened)
    assert (first.epoch, first.reason, first.detail) == (
        site.rig.journal.epoch, "renewed", "a reason",
    )  # fmt: skip
    named = {(tail.epoch, tail.lane): (tail.number, tail.hash) for tail in first.tails}
    assert named == {(older, lane): (head.number, head.hash.hex()) for lane, head in ends.items()}
