"""Brokers killed under load: the box's nats-server between devices and agent, and between agent
and hub; mosquitto without persistence as the control that must lose."""

import random
import tempfile
import time
from pathlib import Path

from tests.crash.lab.account import Wrong
from tests.crash.lab.device import Device
from tests.crash.lab.house import House
from tests.crash.lab.nursery import Nursery, said
from tests.crash.lab.powerloss import memory
from tests.crash.lab.rig import Found, look
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import COMPOUND, PATIENCE, Broker, Mosquitto, Nats
from tests.fix_core import signer_of
from tests.fix_edge import configured

_LOOK = 0.3


def devices(unit: Unit) -> Tally:
    """The box's broker between devices and agent, killed `unit.trials` times."""
    tally, chance = Tally(), random.Random(f"brokers {unit.seed}")
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        broker = Nats(Path(scratch) / "box")
        broker.start()
        folder = Path(scratch) / "edge"
        _configured(folder, broker)
        device = Device(broker.port, unit.seed, login=broker.login(f"devices-{COMPOUND}"))
        life = nursery.born("edge", folder)
        try:
            for _ in range(unit.trials):
                device.run(1.0, until=lambda: device.connected)
                device.run(chance.uniform(0.0, 0.4))
                if chance.random() < 0.1:
                    life.kill()
                    life = nursery.born("edge", folder)
                broker.kill()
                begun = time.monotonic()
                broker.start()
                tally.measure("broker back s", time.monotonic() - begun)
                tally.trials += 1
            stored(device, folder, tally)
        except Wrong as wrong:
            tally.fail(f"broker {unit.number} (seed {unit.seed}): {wrong}\n{said(folder)}")
        finally:
            device.close()
            life.kill()
            broker.kill()
    return tally


def stored(device: Device, folder: Path, tally: Tally) -> None:
    """Everything published is acknowledged, and what is acknowledged reaches the journal."""
    if not device.settle(PATIENCE):
        raise Wrong(f"{device.waiting} messages are not acknowledged")
    found, until = look(folder), time.monotonic() + PATIENCE
    while (lost := _lost(device, found)) and time.monotonic() < until:
        time.sleep(_LOOK)
        found = look(folder)
    if lost:
        raise Wrong(f"{len(lost)} acknowledged messages lost, first {lost[0]}")
    if not device.acked:
        raise Wrong("nothing was ever acknowledged: this proves nothing")
    tally.count("acknowledged", len(device.acked))
    tally.count("stored", len(found.ids) + len(found.aside))


def _configured(folder: Path, broker: Broker) -> None:
    """No device has a share here: what is refused for that is declared, and not looked for."""
    path = configured(folder, broker, signer_of(1).public)
    share = "\n[limits]\ndevice_rate = 1000000\ndevice_burst = 1000000\n"
    path.write_text(path.read_text() + share)


def _lost(device: Device, found: Found) -> list[str]:
    return [
        one.record or one.sha256.hex()
        for one in device.acked
        if one.record not in found.ids and one.sha256 not in found.aside
    ]


def uplink(unit: Unit) -> Tally:
    """The same broker between agent and hub; now and then agent or hub die with it."""
    tally, chance = Tally(), random.Random(f"uplink brokers {unit.seed}")
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        house = House(Path(scratch), nursery, unit.seed)
        try:
            for _ in range(unit.trials):
                house.device.run(chance.uniform(0.0, 0.4))
                fate = chance.random()
                if fate < 0.1:
                    house.restart_edge()
                elif fate < 0.2:
                    house.restart_hub()
                house.nats.kill()
                house.nats.start()
                tally.trials += 1
            tally.measure("drained s", house.settle())
            house.close(tally)
        except Wrong as wrong:
            tally.fail(f"uplink {unit.number} (seed {unit.seed}): {wrong}")
            house.end()
    return tally


def control(unit: Unit) -> Tally:
    """A broker that acknowledges and keeps nothing, killed while the agent is away."""
    tally = Tally()
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        broker: Broker = Mosquitto(Path(scratch))
        broker.start()
        folder = Path(scratch) / "edge"
        _configured(folder, broker)
        device = Device(broker.port, unit.seed)
        life = nursery.born("edge", folder)
        try:
            for trial in range(1, unit.trials + 1):
                before = len(device.acked)
                device.run(5.0, until=lambda seen=before: len(device.acked) > seen + 50)  # type: ignore[misc]
                time.sleep(0.3)  # the agent has its session and what was sent
                life.kill()
                device.run(0.1)
                broker.kill()
                broker.start()
                life = nursery.born("edge", folder)
                device.settle(PATIENCE)
                time.sleep(0.5)
                tally.trials += 1
                if lost := _lost(device, look(folder)):
                    tally.fail(f"{len(lost)} acknowledged messages lost")
                    tally.measure("trials until seen", trial)
                    break
        finally:
            device.close()
            life.kill()
            broker.kill()
    return tally
