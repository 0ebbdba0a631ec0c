"""Bad weather on the network: episodes on the device hop and on the uplink, each followed by
clear sky, until everything is where it belongs."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.crash.lab.account import Wrong
from tests.crash.lab.house import House
from tests.crash.lab.nursery import Nursery
from tests.crash.lab.powerloss import memory
from tests.crash.lab.proxy import CLEAR, PUBACK, Proxy, Weather, packet_type, topic_of
from tests.crash.lab.tally import Tally, Unit

Kind = Callable[[Proxy, random.Random], None]


def campaign(unit: Unit) -> Tally:
    """`unit.trials` episodes in one house."""
    tally, chance = Tally(), random.Random(f"weather {unit.seed}")
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        house = House(Path(scratch), nursery, unit.seed)
        try:
            house.device.run(0.05)
            for _ in range(unit.trials):
                episode(house, chance, tally)
            house.settle()
            house.close(tally)
        except Wrong as wrong:
            tally.fail(f"house {unit.number} (seed {unit.seed}): {wrong}")
            house.end()
    return tally


def episode(house: House, chance: random.Random, tally: Tally) -> None:
    hop, name = chance.choice(((house.hop, "device hop"), (house.up, "uplink")))
    weights = [_KINDS[kind] for kind in _KINDS]
    kind = chance.choices(list(_KINDS), weights)[0]
    kind(hop, chance)
    house.device.run(chance.uniform(0.02, 0.25))
    if hop.weather.drop is not None:
        hop.reset()  # without an answer MQTT 3.1.1 sends again on the next connection only
    hop.weather = CLEAR
    healed = house.settle()
    tally.trials += 1
    tally.count(f"{kind.__name__}, {name}")
    tally.measure("healed s", healed)


def slow(hop: Proxy, chance: random.Random) -> None:
    hop.weather = Weather(latency=chance.uniform(0.005, 0.05))


def crumbs(hop: Proxy, chance: random.Random) -> None:
    hop.weather = Weather(slice=1)


def narrow(hop: Proxy, chance: random.Random) -> None:
    hop.weather = Weather(bandwidth=chance.choice((4000, 20_000)), slice=200)


def cut(hop: Proxy, chance: random.Random) -> None:
    hop.reset()


def abandoned(hop: Proxy, chance: random.Random) -> None:
    hop.half_open()


def swallowed(hop: Proxy, chance: random.Random) -> None:
    hop.weather = Weather(black_hole=True)


def unanswered(hop: Proxy, chance: random.Random) -> None:
    """Half of the PUBACKs and of the receipts never arrive."""
    fate = random.Random(chance.random())

    def drop(packet: bytes) -> bool:
        answer = packet_type(packet) == PUBACK or topic_of(packet).endswith("/receipt")
        return answer and fate.random() < 0.5

    hop.weather = Weather(drop=drop)


# How often of a hundred; what only a keep-alive notices takes seconds.
_KINDS: dict[Kind, int] = {
    slow: 17, crumbs: 17, narrow: 15, cut: 22, unanswered: 22, swallowed: 4, abandoned: 3
}  # fmt: skip
