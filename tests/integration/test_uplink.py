"""Edge to hub over a real broker: the cursor moves on receipts only, and nothing stalls."""

import asyncio
import logging
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiomqtt
import pytest

from core import receipt
from core.receipt import Receipt
from tests.fix_broker import PATIENCE, Nats
from tests.fix_core import signer_of, verified
from tests.fix_uplink import RESEND, Hub, Site, beside, enrolled, signed, soon

WINDOW = 64  # batches sent beyond the last receipt


def whole(site: Site, hub: Hub) -> None:
    """The hub holds the gateway's journal, byte for byte, and nothing twice."""
    held = hub.frames()
    assert held == [one.state for one in site.urgent.read(0, 1_000_000)]
    verified(held)


@pytest.fixture
def hub(site: Site, nats: Nats, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(nats, tmp_path / "hub.db", enrolled(site.journal))
    yield opened
    opened.close()


def test_only_a_receipt_moves_the_cursor(site: Site, hub: Hub) -> None:
    async def scenario() -> None:
        hub.fate = lambda _answer: []
        async with beside(hub.run(), site.uplink.run()):
            site.commit(10)
            await soon(lambda: len(hub.numbers) >= 12)  # all of them, and again
            assert len(hub.frames()) == 10  # it has them, and the gateway can not know
            assert site.urgent.cursor == 0
            hub.fate = signed
            await soon(lambda: site.drained)
        whole(site, hub)

    asyncio.run(scenario())


def test_receipts_lost_late_twice_and_forged(site: Site, hub: Hub, seed: int) -> None:
    chance = random.Random(seed)
    held_back: list[bytes] = []
    forger = signer_of(66)

    def fate(answer: Receipt) -> list[bytes]:
        (good,) = signed(answer)
        lie = Receipt(journal=answer.journal, committed=answer.committed + 5, hash="00" * 32)
        forged = receipt.sign(lie, forger)
        altered = good.replace(b'"committed":', b'"committed":1')
        others = signed(Receipt(journal="ab" * 16, committed=10_000))
        bad = chance.choice([forged, altered, b"", b"{}", b"\xff", *others])
        kind = chance.random()
        if kind < 0.4:
            return [bad]
        if kind < 0.6:
            held_back.append(good)
            return [bad]
        if kind < 0.8 and held_back:
            return [good, held_back.pop(0), bad, good]
        return [bad, good]

    async def scenario() -> None:
        hub.fate = fate
        begun = time.monotonic()
        async with beside(hub.run(), site.uplink.run()):
            for _ in range(20):
                site.commit(15)
                await asyncio.sleep(0.02)
                assert site.urgent.cursor <= len(hub.frames())
            await soon(lambda: site.drained)
            # From the first again at most once in every `RESEND`, however long that took.
            rewinds = (time.monotonic() - begun) / RESEND
        whole(site, hub)
        assert len(hub.numbers) <= max(2 * 300, 300 + WINDOW * (rewinds + 1))

    asyncio.run(scenario())


def test_a_hub_with_another_key_moves_nothing(
    site: Site, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        hub.fate = lambda answer: [receipt.sign(answer, signer_of(66))]
        async with beside(hub.run(), site.uplink.run()):
            site.commit(5)
            await soon(lambda: len(hub.numbers) >= 8)
        assert site.urgent.cursor == 0

    asyncio.run(scenario())
    assert "receipt ignored: signature" in caplog.text


def test_one_lost_batch_is_sent_again_once(nats: Nats, impatient: None, tmp_path: Path) -> None:
    """All that was in flight behind it is refused as a gap: one rewind, not one per refusal."""
    site = Site(tmp_path / "edge", nats, resend_s=PATIENCE)
    hub = Hub(nats, tmp_path / "hub.db", enrolled(site.journal))
    lost = {30, 200, 201}

    def drops(number: int) -> bool:
        return number in lost and not lost.remove(number)  # type: ignore[func-returns-value]

    async def scenario() -> None:
        hub.drops = drops
        site.commit(400)
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: site.drained)
        whole(site, hub)
        assert not lost
        assert len(hub.numbers) <= 400 + 3 * WINDOW + 3

    asyncio.run(scenario())
    hub.close()
    site.journals.close()


def test_a_line_that_loses_a_fifth(site: Site, hub: Hub, seed: int) -> None:
    chance = random.Random(seed)

    async def scenario() -> None:
        hub.drops = lambda _number: chance.random() < 0.2
        hub.fate = lambda answer: signed(answer) if chance.random() > 0.2 else []
        async with beside(hub.run(), site.uplink.run()):
            site.commit(100)
            await soon(lambda: site.drained)
        whole(site, hub)

    asyncio.run(scenario())


def test_a_hub_that_is_away_for_a_while_under_load(site: Site, hub: Hub) -> None:
    """The broker stays, so no connection breaks; new batches all the while are no answer."""

    async def load() -> None:
        while True:
            site.commit(1)
            await asyncio.sleep(RESEND / 10)

    async def scenario() -> None:
        site.commit(100)  # more than a window
        async with beside(site.uplink.run()):
            async with beside(load()):
                await asyncio.sleep(5 * RESEND)
                assert site.urgent.cursor == 0
                async with beside(hub.run()):
                    await soon(lambda: site.urgent.cursor > 100)
            async with beside(hub.run()):
                await soon(lambda: site.drained)
        whole(site, hub)

    asyncio.run(scenario())


def test_a_gateway_nobody_knows_knocks_now_and_then(
    site: Site, nats: Nats, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Hub(nats, tmp_path / "hub.db", [])
    known = Hub(nats, tmp_path / "hub.db", enrolled(site.journal))

    async def scenario() -> None:
        async with beside(site.uplink.run()):
            async with beside(stranger.run()):
                site.commit(100)
                await soon(lambda: site.uplink.refused)
                await soon(
                    lambda: stranger.numbers[-2:] == [1, 1]
                )  # all that was under way is there
                first, begun = len(stranger.numbers), time.monotonic()
                for _ in range(20):  # new batches all the while change nothing
                    site.commit(1)
                    await asyncio.sleep(0.1)
                await soon(lambda: len(stranger.numbers) >= first + 2)
                probes, took = stranger.numbers[first:], time.monotonic() - begun
                assert set(probes) == {1}
                assert len(probes) <= took / 0.5 + 1  # one in 0.5 s
                assert site.urgent.cursor == 0
            async with beside(known.run()):
                await soon(lambda: site.drained)
                assert site.uplink.refused == {}
        whole(site, known)

    asyncio.run(scenario())
    stranger.close()
    known.close()
    said = [one for one in caplog.messages if "refuses this gateway: unknown-gateway" in one]
    assert len(said) == 1


@pytest.mark.parametrize("held", [0, 150])
def test_a_hub_that_lost_its_log_says_so_and_gets_it_again(
    site: Site, nats: Nats, tmp_path: Path, held: int, caplog: pytest.LogCaptureFixture
) -> None:
    trust = enrolled(site.journal)
    first = Hub(nats, tmp_path / "hub.db", trust)
    backup = tmp_path / "backup"
    backup.mkdir()

    def save() -> None:
        for path in tmp_path.glob("hub.db*"):
            shutil.copy(path, backup)

    async def scenario() -> None:
        async with beside(site.uplink.run()):
            async with beside(first.run()):
                site.commit(held)
                await soon(lambda: site.drained)
                await asyncio.to_thread(save)
                site.commit(300 - held)
                await soon(lambda: site.drained)
            first.close()
            old = Hub(nats, backup / "hub.db", trust)
            assert len(old.frames()) == held
            async with beside(old.run()):
                site.commit(1)
                await soon(lambda: len(old.frames()) == 301)
                await soon(lambda: site.drained)
            whole(site, old)
            old.close()

    asyncio.run(scenario())
    loud = [one for one in caplog.records if "the hub has lost batches" in one.message]
    assert [one.levelno for one in loud] == [logging.ERROR]
    assert f"batches {held + 1} to 300" in loud[0].message


def test_brokers_come_and_go(site: Site, hub: Hub, nats: Nats) -> None:
    async def again() -> None:
        while True:
            with suppress(aiomqtt.MqttError):
                await hub.run()
            await asyncio.sleep(0.05)

    async def scenario() -> None:
        await asyncio.to_thread(nats.stop)
        async with beside(again(), site.uplink.run()):
            site.commit(50)
            await asyncio.sleep(0.2)
            assert not site.uplink.connected
            for _ in range(3):
                await asyncio.to_thread(nats.start)
                site.commit(50)
                await soon(lambda: site.drained)
                await asyncio.to_thread(nats.kill)
                site.commit(50)
            await asyncio.to_thread(nats.start)
            await soon(lambda: site.drained)
        whole(site, hub)

    asyncio.run(scenario())
