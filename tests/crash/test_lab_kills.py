"""Real kills, the short form: agent, hub, broker, bad weather, full disk; and the controls."""

import pytest

from tests.crash.lab import brokers, diskfull, episodes, hub_kills, kills
from tests.crash.lab.campaigns import CAMPAIGNS
from tests.crash.lab.tally import Tally, Unit

SHORT = {
    "kill-edge": (kills.edge, 120),
    "kill-hub": (hub_kills.hub, 60),
    "kill-broker": (brokers.devices, 5),
    "kill-uplink": (brokers.uplink, 5),
    "weather": (episodes.campaign, 6),
    "disk-full": (diskfull.campaign, 4),
}
_MISSING = {one.name: one.missing for one in CAMPAIGNS}


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_or_doubled(name: str, seed: int) -> None:
    if why := _MISSING[name]():
        pytest.skip(why)
    print(f"seed {seed}")
    run, trials = SHORT[name]
    tally: Tally = run(Unit(name, 0, trials, seed))
    print(tally.figures, tally.counts)
    assert tally.failures == []
    assert tally.trials == trials
    assert tally.counts.get("acknowledged", 0) + tally.counts.get("receipted", 0) > trials


def test_a_broker_that_keeps_nothing_is_seen_to_lose(seed: int) -> None:
    if why := _MISSING["mosquitto"]():
        pytest.skip(why)
    assert brokers.control(Unit("mosquitto", 0, 3, seed)).failed


def test_an_agent_that_acknowledges_early_is_seen_to_lose(seed: int) -> None:
    assert kills.edge(Unit("early-kill", 0, 60, seed), kind="early").failed
