"""Lost, copied, put back, renewed, damaged: over a real broker, with a real intake behind the
uplink, every event ends in the hub's log once."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.events.journal import GapDeclared
from edge.journals import order_renewal
from tests.fix_broker import Nats
from tests.fix_core import FixedClock
from tests.fix_uplink import Gateway, Hub, beside, enrolled, soon
from tests.unit.edge.site import sql


@pytest.fixture
def gateway(tmp_path: Path, nats: Nats, clock: FixedClock, impatient: None) -> Iterator[Gateway]:
    opened = Gateway(tmp_path / "edge", nats, clock)
    yield opened
    opened.rig.close()


@pytest.fixture
def hub(gateway: Gateway, nats: Nats, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(nats, tmp_path / "hub.db", enrolled(gateway.rig.journal))
    yield opened
    opened.close()


async def deliver(gateway: Gateway, hub: Hub) -> None:
    gateway.connect()
    async with beside(hub.run(), gateway.uplink.run()):
        await soon(lambda: gateway.drained)


async def refused(gateway: Gateway, hub: Hub) -> set[str]:
    gateway.connect()
    async with beside(hub.run(), gateway.uplink.run()):
        await soon(lambda: gateway.uplink.refused)
    return set(gateway.uplink.refused.values())


def ids(*ranges: range) -> set[str]:
    numbers = [number for one in ranges for number in one]
    return {f"door-07-{n}" for n in numbers} | {f"bin-03-{n}" for n in numbers}


def once(hub: Hub, expected: set[str]) -> None:
    found = hub.ids()
    assert {one for one in found if not one.startswith("gw:")} == expected
    assert {one for one, count in found.items() if count != 1} == set()


def renewing(folder: Path) -> None:
    order_renewal(folder, "the flash died")


def test_a_renewal_with_a_backlog(gateway: Gateway, hub: Hub, clock: FixedClock) -> None:
    gateway.record(1, 150)
    clock.move(timedelta(hours=1))
    gateway.restart(renewing)
    gateway.record(151, 20)
    asyncio.run(deliver(gateway, hub))
    once(hub, ids(range(1, 171)))


def copying(to: Path) -> Callable[[Path], None]:
    def copy(folder: Path) -> None:
        shutil.copytree(folder, to)

    return copy


@pytest.mark.parametrize(("lost", "again"), [(40, 10), (10, 40), (10, 0)])
def test_an_old_image_put_back_is_refused_and_renewed(
    gateway: Gateway, hub: Hub, clock: FixedClock, tmp_path: Path, lost: int, again: int
) -> None:
    """What the lost life sent is there, what the life after it recorded comes, nothing twice."""
    image = tmp_path / "image"
    gateway.record(1, 30)
    asyncio.run(deliver(gateway, hub))
    gateway.restart(copying(image))
    gateway.record(31, lost)
    asyncio.run(deliver(gateway, hub))
    held = hub.frames()

    def put_back(folder: Path) -> None:
        shutil.rmtree(folder)
        shutil.copytree(image, folder)

    gateway.restart(put_back)
    gateway.record(1001, again)
    assert asyncio.run(refused(gateway, hub)) <= {"fork", "ahead"}
    assert hub.frames() == held
    clock.move(timedelta(hours=1))
    gateway.restart(renewing)
    gateway.record(2001, 5)
    asyncio.run(deliver(gateway, hub))
    once(hub, ids(range(1, 31 + lost), range(1001, 1001 + again), range(2001, 2006)))


def test_a_clone_is_refused_and_the_first_goes_on(
    gateway: Gateway, hub: Hub, nats: Nats, clock: FixedClock, tmp_path: Path
) -> None:
    gateway.record(1, 20)
    asyncio.run(deliver(gateway, hub))
    gateway.restart(copying(tmp_path / "twin"))
    gateway.record(21, 10)
    asyncio.run(deliver(gateway, hub))
    held = hub.frames()
    twin = Gateway(tmp_path / "twin", nats, clock)
    twin.record(1001, 15)
    assert asyncio.run(refused(twin, hub)) <= {"fork", "ahead"}
    assert hub.frames() == held
    gateway.record(31, 5)
    asyncio.run(deliver(gateway, hub))
    once(hub, ids(range(1, 36)))
    twin.rig.close()


@pytest.mark.parametrize("kept", [0, 25])
def test_a_hub_that_is_replaced(
    gateway: Gateway, hub: Hub, nats: Nats, tmp_path: Path, kept: int
) -> None:
    """By an empty one, or by an older copy of itself."""
    gateway.record(1, 40)
    asyncio.run(deliver(gateway, hub))
    other = Hub(nats, tmp_path / "other.db", enrolled(gateway.rig.journal))
    older: Sequence[bytes] = hub.frames()[:kept]
    for frame in older:
        other.take(frame)
    gateway.record(41, 3)
    asyncio.run(deliver(gateway, other))
    once(other, ids(range(1, 44)))
    other.close()


def test_a_damaged_journal_is_delivered_around_its_hole(
    gateway: Gateway, hub: Hub, clock: FixedClock
) -> None:
    gateway.record(1, 60)
    name = gateway.rig.journal.journal.id.hex
    clock.move(timedelta(hours=1))
    delete = "DELETE FROM stored_events WHERE originator_id = ? AND originator_version IN (20, 21)"
    gateway.restart(sql(delete, name))
    gateway.record(61, 5)
    asyncio.run(deliver(gateway, hub))
    once(hub, ids(range(1, 66)) - {"door-07-19", "door-07-20"})  # batch 1 is the session's
    told = [event.data for event in gateway.rig.events(GapDeclared.TYPE)]
    assert [(one.count, one.from_batch) for one in told if isinstance(one, GapDeclared)] == [
        (2, 20)
    ]
