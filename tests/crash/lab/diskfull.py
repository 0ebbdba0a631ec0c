"""A small disk filled and freed under load: what cannot be kept is not acknowledged or refused
in the open, the agent always starts, and goes on when there is room."""

import os
import random
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from paho.mqtt.enums import MQTTProtocolVersion

from tests.crash.lab.account import Wrong
from tests.crash.lab.device import Device
from tests.crash.lab.kills import alone
from tests.crash.lab.nursery import Life, Nursery, said
from tests.crash.lab.rig import look
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import PATIENCE
from tests.fix_ports import free_port

_SIZE = "16m"
_FILL = "fill"


@contextmanager
def small(folder: Path) -> Iterator[Path]:
    """A tmpfs of its own, as small as a cheap gateway's last partition."""
    place = folder / "small"
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(place)],
        check=True,
        capture_output=True,
    )
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)


@cache
def missing() -> str:
    """Why this machine cannot; empty if it can."""
    if os.geteuid():
        return "mounting a tmpfs takes root"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with small(Path(scratch)):
                return ""
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            return f"no tmpfs can be mounted: {error}"


class Filler:
    """Owns what is left of the disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILL

    def fill(self) -> None:
        """To the last block, again and again: others may have given some up."""
        with self._path.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(262_144))
            except OSError:
                pass
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def free(self) -> None:
        self._path.unlink(missing_ok=True)


def campaign(unit: Unit) -> Tally:
    """`unit.trials` cycles on one disk."""
    tally, chance = Tally(), random.Random(f"full {unit.seed}")
    with (
        tempfile.TemporaryDirectory() as scratch,
        small(Path(scratch)) as folder,
        Nursery() as nursery,
    ):
        port = free_port()
        alone(folder, port)
        device = Device(port, unit.seed, version=MQTTProtocolVersion.MQTTv5)
        life = nursery.born("edge", folder)
        filler, kills = Filler(folder), 0
        try:
            for _ in range(unit.trials):
                device.run(0.05)
                fill(device, filler, chance)
                if chance.random() < 0.34:
                    life = again(nursery, life, folder, device, filler)
                    kills += 1
                resumed(device, filler, life, folder, tally)
                tally.trials += 1
            if not device.settle(PATIENCE):
                raise Wrong(f"{device.waiting} messages are not answered\n{said(folder)}")
            life.kill()
            closed(device, folder, tally, exact=not kills)
        except Wrong as wrong:
            tally.fail(f"disk {unit.number} (seed {unit.seed}): {wrong}")
        finally:
            filler.free()
            life.kill()
            device.close()
    return tally


def fill(device: Device, filler: Filler, chance: random.Random) -> None:
    """Full, and kept full while the devices go on."""
    end = time.monotonic() + chance.uniform(0.03, 0.2)
    while time.monotonic() < end:
        filler.fill()
        device.step()


def again(nursery: Nursery, life: Life, folder: Path, device: Device, filler: Filler) -> Life:
    """Killed and started on the full disk."""
    life.kill()
    filler.fill()
    born = nursery.born("edge", folder)
    end = time.monotonic() + 0.15
    while time.monotonic() < end:
        device.step()
        filler.fill()
    return born


def resumed(device: Device, filler: Filler, life: Life, folder: Path, tally: Tally) -> None:
    """From the moment there is room until something is stored again."""
    before = len(device.acked)
    filler.free()
    begun = time.monotonic()
    device.run(PATIENCE, until=lambda: len(device.acked) > before)
    tally.measure("resumed s", time.monotonic() - begun)
    if len(device.acked) == before:
        state = "is alive" if life.alive() else "has ended"
        raise Wrong(f"nothing is stored {PATIENCE:.0f} s after; the agent {state}\n{said(folder)}")


def _counted(quarantine: Path) -> int:
    with closing(sqlite3.connect(f"{quarantine.as_uri()}?mode=ro", uri=True)) as db:
        (count,) = db.execute(
            "SELECT COALESCE(SUM(count), 0) FROM quarantine WHERE sha256 = zeroblob(32)"
        ).fetchone()
    return int(count)


def closed(device: Device, folder: Path, tally: Tally, *, exact: bool) -> None:
    """Acknowledged as stored = stored; told as refused = declared. A kill may part a count from
    its answer, so that a message is refused twice: then more is declared, never less."""
    found = look(folder)
    lost = [
        one for one in device.acked if one.record not in found.ids and one.sha256 not in found.aside
    ]
    # What could not be read is only counted while room is short: as exactly as what is refused.
    garbage, counted = sum(not one.record for one in lost), _counted(folder / "quarantine.db")
    if len(lost) > garbage or counted < garbage or (exact and counted != garbage):
        raise Wrong(f"{len(lost)} acknowledged messages lost, {counted} counted and not kept")
    refused = len(device.refused)
    if found.declared < refused or (exact and found.declared != refused):
        raise Wrong(f"{refused} refused, {found.declared} declared")
    tally.count("acknowledged", len(device.acked))
    tally.count("refused", refused)
    tally.count("declared", found.declared)
