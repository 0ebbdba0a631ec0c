"""The whole way of an event in real processes: device, agent, broker, hub; with a proxy on each
hop, and an account at the end."""

import sqlite3
import time
from pathlib import Path

from tests.crash.lab import account, hub_life
from tests.crash.lab.account import Wrong
from tests.crash.lab.device import Device
from tests.crash.lab.nursery import Life, Nursery, said
from tests.crash.lab.proxy import Proxy
from tests.crash.lab.rig import JOURNALS, look
from tests.crash.lab.tally import Tally
from tests.fix_broker import COMPOUND, PATIENCE, Nats

_COUNT = "SELECT COUNT(*) FROM stored_events"


class House:
    """One gateway with its own endpoint, the box's broker between it and the hub."""

    def __init__(self, folder: Path, nursery: Nursery, seed: int) -> None:
        self.nats = Nats(folder)
        self.nats.start()
        box = self.nats.box
        self.gateway, self.hub_folder = box.edge(COMPOUND), box.hub
        self.hop = Proxy(box.devices_port(COMPOUND))
        self.up = Proxy(box.ports.uplink)
        config = self.gateway / "edge.toml"
        text = config.read_text()
        for before, after in (
            (f"port = {box.ports.uplink}", f"port = {self.up.port}"),
            ("[uplink]\n", "[uplink]\nresend_s = 1\n"),
            ("[endpoint]\n", "[endpoint]\nrate = 1000000\nburst = 1000000\n"),
        ):
            if text.count(before) != 1:
                raise ValueError(f"edge.toml of the box has no single {before!r}")
            text = text.replace(before, after)
        config.write_text(text)
        self._nursery = nursery
        self.hub: Life = nursery.born("link", self.hub_folder)
        self.edge: Life = nursery.born("edge", self.gateway)
        self.device = Device(self.hop.port, seed)

    def restart_edge(self) -> None:
        self.edge.kill()
        self.edge = self._nursery.born("edge", self.gateway)

    def restart_hub(self) -> None:
        self.hub.kill()
        self.hub = self._nursery.born("link", self.hub_folder)

    def settle(self) -> float:
        """Seconds until everything published is acknowledged and at the hub."""
        begun = time.monotonic()
        while self.device.waiting or not self._delivered():
            if time.monotonic() > begun + PATIENCE:
                raise Wrong(
                    f"{self.device.waiting} messages unacknowledged after {PATIENCE:.0f} s, "
                    f"delivered: {self._delivered()}\n{said(self.gateway)}"
                )
            self.device.step(talk=False)
        return time.monotonic() - begun

    def _delivered(self) -> bool:
        journals = sum(_rows(path) for path in self.gateway.glob(JOURNALS))
        return journals > 0 and _rows(self.hub_folder / hub_life.LOG) >= journals

    def close(self, tally: Tally) -> None:
        """Everything ends; then the account: acknowledged = in the journal or set aside = at the
        hub, once, byte for byte."""
        self.end()
        found = look(self.gateway)
        lost = [
            one
            for one in self.device.acked
            if one.record not in found.ids and one.sha256 not in found.aside
        ]
        if lost:
            raise Wrong(f"{len(lost)} acknowledged messages lost, first {lost[0].record}")
        held = account.frames(self.hub_folder / hub_life.LOG)
        account.settle((), account.events(held)).close()
        for journal, frames in found.frames.items():
            if held.get(journal) != frames:
                raise Wrong(f"the hub's copy of journal {journal} is not the gateway's")
        tally.count("acknowledged", len(self.device.acked))
        tally.count("stored", len(found.ids) + len(found.aside))

    def end(self) -> None:
        self.device.close()
        self.edge.kill()
        self.hub.kill()
        self.nats.kill()
        self.hop.close()
        self.up.close()


def _rows(path: Path) -> int:
    if not path.exists():
        return 0
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return int(db.execute(_COUNT).fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()
