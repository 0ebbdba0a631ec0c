"""A gateway with a hub, and what may befall its folder."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from core import codec
from core.batch import Lane, parse
from core.events.journal import DamageFound
from edge.journals import order_renewal
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig, level, native
from tests.unit.edge.pump import Hub, Pump


class Site:
    """A gateway whose events are numbered on over all its lives, and the hub it belongs to."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        folder.mkdir()
        self.clock = clock
        self.rig = EdgeRig(folder, clock)
        self.rig.begin()
        self.hub = Hub()
        self.pump = Pump(self.rig, self.hub)
        self.records = 0
        self.recorded: list[str] = []

    def record(self, groups: int, size: int = 2) -> None:
        """Groups of as many urgent events, and one bulk."""
        for _ in range(groups):
            first = self.records + 1
            self.records += size
            urgent = [native(number) for number in range(first, first + size)]
            self.rig.take(*urgent, level(self.records))
            self.recorded += [f"door-07-{number}" for number in range(first, first + size)]
            self.recorded.append(f"bin-03-{self.records}")

    def renew(self) -> None:
        self.clock.move(timedelta(minutes=1))
        order_renewal(self.rig.folder, "a reason")
        self.pump.restart()

    def copy(self, to: Path) -> None:
        """The folder as it lies there, while the agent does not run."""
        self.rig.close()
        shutil.copytree(self.rig.folder, to)
        self.rig.open()
        self.rig.begin()
        self.pump.connect()

    def put_back(self, image: Path) -> None:
        self.rig.close()
        shutil.rmtree(self.rig.folder)
        shutil.copytree(image, self.rig.folder)
        self.rig.open()
        self.rig.begin()
        self.pump.connect()

    def once(self) -> None:
        """Every event is in the hub's log once, the gateway's own ones included."""
        ids = self.hub.ids()
        assert set(self.hub.devices()) == set(self.recorded)
        assert [name for name, count in ids.items() if count != 1] == []
        assert not any(one.pending for one in self.rig.journals.streams)

    def kill(self, damage: Callable[[Path], None] = lambda _: None) -> None:
        """As kill -9 leaves the folder, most of it in the WAL; then `damage`, then a start."""
        scratch = self.rig.folder.with_name("killed")
        shutil.copytree(self.rig.folder, scratch, ignore=shutil.ignore_patterns("*-shm"))
        self.rig.close()
        shutil.rmtree(self.rig.folder)
        scratch.rename(self.rig.folder)
        self.start(damage)

    def stop(self, damage: Callable[[Path], None]) -> None:
        """A clean stop, then `damage`, then a start."""
        self.rig.close()
        self.start(damage)

    def start(self, damage: Callable[[Path], None] = lambda _: None) -> None:
        damage(self.rig.folder)
        self.clock.move(timedelta(minutes=1))
        self.rig.open()
        self.rig.begin()
        self.pump.connect()

    def ids(self, number: int, lane: Lane = Lane.URGENT) -> list[str]:
        """Of the events in a batch of the active file."""
        (stored,) = self.rig.journal.streams[lane].read(number - 1, 1)
        return [line.id for line in codec.envelopes(parse(stored.state))]

    def found(self) -> list[DamageFound]:
        return [one for one in self.rig.journals.findings if isinstance(one, DamageFound)]


def sql(statement: str, *values: object, name: str = "journal.db") -> Callable[[Path], None]:
    """Changes a journal file behind everybody's back."""

    def change(folder: Path) -> None:
        db = sqlite3.connect(folder / name)
        with db:
            assert db.execute(statement, values).rowcount > 0
        db.close()

    return change
