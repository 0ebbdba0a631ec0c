"""A simulated day on its whole way: vendor bytes, intake, journal, ingest, log, views.

Every message of the day is sent but for the cameras': of their tracked objects one in TRACKS
is kept, with all its messages. Some messages come twice, late, torn or from a wrong clock.
"""

import secrets
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import pytest

from core.clock import rfc3339
from core.event import Event, Recorded, source_of
from core.events.alarm import Acknowledged
from core.events.device import SessionOpened
from core.ingest import Arrival
from core.keystore import KeyStore
from devices.adapter import Site
from edge import health
from edge.budget import Room
from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.intake import Intake, Own
from edge.journals import open_journals
from edge.quarantine import Quarantine
from edge.rates import Shares
from infra.hub.views import VIEWS
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound, known_devices
from infra.simulate.day import messages
from infra.simulate.faults import Faults, with_faults
from infra.simulate.world import ZONE
from tests.fix_core import FixedClock
from tests.fix_edge import HUB_KEY
from tests.fix_hub import HubRig

SEED = 7
START = datetime.fromisoformat("2026-11-20T00:00:00+08:00")  # a Friday
HOURS = 24
TRACKS = 10
GROUP = 200  # messages in one commit
FAULTS = Faults(duplicates=0.02, late=0.01, clock=0.15, garbage=0.01)


class SimulatedDay:
    """A gateway and a hub at the end of the day. `sent` is what devices published, in order;
    `acked` how many of those deliveries were acknowledged; `note` what a guard wrote."""

    def __init__(self, folder: Path, compound: Compound) -> None:
        self.compound = compound
        self.edge, self.hub_folder = folder / "edge", folder / "hub"
        for each in (self.edge, self.hub_folder):
            each.mkdir()
        self.clock = FixedClock(START.astimezone(UTC))
        self.hub = HubRig(self.hub_folder, VIEWS)
        self.keys = KeyStore(self.edge / "keys.db")
        self.journals = open_journals(self.edge, self.hub.signer, self.clock, HUB_KEY)
        self.journal = self.journals.active
        self.quarantine = Quarantine(self.edge / "quarantine.db", self.keys, 1 << 28)
        self.counters = Counters()
        self.intake = Intake(
            compound=compound.compound,
            gateway="gw01",
            site=Site(zone=ZONE, devices=known_devices(compound)),
            journal=self.journal,
            quarantine=self.quarantine,
            keys=self.keys,
            clock=self.clock,
            counters=self.counters,
            room=lambda: Room(bulk=True, prune=False),
            shares=Shares(1_000_000, 1_000_000),
            monotonic=lambda: self.clock.at.timestamp(),
        )
        self.sent: list[Timed] = []
        self.acked = 0
        self.events: list[Recorded] = []
        self.note = ""
        self.hub.runner.listen(lambda page: self.events.extend(page.events))

    def run(self, stream: Sequence[Timed]) -> None:
        self.sent += stream
        opened = SessionOpened(boot=self.journal.boot, reason="start")
        self.intake.take([Own(data) for data in (*self.journals.findings, opened)])
        for first in range(0, len(stream), GROUP):
            group = stream[first : first + GROUP]
            self.clock.at = group[-1].at.astimezone(UTC)
            self.intake.take([Delivery(one.topic, one.payload, self, 1) for one in group])
            if first % (16 * GROUP) == 0:
                self._report()
                self._uplink()
                self.hub.runner.step()
        self._report()
        self._uplink()
        self.hub.settle()

    def take_on(self, alarm: str) -> None:
        """A guard answers an alarm and writes somebody's name and number into the note."""
        somebody = self.compound.people.residents[0]
        self.note = f"{somebody.name} {somebody.phone}"
        now = rfc3339(self.clock.now())
        self.hub.own.append([
            Event(
                id="ack:1",
                source=source_of(self.compound.compound, "hub", "console"),
                type=Acknowledged.TYPE,
                subject="alarm/gate.tailgated",
                time=now,
                recordedtime=now,
                timequality="gateway",
                origin="manual",
                data=Acknowledged(alarm=alarm, actor="guard1", note=self.note),
            )
        ])  # fmt: skip
        self.hub.settle()

    def close(self) -> None:
        self.journals.close()
        self.quarantine.close()
        self.keys.close()
        self.hub.close()

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        """The day is where its messages came from."""
        assert all(answer is Answer.STORED for _, answer in settled)
        self.acked += len(settled)

    def _report(self) -> None:
        now = self.clock.now()
        found = health.report(self.journals, self.counters, self.edge, now, disk_full=False)
        self.intake.take([Own(found)])

    def _uplink(self) -> None:
        for stream in self.journals.streams:
            while page := stream.read(stream.cursor, 64):
                arrivals = [Arrival(self.compound.compound, "gw01", one.state) for one in page]
                receipts = self.hub.ingest.accept(arrivals, self.clock.now())
                assert not any(receipt.refused for receipt in receipts), receipts
                stream.took(receipts[-1].committed)


def stream_of(compound: Compound) -> list[Timed]:
    until = START + timedelta(hours=HOURS)
    kept = (timed for timed in messages(compound, START, until=until) if _kept(timed))
    return list(with_faults(kept, FAULTS, SEED))


def _kept(timed: Timed) -> bool:
    if timed.topic != "frigate/events":
        return True
    track: str = orjson.loads(timed.payload)["after"]["id"]
    return zlib.crc32(track.encode()) % TRACKS == 0


@pytest.fixture(scope="session")
def simulated_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedDay]:
    """One for all tests: nobody may add to it. Keys are drawn from a seed, so that no reference
    looks like somebody's card by chance in one run of a thousand."""
    chance = Random(SEED)
    compound = Compound(SEED, "c01")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda size=None: chance.randbytes(size or 32))
        day = SimulatedDay(tmp_path_factory.mktemp("day"), compound)
        day.run(stream_of(compound))
        tailgated = next(
            item.event for item in day.events if item.event.type == "gate.tailgated.v1"
        )
        day.take_on(f"gate.tailgated:{tailgated.subject}:{tailgated.id}")
    yield day
    day.close()
