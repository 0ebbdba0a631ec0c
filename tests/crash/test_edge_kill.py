"""The agent and the broker killed at random moments under load: what a device was told is
acknowledged is in the log, once, and every restart works."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from core.events.device import SessionOpened
from tests.fix_broker import LONG, Nats, eventually
from tests.fix_edge import EdgeProcess, Load

KILLS, BROKER_KILLS = 14, 4


@pytest.fixture
def load(nats: Nats) -> Iterator[Load]:
    started = Load(nats)
    yield started
    started.close()


def test_the_agent_is_killed_again_and_again(nats_edge: EdgeProcess, load: Load, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    for kill in range(KILLS):
        nats_edge.start(wait=kill % 3 != 2)  # every third time while it starts
        time.sleep(chance.uniform(0.0, 0.6))
        nats_edge.kill()
    acked = load.end()
    nats_edge.start()
    eventually(lambda: len(nats_edge.events()) >= len(acked), LONG)
    assert nats_edge.stop() == 0
    counts = Counter(event.id for event in nats_edge.events())  # the chain is verified as well
    assert set(counts) == acked
    assert set(counts.values()) == {1}
    boots = [event.data for event in nats_edge.events(SessionOpened.TYPE)]
    assert len(boots) <= KILLS + 1
    assert not nats_edge.said().count("Traceback")


def test_the_broker_is_killed_now_and_then(
    nats: Nats, nats_edge: EdgeProcess, load: Load, seed: int
) -> None:
    """With `sync_interval: always` its PUBACK is worth something: nothing acknowledged is lost."""
    print(f"seed {seed}")
    chance = random.Random(seed + 1)
    nats_edge.start()
    for _ in range(BROKER_KILLS):
        time.sleep(chance.uniform(0.3, 0.8))
        nats.kill()
        nats.start()
        eventually(load.publisher.connected)
    acked = load.end()
    eventually(lambda: len(nats_edge.events()) >= len(acked), LONG)
    counts = Counter(event.id for event in nats_edge.events())
    assert set(counts) == acked
    assert set(counts.values()) == {1}


def test_both_are_killed_at_once(nats: Nats, nats_edge: EdgeProcess, load: Load, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed + 2)
    for _ in range(2):
        nats_edge.start()
        time.sleep(chance.uniform(0.2, 0.6))
        threads = [threading.Thread(target=one.kill) for one in (nats, nats_edge)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        nats.start()
    nats_edge.start()
    acked = load.end()
    eventually(lambda: len(nats_edge.events()) >= len(acked), LONG)
    counts = Counter(event.id for event in nats_edge.events())
    assert set(counts) == acked
    assert set(counts.values()) == {1}
