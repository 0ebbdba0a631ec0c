"""Real SIGKILL, again and again: an edge agent under load from a real MQTT client. A story is
one folder with many lives; its end is the account."""

import random
import tempfile
import time
from pathlib import Path

from tests.crash.lab.account import Wrong
from tests.crash.lab.device import Device
from tests.crash.lab.nursery import Life, Nursery, said
from tests.crash.lab.powerloss import memory
from tests.crash.lab.rig import look
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import PATIENCE
from tests.fix_core import signer_of
from tests.fix_ports import free_port

_EDGE = """\
compound = "c01"
gateway = "gw01"
data = "."
health_s = 3600
[uplink]
hub_key = "{hub}"
[uplink.broker]
port = {nowhere}
[endpoint]
port = {port}
anonymous = true
rate = 1000000
burst = 1000000
"""


def edge(unit: Unit, kind: str = "edge") -> Tally:
    """`unit.trials` lives of one gateway. Another `kind` of life makes a control."""
    tally, chance = Tally(), random.Random(f"kills {unit.seed}")
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        folder = Path(scratch)
        port = free_port()
        alone(folder, port)
        device = Device(port, unit.seed)
        for _ in range(unit.trials):
            live(device, nursery.born(kind, folder), chance, tally)
        ending = nursery.born(kind, folder)
        settled = device.settle(PATIENCE)
        device.close()
        ending.kill()
        try:
            if not settled:
                raise Wrong(f"{device.waiting} messages are not acknowledged\n{said(folder)}")
            closed(device, folder, tally)
        except Wrong as wrong:
            tally.fail(f"story {unit.number} (seed {unit.seed}): {wrong}")
    return tally


def alone(folder: Path, port: int) -> None:
    """A gateway with its own endpoint on `port`, and no hub."""
    (folder / "edge.toml").write_text(
        _EDGE.format(hub=signer_of(1).public.hex(), nowhere=free_port(), port=port)
    )


def live(device: Device, life: Life, chance: random.Random, tally: Tally) -> None:
    """Killed at a random moment: one in four while it starts, the others under load."""
    begun, before = time.monotonic(), device.connected_at
    if chance.random() < 0.25:
        device.run(chance.uniform(0.0, 0.04))
    else:
        device.run(2.0, until=lambda: device.connected_at > before)
        device.run(chance.uniform(0.0, 0.05))
    life.kill()
    tally.trials += 1
    if device.connected_at > before:
        tally.measure("restart s", device.connected_at - begun)


def closed(device: Device, folder: Path, tally: Tally) -> None:
    """The account of one gateway: acknowledged = stored or set aside, once."""
    found = look(folder)
    lost = [
        one for one in device.acked if one.record not in found.ids and one.sha256 not in found.aside
    ]
    if lost:
        raise Wrong(f"{len(lost)} acknowledged messages lost, first {lost[0].record}")
    if not device.acked:
        raise Wrong("nothing was ever acknowledged: this proves nothing")
    tally.count("acknowledged", len(device.acked))
    tally.count("stored", len(found.ids) + len(found.aside))
